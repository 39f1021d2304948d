import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION, type System, splitFields } from '#format/index.ts';
import { SystemPacker } from '#pipeline/update/packed-system.ts';
import { coordinate, exactText, object, objectOf, text } from '#test/support/arbitrary.ts';

const CORE = ['id', 'name', 'region', 'x', 'y', 'z'] as const;
const SUMMARY = new Set(['a', 'planets', '1', '__proto__']);

/** A system whose record has its core columns first or last, or has other values instead of some strings. */
const systems = fc
  .record({
    strings: fc.tuple(text, text, text),
    position: fc.tuple(coordinate, coordinate, coordinate),
    derived: fc.integer({ min: 0, max: DERIVED_ID | DERIVED_NAME | DERIVED_REGION }),
    others: object,
  })
  .map(({ strings: [id, name, region], position: [x, y, z], derived, others }) => {
    const own: JsonObject = { id, name, region, x, y, z };
    if (derived & DERIVED_ID) own['id'] = null;
    if (derived & DERIVED_NAME) own['name'] = 7;
    if (derived & DERIVED_REGION) delete own['region'];
    const core = Object.entries(own);
    const rest = Object.entries(others).filter(([key]) => !CORE.some(name => name === key));
    const systemOf = (fields: JsonObject): System => ({ id, name, region, x, y, z, derived, fields });
    return { first: systemOf(objectOf([...core, ...rest])), last: systemOf(objectOf([...rest, ...core])) };
  });

const packer = new SystemPacker(() => [], SUMMARY);

test('a packed system has the fields that a set stores, in their order, and is the same as one with them', () => {
  fc.assert(
    fc.property(systems, ({ first, last }) => {
      const packed = packer.pack(first);
      const { fields, ...core } = first;
      expect(packed).toMatchObject(core);
      expect(exactText(packed.fields, true)).toBe(exactText(fields, true));
      const [stored, expected] = [splitFields(packed, SUMMARY), splitFields(first, SUMMARY)];
      expect(exactText(stored.summary)).toBe(exactText(expected.summary));
      expect(exactText(stored.details)).toBe(exactText(expected.details));
      const details = exactText(splitFields(last, SUMMARY).details);
      expect(packed.isSame(packer.pack(last))).toBe(details === exactText(expected.details));
    }),
    { numRuns: 500 },
  );
});

test('systems that differ in one value are not the same, also if they are stored in different memory', () => {
  const system: System = {
    ...{ id: 'A', name: 'N', region: 'R', x: 0, y: 1, z: 2, derived: 0 },
    fields: { id: 'A', name: 'N', region: 'R', x: 0, y: 1, z: 2, note: 'n'.repeat(600_000) },
  };
  const packed = packer.pack(system);
  expect(packed.isSame(packer.pack({ ...system }))).toBe(true);
  for (const other of [
    { ...system, x: -0 },
    { ...system, derived: DERIVED_NAME },
    { ...system, name: 'M' },
    { ...system, region: 'r' },
    { ...system, fields: { ...system.fields, note: 'm' } },
  ])
    expect(packed.isSame(packer.pack(other))).toBe(false);
});
