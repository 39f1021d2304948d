import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ArgumentError,
  type JsonObject,
  openTileset,
  type SphereColumns,
  type SphereQuery,
  type SphereRow,
  TooManyResultsError,
} from '#client/node/index.ts';
import { distance } from '#format/index.ts';
import { catalogue, coordinate, exactText, type Point, recordsAt, seeded } from '#test/support/arbitrary.ts';
import { buildTexts, ndjson, PLAIN, recordText, withSet } from '#test/support/chunk-sets.ts';
import { type Oracle, sqlOracle } from '#test/support/oracle.ts';
import { failure } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const pointOf = ({ x, y, z }: JsonObject) => [x, y, z] as Point;

/** A query about a catalogue: centres at and beside systems, radii that end exactly at one, shells, limits. */
const query = fc.record({
  centre: fc.oneof(
    fc.nat().map(nth => ({ nth })),
    fc.tuple(coordinate, coordinate, coordinate).map(at => ({ at })),
    fc.constant({ at: [0, 0, 0] as Point }),
  ),
  radius: fc.oneof(
    fc.nat().map(nth => ({ nth })),
    fc.double({ min: 0, max: 100, noNaN: true }).map(of => ({ of })),
    fc.constantFrom({ of: Infinity }, { of: 0 }, { of: 1e19 }),
  ),
  least: fc.oneof(
    fc.constant(undefined),
    fc.nat().map(nth => ({ nth })),
    fc.double({ min: 0, max: 50, noNaN: true }).map(of => ({ of })),
  ),
  limit: fc.oneof(fc.constant(undefined), fc.nat(70), fc.constantFrom(0, 1, 2, 3)),
});

function queryOf(
  records: readonly JsonObject[],
  { centre, radius, least, limit }: typeof query extends fc.Arbitrary<infer T> ? T : never,
): SphereQuery {
  const nth = (n: number) =>
    records.length === 0 ? ([0, 0, 0] as Point) : pointOf(records[n % records.length]!);
  const center = 'at' in centre ? centre.at : nth(centre.nth);
  const away = (of: { nth: number } | { of: number }) => {
    if ('of' in of) return of.of;
    const [x, y, z] = nth(of.nth);
    return distance(x - center[0], y - center[1], z - center[2]);
  };
  return { center, radius: away(radius), minRadius: least && away(least), limit };
}

/** Rows as the oracle gives them. */
const answer = (rows: readonly { id: string; distance: number }[]) =>
  rows.map(({ id, distance }) => ({ id, distance }));

/** Rows from columns. */
function rowsOf({ length, fields, record, distance, ...columns }: SphereColumns): SphereRow[] {
  const { id, name, region, x, y, z } = columns;
  for (const column of [id, name, region, x, y, z, distance]) expect(column).toHaveLength(length);
  return Array.from({ length }, (_, i) => ({
    ...{ id: id[i]!, name: name[i]!, x: x[i]!, y: y[i]!, z: z[i]!, region: region[i]! },
    ...(fields && Object.keys(fields[i]!).length > 0 && { fields: fields[i]! }),
    distance: distance[i]!,
    ...(record && { record: record[i]! }),
  }));
}

async function withOracle(
  records: readonly JsonObject[],
  use: (oracle: Oracle) => Promise<void>,
): Promise<void> {
  const oracle = sqlOracle(records);
  try {
    await use(oracle);
  } finally {
    oracle.close();
  }
}

