/** Filters at every level of detail of a set, and what they read. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type FilterOptions,
  type OctreeNode,
  openTileset,
  type SystemRow,
  type Tileset,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { foldTable, makeFold } from '#format/index.ts';
import { build } from '#pipeline/index.ts';
import { FACETS, faceted } from '#test/support/catalogues.ts';
import { PLAIN, writeInputs } from '#test/support/chunk-sets.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { type CatalogueOracle, catalogueOracle } from '#test/support/oracle.ts';
import { Questions } from '#test/support/random-queries.ts';
import { failure } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const { text, systems } = faceted(3000);
const fold = makeFold(foldTable());
const folder = temporaryFolder();
let server: TestServer;
let oracle: CatalogueOracle;
let questions: Questions;

beforeAll(async () => {
  const input = writeInputs(folder.path, 'catalogue', [text]);
  const options = { ...PLAIN, chunkLimit: 20, preview: { size: 32 } };
  await build(input, join(folder.path, 'set'), { ...options, facets: FACETS });
  await build(input, join(folder.path, 'bare'), { ...options, facets: 'none' });
  server = await startServer(folder.path, { rounds: true });
  oracle = catalogueOracle(systems, fold, [], FACETS);
  questions = new Questions(systems, oracle, fold, 5);
});
afterAll(async () => {
  oracle.close();
  await server.close();
  folder.remove();
});

// More requests at once than any query has: a wave is a round trip.
const open = (set = 'set') => openTileset(`${server.url}${set}/`, { concurrency: 1_000 });
const idsOf = (rows: readonly SystemRow[]) => rows.map(({ id }) => id);

/** The ids that a filter wants, in SQL. */
function wanted(filter: FilterOptions): Set<string> {
  return new Set(oracle.where(filter).map(n => systems[n]!.id));
}

/**
 * Checks that the filtered rows of a sample are those of it that match, in their order, and others that match, each once.
 * @returns the number of the others
 */
function checkSample(
  rows: readonly SystemRow[],
  sample: readonly string[],
  ids: ReadonlySet<string>,
  filter: FilterOptions,
): number {
  const found = idsOf(rows);
  const right = sample.filter(id => ids.has(id));
  expect(found.slice(0, right.length), JSON.stringify(filter)).toEqual(right);
  expect(new Set(found).size).toBe(found.length);
  const others = found.slice(right.length);
  expect(others.filter(id => !ids.has(id) || sample.includes(id))).toEqual([]);
  return others.length;
}

/** Previews, systems and numbers of children of all nodes below a node, by their boxes. */
async function walk(
  node: OctreeNode,
  nodes = new Map<string, SystemRow[]>(),
): Promise<Map<string, SystemRow[]>> {
  const rows = node.isLeaf ? await node.systems() : await node.preview();
  nodes.set(JSON.stringify(node.bounds), rows);
  for (const child of await node.children()) await walk(child, nodes);
  return nodes;
}

