/** The rows of a facet file that satisfy conditions. */
import type { FacetCondition } from '#client/query/where.ts';
import { bitBytes } from '#format/facets/bits.ts';
import type { FacetFile } from '#format/facets/facet-file.ts';

/**
 * Returns the rows that satisfy all conditions, as bits: bit `row & 7` of byte `row >> 3`.
 * @param file undefined if no row has a value
 */
export function matchingRows(
  conditions: readonly FacetCondition[],
  file: FacetFile | undefined,
  rows: number,
): Uint8Array {
  const matches = new Uint8Array(bitBytes(rows)).fill(0xff);
  if (rows % 8 > 0) matches[matches.length - 1] = 0xff >> (8 - (rows % 8));
  for (const { field, accepts, isNot } of conditions) {
    const column = file?.columns.get(field);
    const having = new Uint8Array(matches.length);
    for (const [index, value] of (column?.values ?? []).entries()) {
      if (!accepts(value)) continue;
      const own = column!.rowsOf(index);
      for (let i = 0; i < having.length; i++) having[i]! |= own[i]!;
    }
    for (let i = 0; i < having.length; i++) matches[i]! &= isNot ? ~having[i]! : having[i]!;
  }
  return matches;
}
