import { isObject, type JsonValue } from '../../client/format/json.ts';
import type { Sample } from '../octree/previews.ts';

/**
 * A sample in memory of its own. V8 represents a part of a string, from 13 characters on, as a view of the whole
 * string: a name that was cut from the decoded strings of a file keeps all of them in memory for as long as it lives.
 */
export function detached(sample: Sample): Sample {
  const { id, name, region, ...rest } = sample.system;
  const system = { id: copyOf(id), name: copyOf(name), region: copyOf(region), ...rest };
  return { ...sample, id: system.id, system, summary: copied(sample.summary) as Sample['summary'] };
}

function copied(value: JsonValue): JsonValue {
  if (typeof value === 'string') return copyOf(value);
  if (Array.isArray(value)) return value.map(copied);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [copyOf(key), copied(member)]));
}

/** Strings of files are well-formed: they were UTF-8. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
