/** The nearest systems on uneven catalogues: exact, and at most about twice as dear as a sphere of known radius. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type JsonObject,
  openTileset,
  type SphereRow,
  type Tileset,
  type Usage,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { type GalaxyOptions, galaxySystems } from '#data/galaxy.ts';
import { kstars, SOURCE } from '#data/kstars.ts';
import { noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { type Point, recordsAt, seeded } from '#test/support/arbitrary.ts';
import { realCatalogue } from '#test/support/catalogues.ts';
import { buildTexts, ndjson, PLAIN, withSet } from '#test/support/chunk-sets.ts';
import { type Oracle, sqlOracle } from '#test/support/oracle.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const COUNTS = [10, 1_000, 10_000];
const CENTRES = 30;
/** Centres around which the nearest 10,000 are asked. */
const WIDE = 12;

/** The fields of a record that a query needs. */
const bare = ({ id, x, y, z }: { id?: unknown; x?: unknown; y?: unknown; z?: unknown }): JsonObject =>
  ({ id, x, y, z }) as JsonObject;
const galaxy = (options: GalaxyOptions) => [...galaxySystems({ slim: true, ...options })].map(bare);

const UNEVEN: Record<string, { skip?: boolean; records: () => Promise<JsonObject[]> | JsonObject[] }> = {
  'a third of Hipparcos': {
    skip: !existsSync(SOURCE),
    records: async () => (await arrayOf(kstars())).filter((_, i) => i % 3 === 0).map(bare),
  },
  'clusters of nine orders of magnitude of density': {
    records: () => galaxy({ count: 25_000, mode: 'clustered' }),
  },
  'a flat galaxy': { records: () => galaxy({ count: 25_000 }).map(of => ({ ...of, z: 0 })) },
  'many systems on few points': { records: () => galaxy({ count: 20_000, mode: 'coincident' }) },
  'the exoplanets, many in the beam of one telescope': {
    skip: noCatalogues,
    records: () =>
      realCatalogue('oec/systems.ndjson.gz').systems.map(of => bare({ ...of.record, id: of.id })),
  },
};

async function arrayOf<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

type Ask = (set: Tileset, usage: Usage) => Promise<SphereRow[]>;

const pointOf = ({ x, y, z }: JsonObject) => [x, y, z] as Point;
const answer = (rows: readonly { id: string; distance: number }[]) =>
  rows.map(({ id, distance }) => ({ id, distance }));

