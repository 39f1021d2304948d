/**
 * The lines in which `diff` prints changes, and which `update` applies to a copy of the older set:
 *
 *     {"change":"added","id":"A","name":"A","region":"R","record":{…}}
 *     {"change":"changed","id":"A","name":"A","region":"R","fields":["name"],"record":{…}}
 *     {"change":"removed","id":"A","name":"A"}
 *     {"change":"meta","meta":[…]}
 *
 * A system is the one after the change: id, name and region as queries have them, and its record. A record alone would
 * not do: its id, name or region may come from a key around it in its catalogue.
 */
import { isCoordinate } from '#format/geometry/cell.ts';
import { isObject, type JsonObject, type JsonValue } from '#format/json.ts';
import { isBlank, jsonText, recordText } from '#format/json-text.ts';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION, type System } from '#format/system.ts';
import { InputError } from '#pipeline/errors.ts';
import type { Edit } from './edit.ts';
import { parse } from './json/parse-record.ts';
import { unfit } from './record-limits.ts';
import { placeFields } from './source-location.ts';
import type { RawRecord } from './source-types.ts';

/** A system with the strings that answer queries. */
interface NamedRecord {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly record: JsonObject;
}

/** The line of a system that was added or changed, without its line feed. @param fields what has changed */
export function systemLine(
  change: 'added' | 'changed',
  { id, name, region, record }: NamedRecord,
  fields?: JsonValue,
): string {
  const head = jsonText({ change, id, name, region, ...(fields !== undefined && { fields }) });
  return `${head.slice(0, -1)},"record":${recordText(record, id)}}`;
}

/** The line of a system that was removed. */
export function removedLine({ id, name }: Pick<NamedRecord, 'id' | 'name'>): string {
  return jsonText({ change: 'removed', id, name });
}

/** The line of other `_meta` values. */
export function metaLine(meta: readonly JsonValue[]): string {
  return jsonText({ change: 'meta', meta: [...meta] });
}

/** The edit of a line. @throws InputError if it is not such a line, or its system cannot be stored */
export function readChange({ bytes, location }: Pick<RawRecord, 'bytes' | 'location'>): Edit {
  const { text, value } = parse(bytes, location);
  const refuse = (reason: string, field?: string): InputError => {
    const { file, line } = location;
    return new InputError(`${file}, line ${line}: ${reason}`, { ...placeFields(location), field, reason });
  };
  const refusal = unfit(bytes, text, value, location);
  if (refusal) throw refuse(refusal.reason, refusal.field);
  const line = isObject(value) ? value : {};
  const { change, id, meta } = line;
  if (change === 'meta' && Array.isArray(meta)) return { action: 'meta', meta, location };
  if (change === 'removed' && typeof id === 'string' && id !== '') return { action: 'delete', id, location };
  if (change !== 'added' && change !== 'changed') {
    throw refuse(
      'expected a line of diff, {"change":"added"|"changed"|"removed"|"meta",…}: give the output of "diff OLD NEW"',
      'change',
    );
  }
  const system = systemOf(line);
  if (typeof system === 'object') return { action: change === 'added' ? 'add' : 'change', system, location };
  throw refuse(
    `${system} is not that of a line of diff: give the output of "diff OLD NEW" unchanged`,
    system,
  );
}

/** The system of a line, or the field that is wrong. */
function systemOf({ id, name, region, record }: JsonObject): System | string {
  if (typeof id !== 'string' || id === '') return 'id';
  if (typeof name !== 'string' || name === '') return 'name';
  if (typeof region !== 'string') return 'region';
  if (!isObject(record)) return 'record';
  const { id: ownId, name: ownName, region: ownRegion, x, y, z } = record;
  if (!isCoordinate(x)) return 'record.x';
  if (!isCoordinate(y)) return 'record.y';
  if (!isCoordinate(z)) return 'record.z';
  // An own string always wins over one that is derived.
  if (typeof ownId === 'string' && !isBlank(ownId) && ownId !== id) return 'record.id';
  if (typeof ownName === 'string' && !isBlank(ownName) && ownName !== name) return 'record.name';
  if (typeof ownRegion === 'string' && ownRegion !== region) return 'record.region';
  const derived =
    (ownId === id ? 0 : DERIVED_ID) |
    (ownName === name ? 0 : DERIVED_NAME) |
    (ownRegion === region ? 0 : DERIVED_REGION);
  return { id, name, region, x, y, z, derived, fields: record };
}
