import type { Chunk } from './format/chunk.ts';
import type { JsonObject } from './format/json.ts';
import type { SystemKey } from './locate.ts';

/** A system as chunks hold it. */
export interface SystemRow extends SystemKey {
  readonly name: string;
  readonly region: string;
  /** Further summary fields, where the record has any. */
  readonly fields?: JsonObject;
}

/** One row of a chunk or a preview. */
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
