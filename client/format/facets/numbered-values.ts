/** The values of a field in some rows as indices: how facet files and facet pages count and write them. */
import { bitBytes, setBit } from './bits.ts';
import type { FacetRow } from './facet-extractor.ts';
import { compareValues, type FacetValue } from './facet-value.ts';

/** The values of one field in some rows. */
export interface NumberedValues {
  /** The distinct values, in the order of `compareValues`. */
  readonly values: FacetValue[];
  /** Number of values of each row. */
  readonly counts: Uint32Array;
  /** The values of all rows, one row after another: indices in `values`, in no order within a row. */
  readonly indices: Uint32Array;
}

/** Replaces the values of each field by indices. */
export function numberedFields(rows: readonly FacetRow[], fields: number): NumberedValues[] {
  return Array.from({ length: fields }, (_, field) => numberedValues(rows, field));
}

/**
 * Replaces the values of a field by indices.
 *
 * Here and below loops have indices: iterators over rows and their values were a large part of a build's garbage.
 */
export function numberedValues(rows: readonly FacetRow[], field: number): NumberedValues {
  const counts = new Uint32Array(rows.length);
  let total = 0;
  for (let i = 0; i < rows.length; i++) total += counts[i] = rows[i]![field]!.length;
  const indices = new Uint32Array(total);
  const known = new Map<FacetValue, number>();
  for (let i = 0, at = 0; i < rows.length; i++) {
    const own = rows[i]![field]!;
    for (let k = 0; k < own.length; k++) {
      const value = own[k]!;
      let index = known.get(value);
      if (index === undefined) {
        index = known.size;
        known.set(value, index);
      }
      indices[at++] = index;
    }
  }
  const found = [...known.keys()];
  const values = found.toSorted(compareValues);
  // From indices in order of first appearance to those in order of values.
  for (let i = 0; i < values.length; i++) known.set(values[i]!, i);
  const ordered = Uint32Array.from(found, value => known.get(value)!);
  for (let at = 0; at < total; at++) indices[at] = ordered[indices[at]!]!;
  return { values, counts, indices };
}

/**
 * Returns the distinct values of consecutive groups of rows, in order.
 * @param groups number of rows of each group
 */
export function valuesOfGroups(
  { values, counts, indices }: NumberedValues,
  groups: readonly number[],
): FacetValue[][] {
  const found = new Uint8Array(values.length);
  let row = 0;
  let at = 0;
  return groups.map(rows => {
    let stop = at;
    for (const end = row + rows; row < end; row++) stop += counts[row]!;
    found.fill(0);
    markIndices(found, indices, at, stop);
    at = stop;
    return values.filter((_, value) => found[value] === 1);
  });
}

function markIndices(found: Uint8Array, indices: Uint32Array, from: number, to: number): void {
  for (let at = from; at < to; at++) found[indices[at]!] = 1;
}

/** Returns the indices with those of each row ascending: a counting sort, as a row can have thousands of values. */
export function sortedInRows({ values, counts, indices }: NumberedValues): Uint32Array {
  const ends = new Uint32Array(values.length + 1);
  for (let at = 0; at < indices.length; at++) ends[indices[at]! + 1]!++;
  for (let value = 0; value < values.length; value++) ends[value + 1]! += ends[value]!;
  // The rows of the first value, of the second, …; `ends` goes from the starts of values to their ends.
  const rows = new Uint32Array(indices.length);
  const next = new Uint32Array(counts.length);
  for (let row = 0, at = 0; row < counts.length; row++) {
    next[row] = at;
    for (const end = at + counts[row]!; at < end; at++) rows[ends[indices[at]!]!++] = row;
  }
  const sorted = new Uint32Array(indices.length);
  for (let value = 0, i = 0; value < values.length; value++)
    for (; i < ends[value]!; i++) sorted[next[rows[i]!]!++] = value;
  return sorted;
}

/** Returns the bits of the rows of each value, one value after another. */
export function rowBits({ values, counts, indices }: NumberedValues): Uint8Array {
  const size = bitBytes(counts.length);
  const bits = new Uint8Array(values.length * size);
  for (let row = 0, at = 0; row < counts.length; row++)
    for (const end = at + counts[row]!; at < end; at++) setBit(bits, indices[at]! * size * 8 + row);
  return bits;
}