/** The value that a share of some values does not exceed. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

for (const [name, { skip = false, records: load }] of Object.entries(UNEVEN)) {
  describe.skipIf(skip)(name, () => {
    const folder = temporaryFolder();
    let directory: string;
    let oracle: Oracle;
    let size: number;
    /** Centres, with the nearest systems as SQL finds them. */
    let questions: { center: Point; right: { id: string; distance: number }[] }[];

    beforeAll(async () => {
      const records = await load();
      size = records.length;
      oracle = sqlOracle(records);
      ({ directory } = await buildTexts(folder.path, [ndjson(records)], {
        ...PLAIN,
      }));
      const random = seeded(5);
      questions = Array.from({ length: CENTRES }, (_, nth) => {
        const center = pointOf(records[Math.floor(random() * size)]!);
        return { center, right: oracle.sphere({ center, limit: nth < WIDE ? 10_000 : 1_000 }) };
      });
    });
    afterAll(() => {
      oracle?.close();
      folder.remove();
    });

    /** Asks a cold client. */
    async function costOf(ask: Ask): Promise<{ rows: SphereRow[]; usage: Usage }> {
      const usage = newUsage();
      const set = await openTileset(directory, { usage });
      return { rows: await ask(set, usage), usage };
    }

    test.each(COUNTS)('the nearest %i: as SQL has them, at most twice the cost', async count => {
      const ratios: { requests: number; bytes: number; trips: number }[] = [];
      // All catalogues but the smallest have so many.
      if (size < count) return;
      for (const { center, right } of questions.slice(0, count > 1_000 ? WIDE : CENTRES)) {
        const { rows, usage } = await costOf((set, usage) => set.nearest({ center, count, usage }).toArray());
        expect(answer(rows)).toEqual(right.slice(0, count));
        const radius = rows.at(-1)!.distance;
        const known = await costOf((set, usage) => set.sphere({ center, radius, usage }).toArray());
        ratios.push({
          requests: usage.requests / known.usage.requests,
          bytes: usage.bytes / known.usage.bytes,
          trips: usage.roundTrips - known.usage.roundTrips,
        });
      }
      const of = (key: keyof (typeof ratios)[number], share: number) =>
        quantile(
          ratios.map(ratio => ratio[key]),
          share,
        );
      expect(of('requests', 0.95)).toBeLessThanOrEqual(1.8);
      expect(of('requests', 1)).toBeLessThanOrEqual(2.5);
      expect(of('bytes', 0.95)).toBeLessThanOrEqual(2);
      expect(of('trips', 0.5)).toBeLessThanOrEqual(1);
      expect(of('trips', 0.95)).toBeLessThanOrEqual(3);
    });

    test('around the origin, a corner of eight cells: at most two round trips more', async () => {
      const center: Point = [0, 0, 0];
      for (const count of [1, 10, 1_000]) {
        const { rows, usage } = await costOf((set, usage) => set.nearest({ center, count, usage }).toArray());
        expect(answer(rows)).toEqual(oracle.sphere({ center, limit: count }));
        const radius = rows.at(-1)!.distance;
        const known = await costOf((set, usage) => set.sphere({ center, radius, usage }).toArray());
        expect(usage.requests).toBeLessThanOrEqual(2 * known.usage.requests);
        expect(usage.roundTrips - known.usage.roundTrips).toBeLessThanOrEqual(2);
      }
    });

    test('a sphere with a limit is the same query', async () => {
      const { center, right } = questions[0]!;
      for (const count of [10, 1_000]) {
        const near = await costOf((set, usage) => set.nearest({ center, count, usage }).toArray());
        const limited = await costOf((set, usage) => set.sphere({ center, limit: count, usage }).toArray());
        expect(answer(limited.rows)).toEqual(right.slice(0, count));
        expect(limited.usage).toEqual(near.usage);
      }
    });

    test.each(COUNTS)(
      'a sphere of %i row by row: the same files, at most two round trips more',
      async count => {
        for (const { center, right } of questions.slice(0, 8)) {
          const radius = right[Math.min(count, size) - 1]!.distance;
          const whole = await costOf((set, usage) => set.sphere({ center, radius, usage }).toArray());
          const single = await costOf((set, usage) => arrayOf(set.sphere({ center, radius, usage })));
          expect(answer(single.rows)).toEqual(answer(whole.rows));
          expect(single.usage).toMatchObject({ requests: whole.usage.requests, bytes: whole.usage.bytes });
          expect(single.usage.roundTrips - whole.usage.roundTrips).toBeLessThanOrEqual(2);
        }
      },
    );

    test('ten rows of all of space, and no more: at most twice the cost of the nearest 1,000', async () => {
      for (const { center, right } of questions.slice(0, 8)) {
        const all = { center, radius: Number.POSITIVE_INFINITY };
        const few = await costOf(async (set, usage) => {
          const rows: SphereRow[] = [];
          for await (const row of set.sphere({ ...all, usage })) if (rows.push(row) === 10) break;
          return rows;
        });
        expect(answer(few.rows)).toEqual(right.slice(0, 10));
        const near = await costOf((set, usage) => set.nearest({ center, count: 1_000, usage }).toArray());
        expect(few.usage.requests).toBeLessThanOrEqual(2 * near.usage.requests);
        expect(few.usage.bytes).toBeLessThanOrEqual(2 * near.usage.bytes);
      }
    });

    test('around places without systems, in shells, and more than there are: as SQL has them', async () => {
      const set = await openTileset(directory);
      const { min, max } = set.bounds!;
      const random = seeded(6);
      for (let i = 0; i < 6; i++) {
        const inside = min.map((low, axis) => low + random() * (max[axis]! - low)) as Point;
        const center = i % 2 ? inside : (inside.map(at => at * 1e6 + 1e9) as Point);
        const [minRadius, maxRadius] = [
          [0, undefined],
          [questions[i]!.right.at(-1)!.distance / 3, undefined],
          [questions[i]!.right[20]!.distance, questions[i]!.right.at(-2)!.distance],
        ][i % 3] as [number, number | undefined];
        const count = [1, 50, 3_000][Math.floor(i / 2)]!;
        const rows = await set.nearest({ center, count, minRadius, maxRadius }).toArray();
        const right = oracle.sphere({ center, limit: count, minRadius, radius: maxRadius });
        expect(answer(rows)).toEqual(right);
      }
      const { center } = questions[0]!;
      expect(await set.nearest({ center, count: size + 1 }).toArray()).toHaveLength(size);
      expect(await set.nearest({ center, count: 0 }).toArray()).toEqual([]);
    });
  });
}

