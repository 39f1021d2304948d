/** JSON texts that read back as the very same values: `JSON.stringify` alone would turn -0 into 0. */
import { isObject, type JsonObject, type JsonValue } from './json.ts';

/** A value as JSON, without spaces. */
export function jsonText(value: JsonValue): string {
  return holdsNegativeZero(value) ? textOf(value) : JSON.stringify(value);
}

/**
 * A record as JSON. The number that the system's id comes from, `id` or `id64`, is written with the digits that it came
 * with, which its float64 may not hold.
 */
export function recordText(record: JsonObject, id: string): string {
  const field = isBlank(record['id']) ? 'id64' : 'id';
  const { [field]: own, ...rest } = record;
  if (typeof own !== 'number' || String(own) === id || Number(id) !== own) return jsonText(record);
  const others = jsonText(rest).slice(1, -1);
  return `{"${field}":${id}${others && `,${others}`}}`;
}

/** True for a value of `id` or `name` that counts as none. */
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
  const members = Object.entries(value).map(([key, of]) => `${JSON.stringify(key)}:${textOf(of)}`);
  return `{${members.join()}}`;
}
