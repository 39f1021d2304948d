/** The numbers by which the rows of a preview are ranked. FORMAT.md, 17.6. */
import { packColumn, unpackColumn } from '#format/columns/values.ts';
import type { PackedMap } from '#format/pack.ts';
import { type PreviewOptions, rankOf, type SampleKey } from './sample.ts';

/** Returns the member of a preview with the numbers of the ranking field; none if systems have no ranks. */
export function packRanks(rows: readonly SampleKey[], { field, order }: PreviewOptions): PackedMap {
  if (field === null) return {};
  const number = (rank: number) => (order === 'lowest' ? rank : -rank);
  return { ranks: packColumn(rows.map(({ rank }) => (Number.isFinite(rank) ? number(rank) : null))) };
}

/**
 * Returns the rank of each row of a preview.
 * @throws Error if they are not valid
 */
export function unpackRanks(file: Record<string, unknown>, rows: number, options: PreviewOptions): number[] {
  if (options.field === null) return new Array(rows).fill(0);
  return unpackColumn(file['ranks'], rows).map(value => rankOf(value, options));
}
