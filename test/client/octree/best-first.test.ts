import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  folderSource,
  openTileset,
  type Source,
  type SphereQuery,
  type Tileset,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { farthestDistance, nearestDistance, pathOf } from '#format/index.ts';
import { catalogue, coordinate, type Point, recordsAt, seeded } from '#test/support/arbitrary.ts';
import {
  type Built,
  buildTexts,
  ndjson,
  nodesOf,
  PLAIN,
  rowsOf,
  walkTree,
  withSet,
} from '#test/support/chunk-sets.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** A source that lists what is asked of it. */
function counting(directory: string): { source: Source; asked: string[] } {
  const asked: string[] = [];
  const inner = folderSource(directory);
  const source: Source = {
    location: inner.location,
    get(path, options) {
      asked.push(path);
      return inner.get(path, options);
    },
  };
  return { source, asked };
}

/** Opens a set with an empty cache, and tells what a task reads of it. */
async function reads(directory: string, task: (set: Tileset) => Promise<unknown>): Promise<string[]> {
  const { source, asked } = counting(directory);
  const set = await openTileset(source);
  asked.length = 0;
  await task(set);
  return asked;
}

/** The chunks that hold a leaf whose box meets the shell between the radii. */
function meeting({ files }: Built, { center, radius = Infinity, minRadius = 0 }: SphereQuery): Set<string> {
  const paths = new Set<string>();
  for (const { node } of nodesOf(walkTree(files))) {
    if (node.kind !== 'leaf') continue;
    if (
      nearestDistance(node.bounds, ...center) > radius ||
      farthestDistance(node.bounds, ...center) < minRadius
    )
      continue;
    for (const { chunk } of node.spans) paths.add(pathOf(chunk.ref));
  }
  return paths;
}

/** The pages that hold a node below a branch whose box meets the shell, the root page included. */
function pagesMeeting(
  { files }: Built,
  { center, radius = Infinity, minRadius = 0 }: SphereQuery,
): Set<string> {
  const { tree } = files.index;
  const paths = new Set<string>(tree ? [pathOf({ kind: 'tree', hash: tree.hash })] : []);
  for (const { branch } of nodesOf(walkTree(files))) {
    if (!branch) continue;
    if (
      nearestDistance(branch.bounds, ...center) > radius ||
      farthestDistance(branch.bounds, ...center) < minRadius
    )
      continue;
    paths.add(pathOf(branch.ref));
  }
  return paths;
}

/** Path of the chunk that holds a system. */
function chunkById({ files }: Built): Map<string, string> {
  const rows = nodesOf(walkTree(files)).flatMap(at => rowsOf(files, at));
  return new Map(rows.map(({ chunk, row, path }) => [chunk.id[row]!, path]));
}

const chunksIn = (paths: Iterable<string>) => [...paths].filter(path => path.startsWith('chunks/')).sort();
const pagesIn = (paths: Iterable<string>) => [...paths].filter(path => path.startsWith('tree/')).sort();

const random = seeded(41);
const SCATTERED = recordsAt(
  Array.from(
    { length: 3000 },
    (_, i): Point => (i % 11 === 0 ? [7, 7, 7] : [random() * 100, random() * 100, random() * 100]),
  ),
);
const query: fc.Arbitrary<SphereQuery> = fc.record({
  center: fc.oneof(
    fc.tuple(coordinate, coordinate, coordinate),
    fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)),
    fc.constant<Point>([7, 7, 7]),
  ),
  radius: fc.oneof(fc.double({ min: 0, max: 120, noNaN: true }), fc.constant(Infinity)),
  minRadius: fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 80, noNaN: true })),
  limit: fc.oneof(fc.constant(undefined), fc.nat(30), fc.integer({ min: 31, max: 4000 })),
});

/** A set of many pages and chunks. */
let scattered: Built;
const folder = temporaryFolder();
beforeAll(async () => {
  scattered = await buildTexts(folder.path, [ndjson(SCATTERED)], { ...PLAIN, chunkLimit: 8 });
});
afterAll(folder.remove);

/** Checks queries about any catalogue, and about the set of many pages. */
async function checkEach(check: (built: Built, query: SphereQuery) => Promise<void>): Promise<void> {
  const some = fc.array(query, { minLength: 6, maxLength: 6 });
  const each = async (built: Built, queries: SphereQuery[]) => {
    for (const of of queries) await check(built, of);
  };
  const chunkLimit = fc.integer({ min: 1, max: 6 });
  await fc.assert(
    fc.asyncProperty(catalogue, chunkLimit, some, (records, limit, queries) =>
      withSet(records, { ...PLAIN, chunkLimit: limit }, built => each(built, queries)),
    ),
    { numRuns: 20 },
  );
  await fc.assert(
    fc.asyncProperty(some, queries => each(scattered, queries)),
    { numRuns: 10 },
  );
}

