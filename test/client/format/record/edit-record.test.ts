import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import type { System } from '#format/index.ts';
import { newSystem, patchSystem } from '#format/record/edit-record.ts';
import { normaliseRecord } from '#format/record/normalise.ts';
import { coordinate, exactText, object, objectOf, text } from '#test/support/arbitrary.ts';

const DEPS = { sha256: () => 'a'.repeat(64), digits: (field: string) => `digits of ${field}` };
const ID = `SYS_${'a'.repeat(32)}`;

function systemOf(record: JsonObject, around = {}): System {
  const outcome = normaliseRecord(record, around, DEPS);
  if (outcome.kind !== 'system') throw new Error(JSON.stringify(outcome));
  return outcome.system;
}

const POINT = { x: 1, y: 2, z: 3 };

describe('a new system', () => {
  test('is the system of its record', () => {
    const record = { ...POINT, id: 'A', name: 'a', other: [1] };
    expect(newSystem(record, DEPS)).toMatchObject({ kind: 'system', system: systemOf(record) });
  });

  test('has an id of its own, also if the record has none', () => {
    expect(newSystem({ ...POINT, name: 'a' }, DEPS)).toEqual({
      kind: 'system',
      system: systemOf({ ...POINT, id: ID, name: 'a' }),
    });
  });

  test.each([
    [{ x: 1, y: 2, name: 'a' }, 'z'],
    [{ ...POINT }, 'name'],
    [{ ...POINT, id: [] }, 'id'],
  ])('%j is rejected', (record, field) => {
    expect(newSystem(record as JsonObject, DEPS)).toMatchObject({ kind: 'reject', field });
  });
});

describe('a patch', () => {
  const A = { ...POINT, id: 'A', name: 'a', region: 'R', planets: [{ name: 'P' }], note: null };

  test('merges fields, and moves a system', () => {
    const patched = patchSystem(systemOf(A), { x: '7', planets: [], more: { b: 1 } });
    expect(patched).toMatchObject({
      kind: 'system',
      system: systemOf({ ...A, x: 7, planets: [], more: { b: 1 } }),
    });
  });

  test('keeps a name and a region from keys around the record, and makes the id a field', () => {
    const keyed = systemOf(POINT, { key: '11 Com', region: 'Adam' });
    expect(patchSystem(keyed, { fauna: 'High' })).toMatchObject({
      system: {
        ...{ id: 'SYS_11 Com', name: '11 Com', region: 'Adam', derived: 6 },
        fields: { ...POINT, id: 'SYS_11 Com', fauna: 'High' },
      },
    });
    expect(patchSystem(keyed, { name: 'b', region: 'S' })).toMatchObject({
      system: { name: 'b', region: 'S', derived: 0 },
    });
  });

  test('keeps an id whose digits float64 has lost', () => {
    const system = { ...systemOf({ ...POINT, id: 2 ** 53 }), id: '9007199254740993' };
    expect(patchSystem(system, { fauna: 'High' })).toMatchObject({ system: { id: system.id } });
  });

  test.each([
    [{ id: 'B' }, 'id'],
    [{ id: null, id64: 5 }, 'id'],
    [{ x: null }, 'x'],
    [{ name: {} }, 'name'],
  ])('%j is rejected', (updates, field) => {
    expect(patchSystem(systemOf(A), updates as JsonObject)).toMatchObject({ kind: 'reject', field });
  });

  test('is that of the merged record', () =>
    fc.assert(
      fc.property(object, object, coordinate, text, (own, updates, x, name) => {
        const free = (value: JsonObject) =>
          Object.entries(value).filter(
            ([key]) => !['id', 'id64', 'name', 'type', 'x', 'y', 'z'].includes(key),
          );
        const record = objectOf([...free(own), ['id', 'A'], ['name', name], ['x', x], ['y', 0], ['z', 0]]);
        const before = normaliseRecord(record, {}, DEPS);
        const merged = objectOf([
          ...Object.entries(record).filter(([key]) => !free(updates).some(([name]) => name === key)),
          ...free(updates),
        ]);
        const after = normaliseRecord(merged, {}, DEPS);
        fc.pre(before.kind === 'system' && after.kind === 'system');
        const patched = patchSystem(before.system, objectOf(free(updates)));
        expect(patched.kind).toBe('system');
        const textOf = ({ fields, ...system }: System) =>
          exactText({ ...system }, true) + exactText(fields, true);
        const { system } = patched as { system: System };
        // A region that is null keeps the old one; without a region of its own a system has the one around it.
        fc.pre((merged['region'] ?? null) !== null || (record['region'] ?? null) === null);
        expect(textOf(system)).toBe(textOf(after.system));
      }),
    ));
});
