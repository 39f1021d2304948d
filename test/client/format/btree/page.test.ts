import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptError } from '#client/index.ts';
import { type Bound, hashKey } from '#format/btree/keys.ts';
import { LISTINGS, MEMBERS, shardSchema } from '#format/btree/listing-schemas.ts';
import { IDS, NAMES } from '#format/btree/name-schemas.ts';
import { cutPages, isBorder, leafWeight, rowWeight, weigh } from '#format/btree/page.ts';
import { BUCKETS, GRAMS, RESULTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import { packNumbers } from '#format/columns/numbers.ts';
import {
  type FileRef,
  facetValues,
  foldedNames,
  type JsonObject,
  type Packable,
  pack,
  packTableInner,
  packTableLeaf,
  SHARDS,
  type TableSchema,
  unpack,
  unpackTablePage,
} from '#format/index.ts';
import { exactText, float, foldOf, json, object, text } from '#test/support/arbitrary.ts';
import { failure } from '#test/support/stored-files.ts';
import {
  addPage,
  bounds,
  byBytes,
  comesBefore,
  keyTexts,
  LAYOUT,
  openTable,
  type Pages,
} from '#test/support/tables.ts';

const hash = fc.stringMatching(/^[0-9a-f]{40}$/);
const count = fc.nat(2 ** 31);
const positive = fc.integer({ min: 1, max: 2 ** 31 });
const place = { x: float, y: float, z: float };
const root = fc.record({ hash, length: count });
const point = fc.tuple(float, float, float);
const system = fc
  .record({
    id: keyTexts,
    name: keyTexts,
    region: text,
    ...place,
    fields: fc.option(object, { nil: undefined }),
  })
  .map(({ fields, ...of }) => ({ ...of, ...(fields && Object.keys(fields).length > 0 && { fields }) }));

interface Case {
  readonly layout: TableSchema<unknown>;
  readonly row: fc.Arbitrary<unknown>;
}

const caseOf = <R>(schema: TableSchema<R>, row: fc.Arbitrary<R>): Case =>
  ({ layout: schema, row }) as unknown as Case;

const CASES: Record<string, Case> = {
  names: caseOf(NAMES, system),
  folded: caseOf(
    foldedNames(foldOf(of => of.toLowerCase())),
    fc.record({ name: text, bySearch: fc.boolean() }),
  ),
  ids: caseOf(IDS, fc.record({ id: keyTexts, ...place })),
  listings: caseOf(
    LISTINGS,
    fc.record({
      field: keyTexts,
      key: text,
      systems: positive,
      bounds: fc.record({ min: point, max: point }),
      shard: fc.option(root, { nil: undefined }),
    }),
  ),
  shard: caseOf(SHARDS, system),
  members: caseOf(
    MEMBERS,
    fc.tuple(system, keyTexts, text).map(([of, ...[field, key]]) => ({ ...of, field, key })),
  ),
  facets: caseOf(
    facetValues(of => of.toLowerCase()),
    fc.record({
      field: keyTexts,
      key: fc.oneof(
        keyTexts.map(own => `s${own}`),
        fc.constantFrom('b0', 'b1'),
      ),
      systems: positive,
    }),
  ),
  words: caseOf(
    WORDS,
    fc.tuple(system, keyTexts).map(([{ fields: _, ...of }, found]) => ({ ...of, text: found })),
  ),
  values: caseOf(
    VALUES,
    fc.tuple(system, keyTexts, count, positive).map(([{ fields: _, ...of }, ...[value, field, systems]]) => ({
      ...of,
      ...{ value, field, systems },
    })),
  ),
  grams: caseOf(GRAMS, fc.record({ gram: keyTexts, place: fc.integer({ min: 0, max: 2 * BUCKETS - 1 }) })),
  results: caseOf(
    RESULTS,
    fc.tuple(system, text, text).map(([{ fields: _, ...of }, ...values]) => ({ ...of, values })),
  ),
};

const throughBytes = (content: Packable) => unpack(pack(content));
const sorted = (rows: readonly unknown[], { keyOf }: TableSchema<unknown>) =>
  rows.toSorted((a, b) => byBytes(keyOf(a), keyOf(b)));

describe.each(Object.entries(CASES))('a page of %s', (_, { layout, row }) => {
  const rowsOf = fc.array(row, { minLength: 1, maxLength: 20 });
  const entry = fc.record({
    key: fc.array(keyTexts, { minLength: layout.keys, maxLength: layout.keys }),
    rows: count.map(of => of + 1),
    ref: fc.record({ kind: fc.constant(layout.kind), hash, length: count }),
  });
  const entriesOf = fc.array(entry, { minLength: 1, maxLength: 20 });

  test('comes back from the bytes of a file', () => {
    fc.assert(
      fc.property(rowsOf, entriesOf, fc.integer({ min: 1, max: 9 }), (drawn, entries, level) => {
        const rows = sorted(drawn, layout);
        const leaf = unpackTablePage(throughBytes(packTableLeaf(rows, layout)), layout) as {
          level: 0;
          rows: unknown[];
        };
        const texts = (of: readonly unknown[]) => of.map(row => exactText(row as JsonObject, true));
        expect({ ...leaf, rows: texts(leaf.rows) }).toEqual({ level: 0, rows: texts(rows) });
        const least = Array.from({ length: layout.keys }, () => '');
        expect(unpackTablePage(throughBytes(packTableInner(level, entries)), layout)).toEqual({
          level,
          entries: entries.map((of, i) => ({ ...of, key: i === 0 ? least : of.key })),
        });
      }),
      { numRuns: 30 },
    );
  });

  test('that is damaged is an error, or a page of as many rows as it says', () => {
    const value: fc.Arbitrary<Packable> = fc.oneof(
      json as fc.Arbitrary<Packable>,
      fc.array(float).map(packNumbers),
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom<Packable>(0, 1, 2, -1, 2 ** 26, 2 ** 53),
    );
    const drawn = fc.record({ rows: rowsOf, entries: entriesOf, isLeaf: fc.boolean(), nth: fc.nat(), value });
    const depth = fc.array(fc.nat(5), { maxLength: 2 });
    fc.assert(
      fc.property(drawn, depth, ({ rows, entries, isLeaf, nth, value }, inner) => {
        const right = isLeaf ? packTableLeaf(sorted(rows, layout), layout) : packTableInner(1, entries);
        const file = throughBytes(right);
        const fields = Object.keys(file);
        harm(file, [fields[nth % fields.length]!, ...inner], value);
        let page: ReturnType<typeof unpackTablePage>;
        try {
          page = unpackTablePage(file, layout);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          return;
        }
        expect('rows' in page ? page.rows : page.entries).toHaveLength(file['rows'] as number);
        expect(page.level).toBe(file['level']);
      }),
      { numRuns: 100 },
    );
  });

  test('without rows, or of anything at all, is an error', () => {
    expect(() => unpackTablePage(throughBytes(packTableLeaf([], layout)), layout)).toThrow(/no rows/);
    fc.assert(
      fc.property(object, of => {
        expect(() => unpackTablePage(of, layout)).toThrow(Error);
      }),
    );
  });
});

describe('weights of systems by value', () => {
  const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
  /** A string that compresses and repeats as little as names do. */
  const word = (seed: number, length: number) =>
    Array.from({ length }, (_, i) => LETTERS[hashKey([`${seed} ${i}`], 0) % 26]).join('');
  const bytesOfPages = <R>(rows: readonly R[], schema: TableSchema<R>) => {
    const weighed = rows.map(row => weigh(row, schema));
    const [weights, hashes] = [weighed.map(row => row.weight), weighed.map(row => row.hash)];
    const starts = cutPages(weights, hashes, leafWeight(schema));
    return starts.map((start, i) => pack(packTableLeaf(rows.slice(start, starts[i + 1]), schema)).length);
  };
  const systemsOf = (field: string, valueAt: (i: number) => string) =>
    Array.from({ length: 4000 }, (_, i) => ({
      ...{ field, key: `s${valueAt(i)}`, id: word(i, 11), name: word(-i, 12), region: valueAt(i) },
      ...{ x: i / 100, y: -i / 10, z: i },
    })).sort((a, b) => byBytes(MEMBERS.keyOf(a), MEMBERS.keyOf(b)));

  test('do not count the value that all rows of a page have', () => {
    const [row] = systemsOf('region', () => 'A region, of 31 characters long');
    // Three coordinates, an id of 11 characters and a name of 12.
    expect(rowWeight(row!, MEMBERS)).toBe(12 + 12 + 13);
    expect(rowWeight(row!, shardSchema('region'))).toBe(12 + 12 + 13);
    expect(rowWeight({ ...row!, field: 'star_type' }, MEMBERS)).toBe(12 + 12 + 13 + 32);
    expect(rowWeight(row!, shardSchema('star_type'))).toBe(12 + 12 + 13 + 32);
  });

  test.each([1, 16, 32, 33, 100, 1000])('bound pages whose values of %d characters all differ', length => {
    const pages = bytesOfPages(
      systemsOf('region', i => word(i, length)),
      MEMBERS,
    );
    expect(Math.max(...pages)).toBeLessThan(3 * leafWeight(MEMBERS));
  });
});

/** Replaces what is at a path, as far as there are lists on the way. */
function harm(holder: object, [at, ...more]: readonly (string | number)[], value: Packable): void {
  const own = Object.entries(holder);
  const key = typeof at === 'string' ? at : own[at! % own.length]?.[0];
  const found = key === undefined ? undefined : (holder as Record<string, unknown>)[key];
  if (more.length > 0 && Array.isArray(found) && found.length > 0) harm(found, more, value);
  else if (key !== undefined) (holder as Record<string, unknown>)[key] = value;
}

test('a table whose pages lie about order, keys and counts gives rows or errors, and comes to an end', async () => {
  const key = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('', 'x'));
  const leaf = fc.array(key, { minLength: 1, maxLength: 4 });
  const below = fc.record({ leaf, key, rows: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.maxSafeInteger()) });
  const lies = fc.record({
    below: fc.array(below, { minLength: 1, maxLength: 5 }),
    level: fc.oneof(fc.constant(0), fc.nat(3)),
    counts: fc.boolean(),
  });
  let [rows, errors] = [0, 0];
  await fc.assert(
    fc.asyncProperty(lies, bounds(2), async ({ below, level, counts }, high) => {
      const pages: Pages = new Map();
      const entries = below.map(({ leaf, key, rows }) => {
        const content = packTableLeaf(
          leaf.map(key => ({ key, weight: 0 })),
          LAYOUT,
        );
        return { key, rows: counts ? rows : leaf.length, ref: addPage(pages, LAYOUT, content) };
      });
      const root = addPage(pages, LAYOUT, packTableInner(level + 1, entries));
      const table = () => openTable({ root, pages }, LAYOUT);
      const ends = async (ask: () => Promise<unknown>) => {
        try {
          await ask();
        } catch (error) {
          expect(error).toBeInstanceOf(CorruptError);
          errors++;
        }
      };
      await ends(() => table().places([high, { key: ['b'] }]));
      await ends(() => table().slices([{ start: 1, end: 1e6 }]));
      await ends(async () => {
        for await (const _ of table().scan(1)) rows++;
        for await (const _ of table().scan(5, true)) rows++;
      });
      // From row to row, as the questions do that pass over some.
      const walked: Bound[] = [{ key: [] }];
      await ends(async () => {
        for (let more = true; more && walked.length < 10; ) {
          const low = walked.at(-1)!;
          const [found] = await table().ranges([{ low, high: { key: [], after: 'keys' }, most: 2 }]);
          more = found!.length > 0;
          if (more) walked.push({ key: found!.at(-1)!.key, after: 'keys' });
          rows++;
        }
      });
      // Of eight keys that there are, none comes twice.
      expect(walked.slice(2).every(({ key }, i) => !comesBefore(key, walked[i + 1]!))).toBe(true);
      expect(walked.length).toBeLessThan(10);
    }),
    { numRuns: 300 },
  );
  expect(Math.min(rows, errors)).toBeGreaterThan(0);
});

