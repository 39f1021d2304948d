/**
 * Exports a system: its record unchanged, so that a set built from the export has the same systems. Values that
 * normalising supplied are left out, because the next build supplies them again. They are written if the new shape
 * lacks their source:
 *
 * - region: written if it came from an array around the record (any but "Unknown"), since no shape here has such
 *   arrays;
 * - name: written if it came from a key, and the new shape does not give the record that key;
 * - id: if it came from a key (`SYS_<key>`), it is written in lines. In the keyed shape the record gets that key
 *   instead, whatever its name; likewise for ids that are hashes of the content.
 *
 * In lines, an id that is a hash of the content is left out if the written line has the same hash. Thus adding name
 * and region to a record without an id never changes its id.
 */

import type { SystemRecord } from '#client/index.ts';
import type { JsonObject } from '#format/json.ts';
import { isBlank, recordText } from '#format/json-text.ts';
import { DERIVED_ID } from '#format/system.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';

/** Prefix of ids derived from a key or from the content. */
const MADE = 'SYS_';

/** A system as a line of NDJSON, without the line feed. */
export function lineOf(system: SystemRecord): string {
  const { id, name, derived } = system;
  const record = system.record!;
  if (derived === 0) return recordText(record, id);
  const noId = isBlank(record['id']);
  const supplied: JsonObject = suppliedRegion(system);
  if (isBlank(record['name']) && (noId || name !== id)) supplied['name'] = name;
  const line = recordText(joined(record, supplied), id);
  if (!noId || idOf(line) === id) return line;
  return recordText(joined(record, { id, ...supplied }), id);
}

/** A system as a member of the keyed shape, `"<key>":{…}`. */
export function memberOf(system: SystemRecord, key: string): string {
  const { id, name, derived } = system;
  const record = system.record!;
  const head = JSON.stringify(key);
  if (derived === 0) return `${head}:${recordText(record, id)}`;
  const supplied: JsonObject = suppliedRegion(system);
  if (isBlank(record['name']) && name !== key) supplied['name'] = name;
  return `${head}:${recordText(joined(record, supplied), id)}`;
}

/** The key that a system without its own id must have in the keyed shape; undefined for any other system. */
export function requiredKey({ id, derived }: SystemRecord): string | undefined {
  // An id from a number in the record is marked as derived too, but never has the prefix.
  return (derived & DERIVED_ID) !== 0 && id.startsWith(MADE) ? id.slice(MADE.length) : undefined;
}

/** Adds supplied fields: they come first and replace blank fields of the record. */
function joined(record: JsonObject, supplied: JsonObject): JsonObject {
  return { ...supplied, ...record, ...supplied };
}

function suppliedRegion({ region, record }: SystemRecord): JsonObject {
  return (record!['region'] ?? null) === null && region !== 'Unknown' ? { region } : {};
}

/** The id that a build would give to a line; undefined if it would reject the line. */
function idOf(line: string): string | undefined {
  const location = { file: 'export', input: 0, offset: 0, line: 1, column: 1 };
  const outcome = normalise({ bytes: Buffer.from(line), location });
  return outcome.kind === 'system' ? outcome.system.id : undefined;
}
