import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { newUsage } from '#client/query/usage.ts';
import type { Bound } from '#format/btree/keys.ts';
import { isBorder, leafWeight, weigh } from '#format/btree/page.ts';
import { hashText } from '#format/index.ts';
import { seeded } from '#test/support/arbitrary.ts';
import {
  bounds,
  buildTable,
  byBytes,
  comesBefore,
  keyTexts,
  LAYOUT,
  openTable,
  type Row,
  walkTable,
} from '#test/support/tables.ts';

const LONG = 'Andromeda '.repeat(150);

/** Rows in order: of short keys or of such as begin alike for long, light, heavy, or heavier than a page. */
const rowsOf = (maxLength: number) =>
  fc
    .tuple(
      fc.constantFrom('', LONG),
      fc.uniqueArray(fc.tuple(fc.oneof(keyTexts, fc.nat(9999).map(String)), keyTexts), {
        maxLength,
        size: 'max',
        selector: key => key.join('\n'),
      }),
      fc.constantFrom(1, 1000, 20_000, 60_000, 200_000),
    )
    .map(([prefix, keys, weight]) =>
      keys
        .map(([first, second]): Row => {
          const key = [prefix + first, second];
          // Of each few rows one is as light as can be.
          return { key, weight: hashText(key.join()) % 5 === 0 ? 0 : weight };
        })
        .sort((a, b) => byBytes(a.key, b.key)),
    );

/** A bound at a row or beside it, or anywhere. */
const boundAt = (rows: readonly Row[]): fc.Arbitrary<Bound> => {
  const at = fc
    .tuple(fc.nat(Math.max(0, rows.length - 1)), fc.nat(2), fc.constantFrom('', '\0', 'a'), bounds(0))
    .map(([nth, length, more, of]): Bound => {
      const key = rows[nth]?.key.slice(0, length) ?? [];
      return { ...of, key: key.map((text, i) => (i === key.length - 1 ? text + more : text)) };
    });
  return fc.oneof({ weight: 3, arbitrary: at }, { weight: 1, arbitrary: bounds(2) });
};

const rank = fc.oneof(fc.nat(10), fc.nat(400));

/** A table, and questions about it, many at a time. */
const asked = rowsOf(300).chain(rows =>
  fc.record({
    rows: fc.constant(rows),
    places: fc.array(boundAt(rows), { maxLength: 8 }),
    spans: fc.array(fc.record({ start: rank, end: rank }), { maxLength: 5 }),
    ranges: fc.array(fc.record({ low: boundAt(rows), high: boundAt(rows), most: rank }), { maxLength: 5 }),
    keys: fc.array(fc.tuple(keyTexts, keyTexts), { maxLength: 3 }),
    from: rank,
  }),
);

const gather = async <R>(batches: AsyncIterable<R[]>): Promise<R[]> => {
  const rows: R[] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
};

describe('a table answers as a sorted list does', () => {
  const depths = new Set<number>();
  afterAll(() =>
    expect([...depths], 'tables of one page and of many levels').toEqual(expect.arrayContaining([1, 2, 3])),
  );

  test('about places, slices, ranges, keys, and all rows forth and back', async () => {
    await fc.assert(
      fc.asyncProperty(asked, async ({ rows, places, spans, ranges, keys, from }) => {
        const built = buildTable(rows, LAYOUT);
        depths.add(depthOf(built));
        const table = () => openTable(built, LAYOUT);
        const ranks = (await table().places(places)).map(of => of.rank);
        expect(ranks).toEqual(places.map(bound => rows.filter(({ key }) => comesBefore(key, bound)).length));
        expect(await table().slices(spans)).toEqual(spans.map(({ start, end }) => rows.slice(start, end)));
        expect(await table().ranges(ranges)).toEqual(
          ranges.map(({ low, high, most }) => {
            const inside = rows.filter(({ key }) => !comesBefore(key, low) && comesBefore(key, high));
            return inside.slice(0, most);
          }),
        );
        const known = rows.filter((_, i) => i % 50 === from % 50).map(row => row.key);
        for (const key of [...keys, ...known])
          expect(await table().find(key)).toEqual(rows.find(of => byBytes(of.key, key) === 0));
        for (const start of [0, from, rows.length]) {
          expect(await gather(table().scan(start))).toEqual(rows.slice(start));
          expect(await gather(table().scan(start, false, from))).toEqual(rows.slice(start, from));
          expect(await gather(table().scan(start, true))).toEqual(rows.slice(0, start).reverse());
        }
      }),
      { numRuns: 80 },
    );
  });

  test('without rows', async () => {
    const built = buildTable<Row>([], LAYOUT);
    expect(built).toMatchObject({ root: null, leaves: [] });
    const table = openTable(built, LAYOUT);
    expect(await table.places([{ key: [] }, { key: ['a'], after: 'prefix' }])).toEqual([
      { rank: 0, pageEnd: 0 },
      { rank: 0, pageEnd: 0 },
    ]);
    expect(await table.slices([{ start: 0, end: 5 }])).toEqual([[]]);
    expect(await table.find(['', ''])).toBe(undefined);
    expect(await gather(table.scan(0))).toEqual([]);
  });

  test('of 4,000 rows on three levels, each found by its key and by its rank', async () => {
    const rows = numbered(4000, 15_000);
    const built = buildTable(rows, LAYOUT);
    expect(depthOf(built)).toBe(3);
    const ranges = rows.map(({ key }) => ({ low: { key }, high: { key, after: 'keys' as const }, most: 2 }));
    expect(await openTable(built, LAYOUT).ranges(ranges)).toEqual(rows.map(row => [row]));
    const spans = rows.map((_, start) => ({ start, end: start + 2 }));
    expect(await openTable(built, LAYOUT).slices(spans)).toEqual(rows.map((_, i) => rows.slice(i, i + 2)));
  });
});

