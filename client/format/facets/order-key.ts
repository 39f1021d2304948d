/** Keys of systems in listings in order. FORMAT.md, section 21. */
import { dateOf, type FacetValue, valueKey } from './facet-value.ts';

const NUMBER = '0';
const DATE = '1';
const REST = '2';

/** Whether an order key is that of a number or a date. */
export function isOrdered(key: string): boolean {
  return key[1] !== REST;
}

/**
 * Returns the key of a system in a listing in order: the least of the keys of its values. Numbers come first, then
 * RFC 3339 dates by their instants, then systems that have neither.
 */
export function orderKey(values: readonly FacetValue[], order: 'asc' | 'desc'): string {
  const sign = order === 'asc' ? 1 : -1;
  let least = order[0]! + REST;
  for (const value of values) {
    const instant = typeof value === 'string' ? dateOf(value) : value;
    if (typeof instant !== 'number') continue;
    const key = order[0]! + (instant === value ? NUMBER : DATE) + valueKey(sign * instant).slice(1);
    if (key < least) least = key;
  }
  return least;
}
