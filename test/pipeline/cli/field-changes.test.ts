import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ComparedSystem, JsonObject, JsonValue } from '#client/index.ts';
import { readPath, valueAt } from '#format/record/record-path.ts';
import { fieldChanges } from '#pipeline/cli/diff/field-changes.ts';
import { exactText, object } from '#test/support/arbitrary.ts';

const systemOf = (record: JsonObject, own: Partial<ComparedSystem> = {}): ComparedSystem => ({
  ...{ id: 'A', name: 'A', region: 'R', x: 0, y: 0, z: 0, derived: 0, record },
  ...own,
});

/** The changes between two records, all of whose fields may differ. */
function between(before: JsonObject, after: JsonObject) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const fields = names.filter(
    name =>
      !(Object.hasOwn(before, name) && Object.hasOwn(after, name)) ||
      exactText(before[name]) !== exactText(after[name]),
  );
  return fieldChanges({ kind: 'changed', id: 'A', before: systemOf(before), after: systemOf(after), fields });
}

test('the innermost values that differ, by path', () => {
  const before = { a: 1, same: [1], planets: [{ name: 'P', moons: [{ name: 'm', size: -0 }] }], gone: null };
  const after = { a: '1', same: [1], planets: [{ name: 'P', moons: [{ name: 'n', size: 0 }] }], 'b c': {} };
  expect(between(before, after)).toEqual([
    { path: 'a', before: 1, after: '1' },
    { path: 'planets[0].moons[0].name', before: 'm', after: 'n' },
    { path: 'planets[0].moons[0].size', before: -0, after: 0 },
    { path: 'gone', before: null },
    { path: '["b c"]', after: {} },
  ]);
});

test('an element that is inserted or removed is one change', () => {
  const [p, q, r] = ['p', 'q', 'r'].map(name => ({ name }));
  expect(between({ planets: [p!, r!] }, { planets: [p!, q!, r!] })).toEqual([
    { path: 'planets[1]', after: q },
  ]);
  expect(between({ planets: [p!, q!, r!] }, { planets: [q!, r!] })).toEqual([
    { path: 'planets[0]', before: p },
  ]);
});

test('the order of nested keys is a change, as in a set', () => {
  expect(between({ a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } })).toEqual([
    { path: 'a', before: { b: 1, c: 2 }, after: { c: 2, b: 1 } },
  ]);
});

test('a name or region that is not a field of the record', () => {
  const record = { x: 0 };
  expect(
    fieldChanges({
      ...{ kind: 'changed', id: 'A', before: systemOf(record), fields: ['name', 'region'] },
      after: systemOf(record, { name: 'B', region: 'S' }),
    }),
  ).toEqual([
    { path: 'name', before: 'A', after: 'B' },
    { path: 'region', before: 'R', after: 'S' },
  ]);
});

test('every path leads to its value, and there is none only in equal records', () =>
  fc.assert(
    fc.property(object, object, (before, after) => {
      for (const change of between(before, after)) {
        const path = readPath(change.path, 0)?.path ?? { text: change.path, steps: [] };
        for (const [side, record] of [
          ['before', before],
          ['after', after],
        ] as [string, JsonObject][]) {
          if (!Object.hasOwn(change, side)) continue;
          const value = (change as unknown as Record<string, JsonValue>)[side];
          expect(exactText(stepsTo(record, path.steps))).toBe(exactText(value));
        }
      }
      expect(between(before, before)).toEqual([]);
      if (between(before, after).length === 0) expect(exactText(after, true)).toBe(exactText(before, true));
    }),
  ));

/** The value at the end of steps; `valueAt` would take a field of the whole path's name first. */
function stepsTo(record: JsonObject, steps: readonly (string | number)[]): JsonValue | undefined {
  return valueAt(record, { text: '\ud800', steps })?.value;
}
