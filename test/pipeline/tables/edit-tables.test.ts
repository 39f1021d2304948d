import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import { shardSchema } from '#format/btree/listing-schemas.ts';
import { LEAF_WEIGHT, rowWeight } from '#format/btree/page.ts';
import { bucketOf, VALUE_ROWS, WORD_ROWS } from '#format/btree/search-schemas.ts';
import type { PlanOptions } from '#pipeline/index.ts';
import { coordinate, text } from '#test/support/arbitrary.ts';
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

/** A record of a group: its name does not follow from its number in order. */
type Member = (i: number) => Record<string, JsonValue>;

const position = (i: number) => ({ x: (i * 7) % 11, y: (i * 5) % 13, z: i });

/**
 * Groups of about `limit` systems, and edits of them: to the other side of the limit, or not.
 * @param special fields of the first record before and after, if it differs from the others
 */
const aroundLimit = (limit: number) =>
  fc.record({
    before: fc.integer({ min: limit - 3, max: limit + 3 }),
    /** Systems that are removed, in runs: first ones by name or by number, or any. */
    removed: fc.array(fc.tuple(fc.boolean(), fc.nat(limit), fc.constantFrom(1, 1, 4)), { maxLength: 3 }),
    renamed: fc.array(fc.nat(limit), { maxLength: 3 }),
    /** Systems whose rows in the group stay. */
    touched: fc.array(fc.nat(limit), { maxLength: 3 }),
    moved: fc.array(fc.nat(limit), { maxLength: 2 }),
    added: fc.constantFrom(0, 0, 1, 2, 6),
    others: fc.constantFrom(0, 40),
  });

type Around = typeof aroundLimit extends (limit: number) => fc.Arbitrary<infer T> ? T : never;

/** The systems of a group before and after edits. */
function groupOf(member: Member, { before, removed, renamed, touched, moved, added, others }: Around) {
  const all = (count: number, from = 0): Record<string, JsonValue>[] =>
    Array.from({ length: count }, (_, i) => ({ ...position(i + from), ...member(i + from) }));
  const first = [
    ...all(before),
    ...all(others, 10_000).map(
      (other, i): Record<string, JsonValue> => ({
        ...other,
        name: `~${i}`,
        material: `m${i % 5}`,
        region: 'other',
      }),
    ),
  ];
  const gone = new Set<unknown>();
  for (const [byName, start, length] of removed) {
    const order = byName ? first.toSorted((a, b) => (a['name']! < b['name']! ? -1 : 1)) : first;
    for (const { id } of order.slice(start, start + length)) gone.add(id);
  }
  const next = first.map(
    (record, i): Record<string, JsonValue> => ({
      ...record,
      ...(renamed.includes(i) && { name: `${i % 2 ? '!' : 'zz'} ${record['name']}` }),
      ...(touched.includes(i) && { note: 'new' }),
      ...(moved.includes(i) && { z: -1000 }),
    }),
  );
  return { first, next: [...next.filter(({ id }) => !gone.has(id)), ...all(added, 20_000)] };
}

describe('groups whose rows depend on their number or weight', () => {
  const scattered = (i: number) => `${(i * 7919) % 9973}`;
  const inRegion = (i: number) => ({
    ...{ ...position(i), id: `${i}`, region: 'R' },
    name: `${scattered(i).padStart(5, '0')}${'-'.repeat(295)}`,
  });
  const groups: [what: string, limit: number, member: Member, PlanOptions, numRuns: number][] = [
    [
      'names with a common word',
      WORD_ROWS,
      i => ({ id: `${i}`, name: `${scattered(i)} common word`, region: 'R' }),
      { search: { mode: 'words', fields: ['name'] } },
      60,
    ],
    [
      'a searched value',
      VALUE_ROWS,
      i => ({ id: `${i}`, name: scattered(i), region: 'R', material: ['Gold', `own ${i % 50}`] }),
      { search: { mode: 'words', fields: ['material'] } },
      40,
    ],
    [
      'a long searched value',
      VALUE_ROWS,
      i => ({ id: `${i}`, name: scattered(i), region: 'R', material: 'a value of more than 24 code points' }),
      { search: { mode: 'words', fields: ['material'] } },
      10,
    ],
    [
      'a region of a page or more',
      Math.floor(LEAF_WEIGHT / rowWeight(inRegion(100), shardSchema('region'))),
      inRegion,
      { search: { mode: 'none' } },
      60,
    ],
    [
      'a rare value of a facet',
      RARE_SYSTEMS,
      i => ({ id: `${i}`, name: scattered(i), region: 'R', material: ['Gold', `own ${i}`] }),
      { facets: 'material', search: { mode: 'none' } },
      25,
    ],
  ];
  test.each(groups)('%s', async (_what, limit, member, options, numRuns) => {
    await fc.assert(
      fc.asyncProperty(aroundLimit(limit), async around => {
        const { first, next } = groupOf(member, around);
        const [before, after] = [systemsOf(first, options), systemsOf(next, options)];
        await expectEdited(await builtTables(before, options), before, after, options);
      }),
      { numRuns },
    );
  });
});

