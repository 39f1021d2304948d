/** Divides the fields of records between files, and joins them again. */

import { type JsonObject, setOwn } from '#format/json.ts';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION, type System } from '#format/system.ts';
import type { Chunk } from './chunk.ts';

/** Fields that are columns of every chunk. */
export const CORE_FIELDS: readonly string[] = ['id', 'name', 'x', 'y', 'z', 'region'];

/**
 * Divides the fields of a record: `summary` gets those that the set's option names, `details` all others that are not
 * core columns. A value of `id`, `name` or `region` that is not a string stays in the details.
 */
export function splitFields(
  system: System,
  summaryFields: ReadonlySet<string>,
): { summary: JsonObject; details: JsonObject } {
  const { fields, derived } = system;
  const summary: JsonObject = {};
  const details: JsonObject = {};
  for (const key of Object.keys(fields)) {
    if (isCoreColumn(key, derived)) continue;
    setOwn(summaryFields.has(key) ? summary : details, key, fields[key]!);
  }
  return { summary, details };
}

/** Whether a field of a record is a core column of its chunk; `derived` are the bits of the row. */
export function isCoreColumn(key: string, derived: number): boolean {
  switch (key) {
    case 'x':
    case 'y':
    case 'z':
      return true;
    case 'id':
      return (derived & DERIVED_ID) === 0;
    case 'name':
      return (derived & DERIVED_NAME) === 0;
    case 'region':
      return (derived & DERIVED_REGION) === 0;
    default:
      return false;
  }
}

/** Returns the record of a row of a chunk, equal to that of the catalogue; `details` are its fields of the detail file. */
export function joinRecord(chunk: Chunk, row: number, details: JsonObject): JsonObject {
  const derived = chunk.derived?.[row] ?? 0;
  const record: JsonObject = {};
  if ((derived & DERIVED_ID) === 0) record['id'] = chunk.id[row]!;
  if ((derived & DERIVED_NAME) === 0) record['name'] = chunk.name[row]!;
  record['x'] = chunk.x[row]!;
  record['y'] = chunk.y[row]!;
  record['z'] = chunk.z[row]!;
  if ((derived & DERIVED_REGION) === 0) record['region'] = chunk.region[row]!;
  for (const source of [chunk.fields?.[row], details]) {
    if (source) for (const key of Object.keys(source)) setOwn(record, key, source[key]!);
  }
  return record;
}
