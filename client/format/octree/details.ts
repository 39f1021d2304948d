/** Detail files: every field of a run of systems that is not in their chunk. */

import { packTable, unpackTable } from '#format/columns/values.ts';
import type { JsonObject } from '#format/json.ts';
import type { Packable } from '#format/pack.ts';
import { countField } from '#format/unpack.ts';

/** Returns the content of a detail file, for `pack`: one object for each system, in the order of the chunk's rows. */
export function packDetails(fields: JsonObject[]): Packable {
  return { rows: fields.length, fields: packTable(fields) };
}

/**
 * Decodes the content of a detail file: the fields of each row.
 * @param only the fields to decode; all if undefined
 * @throws Error if it is not valid
 */
export function unpackDetails(file: Record<string, unknown>, only?: readonly string[]): JsonObject[] {
  return unpackTable(file['fields'], countField(file, 'rows'), undefined, only);
}
