/**
 * What of a system is written out: its record exactly as it came, so that a set built from the export has the same
 * systems. What normalising supplied is left out, for the next build supplies it again, except where the new shape
 * lacks what it was supplied from:
 *
 * - region: one that came from a list around the record (any but "Unknown") is written, since no shape here has
 *   such lists;
 * - name: one that came from a key is written where the new shape gives the record no such key;
 * - id: one that came from a key, `SYS_<key>`, is written in lines. In the keyed shape the record gets that very key
 *   instead, whatever its name is, and the same serves ids that are hashes of the content.
 *
 * In lines, an id that is a hash of the content is left out as long as the line as written has the same hash; so the
 * name and region of a record without an id never change its id.
 */

import type { JsonObject } from '../../client/format/json.ts';
import { isBlank, recordText } from '../../client/format/json-text.ts';
import { DERIVED_ID } from '../../client/format/system.ts';
import type { SystemRecord } from '../../client/index.ts';
import { normalise } from '../normalise.ts';

/** What an id that was made of a key, or of the content, begins with. */
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

/** The key that a system without an id of its own must have in the keyed shape; undefined for any other. */
export function requiredKey({ id, derived }: SystemRecord): string | undefined {
  // An id that is a number of the record's own is marked as derived too, but never begins so.
  return (derived & DERIVED_ID) !== 0 && id.startsWith(MADE) ? id.slice(MADE.length) : undefined;
}

/** What is supplied stands first, and in place of the record's own blanks. */
function joined(record: JsonObject, supplied: JsonObject): JsonObject {
  return { ...supplied, ...record, ...supplied };
}

function suppliedRegion({ region, record }: SystemRecord): JsonObject {
  return (record!['region'] ?? null) === null && region !== 'Unknown' ? { region } : {};
}

/** The id that a build would give to a line; undefined where it would refuse it. */
function idOf(line: string): string | undefined {
  const place = { file: 'export', input: 0, offset: 0, line: 1, column: 1 };
  const outcome = normalise({ bytes: Buffer.from(line), place });
  return outcome.kind === 'system' ? outcome.system.id : undefined;
}
