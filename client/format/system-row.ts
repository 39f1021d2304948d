/** A system in results: its columns in chunks and sorted tables. */

import type { JsonObject } from './json.ts';
import type { Chunk } from './octree/chunk.ts';

/** A system as queries return it. */
export interface SystemRow {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly region: string;
  /** Fields of the record that the set was built with as `summary`; absent if the record has none of them. */
  readonly fields?: JsonObject;
}

/** Returns one row of a chunk, a preview or the overview. */
export function systemRow(chunk: Chunk, row: number): SystemRow {
  const fields = chunk.fields?.[row];
  return {
    id: chunk.id[row]!,
    name: chunk.name[row]!,
    x: chunk.x[row]!,
    y: chunk.y[row]!,
    z: chunk.z[row]!,
    region: chunk.region[row]!,
    ...(fields && Object.keys(fields).length > 0 && { fields }),
  };
}