test('positions of all magnitudes, ties included: as SQL has them for every count', async () => {
  const at = [0, 0.5, -0.5, 5e-324, 1e-9, 3, 1e19, -1e19, 2 ** 499];
  const records = recordsAt(
    at.flatMap((x, i) => at.slice(i % 3).map((y, j): Point => [x, y, (j % 2) * at[(i + j) % at.length]!])),
  );
  for (const chunkLimit of [1, 4, 30])
    await withSet(records, { ...PLAIN, chunkLimit }, async ({ directory }) => {
      const oracle = sqlOracle(records);
      try {
        const set = await openTileset(directory);
        for (const center of [
          [0, 0, 0],
          [0.5, 0.5, 0.5],
          [1e19, 0, 0],
          [-7, 1e18, 0],
        ] as Point[])
          for (let count = 0; count <= records.length + 1; count++)
            for (const minRadius of [0, 0.5]) {
              const rows = await set.nearest({ center, count, minRadius }).toArray();
              expect(answer(rows)).toEqual(oracle.sphere({ center, limit: count, minRadius }));
            }
      } finally {
        oracle.close();
      }
    });
});

test('a plan names the files that hold the nearest systems, and reads no chunk', async () => {
  const records = galaxy({ count: 3_000, mode: 'clustered' });
  await withSet(records, { ...PLAIN, chunkLimit: 20 }, async ({ directory }) => {
    const none = await (await openTileset(directory)).plan({ center: pointOf(records[0]!), count: 0 });
    expect({ pages: none.pages.length, chunks: none.chunks }).toEqual({ pages: 1, chunks: [] });
    for (const record of records.slice(0, 20))
      for (const count of [1, 10, 300, 5_000]) {
        const query = { center: pointOf(record), count };
        const usage = newUsage();
        const set = await openTileset(directory, { cacheBytes: 0 });
        const { pages, chunks } = await set.plan({ ...query, usage });
        expect(usage.requests).toBe(pages.length);
        const rows = await set.nearest(query).toArray();
        const last = rows.at(-1)!.distance;
        expect(chunks.reduce((sum, chunk) => sum + chunk.systems, 0)).toBeGreaterThanOrEqual(rows.length);
        expect(chunks.map(chunk => chunk.nearest)).toEqual(
          chunks.map(chunk => chunk.nearest).toSorted((a, b) => a - b),
        );
        // The files that a sphere of this radius would read are among them.
        const known = await set.plan({ center: query.center, radius: last });
        const planned = new Set([...pages, ...chunks.map(chunk => chunk.ref)].map(ref => ref.hash));
        const missing = [...known.pages, ...known.chunks.map(chunk => chunk.ref)].filter(
          ref => !planned.has(ref.hash),
        );
        expect(missing).toEqual([]);
      }
  });
});
