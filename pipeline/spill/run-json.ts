/** JSON of the files of a run: keeps -0, and leaves out undefined members. */

import { isObject, type JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';

export function runJson(value: unknown): Buffer {
  return Buffer.from(jsonText(defined(value as JsonValue)));
}

/** The value without undefined members; the same object if there are none. */
function defined(value: JsonValue): JsonValue {
  if (Array.isArray(value))
    return value.every(element => defined(element) === element) ? value : value.map(defined);
  if (!isObject(value)) return value;
  const members = Object.entries(value);
  const kept = members
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => [key, defined(member)] as const);
  const isSame = kept.length === members.length && kept.every(([, member], i) => member === members[i]![1]);
  return isSame ? value : (Object.fromEntries(kept) as JsonValue);
}
