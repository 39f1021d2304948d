/** Groups of sorted entries: they have the same first strings of their keys. */
import { groupEnd, HEADER, keysEnd } from '#pipeline/spill/entries.ts';
import type { SelectEntries } from '#pipeline/spill/sort-entries.ts';

/** The bytes of the first two strings of a group's keys, in base64: a field and a key of it. */
export type Group = string;

/** The group of an entry. */
export function groupAt(arena: Buffer, start: number): Group {
  return arena.toString('base64', start + HEADER, groupEnd(arena, start));
}

/**
 * Returns the number of the entry after a group: sorted entries with the same first strings of their keys.
 * @param first number of the first entry of the group
 */
export function groupEndOf(arena: Buffer, order: Uint32Array, first: number, strings: number): number {
  const at = order[first]! + HEADER;
  const length = keysEnd(arena, at, strings) - at;
  for (let next = first + 1; next < order.length; next++) {
    const other = order[next]! + HEADER;
    for (let i = length - 1; i >= 0; i--) if (arena[at + i] !== arena[other + i]) return next;
  }
  return order.length;
}

/**
 * Selects entries of each group.
 * @param rowsOf how many, from the first one on
 */
export function selectOfGroups(
  strings: number,
  rowsOf: (arena: Buffer, start: number, entries: number) => number,
): SelectEntries {
  return (arena, order) => {
    let count = 0;
    for (let first = 0; first < order.length; ) {
      const next = groupEndOf(arena, order, first, strings);
      const end = first + Math.min(next - first, rowsOf(arena, order[first]!, next - first));
      while (first < end) order[count++] = order[first++]!;
      first = next;
    }
    return count;
  };
}

/** Selects the entries of all groups but some. */
export function withoutGroups(some: ReadonlySet<Group>): SelectEntries {
  return selectOfGroups(2, (arena, start, entries) => (some.has(groupAt(arena, start)) ? 0 : entries));
}
