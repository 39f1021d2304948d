/** Writes JSON that parses to the same values: `JSON.stringify` would turn -0 into 0. */
import { isObject, type JsonObject, type JsonValue } from './json.ts';

/** A value as JSON, without spaces; undefined members are left out. */
export function jsonText(value: JsonValue): string {
  return holdsNegativeZero(value) ? textOf(value) : JSON.stringify(value);
}

/**
 * A record as JSON. The number from which the id of the system was derived (`id` or `id64`) is written with its
 * original digits, which its float64 may have lost.
 */
export function recordText(record: JsonObject, id: string): string {
  const field = isBlank(record['id']) ? 'id64' : 'id';
  const own = record[field];
  if (typeof own !== 'number' || String(own) === id || Number(id) !== own) return jsonText(record);
  const members = Object.entries(record).map(([key, value]) =>
    key === field ? `"${key}":${id}` : jsonText({ [key]: value }).slice(1, -1),
  );
  return `{${members.filter(member => member !== '').join()}}`;
}

/** True for a value of `id` or `name` that counts as missing. */
export function isBlank(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}

function holdsNegativeZero(value: JsonValue): boolean {
  if (typeof value === 'number') return Object.is(value, -0);
  if (Array.isArray(value)) return value.some(holdsNegativeZero);
  if (!isObject(value)) return false;
  for (const key in value) if (holdsNegativeZero(value[key]!)) return true;
  return false;
}

function textOf(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (!isObject(value)) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  const members: string[] = [];
  for (const [key, member] of Object.entries(value))
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${textOf(member)}`);
  return `{${members.join()}}`;
}
