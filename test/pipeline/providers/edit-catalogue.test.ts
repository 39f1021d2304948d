/** The text of a JSON file after an edit: all but the system stays as it is written. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptError, type JsonObject } from '#client/index.ts';
import { readCatalogue } from '#client/providers/json/read-catalogue.ts';
import { EditConflictError } from '#pipeline/index.ts';
import { editCatalogue } from '#pipeline/providers/edit-catalogue.ts';
import { addition, deletion, patch } from '#pipeline/providers/system-edit.ts';
import { catalogue, exactText, seeded, written } from '#test/support/arbitrary.ts';
import { recordText } from '#test/support/chunk-sets.ts';

const NEW = { id: 'N', name: 'new', x: 0, y: 0, z: 0 };
const edited = {
  added: (text: string, record: JsonObject = NEW) => editCatalogue(text, 'a', addition(record)),
  patched: (text: string, id: string, updates: JsonObject) => editCatalogue(text, 'a', patch(id, updates)),
  deleted: (text: string, id: string) => editCatalogue(text, 'a', deletion(id)),
};

const A = '{"id":"A","name":"a","x":1,"y":2,"z":3}';
const B = '{ "id":"B", "name":"\\u0062","x":1.50,"y":2,"z":3e0 }';
const N = '{"id":"N","name":"new","x":0,"y":0,"z":0}';
const PATCHED = '{"id":"A","name":"a","x":1,"y":2,"z":3,"fauna":"High"}';
const COMPACT = [
  ['an array', `[${A},${B}]`, `[${A},${B},${N}]`, `[${PATCHED},${B}]`, `[${B}]`],
  ['NDJSON', `${A}\n${B}\n`, `${A}\n${B}\n${N}\n`, `${PATCHED}\n${B}\n`, `${B}\n`],
  ['NDJSON without its last line feed', `${B}\n${A}`, `${B}\n${A}\n${N}\n`, `${B}\n${PATCHED}`, `${B}\n`],
  [
    'an object',
    `{"_meta":1,"a":${A},"b": ${B}}`,
    `{"_meta":1,"a":${A},"b": ${B},"new":${N}}`,
    `{"_meta":1,"a":${PATCHED},"b": ${B}}`,
    `{"_meta":1,"b": ${B}}`,
  ],
  [
    'an array in a member',
    `{"v":{},"systems":[ ${B} , ${A} ]}`,
    `{"v":{},"systems":[ ${B} , ${A}, ${N} ]}`,
    `{"v":{},"systems":[ ${B} , ${PATCHED} ]}`,
    `{"v":{},"systems":[ ${B} ]}`,
  ],
  ['one system', A, `${A}\n${N}\n`, PATCHED, '[]\n'],
] as const;

describe('the text of a catalogue', () => {
  test.each(COMPACT)('%s', (_, text, added, patched, deleted) => {
    expect(edited.added(text)).toBe(added);
    expect(edited.patched(text, 'A', { fauna: 'High' })).toBe(patched);
    expect(edited.deleted(text, 'A')).toBe(deleted);
  });

  test('by regions: a system goes to the array of its region, or to a new one', () => {
    const text = `{"Adam":[${A}],"Star":[]}`;
    expect(edited.added(text, { ...NEW, region: 'Adam' })).toBe(
      `{"Adam":[${A},${N.slice(0, -1)},"region":"Adam"}],"Star":[]}`,
    );
    const other = edited.added(text, { ...NEW, region: 'New' });
    expect(other).toBe(`{"Adam":[${A}],"Star":[],"New":[${N.slice(0, -1)},"region":"New"}]}`);
    expect(readCatalogue(other, 'a').systems.map(({ region }) => region)).toEqual(['Adam', 'New']);
  });

  test('indented as the file is, with its line ends', () => {
    const pretty = JSON.stringify(
      { _meta: { v: 1 }, a: { ...JSON.parse(A), planets: [{ name: 'p', list: [] }] } },
      null,
      4,
    );
    const added = JSON.parse(pretty);
    added.new = NEW;
    expect(edited.added(pretty)).toBe(JSON.stringify(added, null, 4));
    const patched = JSON.parse(pretty);
    patched.a.note = 'a: {"b", [c]}\\';
    expect(edited.patched(pretty, 'A', { note: patched.a.note })).toBe(JSON.stringify(patched, null, 4));
    for (const empty of ['{}', '[]', ' {\n} '])
      expect(edited.added(empty)).toContain(`\n  ${empty.includes('{') ? '"new": ' : ''}{\n    "id": "N",\n`);
    const windows = pretty.replaceAll('\n', '\r\n');
    expect(edited.added(windows)).toBe(JSON.stringify(added, null, 4).replaceAll('\n', '\r\n'));
  });

  test('under a key that no other member has, and that names a system', () => {
    const text = `{"new":${A}}`;
    expect(JSON.parse(edited.added(text))).toHaveProperty(['new (N)'], NEW);
    for (const name of ['_hidden', 'systems', 'data']) {
      const result = edited.added(text, { ...NEW, name });
      expect(readCatalogue(result, 'a').systems.map(system => system.name)).toEqual(['a', name]);
    }
  });

  test('equal values of one system are all edited', () => {
    expect(edited.patched(`[${A},${A}]`, 'A', { fauna: 'High' })).toBe(`[${PATCHED},${PATCHED}]`);
    expect(edited.deleted(`[${A},${B},${A}]`, 'A')).toBe(`[${B}]`);
  });

  test('keeps -0, keys like __proto__ and digits of an id', () => {
    const text = '[{"id":12345678901234567890,"x":-0,"y":0,"z":0,"__proto__":{"a":1}}]';
    expect(edited.patched(text, '12345678901234567890', { b: -0 })).toBe(`${text.slice(0, -2)},"b":-0}]`);
  });

  test('a record that was rejected because of its id would take the place of a deleted system', () => {
    const text = `{"A":{"x":0,"y":0,"z":0},"b":{"id":"SYS_A","x":1,"y":2,"z":3}}`;
    expect(() => edited.deleted(text, 'SYS_A')).toThrow(EditConflictError);
  });

  test('a text that cannot be read is refused', () => {
    expect(() => edited.added('{"a":')).toThrow(CorruptError);
    expect(() => edited.added('')).toThrow(CorruptError);
  });

  test('has all other systems as before, in any writing', () =>
    fc.assert(
      fc.property(
        catalogue,
        fc.nat(),
        fc.constantFrom('list', 'keyed', 'lines'),
        fc.nat(),
        (records, seed, shape, nth) => {
          const random = seeded(seed);
          const textOf = (record: JsonObject) => written(record, Math.floor(random() * 1e9)).text;
          const text =
            shape === 'lines'
              ? records.map(record => `${exactText(record)}\n`).join('') || '[]'
              : shape === 'list'
                ? `[ ${records.map(textOf).join(' ,')} ]`
                : `{ ${records.map((record, i) => `"key ${i}" : ${textOf(record)}`).join(' ,')} }`;
          // A catalogue of one small record may be read as the record itself.
          const { systems } = readCatalogue(text, 'a');
          fc.pre(systems.length === records.length);
          const own = systems[nth % Math.max(1, systems.length)];
          const model = new Map(systems.map(system => [system.id, system.fields]));
          const check = (after: string) => {
            const found = readCatalogue(after, 'a').systems;
            expect(new Map(found.map(({ id, fields }) => [id, recordText(fields)]))).toEqual(
              new Map([...model].map(([id, fields]) => [id, recordText(fields)])),
            );
            return after;
          };
          const record = { ...NEW, id: 'an id that is new', name: 'a name that is new' };
          model.set(record.id, record);
          let after = check(edited.added(text, record));
          if (own) {
            const updates = { fauna: 'High', x: 5 };
            model.set(own.id, { ...own.fields, ...updates });
            after = check(edited.patched(after, own.id, updates));
            model.delete(own.id);
            after = check(edited.deleted(after, own.id));
          }
          model.delete(record.id);
          check(edited.deleted(after, record.id));
        },
      ),
    ));
});
