import type { SphereColumns } from '#client/query/types.ts';
import type { JsonObject } from '#format/json.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { HitBatch } from './hits.ts';

/** Systems found, in columns. */
export function columnsOfHits(batches: readonly HitBatch[]): SphereColumns {
  const length = batches.reduce((sum, { hits }) => sum + hits.length, 0);
  const fill = <T extends { [index: number]: unknown }>(
    values: T,
    at: (chunk: Chunk, row: number) => T[number],
  ): T => {
    let end = 0;
    for (const { hits } of batches) {
      const { chunks, rows } = hits;
      for (let i = 0; i < hits.length; i++) values[end++] = at(chunks[i]!, rows[i]!);
    }
    return values;
  };
  const distance = new Float64Array(length);
  let start = 0;
  for (const { hits } of batches) {
    distance.set(hits.distances.subarray(0, hits.length), start);
    start += hits.length;
  }
  const hasFields = batches.some(({ hits }) => hits.chunks.some(chunk => chunk.fields));
  return {
    length,
    id: fill(new Array<string>(length), (chunk, row) => chunk.id[row]!),
    name: fill(new Array<string>(length), (chunk, row) => chunk.name[row]!),
    region: fill(new Array<string>(length), (chunk, row) => chunk.region[row]!),
    x: fill(new Float64Array(length), (chunk, row) => chunk.x[row]!),
    y: fill(new Float64Array(length), (chunk, row) => chunk.y[row]!),
    z: fill(new Float64Array(length), (chunk, row) => chunk.z[row]!),
    distance,
    ...(hasFields && {
      fields: fill(new Array<JsonObject>(length), (chunk, row) => chunk.fields?.[row] ?? {}),
    }),
    ...(batches[0]?.records && { record: batches.flatMap(({ records }) => records!) }),
  };
}