describe('what a question costs', () => {
  const rows = numbered(4000, 15_000);
  const built = buildTable(rows, LAYOUT);

  test('many places take as many round trips as one, and no page is read twice', async () => {
    const bounds = rows.map(({ key }) => ({ key }));
    for (const some of [bounds.slice(0, 1), bounds]) {
      const usage = newUsage();
      const table = openTable(built, LAYOUT, { usage });
      const places = await table.places(some);
      expect(usage.roundTrips).toBe(3);
      expect(usage.requests).toBe(some.length === 1 ? 3 : built.pages.size);
      // The rest of the page that was read for a place is at hand.
      await table.slices(places.map(({ rank, pageEnd }) => ({ start: rank, end: pageEnd })));
      expect(places.every(({ rank, pageEnd }) => rank < pageEnd)).toBe(true);
      expect(usage).toMatchObject({ roundTrips: 3, cacheHits: 0 });
      expect(usage.requests).toBe(some.length === 1 ? 3 : built.pages.size);
    }
  });

  test('the rows of a page take that page alone, whichever way they are read', async () => {
    const ends = endsOf(built);
    for (const nth of [1, 200, ends.length - 1]) {
      const [start, end] = [ends[nth - 1]! + 1, ends[nth]! + 1];
      const usage = newUsage();
      const own = rows.slice(start, end);
      expect(await openTable(built, LAYOUT, { usage }).slices([{ start, end }])).toEqual([own]);
      const [low, high] = [{ key: own[0]!.key }, { key: own.at(-1)!.key, after: 'keys' as const }];
      const range = { low, high, most: own.length };
      expect(await openTable(built, LAYOUT, { usage }).ranges([range])).toEqual([own]);
      expect(usage).toMatchObject({ requests: 6, roundTrips: 6 });
      for (const reverse of [false, true]) {
        const scan = openTable(built, LAYOUT, { usage }).scan(reverse ? end : start, reverse);
        expect((await scan.next()).value).toEqual(reverse ? own.toReversed() : own);
      }
      // Of those ahead, the nearest.
      expect(usage).toMatchObject({ roundTrips: 12 });
    }
  });

  test('a range that ends with a page reads little behind it, however many rows it may have', async () => {
    const light = numbered(20_000, 40);
    const many = buildTable(light, LAYOUT);
    expect(many.leaves.length).toBeGreaterThan(10);
    const key = light[endsOf(many)[2]!]!.key;
    const usage = newUsage();
    const range = { low: { key }, high: { key, after: 'keys' as const }, most: 1e6 };
    expect(await openTable(many, LAYOUT, { usage }).ranges([range])).toEqual([[{ key, weight: 40 }]]);
    expect(usage.requests).toBeLessThanOrEqual(5);
  });

  test('a scan to an end reads no page behind it', async () => {
    const ends = endsOf(built);
    const [start, end] = [ends[10]! + 1, ends[11]! + 1];
    const usage = newUsage();
    const scan = openTable(built, LAYOUT, { usage }).scan(start, false, end);
    expect(await gather(scan)).toEqual(rows.slice(start, end));
    expect(usage).toMatchObject({ requests: 3, roundTrips: 3 });
  });

  test('a scan reads each page once, and no more than it is near to', async () => {
    const usage = newUsage();
    const scan = openTable(built, LAYOUT, { usage }).scan(0);
    await scan.next();
    expect(usage.requests).toBeLessThanOrEqual(2 + 4);
    for await (const _ of scan);
    expect(usage).toMatchObject({ requests: built.pages.size, cacheHits: 0 });
  });
});

