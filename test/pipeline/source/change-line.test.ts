import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { System } from '#format/index.ts';
import { normaliseRecord } from '#format/record/normalise.ts';
import { InputError } from '#pipeline/index.ts';
import { metaLine, readChange, removedLine, systemLine } from '#pipeline/source/change-line.ts';
import { coordinate, exactText, json, object, objectOf, text } from '#test/support/arbitrary.ts';

const location = { file: 'changes', input: 0, offset: 0, line: 7, column: 1 };
const read = (line: string) => readChange({ bytes: Buffer.from(line), location });

/** Records with ids, names and regions of their own, derived ones, and none. */
const record = fc
  .tuple(
    object,
    coordinate,
    fc.record(
      {
        id: fc.oneof(text, fc.constantFrom<null | number>(null, 5, -0, 2 ** 53)),
        name: fc.oneof(text, fc.constantFrom(null, 5, true)),
        region: fc.oneof(text, fc.constantFrom(null, 5, true)),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([more, x, own]) => objectOf(Object.entries({ ...more, x, y: 0, z: -0, ...own })));

/** A set does not keep the order of the fields of a record itself. */
const textOf = ({ fields, ...system }: System) => exactText({ ...system }, true) + exactText(fields, true);

const around = fc.record({ key: text, region: text }, { requiredKeys: [] });

describe('a line of diff', () => {
  test('gives the very system, with strings that come from keys around it', () =>
    fc.assert(
      fc.property(record, around, fc.constantFrom('added', 'changed'), (value, keys, change) => {
        const sha256 = () => 'a'.repeat(64);
        const outcome = normaliseRecord(value, keys, { sha256, digits: () => '9007199254740993' });
        fc.pre(outcome.kind === 'system');
        const { id, name, region, fields } = outcome.system;
        const found = read(systemLine(change, { id, name, region, record: fields }, ['x']));
        expect(found).toMatchObject({ action: change === 'added' ? 'add' : 'change', location });
        expect(textOf((found as { system: System }).system)).toBe(textOf(outcome.system));
      }),
      { numRuns: 300 },
    ));

  test('of a removed system, and of _meta values', () =>
    fc.assert(
      fc.property(text, fc.array(json), (id, meta) => {
        expect(read(metaLine(meta))).toEqual({ action: 'meta', meta, location });
        fc.pre(id !== '');
        expect(read(removedLine({ id, name: 'A' }))).toEqual({ action: 'delete', id, location });
      }),
    ));

  const system = { change: 'added', id: 'A', name: 'A', region: '', record: { x: 0, y: 0, z: 0 } };
  test.each([
    ['{"id":"A","x":0,"y":0,"z":0}', 'change'],
    ['[]', 'change'],
    ['{"change":"removed","id":""}', 'change'],
    [{ ...system, id: 5 }, 'id'],
    [{ ...system, name: '' }, 'name'],
    [{ ...system, region: undefined }, 'region'],
    [{ ...system, record: null }, 'record'],
    [{ ...system, record: { x: 0, y: 0 } }, 'record.z'],
    [{ ...system, record: { ...system.record, id: 'B' } }, 'record.id'],
    [{ ...system, record: { ...system.record, name: 'B' } }, 'record.name'],
    [{ ...system, record: { ...system.record, region: 'B' } }, 'record.region'],
    ['{"change":"added","id":"\\ud800"}', 'id'],
  ])('%j is refused with its line and field', (line, field) => {
    const text = typeof line === 'string' ? line : JSON.stringify(line);
    expect(() => read(text)).toThrow(InputError);
    expect(() => read(text)).toThrow(/^changes, line 7: /);
    expect(() => read(text)).toThrow(expect.objectContaining({ field, line: 7 }));
  });
});
