import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type FilesOptions,
  NotFoundError,
  openTileset,
  type QueryOptions,
  type SystemKey,
  type Tileset,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { pathOf } from '#format/index.ts';
import { build } from '#pipeline/index.ts';
import { heavyRecords } from '#test/support/catalogues.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import {
  type Hit,
  type Misbehaviour,
  type Plan,
  startServer,
  type TestServer,
} from '#test/support/file-server.ts';
import { until } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const RECORDS = heavyRecords(2000);
const folder = temporaryFolder();
const directory = join(folder.path, 'set');
let servers: TestServer[] = [];

beforeAll(async () => {
  await build(writeInputs(folder.path, 'galaxy', [ndjson(RECORDS)]), directory, {
    ...{ chunkLimit: 20, gzipLevel: 1, flush: false },
  });
});
afterAll(folder.remove);
afterEach(async () => {
  await Promise.all(servers.map(server => server.close()));
  servers = [];
});

async function serve(plan: Plan): Promise<TestServer> {
  const server = await startServer(directory, { plan });
  servers.push(server);
  return server;
}

/** The paths that a query requests concurrently; the largest such group. */
async function widestWave(
  ask: (set: Tileset) => Promise<unknown>,
  options: FilesOptions = {},
): Promise<string[]> {
  const server = await startServer(directory, { rounds: true });
  servers.push(server);
  const set = await openTileset(server.url, options);
  const opening = server.hits.length;
  await ask(set);
  const waves = Map.groupBy(server.hits.slice(opening), ({ wave }: Hit) => wave);
  const [widest] = [...waves.values()].sort((a, b) => b.length - a.length);
  return widest!.map(({ path }) => path);
}

const everywhere = { center: [0, 0, 0], radius: 1e9 } as const;
const { id } = RECORDS[0]!;

const QUESTIONS: Record<string, (set: Tileset, options?: QueryOptions) => Promise<unknown>> = {
  sphere: (set, options) => set.sphere({ ...everywhere, ...options }).toArray(),
  details: (set, options) => set.details(RECORDS as never[], options),
  'a page': (set, options) => set.page({ perPage: 2000, ...options }),
  'an id': (set, options) => set.systemById(id, options),
  'a region': (set, options) => set.inRegion('large', options).toArray(),
  records: async (set, options) => {
    for await (const _ of set.records(options));
  },
};

describe('a question of which one read fails', () => {
  test.each(Object.entries(QUESTIONS))('%s: gives up all others, and says what failed', async (_, ask) => {
    const [missing, ...others] = await widestWave(ask);
    expect(others.length).toBeGreaterThan(0);
    const server = await serve(async ({ path }) => {
      // Answered when all concurrent requests have arrived.
      if (path === missing)
        await server.until(({ hits }) => others.every(other => hits.some(hit => hit.path === other)));
      return path === missing
        ? { kind: 'status', status: 404 }
        : others.includes(path)
          ? { kind: 'stall' }
          : undefined;
    });
    const set = await openTileset(server.url);
    const error = await failure(ask(set, { signal: new AbortController().signal }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as Error).message).toContain(missing!.slice(1));
    await server.until(({ open }) => open === 0);
    expect(server.dropped).toBeGreaterThan(0);
    const asked = server.hits.length;
    await server.settle();
    expect(server.hits.length).toBe(asked);
  });
});

test('a question that fails leaves the reads of another alone', async () => {
  // Enough places for all: each question asks at once for every chunk that it needs.
  const concurrency = 1_000;
  const wave = await widestWave(set => set.sphere(everywhere).toArray(), { concurrency });
  const [missing, shared] = wave as [string, string];
  const record = await recordIn(shared);
  const alone = newUsage();
  await (await openTileset(directory)).details([record], { usage: alone });

  const gate = Promise.withResolvers<undefined>();
  const refusal = Promise.withResolvers<Misbehaviour>();
  const server = await serve(({ path }) => {
    if (path === missing) return refusal.promise;
    return path.startsWith('/chunks/') ? gate.promise : undefined;
  });
  const set = await openTileset(server.url, { concurrency });
  const failing = failure(set.sphere(everywhere).toArray());
  const usage = newUsage();
  const other = set.details([record], { usage });
  await server.until(({ hits }) => wave.every(path => hits.some(hit => hit.path === path)));
  // The other one waits for its chunk, which the first has asked for too.
  await until(() => usage.requests + usage.cacheHits === alone.requests);
  refusal.resolve({ kind: 'status', status: 404 });
  expect(await failing).toBeInstanceOf(NotFoundError);
  gate.resolve(undefined);
  expect(await other).toHaveLength(1);
  const paths = server.hits.map(({ path }) => path);
  // The index is read again for the missing file.
  expect(paths.filter((path, i) => path !== missing && paths.indexOf(path) < i)).toEqual(['/index.json']);
});

/** A record whose system is in a chunk. */
async function recordIn(chunk: string): Promise<SystemKey> {
  const set = await openTileset(directory);
  for (const record of RECORDS as unknown as SystemKey[]) {
    const { chunks } = await set.plan({ center: [record.x, record.y, record.z], radius: 0 });
    if (chunks.length === 1 && `/${pathOf(chunks[0]!.ref)}` === chunk) return record;
  }
  return expect.fail(`no system lies in ${chunk} alone`);
}