describe('pages', () => {
  test('are as heavy as allowed, begin where they say, and count their rows', () => {
    fc.assert(
      fc.property(rowsOf(300), rows => {
        const top = walkTable(buildTable(rows, LAYOUT), LAYOUT);
        expect(top?.rows ?? []).toEqual(rows);
        const pages = top ? [top] : [];
        for (const { page, children, rows: own } of pages) {
          if ('rows' in page) {
            const weight = own.reduce((sum, row) => sum + weigh(row, LAYOUT).weight, 0);
            if (own.length > 1) expect(weight).toBeLessThanOrEqual(leafWeight(LAYOUT));
            continue;
          }
          page.entries.forEach((entry, i) => {
            const below = children[i]!;
            expect(entry.rows).toBe(below.rows.length);
            expect(byBytes(entry.key, below.rows[0]!.key)).toBeLessThanOrEqual(0);
            if (i === 0) expect(entry.key).toEqual(['', '']);
            else expect(byBytes(children[i - 1]!.rows.at(-1)!.key, entry.key)).toBeLessThan(0);
            expect(below.page.level).toBe(page.level - 1);
          });
          pages.push(...children);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('are the same whatever the workers that the rows are divided among', () => {
    fc.assert(
      fc.property(rowsOf(300), fc.array(rank, { maxLength: 6 }), (rows, cuts) => {
        const ends = [...new Set([...cuts.filter(of => of < rows.length), rows.length])].sort(
          (a, b) => a - b,
        );
        // Each begins behind the first natural border from its start on, and reads on to the first from its end on.
        const borders = rows.map(row => {
          const { hash, weight } = weigh(row, LAYOUT);
          return isBorder(hash, weight, leafWeight(LAYOUT));
        });
        const borderFrom = (rank: number) => {
          const border = rank === 0 ? -1 : borders.indexOf(true, rank - 1);
          return rank > 0 && border < 0 ? rows.length : border + 1;
        };
        const leaves = ends.flatMap((end, i) => {
          const [first, last] = [borderFrom(ends[i - 1] ?? 0), end === rows.length ? end : borderFrom(end)];
          return buildTable(rows.slice(first, last), LAYOUT).leaves;
        });
        expect(leaves).toEqual(buildTable(rows, LAYOUT).leaves);
      }),
      { numRuns: 80 },
    );
  });

  test('of keys longer than an inner page come to few levels', () => {
    const prefix = 'Andromeda '.repeat(1000);
    const rows = Array.from({ length: 300 }, (_, i) => ({
      key: [prefix + String(i).padStart(3, '0'), ''],
      weight: 90_000,
    }));
    const depth = depthOf(buildTable(rows, LAYOUT));
    expect(depth).toBeGreaterThan(2);
    expect(depth).toBeLessThan(6);
  });

  test('of 20,000 rows: an edit rewrites a page of each level, and a neighbour now and then', () => {
    const random = seeded(31);
    const below = (end: number) => Math.floor(random() * end);
    let rows = numbered(20_000, 3000);
    let before = buildTable(rows, LAYOUT);
    const depth = depthOf(before);
    expect(depth).toBe(3);
    const rewritten: number[] = [];
    for (let i = 0; i < 60; i++) {
      // Now and then a row that ends a page.
      const at = i % 5 === 0 ? endsOf(before)[below(100)]! : below(rows.length);
      const fresh = { key: [rows[at]!.key[0]!, `${below(2 ** 30)}`], weight: 2000 + below(2000) };
      if (i % 3 === 0) rows = rows.toSpliced(at, 1);
      else if (i % 3 === 1) rows = rows.toSpliced(at + 1, 0, fresh);
      else rows = rows.with(at, { ...rows[at]!, weight: fresh.weight });
      const after = buildTable(rows, LAYOUT);
      rewritten.push([...after.pages.keys()].filter(path => !before.pages.has(path)).length);
      before = after;
    }
    expect(Math.max(...rewritten)).toBeLessThanOrEqual(3 * depth);
    expect(rewritten.reduce((sum, of) => sum + of) / rewritten.length).toBeLessThan(1.5 * depth);
  });
});

/** Rows of one weight with keys of one length. */
function numbered(count: number, weight: number): Row[] {
  return Array.from({ length: count }, (_, i) => ({
    key: [`Aster ${String(i).padStart(6, '0')}`, ''],
    weight,
  }));
}

/** Ranks of the last rows of the leaf pages. */
function endsOf(built: Parameters<typeof walkTable>[0]): number[] {
  const ends: number[] = [];
  const visit = ({ page, children, rows }: NonNullable<ReturnType<typeof walkTable>>): void => {
    if (page.level === 0) ends.push((ends.at(-1) ?? -1) + rows.length);
    for (const child of children) visit(child);
  };
  const top = walkTable(built, LAYOUT);
  if (top) visit(top);
  return ends;
}

/** Levels of a table. */
function depthOf(built: Parameters<typeof walkTable>[0]): number {
  const top = walkTable(built, LAYOUT);
  return top ? top.page.level + 1 : 0;
}