describe('what a sphere reads', () => {
  test('is only what meets it, each file once; and without a limit all of that', async () => {
    await checkEach(async (built, of) => {
      const asked = await reads(built.directory, set => set.sphere(of).toArray());
      const chunks = chunksIn(asked);
      expect(chunks).toHaveLength(new Set(chunks).size);
      const meet = meeting(built, of);
      const pages = pagesMeeting(built, of);
      expect(chunks.filter(path => !meet.has(path))).toEqual([]);
      expect(pagesIn(asked).filter(path => !pages.has(path))).toEqual([]);
      if (of.limit === undefined) {
        expect(chunks).toEqual([...meet].sort());
        expect(pagesIn(asked)).toEqual([...pages].sort());
      }
    });
  });

  test('is in its plan, nearest first, and planning reads no chunk', async () => {
    await checkEach(async (built, of) => {
      let plan: Awaited<ReturnType<Tileset['plan']>> | undefined;
      const asked = await reads(built.directory, async set => {
        plan = await set.plan(of);
      });
      expect(chunksIn(asked)).toEqual([]);
      expect(pagesIn(asked)).toEqual(plan!.pages.map(pathOf).sort());
      const nearest = plan!.chunks.map(chunk => chunk.nearest);
      expect(nearest).toEqual(nearest.toSorted((a, b) => a - b));
      const planned = new Set(plan!.chunks.map(({ ref }) => pathOf(ref)));
      let rows: { id: string }[] = [];
      const read = await reads(built.directory, async set => {
        rows = await set.sphere(of).toArray();
      });
      if (of.limit === undefined) expect([...planned].sort()).toEqual(chunksIn(read));
      // Under a limit a query may read ahead of what it knows; what it gives out comes from the plan.
      const chunks = chunkById(built);
      expect(rows.filter(({ id }) => !planned.has(chunks.get(id)!))).toEqual([]);
    });
  });

  test('is nothing for the space where nothing is, or where no rows are wanted', async () => {
    const { directory, files } = scattered;
    const root = pathOf({ kind: 'tree', hash: files.index.tree!.hash });
    const none: SphereQuery[] = [
      { center: [-100, 0, 0], radius: 99 },
      { center: [50, 50, 50], radius: Infinity, minRadius: 200 },
      { center: [50, 50, 50], radius: Infinity, limit: 0 },
    ];
    for (const of of none) expect(await reads(directory, set => set.sphere(of).toArray())).toEqual([root]);
  });

  test('of the nearest few is few files, and a radius makes it no more', async () => {
    const { directory } = scattered;
    for (let i = 0; i < 20; i++) {
      const center = [random() * 100, random() * 100, random() * 100] as const;
      const nearest = await reads(directory, set =>
        set.sphere({ center, radius: Infinity, limit: 10 }).toArray(),
      );
      expect(chunksIn(nearest).length).toBeLessThan(25);
      const within = await reads(directory, set => set.sphere({ center, radius: 40, limit: 10 }).toArray());
      expect(chunksIn(within).length).toBeLessThanOrEqual(chunksIn(nearest).length);
    }
  });

  test('while it is iterated goes little beyond what was taken', async () => {
    const { directory, files } = scattered;
    const chunks = chunksIn(files.contents.keys()).length;
    const take = (count: number) =>
      reads(directory, async set => {
        let taken = 0;
        for await (const _ of set.sphere({ center: [90, 90, 90], radius: Infinity }))
          if (++taken === count) break;
      });
    // The files of the first 1,000 systems, of which chunks of other sets have more each.
    const first = (chunks * 1_500) / SCATTERED.length;
    expect(chunksIn(await take(1)).length).toBeLessThan(first);
    expect(chunksIn(await take(200)).length).toBeLessThan(first);
    expect(chunksIn(await take(SCATTERED.length))).toHaveLength(chunks);
  });

  test('is counted in usage, as the source sees it; kept files cost nothing the second time', async () => {
    const { directory, files } = scattered;
    const { source, asked } = counting(directory);
    const usage = newUsage();
    const set = await openTileset(source, { usage });
    const of = { center: [50, 50, 50], radius: 20, usage } as const;
    const rows = await set.sphere(of).toArray();
    expect(usage.requests).toBe(asked.length);
    expect(usage.bytes).toBe(asked.reduce((sum, path) => sum + files.stored.get(path)!.length, 0));
    const cold = { ...usage };
    expect(await set.sphere(of).toArray()).toEqual(rows);
    expect(usage.cacheHits).toBeGreaterThan(cold.cacheHits);
    expect({ ...usage, cacheHits: cold.cacheHits }).toEqual(cold);
    expect(asked).toHaveLength(cold.requests);
  });
});
