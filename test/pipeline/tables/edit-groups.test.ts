import fc from 'fast-check';
import { describe, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { COMMON_ROWS, RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import { shardSchema } from '#format/btree/listing-schemas.ts';
import { leafWeight, rowWeight } from '#format/btree/page.ts';
import { bucketOf, VALUE_ROWS, WORD_ROWS } from '#format/btree/search-schemas.ts';
import { SHARDS } from '#format/index.ts';
import type { PlanOptions } from '#pipeline/index.ts';
import { builtTables, expectEdited, systemsOf } from '#test/support/edited-tables.ts';

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
      40,
    ],
    [
      'a searched value',
      VALUE_ROWS,
      i => ({ id: `${i}`, name: scattered(i), region: 'R', material: ['Gold', `own ${i % 50}`] }),
      { search: { mode: 'words', fields: ['material'] } },
      25,
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
      Math.floor(leafWeight(SHARDS) / rowWeight(inRegion(100), shardSchema('region'))),
      inRegion,
      { search: { mode: 'none' } },
      30,
    ],
    [
      'a rare value of a facet',
      RARE_SYSTEMS,
      i => ({ id: `${i}`, name: scattered(i), region: 'R', material: ['Gold', `own ${i}`] }),
      { facets: 'material', search: { mode: 'none' } },
      12,
    ],
    [
      'a value of one heavy system and others',
      COMMON_ROWS,
      i => ({
        ...{ id: `${i}`, region: 'R', name: i === 5 ? '5'.repeat(3_000) : scattered(i) },
        material: i === 5 ? ['Gold', ...Array.from({ length: 400 }, (_, i) => `own ${i}`)] : 'Gold',
      }),
      { facets: 'material', search: { mode: 'none' } },
      40,
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

test.each<[string, number, PlanOptions]>([
  ['a searched value', VALUE_ROWS, { facets: 'none', search: { mode: 'words', fields: ['material'] } }],
  ['a common value of a facet', COMMON_ROWS, { facets: 'material', search: { mode: 'none' } }],
])('the next systems of %s are found behind many others', async (_what, limit, options) => {
  const many = Array.from({ length: 400 }, (_, i) => `own ${i}`);
  // Its values are common.
  const heavy = { name: '!'.repeat(3_000), material: ['Gold', 'Iron', ...many] };
  const nameOf = (i: number) => (i < limit ? `${i}` : i === limit ? '~' : `~~${i}`);
  const group = Array.from({ length: limit + 5 }, (_, i) => ({
    name: nameOf(i),
    material: ['Gold', 'Iron'],
  }));
  const others = Array.from({ length: 1_500 }, (_, i) => ({ name: `~${i}`, material: ['Tin'] }));
  const records = [...group, ...others, heavy].map((own, i) => ({
    id: `${i}`,
    region: 'R',
    ...position(i),
    ...own,
  }));
  // The first of them comes soon, and the second is changed itself.
  const next = records.map((own, i) => (i === limit + 1 ? { ...own, material: ['Iron'] } : own)).slice(3);
  const [before, after] = [systemsOf(records, options), systemsOf(next, options)];
  await expectEdited(await builtTables(before, options), before, after, options);
});
