/** Adds the fields that a field map finds to records in JSON. */
import { isObject, type JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { endOfString, endOfValue, skipSpace } from '#format/record/json-scan.ts';
import { integerText, parseJson } from '#format/record/parse-json.ts';
import type { Mapping } from './mapping.ts';
import { unfit } from './record-limits.ts';
import type { RawRecord, Reject } from './source-types.ts';

/**
 * The records of a batch with their mapped fields; records without a position go to `onReject`.
 * @param onField called with each field that a record gets, x, y and z for `xyz`
 */
export function mapRecords(
  batch: readonly RawRecord[],
  mapping: Mapping,
  onReject: (reject: Reject) => void,
  onField: (field: string) => void,
): RawRecord[] {
  const mapped: RawRecord[] = [];
  for (const raw of batch) {
    const result = mapRecord(raw, mapping, onField);
    if ('reason' in result) onReject(result);
    else mapped.push(result);
  }
  return mapped;
}

/**
 * Maps one record. Returns invalid records, and objects that are not systems, unchanged: normalising reports them.
 */
function mapRecord(raw: RawRecord, mapping: Mapping, onField: (field: string) => void): RawRecord | Reject {
  const { bytes, location } = raw;
  const text = bytes.toString();
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    return raw;
  }
  if (!isObject(value) || value['type'] === 'region' || unfit(bytes, text, value, location)) return raw;
  const members = new Map<string, string>();
  for (const found of mapping(value)) {
    if ('reason' in found) return { location, field: found.field, reason: found.reason, record: value };
    const isLong = typeof found.value === 'number' && found.steps && !Number.isSafeInteger(found.value);
    onField(found.field);
    members.set(found.field, isLong ? integerText(text, found.steps) : jsonText(found.value));
  }
  return { ...raw, bytes: Buffer.from(withMembers(text, members)) };
}

/** Sets members of an object in JSON: they come first, and all other members keep their bytes. */
function withMembers(text: string, members: ReadonlyMap<string, string>): string {
  const kept: string[] = [];
  let pos = skipSpace(text, text.indexOf('{') + 1);
  while (text[pos] !== '}') {
    const start = pos;
    const keyEnd = endOfString(text, start + 1);
    const colon = skipSpace(text, keyEnd);
    const end = endOfValue(text, skipSpace(text, colon + 1));
    if (!members.has(JSON.parse(text.slice(start, keyEnd)))) kept.push(text.slice(start, end));
    pos = skipSpace(text, end);
    if (text[pos] === ',') pos = skipSpace(text, pos + 1);
  }
  const set = Array.from(members, ([name, json]) => `${JSON.stringify(name)}:${json}`);
  return `{${[...set, ...kept].join()}}`;
}
