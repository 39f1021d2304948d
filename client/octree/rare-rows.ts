/** Answers filters from the systems of a rare value, which a sorted table has in one place. */
import type { QueryOptions } from '#client/query/types.ts';
import type { Volume } from '#client/query/volume.ts';
import type { FacetCondition } from '#client/query/where.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { SystemRow } from '#format/system-row.ts';
import { Hits } from './hits.ts';

/** Reads the systems that have one of some values, if all these are rare; else undefined. */
export type ReadRareRows = (
  field: string,
  values: readonly FacetValue[],
  options: QueryOptions,
) => Promise<readonly SystemRow[] | undefined>;

/**
 * Reads the systems of a condition on rare values; all results are among them. Undefined if no condition is of that kind.
 */
export async function rareRows(
  conditions: readonly FacetCondition[],
  read: ReadRareRows,
  options: QueryOptions,
): Promise<readonly SystemRow[] | undefined> {
  for (const { field, values, isNot } of conditions) {
    if (isNot || !values) continue;
    const rows = await read(field, values, options);
    if (rows) return rows;
  }
  return undefined;
}

/** The first rows of a volume, at most `limit`, sorted. */
export function hitsAmong(rows: readonly SystemRow[], volume: Volume, limit: number): Hits {
  const chunk = chunkOf(rows);
  const hits = new Hits();
  rows.forEach(({ x, y, z }, row) => {
    const distance = volume.distance(x, y, z);
    if (distance < Number.POSITIVE_INFINITY) hits.add(chunk, row, distance);
  });
  hits.sort(limit);
  return hits;
}

function chunkOf(rows: readonly SystemRow[]): Chunk {
  return {
    rows: rows.length,
    id: rows.map(({ id }) => id),
    name: rows.map(({ name }) => name),
    region: rows.map(({ region }) => region),
    x: Float64Array.from(rows, ({ x }) => x),
    y: Float64Array.from(rows, ({ y }) => y),
    z: Float64Array.from(rows, ({ z }) => z),
    derived: undefined,
    fields: rows.map(({ fields = {} }) => fields),
  };
}
