import { createReadStream, existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { build } from '#pipeline/index.ts';
import { type Point, seeded } from '#test/support/arbitrary.ts';
import { ndjson, PLAIN, recordText } from '#test/support/chunk-sets.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { type Oracle, sqlOracle } from '#test/support/oracle.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

/** A set behind a real server that answers in rounds, so that round trips can be counted. */
function serve(directory: string): Promise<TestServer> {
  return startServer(directory, { rounds: true });
}

/** The requests that the server saw during a task. */
async function seen(
  server: TestServer,
  task: () => Promise<void>,
): Promise<{ requests: number; bytes: number }> {
  const before = { requests: server.hits.length, bytes: server.bytes };
  await task();
  return { requests: server.hits.length - before.requests, bytes: server.bytes - before.bytes };
}

describe('a galaxy of 20,000 systems over HTTP', () => {
  const records = [...galaxySystems({ count: 20_000, seed: 2 })] as unknown as JsonObject[];
  const directory = join(folder.path, 'galaxy');
  let oracle: Oracle;
  beforeAll(async () => {
    const input = join(folder.path, 'galaxy.ndjson');
    await writeFile(input, ndjson(records));
    const summary = await build([input], directory, PLAIN);
    expect(summary).toMatchObject({ systems: 20_000, rejected: 0, duplicates: 0 });
    // Few files per 1,000 full systems, with facets and the listing of regions, but for search.
    expect(summary.files).toBeLessThanOrEqual(12 * 20);
    oracle = sqlOracle(records);
  });
  afterAll(() => oracle.close());

  const random = seeded(71);
  const centres = Array.from({ length: 5 }, () => {
    const { x, y, z } = records[Math.floor(random() * records.length)]!;
    return [x, y, z] as Point;
  });

  test.each([
    [10, 10, 10, 250_000],
    [1000, 1000, 40, 1_500_000],
  ])(
    'a sphere of %i costs at most 4 round trips, the nearest %i two more, %i requests and %i bytes, and nothing when asked again',
    async (limit, _, mostRequests, mostBytes) => {
      for (const center of centres) {
        const radius = oracle.sphere({ center, radius: Infinity, limit }).at(-1)!.distance;
        for (const query of [
          { center, radius: Infinity, limit },
          { center, radius },
        ]) {
          // Waves count from a server's first request.
          const server = await serve(directory);
          try {
            const usage = newUsage();
            const set = await openTileset(server.url, { usage });
            const rows = await set.sphere({ ...query, usage }).toArray();
            expect(rows.map(({ id, distance }) => ({ id, distance }))).toEqual(oracle.sphere(query));
            const trips = 'limit' in query ? 6 : 4;
            expect(server.waves).toBeLessThanOrEqual(trips);
            expect(usage.roundTrips).toBeLessThanOrEqual(trips);
            expect(server.hits.length).toBeLessThanOrEqual(mostRequests);
            expect(server.bytes).toBeLessThanOrEqual(mostBytes);
            expect(usage).toMatchObject({ requests: server.hits.length, bytes: server.bytes });
            const again = await seen(server, async () => {
              expect(await set.sphere(query).toArray()).toEqual(rows);
            });
            expect(again).toEqual({ requests: 0, bytes: 0 });
          } finally {
            await server.close();
          }
        }
      }
    },
  );

  test('ten systems whole cost their chunks and details alone', async () => {
    const server = await serve(directory);
    try {
      const usage = newUsage();
      const set = await openTileset(server.url, { usage });
      const rows = await set
        .sphere({ center: centres[0]!, radius: Infinity, limit: 10, details: true, usage })
        .toArray();
      const byId = new Map(records.map(record => [record['id'], record]));
      for (const { id, record } of rows) expect(recordText(record)).toBe(recordText(byId.get(id)));
      expect(server.hits.length).toBeLessThanOrEqual(20);
      expect(server.bytes).toBeLessThanOrEqual(800_000);
      expect(usage).toMatchObject({ requests: server.hits.length, bytes: server.bytes });
      expect(new Set(server.hits.map(({ path }) => path)).size).toBe(server.hits.length);
    } finally {
      await server.close();
    }
  });

  test('many questions at once ask for each file once', async () => {
    const server = await serve(directory);
    try {
      const set = await openTileset(server.url);
      const answers = await Promise.all(
        [...centres, ...centres].map(center => set.sphere({ center, radius: Infinity, limit: 50 }).toArray()),
      );
      answers.forEach((rows, i) => {
        const query = { center: centres[i % centres.length]!, radius: Infinity, limit: 50 };
        expect(rows.map(({ id, distance }) => ({ id, distance }))).toEqual(oracle.sphere(query));
      });
      const paths = server.hits.map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
      expect(server.hits.every(({ method, query }) => method === 'GET' && query === '')).toBe(true);
    } finally {
      await server.close();
    }
  });
});

const CATALOGUE = join(process.env['CATALOGUES'] ?? '', 'oec/data.json.gz');

describe.skipIf(!process.env['CATALOGUES'] || !existsSync(CATALOGUE))(
  'the Open Exoplanet Catalogue over HTTP',
  () => {
    test('comes back whole, and a radius costs little', async () => {
      const directory = join(folder.path, 'oec');
      const summary = await build([CATALOGUE], directory, { chunkLimit: 256 });
      expect(summary.rejected).toBe(0);
      const { _meta, ...systems } = JSON.parse(await text(createReadStream(CATALOGUE).pipe(createGunzip())));
      const records = Object.entries(systems as Record<string, JsonObject>);
      expect(summary.systems).toBe(records.length);
      const server = await serve(directory);
      try {
        const set = await openTileset(server.url);
        expect(await set.meta()).toEqual(_meta === undefined ? [] : [_meta]);
        const near = await set.sphere({ center: [0, 0, 0], radius: Infinity, limit: 10 }).toArray();
        expect(near).toHaveLength(10);
        expect(server.waves).toBeLessThanOrEqual(4);
        expect(server.hits.length).toBeLessThanOrEqual(12);
        const all = await set.sphere({ center: [0, 0, 0], radius: Infinity, details: true }).toArray();
        expect(all.map(({ record }) => recordText(record)).sort()).toEqual(
          records.map(([, record]) => recordText(record)).sort(),
        );
      } finally {
        await server.close();
      }
    });
  },
);
