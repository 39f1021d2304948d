/** The results of spatial queries. */

import { rowsOfBatches } from '#client/query/row-batches.ts';
import type { QueryOptions, ResultBound, SphereRow, SphereRows } from '#client/query/types.ts';
import { checkBound } from '#client/query/validate.ts';
import { systemRow } from '#format/system-row.ts';
import type { HitBatch } from './hits.ts';

/**
 * Results from batches of systems found.
 * @param read reads the batches; gets the maximum number of rows if all are wanted at once, otherwise undefined
 */
export function sphereRows(
  read: (maxResults?: number) => AsyncIterable<HitBatch>,
  query: QueryOptions & ResultBound,
): SphereRows {
  const rowBatches = async function* (maxResults?: number) {
    for await (const batch of read(maxResults)) yield rowsOfHits(batch);
  };
  return {
    ...rowsOfBatches(rowBatches, query),
    async *columns() {
      const { columnsOfHits } = await import('./sphere-columns.ts');
      for await (const batch of read()) {
        yield columnsOfHits([batch]);
        query.signal?.throwIfAborted();
      }
    },
    async toColumns() {
      const batches: HitBatch[] = [];
      for await (const batch of read(checkBound(query))) batches.push(batch);
      const { columnsOfHits } = await import('./sphere-columns.ts');
      return columnsOfHits(batches);
    },
  };
}

function rowsOfHits({ hits, records }: HitBatch): SphereRow[] {
  const { chunks, rows, distances } = hits;
  return chunks.map((chunk, i) => ({
    ...systemRow(chunk, rows[i]!),
    distance: distances[i]!,
    ...(records && { record: records[i]! }),
  }));
}
