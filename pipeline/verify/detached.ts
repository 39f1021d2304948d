import { isObject, type JsonValue } from '#format/json.ts';
import type { Sample } from '#pipeline/octree/previews.ts';

/**
 * Copies a sample to its own memory. V8 represents a substring of 13 or more characters as a view of the original
 * string: a name cut from the decoded strings of a file would keep all of them in memory.
 */
export function detached(sample: Sample): Sample {
  const { id, name, region, ...rest } = sample.system;
  const system = { id: copyOf(id), name: copyOf(name), region: copyOf(region), ...rest };
  const facets = sample.facets.map(values =>
    values.map(value => (typeof value === 'string' ? copyOf(value) : value)),
  );
  return { ...sample, id: system.id, system, summary: copied(sample.summary) as Sample['summary'], facets };
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
