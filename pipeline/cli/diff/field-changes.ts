/** Compares two versions of a system field by field. */
import type { SystemChange } from '#client/index.ts';
import { isObject, type JsonObject, type JsonValue, setOwn } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { pathText } from '#format/record/record-path.ts';

/** A value that differs; `before` or `after` is absent if only the other record has it. */
export interface FieldChange {
  /** `planets[0].moons[1].name`; an index is that in the array which has the value. */
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

type ChangedSystem = Extract<SystemChange, { kind: 'changed' }>;
type Steps = readonly (string | number)[];

/**
 * Returns the innermost values that differ, by the top-level fields of the change. Equal elements at the beginning and at
 * the end of two arrays are left out: a planet that is inserted is one change. A name or region that the record does not
 * have is that which answers queries.
 */
export function fieldChanges({ before, after, fields }: ChangedSystem): FieldChange[] {
  return fields.flatMap(field => {
    const [old, now] = [only(before.record, field), only(after.record, field)];
    if (jsonText(old) !== jsonText(now)) return [...changesOfObjects(old, now, [])];
    const name = field as 'name' | 'region';
    return [{ path: field, before: before[name], after: after[name] }];
  });
}

function only(record: JsonObject, field: string): JsonObject {
  const object: JsonObject = {};
  if (Object.hasOwn(record, field)) setOwn(object, field, record[field]!);
  return object;
}

function* changesIn(before: JsonValue, after: JsonValue, steps: Steps): Generator<FieldChange> {
  if (jsonText(before) === jsonText(after)) return;
  const found = [...changesWithin(before, after, steps)];
  // Values of two kinds, and objects that differ only in the order of their keys.
  if (found.length === 0) yield { path: pathText(steps), before, after };
  else yield* found;
}

function* changesWithin(before: JsonValue, after: JsonValue, steps: Steps): Generator<FieldChange> {
  if (Array.isArray(before) && Array.isArray(after)) yield* changesOfArrays(before, after, steps);
  else if (isObject(before) && isObject(after)) yield* changesOfObjects(before, after, steps);
}

function* changesOfObjects(before: JsonObject, after: JsonObject, steps: Steps): Generator<FieldChange> {
  for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
    const inside = [...steps, name];
    if (!Object.hasOwn(before, name)) yield { path: pathText(inside), after: after[name]! };
    else if (!Object.hasOwn(after, name)) yield { path: pathText(inside), before: before[name]! };
    else yield* changesIn(before[name]!, after[name]!, inside);
  }
}

function* changesOfArrays(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  steps: Steps,
): Generator<FieldChange> {
  const [olds, news] = [before.map(jsonText), after.map(jsonText)];
  const shorter = Math.min(olds.length, news.length);
  let start = 0;
  while (start < shorter && olds[start] === news[start]) start++;
  let end = 0;
  while (end < shorter - start && olds.at(-1 - end) === news.at(-1 - end)) end++;
  const [oldEnd, newEnd] = [olds.length - end, news.length - end];
  for (let i = start; i < Math.max(oldEnd, newEnd); i++) {
    const inside = [...steps, i];
    if (i >= oldEnd) yield { path: pathText(inside), after: after[i]! };
    else if (i >= newEnd) yield { path: pathText(inside), before: before[i]! };
    else yield* changesIn(before[i]!, after[i]!, inside);
  }
}
