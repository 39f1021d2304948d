/** The order of rows, and binary search. */
import { compareText } from '#format/utf8.ts';
import type { RowKey } from './types.ts';

/** By (name, id) as UTF-8 bytes. */
export function compareRows(a: RowKey, b: RowKey): number {
  return compareText(a.name, b.name) || compareText(a.id, b.id);
}

/**
 * Index of the first item for which `isPast` is true (then it is true for all later items); the length if there is
 * none.
 */
export function firstIndex<T>(items: ArrayLike<T>, isPast: (item: T, index: number) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isPast(items[middle]!, middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