describe('a sphere', () => {
  test('holds what SQL finds over the same rows, in the same order', async () => {
    await fc.assert(
      fc.asyncProperty(
        catalogue,
        fc.array(query, { minLength: 8, maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        async (records, queries, chunkLimit) => {
          await withSet(records, { ...PLAIN, chunkLimit }, ({ directory }) =>
            withOracle(records, async oracle => {
              const byId = new Map(records.map(record => [record['id'], record]));
              const set = await openTileset(directory);
              for (const of of queries.map(of => queryOf(records, of))) {
                const expected = oracle.sphere(of);
                const rows = await set.sphere(of).toArray();
                expect(answer(rows)).toEqual(expected);
                for (const { id, x, y, z } of rows)
                  expect(exactText([x, y, z])).toBe(exactText(pointOf(byId.get(id)!)));
                const iterated: typeof rows = [];
                for await (const row of set.sphere(of)) iterated.push(row);
                expect(iterated).toEqual(rows);
                expect(rowsOf(await set.sphere(of).toColumns())).toEqual(rows);
                const batches: typeof rows = [];
                for await (const columns of set.sphere(of).columns()) batches.push(...rowsOf(columns));
                expect(batches).toEqual(rows);
              }
            }),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  const random = seeded(31);
  const GALAXY = recordsAt(
    Array.from({ length: 4000 }, (_, i): Point => {
      const at = () => Math.round((random() - 0.5) * 2000) / 10;
      // Every tenth stands where another does, and every seventh at the origin.
      return i % 7 === 0 ? [0, 0, 0] : i % 10 === 0 ? [1, 2, 3] : [at(), at(), at()];
    }),
  );

  const folder = temporaryFolder();
  let galaxy: string;
  beforeAll(async () => {
    const built = await buildTexts(folder.path, [ndjson(GALAXY)], { ...PLAIN, chunkLimit: 10 });
    galaxy = built.directory;
  });
  afterAll(folder.remove);

  test('nearest, box and a shell have columns of their rows too', async () => {
    const records = GALAXY.slice(0, 1500);
    await withSet(records, { ...PLAIN, chunkLimit: 10 }, async ({ directory }) => {
      const set = await openTileset(directory);
      const center = [5, -5, 10] as const;
      for (const rows of [
        set.nearest({ center, count: 700, details: true }),
        set.box({ min: [-80, -80, -80], max: [80, 70, 60], limit: 300 }),
        set.box({ min: [-80, -80, -80], max: [80, 70, 60] }),
        set.sphere({ center, radius: 90, minRadius: 20 }),
        set.sphere({ center: [9e9, 0, 0], radius: 1 }),
      ]) {
        const expected = await rows.toArray();
        expect(rowsOf(await rows.toColumns())).toEqual(expected);
        const batches: SphereRow[] = [];
        for await (const columns of rows.columns()) {
          expect(columns.length).toBeGreaterThan(0);
          batches.push(...rowsOf(structuredClone(columns)));
        }
        expect(batches).toEqual(expected);
      }
    });
  });

  test('of a larger set, over many pages, holds what SQL finds', () =>
    withOracle(GALAXY, async oracle => {
      const set = await openTileset(galaxy, { cacheBytes: 1 << 16 });
      for (let i = 0; i < 60; i++) {
        const center =
          i % 3 ? pointOf(GALAXY[i * 61]!) : ([random() * 300 - 150, random() * 100, 0] as Point);
        const radius = [5, 20, 60, Infinity, 0][i % 5]!;
        const minRadius = [0, 0, 10, 59.9][i % 4]!;
        const limit = [1, 10, 100, 700, 2000, undefined][i % 6];
        const of = { center, radius, minRadius, limit };
        expect(answer(await set.sphere(of).toArray()), JSON.stringify(of)).toEqual(oracle.sphere(of));
      }
    }));

  test('that cuts equal distances gives those of the least ids by the bytes of UTF-8', async () => {
    const ids = ['\uffff', '🌟', 'é', 'z', 'a', 'a\0', 'a\0b', 'B', '\ue000', '10', '9', 'zz'];
    const records = ids.flatMap((id, i) => [
      { id, x: 0, y: 0, z: 5 },
      { id: `${id}+`, x: i % 2 ? 3 : -3, y: 4, z: 0 },
    ]);
    for (const chunkLimit of [1, 3, 100])
      await withSet(records, { ...PLAIN, chunkLimit }, ({ directory }) =>
        withOracle(records, async oracle => {
          const set = await openTileset(directory);
          for (let limit = 0; limit <= records.length; limit++) {
            const of = { center: [0, 0, 0], radius: 5, limit } as const;
            expect(answer(await set.sphere(of).toArray())).toEqual(oracle.sphere(of));
          }
        }),
      );
  });

  test('orders distances that differ in their last bits, and equal ones by id', async () => {
    const ids = Array.from({ length: 500 }, (_, i) => `${(i * 7919) % 500}`);
    const records = ids.map((id, i) => ({ id, x: 3e5 + ((i * 31) % 97) * 2 ** -34, y: 0, z: 0 }));
    await withSet(records, { ...PLAIN, chunkLimit: 100 }, ({ directory }) =>
      withOracle(records, async oracle => {
        const set = await openTileset(directory);
        for (const limit of [undefined, 1, 50, 333]) {
          const of = { center: [0, 0, 0], radius: Infinity, limit } as const;
          expect(answer(await set.sphere(of).toArray())).toEqual(oracle.sphere(of));
        }
      }),
    );
  });

  test('gives each row its whole record where details are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(catalogue, fc.integer({ min: 1, max: 9 }), async (records, chunkLimit) => {
        await withSet(
          records,
          { ...PLAIN, chunkLimit, summary: ['a', '', '__proto__'] },
          async ({ directory }) => {
            const set = await openTileset(directory);
            const rows = await set.sphere({ center: [0, 0, 0], radius: Infinity, details: true }).toArray();
            const expected = records.map(recordText).sort();
            expect(rows.map(({ record }) => recordText(record)).sort()).toEqual(expected);
            for (const { id, record, fields } of rows) {
              expect(record!['id']).toBe(id);
              for (const [name, value] of Object.entries(fields ?? {}))
                expect(exactText(record![name])).toBe(exactText(value));
            }
            const sphere = set.sphere({ center: [0, 0, 0], radius: Infinity, details: true });
            expect(exactText(rowsOf(await sphere.toColumns()) as never)).toBe(exactText(rows as never));
          },
        );
      }),
      { numRuns: 25 },
    );
  });

  test('may be iterated more than once; each iteration asks again', async () => {
    await withSet(GALAXY.slice(0, 50), PLAIN, async ({ directory }) => {
      const rows = (await openTileset(directory)).sphere({ center: [0, 0, 0], radius: Infinity });
      const first = await rows.toArray();
      expect(first).toHaveLength(50);
      expect(await rows.toArray()).toEqual(first);
    });
  });

  test('as an array is refused beyond maxResults, never cut, and only then', async () => {
    const set = await openTileset(galaxy);
    const all = { center: [0, 0, 0], radius: Infinity } as const;
    const count = GALAXY.length;
    expect(await set.sphere({ ...all, maxResults: count }).toArray()).toHaveLength(count);
    for (const maxResults of [0, 10, count - 1])
      for (const form of ['toArray', 'toColumns'] as const)
        expect(await failure(set.sphere({ ...all, maxResults })[form]())).toBeInstanceOf(TooManyResultsError);
    expect(await set.sphere({ ...all, limit: 10, maxResults: 10 }).toArray()).toHaveLength(10);
    expect(await set.sphere({ ...all, radius: 0.5, limit: 9, maxResults: 9 }).toArray()).toHaveLength(9);
    expect(await failure(set.sphere({ ...all, limit: 11, maxResults: 10 }).toArray())).toBeInstanceOf(
      TooManyResultsError,
    );
    const inside = (await set.sphere({ ...all, radius: 80 }).toArray()).length;
    expect(await set.sphere({ ...all, radius: 80, maxResults: inside }).toArray()).toHaveLength(inside);
    expect(
      await failure(set.sphere({ ...all, radius: 80, maxResults: inside - 1 }).toArray()),
    ).toBeInstanceOf(TooManyResultsError);
    let iterated = 0;
    for await (const _ of set.sphere({ ...all, maxResults: 10 })) iterated++;
    expect(iterated).toBe(count);
  });

  test.each<[string, Partial<SphereQuery>]>([
    ['radius is -1', { radius: -1 }],
    ['radius is NaN', { radius: Number.NaN }],
    ['minRadius is -1', { minRadius: -1 }],
    ['minRadius is NaN', { minRadius: Number.NaN }],
    ['limit is 1.5', { limit: 1.5 }],
    ['limit is -1', { limit: -1 }],
    ['limit is NaN', { limit: Number.NaN }],
    ['center is [NaN,0,0]', { center: [Number.NaN, 0, 0] }],
    ['center is [0,Infinity,0]', { center: [0, Infinity, 0] }],
    ['center is [0,0]', { center: [0, 0] as unknown as Point }],
  ])('is refused at once where its %s', async (message, of) => {
    const set = await openTileset(galaxy);
    const full = { center: [0, 0, 0], radius: 1, ...of } as SphereQuery;
    expect(() => set.sphere(full)).toThrow(ArgumentError);
    expect(() => set.sphere(full)).toThrow(message);
    expect((await failure(set.plan(full))).message).toContain(message);
  });

  test('ends with the reason of its signal', async () => {
    await withSet(GALAXY.slice(0, 300), { ...PLAIN, chunkLimit: 4 }, async ({ directory }) => {
      const set = await openTileset(directory, { cacheBytes: 0 });
      const controller = new AbortController();
      const { signal } = controller;
      const all = { center: [100, 100, 100], radius: Infinity, signal } as const;
      let taken = 0;
      const reason = new Error('enough');
      const read = async () => {
        for await (const _ of set.sphere(all)) if (++taken === 30) controller.abort(reason);
      };
      expect(await failure(read())).toBe(reason);
      expect(taken).toBeGreaterThanOrEqual(30);
      expect(taken).toBeLessThan(300);
      expect(await failure(set.sphere(all).toArray())).toBe(reason);
      expect(await failure(set.sphere(all).toColumns())).toBe(reason);
      const between = new AbortController();
      const readColumns = async () => {
        for await (const _ of set.sphere({ ...all, signal: between.signal }).columns()) between.abort(reason);
      };
      expect(await failure(readColumns())).toBe(reason);
    });
  });
});
