import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type OctreeNode,
  openTileset,
  type QueryOptions,
  type Tileset,
  type Usage,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { build } from '#pipeline/index.ts';
import { type Point, seeded } from '#test/support/arbitrary.ts';

import { type HeavyRecord, heavyRecords } from '#test/support/catalogues.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const RECORDS = heavyRecords(2000);
const META = '{"_meta":{"version":"1"}}';

const folder = temporaryFolder();
afterAll(folder.remove);
let server: TestServer;

beforeAll(async () => {
  const directory = join(folder.path, 'set');
  await build(writeInputs(folder.path, 'galaxy', [ndjson(RECORDS), META]), directory, {
    chunkLimit: 100,
    listings: 'created_at:desc',
    gzipLevel: 1,
    flush: false,
  });
  server = await startServer(directory, { rounds: true });
});
afterAll(() => server.close());

type Ask = (set: Tileset, options: QueryOptions, record: HeavyRecord) => Promise<unknown>;

const sphereAt = ({ x, y, z }: HeavyRecord) => ({
  center: [x, y, z] as unknown as [number, number, number],
  radius: 500,
  limit: 50,
});

async function count(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of rows);
}

/** Reads all that a node leads to, one after another. */
async function walk(node: OctreeNode | undefined, options: QueryOptions): Promise<void> {
  await node?.preview(options);
  await node?.systems(options);
  for (const child of (await node?.children(options)) ?? []) await walk(child, options);
}

/** Questions, and the round trips that they may take at the most. */
const QUESTIONS: Record<string, [ask: Ask, trips: number]> = {
  'a name': [(set, options, { name }) => set.systemsByName(name, options), 5],
  'a name, case ignored': [
    (set, options, { name }) => set.systemsByName(name.toUpperCase(), { ...options, ignoreCase: true }),
    7,
  ],
  'an id': [(set, options, { id }) => set.systemById(id, options), 5],
  names: [(set, options, { name }) => set.names({ ...options, prefix: name.slice(0, 2) }), 3],
  'names, case ignored': [
    (set, options, { name }) => set.names({ ...options, prefix: name.slice(0, 2), ignoreCase: true }),
    3,
  ],
  'a page': [(set, options) => set.page({ ...options, page: 7, perPage: 50 }), 2],
  'a page after a row': [(set, options, after) => set.page({ ...options, after, perPage: 50 }), 3],
  'a page of a large region': [
    (set, options) => set.page({ ...options, region: 'large', page: 5, perPage: 50 }),
    4,
  ],
  'a page of a small region': [
    (set, options) => set.page({ ...options, region: 'small 3', page: 2, perPage: 20 }),
    3,
  ],
  'a small region': [(set, options) => set.inRegion('small 2', options).toArray(), 3],
  'a large region': [(set, options) => set.inRegion('large', options).toArray(), 12],
  regions: [(set, options) => set.regions(options).toArray(), 1],
  'the values of a field': [(set, options) => set.list('region', options).toArray(), 1],
  'a page of a value': [
    (set, options) => set.list('region', 'small 3', { ...options, page: 2, perPage: 20 }),
    3,
  ],
  'a page in order': [
    (set, options) => set.list('created_at', undefined, { ...options, page: 7, perPage: 50 }),
    2,
  ],
  'a search of a word': [(set, options, { name }) => set.search(name.slice(0, 4), options), 6],
  'a search inside words': [(set, options, { name }) => set.search(name.slice(2, 5), options), 6],
  'a search in vain': [(set, options) => set.search('no such text', options), 4],
  'the meta values': [(set, options) => set.meta(options), 1],
  'an overview': [(set, options) => set.overview(options), 1],
  'the octree': [async (set, options) => walk(await set.root(options), options), 80],
  records: [(set, options) => count(set.records(options)), 20],
  'a sphere row by row': [
    (set, options, center) => count(set.sphere({ ...sphereAt(center), ...options })),
    6,
  ],
  'the nearest 50': [
    (set, options, center) => {
      const { limit: count, radius: maxRadius, ...around } = sphereAt(center);
      return set.nearest({ ...around, count, maxRadius, ...options }).toArray();
    },
    6,
  ],
  'a box': [
    (set, options, { x, y, z }) => {
      const around = (by: number) => [x, y, z].map(at => (at as unknown as number) + by) as unknown as Point;
      return set.box({ min: around(-300), max: around(300), limit: 50, ...options }).toArray();
    },
    6,
  ],
  'a sphere with details': [
    (set, options, center) => set.sphere({ ...sphereAt(center), details: true, ...options }).toArray(),
    6,
  ],
  'a plan': [(set, options, center) => set.plan({ ...sphereAt(center), ...options }), 2],
};

/** Answered from a table so small here that it stands in index.json. */
const INLINE = ['regions', 'the values of a field'];

/** Made of several questions: without a cache they ask for some files again. */
const SEVERAL = ['the octree', 'a sphere with details'];

describe.each([
  ['no cache', 0],
  ['a cache', undefined],
])('over HTTP with %s', (_, cacheBytes) => {
  test.each(Object.entries(QUESTIONS))(
    '%s: what it says to cost is what the server sees, and no file is asked for twice',
    async (name, [ask, most]) => {
      const random = seeded(7);
      for (let i = 0; i < 2; i++) {
        const set = await openTileset(server.url, cacheBytes === undefined ? {} : { cacheBytes });
        const [usage, hits, bytes, waves] = [newUsage(), server.hits.length, server.bytes, server.waves];
        await ask(set, { usage }, RECORDS[Math.floor(random() * RECORDS.length)]!);
        const paths = server.hits.slice(hits).map(hit => hit.path);
        const seen: Partial<Usage> = {
          requests: paths.length,
          bytes: server.bytes - bytes,
          roundTrips: server.waves - waves,
        };
        expect(usage).toMatchObject(seen);
        if (!INLINE.includes(name)) expect(usage.requests).toBeGreaterThan(0);
        const again = paths.filter((path, i) => paths.indexOf(path) < i);
        if (cacheBytes !== 0 || !SEVERAL.includes(name)) expect(again).toEqual([]);
        expect(usage.roundTrips).toBeLessThanOrEqual(most);
      }
    },
  );
});
