/** JSON of the files of a run: -0 comes back as it is, and members that are undefined are left out. */

import { isObject, type JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';

export function runJson(value: unknown): Buffer {
  return Buffer.from(jsonText(defined(value as JsonValue)));
}

/** The value itself where nothing in it is undefined. */
function defined(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    const elements = value.map(defined);
    return elements.every((element, i) => element === value[i]) ? value : elements;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value);
  const kept = members
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => [key, defined(member)] as const);
  const isSame = kept.length === members.length && kept.every(([, member], i) => member === members[i]![1]);
  return isSame ? value : (Object.fromEntries(kept) as JsonValue);
}
