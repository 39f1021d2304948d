import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CorruptError,
  memorySource,
  NotFoundError,
  openTileset,
  type QueryOptions,
  type Tileset,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { unpack } from '#format/index.ts';
import { packPreload, unpackPreload } from '#format/preload.ts';
import { build, verifySet } from '#pipeline/index.ts';
import { type HeavyRecord, heavyRecords } from '#test/support/catalogues.ts';
import { ndjson, readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { failure, rootOf, StoredSet } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const RECORDS = heavyRecords(1500);
const RECORD = RECORDS[700]!;

const folder = temporaryFolder();
afterAll(folder.remove);
let files: ReadonlyMap<string, Uint8Array>;

beforeAll(async () => {
  const directory = join(folder.path, 'set');
  const inputs = writeInputs(folder.path, 'galaxy', [ndjson(RECORDS)]);
  await build(inputs, directory, { chunkLimit: 4, flush: false });
  files = readSet(directory).stored;
});

type Ask = (set: Tileset, options: QueryOptions, record: HeavyRecord) => Promise<unknown>;

const at = ({ x, y, z }: HeavyRecord) => [x, y, z] as unknown as [number, number, number];

/** Queries, and the most round trips after an opening with preload. */
const QUERIES: Record<string, [ask: Ask, trips: number]> = {
  'a sphere': [
    (set, options, record) => set.sphere({ center: at(record), radius: 500, ...options }).toArray(),
    1,
  ],
  'the nearest systems': [
    (set, options, record) => set.nearest({ center: at(record), count: 20, ...options }).toArray(),
    3,
  ],
  'a page': [(set, options) => set.page({ page: 7, perPage: 20, ...options }), 1],
  'a page of a region with a table of its own': [
    (set, options) => set.page({ region: 'large', page: 3, perPage: 20, ...options }),
    1,
  ],
  regions: [(set, options) => set.regions(options).toArray(), 0],
  'a system by name': [(set, options, { name }) => set.systemsByName(name, options), 2],
  'a system by name, case ignored': [
    (set, options, { name }) => set.systemsByName(name.toUpperCase(), { ...options, ignoreCase: true }),
    3,
  ],
  'a system by id': [(set, options, { id }) => set.systemById(id, options), 2],
};

describe.each([
  ['a cache', undefined],
  ['no cache', 0],
])('a set that is opened with preload, with %s', (_, cacheBytes) => {
  const cache = cacheBytes === undefined ? {} : { cacheBytes };

  test('costs two requests, one after the other', async () => {
    const usage = newUsage();
    await openTileset(memorySource(files), { preload: true, usage, ...cache });
    expect(usage).toMatchObject({ requests: 2, roundTrips: 2 });
  });

  test.each(Object.entries(QUERIES))('answers %s as without, in few round trips', async (_, [ask, trips]) => {
    const set = await openTileset(memorySource(files), { preload: true, ...cache });
    const plain = await openTileset(memorySource(files));
    const usage = newUsage();
    expect(await ask(set, { usage }, RECORD)).toEqual(await ask(plain, {}, RECORD));
    expect(usage.roundTrips).toBeLessThanOrEqual(trips);
  });
});

test('a sphere whose tree pages are in the cache takes one round trip', async () => {
  const set = await openTileset(memorySource(files));
  const usage = newUsage();
  const [large, small] = [3000, 500].map(radius => ({ center: at(RECORD), radius }));
  await set.plan(large!);
  const found = await set.sphere({ ...small!, usage }).toArray();
  expect(found.length).toBeGreaterThan(0);
  expect(usage.roundTrips).toBe(1);
});

describe('a name and a page without preload', () => {
  test.each<[string, Ask, number]>([
    // Inner and leaf page of the table, a page of the tree, and the files of the system.
    ['a system by name', (set, options, { name }) => set.systemsByName(name, options), 4],
    ['a page', (set, options) => set.page({ page: 7, perPage: 20, ...options }), 2],
  ])(
    '%s needs no request for the root page of a table, which stands in index.json',
    async (_, ask, trips) => {
      const set = await openTileset(memorySource(files));
      const usage = newUsage();
      await ask(set, { usage }, RECORD);
      expect(usage.roundTrips).toBeLessThanOrEqual(trips);
      expect(usage.cacheHits).toBeGreaterThan(0);
    },
  );
});

/** The same set, with another preload file or other contents in its index. */
function altered(change: {
  readonly pages?: (pages: Map<string, Uint8Array>) => Map<string, Uint8Array>;
  readonly contents?: (contents: Record<string, string>) => Record<string, string>;
}): StoredSet {
  const set = new StoredSet(files);
  const { index } = set;
  const file = set.contentOf({ kind: 'preload', ...index.preload! });
  const pages = change.pages?.(unpackPreload(unpack(file)));
  return set.putIndex({
    ...index,
    contents: change.contents?.({ ...index.contents }) ?? index.contents!,
    ...(pages && { preload: rootOf(set.put('preload', packPreload(pages))) }),
  });
}

const zeros = (pages: Map<string, Uint8Array>) =>
  new Map([...pages].map(([hash, page]) => [hash, new Uint8Array(page.length)]));
const zeroText = (contents: Record<string, string>) =>
  Object.fromEntries(Object.entries(contents).map(([hash, text]) => [hash, text.replaceAll(/[A-Z]/g, 'A')]));

describe('contents that are not those of their hashes', () => {
  test('of a preload file are not used: the pages are requested', async () => {
    const { files: wrong } = altered({ pages: zeros });
    const set = await openTileset(memorySource(wrong), { preload: true });
    const usage = newUsage();
    const found = await set.systemById(RECORD.id, { usage });
    expect(found?.record['name']).toBe(RECORD.name);
    expect(usage.roundTrips).toBeGreaterThan(2);
    expect((await verifySet(memorySource(wrong))).problems[0]?.problem).toMatch(
      /^a page has the hash [0-9a-f]{40}, expected [0-9a-f]{40}$/,
    );
  });

  test('of index.json are not used either', async () => {
    const { files: wrong } = altered({ contents: zeroText });
    const set = await openTileset(memorySource(wrong));
    expect((await set.systemById(RECORD.id))?.record['name']).toBe(RECORD.name);
    expect((await verifySet(memorySource(wrong))).problems[0]).toMatchObject({ file: 'index.json' });
  });
});

test('a missing preload file is an error of an opening with preload, and of no other', async () => {
  const { preload } = new StoredSet(files).index;
  const left = new Map([...files].filter(([path]) => !path.includes(preload!.hash)));
  const error = await failure(openTileset(memorySource(left), { preload: true }));
  expect(error).toBeInstanceOf(NotFoundError);
  expect((error as NotFoundError).file).toBe(`preload/${preload!.hash}.mpk`);
  const set = await openTileset(memorySource(left));
  expect((await set.page({ perPage: 1 })).total).toBe(RECORDS.length);
});

test('a preload file that lacks a page of its list is corrupt', async () => {
  const set = new StoredSet(files);
  const ref = set.put('preload', { rows: 2, hashes: new Uint8Array(40), pages: [new Uint8Array(1)] });
  set.putIndex({ ...set.index, preload: rootOf(ref) });
  const error = await failure(openTileset(memorySource(set.files), { preload: true }));
  expect(error).toBeInstanceOf(CorruptError);
});

test('contents that are not base64 by hash are corrupt', async () => {
  for (const contents of [
    { ['12'.repeat(20)]: 'a b' },
    { short: 'gQE=' },
    JSON.parse('{"__proto__": "gQE="}'),
    [],
  ]) {
    const set = new StoredSet(files);
    set.putIndex({ ...set.index, contents: contents as never });
    const error = await failure(openTileset(memorySource(set.files)));
    expect(error.message).toContain('contents is');
    expect(error).toBeInstanceOf(CorruptError);
  }
});

test('preload of a set without such a file costs nothing', async () => {
  const set = new StoredSet(files);
  const { preload: _preload, contents: _contents, ...index } = set.index;
  const usage = newUsage();
  await openTileset(memorySource(set.putIndex(index).files), { preload: true, usage });
  expect(usage.requests).toBe(1);
});
