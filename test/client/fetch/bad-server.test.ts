import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import {
  type DataProvider,
  folderSource,
  HavenChunksError,
  openTileset,
  type Tileset,
} from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { exactText, seeded } from '#test/support/arbitrary.ts';
import { buildTexts, ndjson } from '#test/support/chunk-sets.ts';
import { type Misbehaviour, type Plan, STALLS, seededPlan, startServer } from '#test/support/file-server.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const QUERIES = 400;
const AT_ONCE = 20;

const RECORDS = [...galaxySystems({ count: 1_500, seed: 23 })] as unknown as JsonObject[];
const folder = temporaryFolder();
const directory = join(folder.path, 'set');

/** Everything that servers, proxies and networks do wrong. */
const FAULTS: readonly Misbehaviour[] = [
  { kind: 'alter' },
  { kind: 'truncate' },
  { kind: 'reset' },
  { kind: 'html' },
  { kind: 'stall', half: true },
  { kind: 'encoding' },
  { kind: 'etag' },
  ...[202, 408, 425, 429, 500, 503].map(status => ({ kind: 'status', status }) as const),
];

type Query = (set: DataProvider) => Promise<unknown>;

/** Queries of every kind, the same ones each time. */
function queries(): Query[] {
  const random = seeded(5);
  const record = () => RECORDS[Math.floor(random() * RECORDS.length)]!;
  const name = () => record()['name'] as string;
  const text = () => name().slice(0, 3);
  const center = () => (['x', 'y', 'z'] as const).map(axis => record()[axis]) as [number, number, number];
  const makers: (() => Query)[] = [
    (c = center()) =>
      set =>
        set.sphere({ center: c, limit: 5 }).toArray(),
    (c = center()) =>
      set =>
        set.sphere({ center: c, radius: 300, details: true }).toArray(),
    (n = name()) =>
      set =>
        set.system(n, { first: true }),
    (id = record()['id'] as string) =>
      set =>
        set.systemById(id),
    (p = Math.ceil(random() * 15)) =>
      set =>
        set.page({ page: p }),
    (prefix = text()) =>
      set =>
        set.names({ prefix, ignoreCase: true }),
    (region = record()['region'] as string) =>
      set =>
        set.inRegion(region).toArray(),
    (t = text()) =>
      set =>
        set.search(t, { limit: 10 }),
  ];
  return Array.from({ length: QUERIES }, (_, i) => makers[i % makers.length]!());
}

/** The result of each query: its value as text, or its error. */
function ask(set: Tileset): Promise<(string | Error)[]> {
  const limit = pLimit(AT_ONCE);
  const answer = (query: Query) =>
    query(set).then(
      value => exactText(value as never),
      (error: Error) => error,
    );
  return Promise.all(queries().map(query => limit(answer, query)));
}

/** A client's fetch whose requests time out as soon as their answers stall, and never else: no test waits for time. */
function fetchByHand(): typeof fetch {
  let deadline = new AbortController();
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    deadline = new AbortController();
    return deadline.signal;
  });
  return async (input, init) => {
    // The one that was made for this request, just before it.
    const own = deadline;
    const response = await fetch(input, init);
    if (response.headers.has(STALLS)) own.abort(new DOMException('it stalls', 'TimeoutError'));
    return response;
  };
}

/** The answers that a client without a cache has from a server with faults. */
async function askServer(plan: Plan): Promise<{ answers: (string | Error)[]; faults: number }> {
  let faults = 0;
  const server = await startServer(directory, {
    plan: async hit => {
      const wrong = await plan(hit);
      if (wrong) faults++;
      return wrong;
    },
  });
  try {
    const set = await openTileset(server.url, { cacheBytes: 0, http: { fetch: fetchByHand() } });
    return { answers: await ask(set), faults };
  } finally {
    await server.close();
  }
}

let right: (string | Error)[];
beforeAll(async () => {
  await buildTexts(folder.path, [ndjson(RECORDS)], { chunkLimit: 64, detailWeight: 4_000, gzipLevel: 1 });
  right = await ask(await openTileset(folderSource(directory)));
  expect(right.filter(answer => answer instanceof Error)).toEqual([]);
});
afterAll(folder.remove);
// No waiting between attempts.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));

describe(`${QUERIES} queries of every kind`, () => {
  test('against a server that fails 20 % of requests: the right answer or a typed error', async () => {
    const { answers, faults } = await askServer(seededPlan(17, 0.2, FAULTS));
    expect(faults).toBeGreaterThan(QUERIES / 5);
    let failed = 0;
    answers.forEach((answer, i) => {
      if (answer instanceof HavenChunksError) failed++;
      else expect(answer).toBe(right[i]);
    });
    expect(failed).toBeLessThan(QUERIES / 4);
  });

  test('no fault reaches the caller that happens once to each file', async () => {
    const once = seededPlan(29, 1, FAULTS, 1);
    const { answers, faults } = await askServer(once);
    expect(faults).toBeGreaterThan(30);
    expect(answers).toEqual(right);
  });

  test('no damage reaches the caller that comes back every other time', async () => {
    const { answers, faults } = await askServer(({ nth }) => (nth % 2 === 0 ? { kind: 'alter' } : undefined));
    expect(faults).toBeGreaterThan(QUERIES);
    expect(answers).toEqual(right);
  });
});