test('pages that stand for more rows than are said, or lead down without an end, are refused', async () => {
  const pages: Pages = new Map();
  const leaf = addPage(pages, LAYOUT, packTableLeaf([{ key: ['a', ''], weight: 0 }], LAYOUT));
  const above = (level: number, rows: number, ref: FileRef) => {
    const entries = Array.from({ length: 20 }, (_, i) => ({ key: [`a${i}`, ''], rows, ref }));
    return addPage(pages, LAYOUT, packTableInner(level, entries));
  };
  // Each page has the one below twenty times: a few pages would take for ever to read.
  const few = above(5, 1, above(4, 1, above(3, 1, above(2, 1, above(1, 1, leaf)))));
  for (const root of [
    few,
    above(2, 20, above(1, 1, leaf)),
    above(2, 20, above(2, 1, leaf)),
    above(2, 20, leaf),
  ]) {
    const table = () => openTable({ root, pages }, LAYOUT);
    expect(await failure(table().slices([{ start: 0, end: 20 }]))).toBeInstanceOf(CorruptError);
    expect(await failure(table().places([{ key: ['a'] }]))).toBeInstanceOf(CorruptError);
    expect(await failure(table().scan(0).next())).toBeInstanceOf(CorruptError);
    expect(await failure(table().scan(20, true).next())).toBeInstanceOf(CorruptError);
  }
});

test('a natural border is where the hash is below the weight of the row as a part of four pages', () => {
  expect(isBorder(65_535, 4, 65_536)).toBe(true);
  expect(isBorder(65_536, 4, 65_536)).toBe(false);
});
