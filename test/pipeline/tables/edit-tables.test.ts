import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import type { PlanOptions } from '#pipeline/index.ts';
import { coordinate, foldOf, text } from '#test/support/arbitrary.ts';
import { heavyRecords } from '#test/support/catalogues.ts';
import {
  builtTables,
  changesOf,
  editedTables,
  expectEdited,
  systemsOf,
} from '#test/support/edited-tables.ts';

const OPTIONS: PlanOptions = {
  facets: 'material,kind,flag,region',
  listings: 'kind,created:desc,created:asc,size:asc',
  summary: ['size'],
  search: { mode: 'infix', fields: ['name', 'material', 'kind'] },
};

/** Few names, which are equal after folding, share words, or have the same grams. */
const names = fc.oneof(
  fc.constantFrom(
    'Gold Star',
    'gold star',
    'GOLD STAR',
    'Café Noir',
    'Cafe Noir',
    'CAFE\u0301 NOIR',
    'İstanbul',
  ),
  fc.constantFrom(
    'a b c a b',
    'star star star',
    '__proto__',
    'ß',
    'ss',
    'x'.repeat(700),
    'The Gold Star Noir',
  ),
  text.filter(name => name !== ''),
);
const materials = fc.constantFrom<JsonObject[string]>(
  ...[
    'Gold',
    'gold',
    'Gold, Cadmium',
    'Uranium, Gold',
    '__proto__',
    'a value of more than 24 code points',
    true,
  ],
  ...[['Gold', 'Iron', 5, true], ['2026-01-01'], [], null, 5, false, 'constructor'],
);
const anyRecord = (ids: fc.Arbitrary<string>): fc.Arbitrary<JsonObject> =>
  fc
    .record({
      id: ids,
      name: names,
      region: fc.oneof(fc.constantFrom('Euclid', 'Hilbert', '', '__proto__'), text),
      x: coordinate,
      y: fc.integer({ min: -2, max: 2 }),
      z: fc.constantFrom(0, -0, 1),
      material: materials,
      kind: fc.oneof(fc.constantFrom('red', 'Red', 'blue', 7), materials),
      flag: fc.boolean(),
      created: fc.constantFrom('2026-01-01', '2025-06-01T10:00:00Z', 5, 'never', null),
      size: fc.constantFrom(1, 2, -0, 0.5, 'large'),
    })
    .chain(full => fc.subarray(Object.keys(full)).map(left => ({ full, left })))
    .map(({ full, left }) => {
      const entries = Object.entries(full).filter(
        ([key]) => left.includes(key) || ['id', 'name', 'region', 'x', 'y', 'z'].includes(key),
      );
      return Object.fromEntries(entries) as JsonObject;
    });

const some = fc.uniqueArray(anyRecord(fc.nat(60).map(String)), {
  maxLength: 40,
  selector: ({ id }) => id,
});

const searches = fc.constantFrom<PlanOptions['search'] & {}>(
  { mode: 'infix', fields: ['name', 'material', 'kind'] },
  { mode: 'words', fields: ['kind'] },
  { mode: 'words', fields: ['name'] },
  { mode: 'none' },
);

test('edited tables are those of a build of the edited catalogue, through a history', async () => {
  await fc.assert(
    fc.asyncProperty(
      searches,
      some,
      fc.array(some, { minLength: 1, maxLength: 3 }),
      async (search, first, history) => {
        const options = { ...OPTIONS, search };
        let systems = systemsOf(first, options);
        let built = await builtTables(systems, options);
        for (const records of history) {
          // Records of the next catalogue stay, are added, or take the place of those before.
          const next = new Map([...systems].filter((_, i) => (i + records.length) % 3 > 0));
          for (const [id, system] of systemsOf(records, options)) next.set(id, system);
          built = await expectEdited(built, systems, next, options);
          systems = next;
        }
      },
    ),
    { numRuns: 60 },
  );
});

describe('tables of many pages', () => {
  const galaxy = [...galaxySystems({ count: 3_000 })] as unknown as Record<string, JsonValue>[];

  test('are those of the edited catalogue, also from nothing and to nothing', async () => {
    const all = systemsOf(galaxy, OPTIONS);
    const built = await builtTables(all, OPTIONS);
    const none = systemsOf([], OPTIONS);
    expect(Object.values((await expectEdited(built, all, none, OPTIONS)).tables)).toEqual(
      Object.values(built.tables).map(() => null),
    );
    await expectEdited(await builtTables(none, OPTIONS), none, all, OPTIONS);
    const edits = fc.array(
      fc.tuple(fc.nat(2_999), fc.constantFrom('delete', 'rename', 'move', 'alter', 'add')),
      {
        minLength: 1,
        maxLength: 100,
      },
    );
    await fc.assert(
      fc.asyncProperty(edits, async edits => {
        const next = new Map(galaxy.map(system => [system['id'], system]));
        for (const [i, edit] of edits) {
          const system = galaxy[i]!;
          const other = galaxy[(i * 31) % 3_000]!;
          if (edit === 'delete') next.delete(system['id']);
          else if (edit === 'rename') next.set(system['id'], { ...system, name: other['name']! });
          else if (edit === 'move')
            next.set(system['id'], { ...system, x: -1_000, region: other['region']! });
          else if (edit === 'alter')
            next.set(system['id'], { ...system, materials: other['materials'] ?? 'Gold', planets: [] });
          else next.set(`new ${i}`, { ...system, id: `new ${i}` });
        }
        await expectEdited(built, all, systemsOf([...next.values()], OPTIONS), OPTIONS);
      }),
      { numRuns: 8 },
    );
  });

  test('one edit reads and writes few of them', async () => {
    const options: PlanOptions = {
      facets: 'region',
      listings: 'region',
      search: { mode: 'words', fields: ['name'] },
    };
    const records = heavyRecords(6_000);
    const all = systemsOf(records, options);
    const built = await builtTables(all, options);
    const [read, written]: number[][] = [[], []];
    for (let i = 0; i < 30; i++) {
      const record = records[i * 197]!;
      const next = new Map(all);
      if (i % 3 === 0) next.delete(record.id);
      const [renamed] = systemsOf([{ ...record, name: `New ${i}`, x: 10 * i }], options);
      if (i % 3 === 1) next.set(...renamed!);
      const [added] = systemsOf([{ ...record, id: `new ${i}` }], options);
      if (i % 3 === 2) next.set(...added!);
      const edited = await editedTables(built, all, changesOf(all, next));
      read!.push(edited.read.size);
      written!.push(edited.written.size);
    }
    const [touched] = systemsOf([{ ...records[0]!, note: 'not in tables' }], options);
    const changes = changesOf(all, new Map(all).set(...touched!));
    expect(changes.length).toBe(1);
    const noRows = foldOf(() => {
      throw new Error('a row is made of a system whose rows do not differ');
    });
    const { read: none, tables } = await editedTables(built, all, changes, noRows);
    expect(tables).toEqual(built.tables);
    expect(none.size).toBe(0);
    expect(built.files.size).toBeGreaterThan(400);
    // Eight tables; a run between natural borders has four pages on average, and is read on each level.
    expect(Math.max(...written!)).toBeLessThan(30);
    expect(read!.reduce((sum, pages) => sum + pages) / read!.length).toBeLessThan(100);
  });
});