describe('a filter', () => {
  test('of the overview: the rows of the overview that SQL finds, in their order, then others that it finds', async () => {
    const set = await open();
    const all = idsOf(await set.overview());
    let further = 0;
    for (let i = 0; i < 300; i++) {
      const filter = questions.filter();
      further += checkSample(await set.overview(filter), all, wanted(filter), filter);
    }
    expect(further).toBeGreaterThan(20);
  });

  test('on one value finds 4 systems in the overview, and in the preview of every node, or all that there are', async () => {
    const set = await open();
    const all = await walk((await set.root())!);
    let rare = 0;
    for (const field of ['region', 'material', 'born']) {
      for (const { value, systems: total } of await set.facet(field)) {
        const where = { [field]: value };
        const overview = idsOf(await set.overview({ where }));
        expect(overview.length, JSON.stringify(where)).toBeGreaterThanOrEqual(Math.min(4, total));
        const ids = wanted({ where });
        const first = idsOf(await set.overview()).filter(id => ids.has(id));
        if (first.length < Math.min(4, total)) rare++;
        const found = await walk((await set.root({ where }))!);
        for (const [node, rows] of found) {
          const { min, max } = JSON.parse(node) as { min: number[]; max: number[] };
          const below = systems.filter(
            ({ id, record }) =>
              ids.has(id) &&
              ['x', 'y', 'z'].every((axis, i) => {
                const at = record[axis] as number;
                return min[i]! <= at && at <= max[i]!;
              }),
          );
          // A node without a preview has few systems.
          if (all.get(node)!.length > 0)
            expect(rows.length, `${node} ${JSON.stringify(where)}`).toBeGreaterThanOrEqual(
              Math.min(4, below.length),
            );
        }
      }
    }
    expect(rare).toBeGreaterThan(0);
  });

  test('of the tree: in previews and leaves the rows that SQL finds, and no node left out that has some', async () => {
    const set = await open();
    const all = await walk((await set.root())!);
    for (let i = 0; i < 60; i++) {
      const filter = questions.filter();
      const ids = wanted(filter);
      const found = await walk((await set.root(filter))!);
      for (const [node, rows] of all) {
        checkSample(found.get(node) ?? [], idsOf(rows), ids, filter);
      }
      expect([...found.keys()].filter(node => !all.has(node))).toEqual([]);
    }
  });

  test('takes the round trips of the same query without a filter, and reads facets beside other files', async () => {
    const center = [20, 4, 0] as const;
    const where = { material: ['Gold', 'Cadmium'], size: { not: 5 } };
    const asked: Record<string, (set: Tileset, filter: FilterOptions) => Promise<unknown>> = {
      sphere: (set, filter) => set.sphere({ center, radius: 5, ...filter }).toArray(),
      box: (set, filter) => set.box({ min: [10, 0, 0], max: [20, 9, 0], ...filter }).toArray(),
      overview: (set, filter) => set.overview(filter),
      preview: async (set, filter) => (await set.root(filter))!.preview(),
      children: async (set, filter) => (await set.root(filter))!.children(),
      fold: (set, filter) => set.sphere({ center, radius: 5, ...filter, fold: true }).toArray(),
    };
    for (const [question, ask] of Object.entries(asked)) {
      const tripsOf = async (filter: FilterOptions) => {
        const set = await open();
        server.hits.length = 0;
        await ask(set, filter);
        return (
          Math.max(...server.hits.map(({ wave }) => wave)) -
          Math.min(...server.hits.map(({ wave }) => wave)) +
          1
        );
      };
      const [bare, filtered] = [await tripsOf({}), await tripsOf({ where })];
      expect(filtered, question).toBeLessThanOrEqual(bare);
      expect(server.hits.filter(({ path }) => path.includes('/facets/')).length, question).toBeGreaterThan(0);
    }
  });

  test('of a value in few leaves: reads no chunk of the others, and a plan says which', async () => {
    const rare = { where: { material: 'x'.repeat(3) } };
    const set = await open();
    server.hits.length = 0;
    expect(await set.nearest({ center: [0, 0, 0], count: 5, ...rare }).toArray()).toEqual([]);
    expect(server.hits.filter(({ path }) => path.includes('/chunks/'))).toEqual([]);

    const query = { center: [5, 5, 0], radius: 12, where: { 'a.b': 2, born: { lt: '1900-01-01' } } } as const;
    const plan = await set.plan(query);
    const all = await set.plan({ ...query, where: undefined });
    expect(all.facets).toEqual([]);
    expect(plan.chunks.length).toBeGreaterThan(0);
    expect(plan.chunks.length).toBeLessThan(all.chunks.length);
    const cold = await open();
    server.hits.length = 0;
    expect((await cold.sphere(query).toArray()).length).toBeGreaterThan(0);
    const read = server.hits.map(({ path }) => path.slice(-44, -4)).toSorted();
    const planned = [...plan.pages, ...plan.facets, ...plan.chunks.map(({ ref }) => ref)];
    expect(read).toEqual(planned.map(({ hash }) => hash).toSorted());
  });

  test('of a rare value and a limit: reads its systems from a table, and only chunks that hold some of them', async () => {
    const set = await open();
    const query = { center: [20, 4, 0], count: 7 } as const;
    const chunksOf = () => server.hits.filter(({ path }) => path.includes('/chunks/')).length;
    const idsNear = (filter: FilterOptions) =>
      oracle.sphere({ ...query, ...filter, limit: query.count }).map(({ n }) => systems[n]!.id);
    const rare = { where: { material: 'a,b' } };
    server.hits.length = 0;
    expect(idsOf(await set.nearest({ ...query, ...rare }).toArray())).toEqual(idsNear(rare));
    expect(chunksOf()).toBe(0);
    const both = { where: { material: 'a,b', size: { gt: 1 } } };
    expect(idsOf(await set.nearest({ ...query, ...both }).toArray())).toEqual(idsNear(both));
    const [few, all] = [chunksOf(), (await set.plan({ ...query, count: 3000 })).chunks.length];
    expect(few).toBeGreaterThan(0);
    expect(few).toBeLessThan(all);
  });

  test('costs nothing where it is not used: the same requests and bytes as a set without facets', async () => {
    const asked: Record<string, (set: Tileset, usage: ReturnType<typeof newUsage>) => Promise<unknown>> = {
      sphere: (set, usage) => set.sphere({ center: [9, 3, 0], radius: 4, usage }).toArray(),
      nearest: (set, usage) => set.nearest({ center: [9, 3, 0], count: 50, usage }).toArray(),
      box: (set, usage) => set.box({ min: [0, 0, 0], max: [9, 9, 0], usage }).toArray(),
      overview: (set, usage) => set.overview({ usage }),
      tree: async (set, usage) =>
        (await (await set.root({ usage }))!.children({ usage }))[0]!.preview({ usage }),
      plan: (set, usage) => set.plan({ center: [9, 3, 0], radius: 4, usage }),
    };
    for (const [question, ask] of Object.entries(asked)) {
      const costOf = async (name: string) => {
        const [set, usage] = [await open(name), newUsage()];
        await ask(set, usage);
        return usage;
      };
      expect(await costOf('set'), question).toEqual(await costOf('bare'));
    }
  });

  test('is refused by a set without facets, and checked before anything is read', async () => {
    const bare = await open('bare');
    const set = await open();
    server.hits.length = 0;
    const where = { region: 'a' };
    for (const asked of [
      bare.sphere({ center: [0, 0, 0], radius: 1, where }).toArray(),
      bare.overview({ where }),
      bare.root({ where }),
      bare.plan({ center: [0, 0, 0], count: 1, where }),
    ])
      expect(await failure(asked)).toMatchObject({
        name: 'MissingIndexError',
        message: expect.stringContaining(
          'was built without facets, which filters need: build it again with --facets',
        ),
      });
    const wrong = { nothing: 'a' };
    for (const asked of [
      set.sphere({ center: [0, 0, 0], radius: 1, where: wrong }).toArray(),
      set.overview({ where: wrong }),
      set.root({ where: wrong }),
      set.plan({ center: [0, 0, 0], count: 1, where: wrong }),
    ])
      expect(await failure(asked)).toMatchObject({ name: 'ArgumentError', found: 'nothing' });
    expect(server.hits).toEqual([]);
  });
});
