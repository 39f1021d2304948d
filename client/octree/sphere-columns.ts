import type { SphereColumns } from '#client/query/types.ts';
import type { JsonObject } from '#format/json.ts';
import type { HitBatch } from './hits.ts';

/** Systems found, in columns. */
export function columnsOfHits(batches: readonly HitBatch[]): SphereColumns {
  const length = batches.reduce((sum, { hits }) => sum + hits.length, 0);
  const [id, name, region] = [0, 1, 2].map(() => new Array<string>(length));
  const [x, y, z, distance] = [0, 1, 2, 3].map(() => new Float64Array(length));
  let fields: JsonObject[] | undefined;
  let end = 0;
  for (const { hits } of batches) {
    const { chunks, rows, distances } = hits;
    // One pass: a row of another chunk is likely to be in another part of memory.
    for (let i = 0; i < chunks.length; i++, end++) {
      const chunk = chunks[i]!;
      const row = rows[i]!;
      id![end] = chunk.id[row]!;
      name![end] = chunk.name[row]!;
      region![end] = chunk.region[row]!;
      x![end] = chunk.x[row]!;
      y![end] = chunk.y[row]!;
      z![end] = chunk.z[row]!;
      distance![end] = distances[i]!;
      if (!chunk.fields) continue;
      fields ??= Array.from({ length }, () => ({}));
      fields[end] = chunk.fields[row]!;
    }
  }
  return {
    ...{ length, id: id!, name: name!, region: region!, x: x!, y: y!, z: z!, distance: distance! },
    ...(fields && { fields }),
    ...(batches[0]?.records && { record: batches.flatMap(({ records }) => records!) }),
  };
}