/** A system that is missing, or has one of two forms. */
const forms = fc.constantFrom<'none' | 'one' | 'other'>('none', 'one', 'other');

test('a value is rare without heavy systems, whatever came before', async () => {
  const options: PlanOptions = { facets: 'material', search: { mode: 'none' } };
  const many = Array.from({ length: 400 }, (_, i) => `own ${i}`);
  const light = (i: number): JsonObject => ({
    id: `${i}`,
    name: `n${i}`,
    region: 'R',
    ...position(i),
    material: ['Gold'],
  });
  const heavy = (i: number): JsonObject => ({
    ...light(i),
    name: `${i}`.repeat(3_000),
    material: ['Gold', ...many],
  });
  const systems = fc
    .array(forms, { minLength: 4, maxLength: 4 })
    .map(all => all.flatMap((form, i) => (form === 'none' ? [] : form === 'one' ? [light(i)] : [heavy(i)])));
  await fc.assert(
    fc.asyncProperty(systems, systems, async (first, next) => {
      const [before, after] = [systemsOf(first, options), systemsOf(next, options)];
      await expectEdited(await builtTables(before, options), before, after, options);
    }),
    { numRuns: 40 },
  );
});

test('a gram of a bucket stays while a name or a value there has it', async () => {
  // Strings with many grams in common, two of each bucket.
  const byBucket = new Map<number, string>();
  const pairs: [string, string][] = [];
  for (let i = 0; pairs.length < 3; i++) {
    const string = `shared words ${i}`;
    const other = byBucket.get(bucketOf(string));
    if (other) pairs.push([other, string]);
    byBucket.set(bucketOf(string), string);
  }
  const options: PlanOptions = { search: { mode: 'infix', fields: ['name', 'material'] } };
  const systems = fc.array(forms, { minLength: 6, maxLength: 6 }).map(all =>
    all.flatMap((form, i): JsonObject[] => {
      const own = pairs.flat()[i]!;
      const name = form === 'one' ? own : own.slice(7);
      return form === 'none' ? [] : [{ id: own, name, region: 'R', ...position(i), material: own }];
    }),
  );
  await fc.assert(
    fc.asyncProperty(systems, systems, async (first, next) => {
      const [before, after] = [systemsOf(first, options), systemsOf(next, options)];
      await expectEdited(await builtTables(before, options), before, after, options);
    }),
    { numRuns: 60 },
  );
});

test('the next systems of a value are found behind many others', async () => {
  const options: PlanOptions = { search: { mode: 'words', fields: ['material'] } };
  const nameOf = (i: number) => (i < VALUE_ROWS ? `${i}` : i === VALUE_ROWS ? '~' : `~~${i}`);
  const group = Array.from({ length: VALUE_ROWS + 4 }, (_, i) => ({ name: nameOf(i), material: 'Gold' }));
  const others = Array.from({ length: 1_500 }, (_, i) => ({ name: `~${i}`, material: 'Iron' }));
  const records = [...group, ...others].map((own, i) => ({
    id: `${i}`,
    region: 'R',
    ...position(i),
    ...own,
  }));
  // The first of them comes soon; one is changed itself.
  const next = records.map((own, i) => (i === VALUE_ROWS + 2 ? { ...own, z: -1 } : own)).slice(3);
  const [before, after] = [systemsOf(records, options), systemsOf(next, options)];
  await expectEdited(await builtTables(before, options), before, after, options);
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
    const { read: none } = await editedTables(built, all, changesOf(all, new Map(all).set(...touched!)));
    expect(none.size).toBe(0);
    expect(built.files.size).toBeGreaterThan(400);
    // Eight tables; a run between natural borders has four pages on average, and is read on each level.
    expect(Math.max(...written!)).toBeLessThan(30);
    expect(read!.reduce((sum, pages) => sum + pages) / read!.length).toBeLessThan(100);
  });
});
