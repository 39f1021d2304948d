import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { galaxySystems } from '#data/galaxy.ts';
import { weightOf } from '#format/columns/values.ts';
import { octantOf, unionBounds, worldCube } from '#format/geometry/cell.ts';
import {
  type Bounds,
  type ChunkFile,
  cellOf,
  compareText,
  type JsonObject,
  joinRecord,
  pathOf,
} from '#format/index.ts';
import { catalogue, type Point, recordsAt, seeded } from '#test/support/arbitrary.ts';
import {
  type Built,
  nodesOf,
  PLAIN,
  recordText,
  rowsOf,
  type WalkedNode,
  walkTree,
  withSet,
} from '#test/support/chunk-sets.ts';

/** The box of some rows, -0 as 0. */
function boxOf(rows: readonly Point[]): Bounds {
  return rows
    .map(row => row.map(at => at + 0) as Point)
    .map((at): Bounds => ({ min: at, max: at }))
    .reduce(unionBounds);
}

const chunksOf = ({ node }: WalkedNode): ChunkFile[] =>
  node.kind === 'leaf' ? node.spans.map(({ chunk }) => chunk) : [];

/** The numbers of a node for its subtree; the last two are of the page that it is in. */
interface Checked {
  readonly rows: Point[];
  readonly entries: number;
  readonly pageNodes: number;
  readonly levels: number;
}

/** Kinds of files that are not part of the octree, or have a test of their own. */
const OTHERS = new Set(['names', 'ids', 'listings', 'search', 'fold', 'facets', 'preload']);

/** Holds a set to every promise about its octree, and gives back its records by id. */
function checkSet(
  { files, summary }: Built,
  chunkLimit: number,
  records: readonly JsonObject[],
): Map<string, JsonObject> {
  const { index } = files;
  const root = walkTree(files);
  const found = new Map<string, JsonObject>();
  const reached = new Set<string>(['index.json']);
  if (index.tree) reached.add(pathOf({ kind: 'tree', hash: index.tree.hash }));
  if (index.overview) reached.add(pathOf({ kind: 'previews', hash: index.overview.hash }));
  if (index.meta) reached.add(pathOf({ kind: 'meta', hash: index.meta.hash }));

  /** Checks a subtree and gives its rows' positions, and how many nodes it has. */
  const check = (at: WalkedNode): Checked => {
    const { node, branch, children } = at;
    const inside = children.map(check);
    const rows = inside.flatMap(child => child.rows);
    if (node.kind === 'leaf') {
      const own = rowsOf(files, at);
      expect(own.map(({ chunk, row }) => chunk.id[row]!)).toEqual(
        own.map(({ chunk, row }) => chunk.id[row]!).toSorted(compareText),
      );
      for (const { chunk, row, details } of own) {
        const id = chunk.id[row]!;
        expect(found.has(id), `${id} is in one leaf`).toBe(false);
        found.set(id, joinRecord(chunk, row, details ?? {}));
        rows.push([chunk.x[row]!, chunk.y[row]!, chunk.z[row]!]);
      }
      const { min, max } = node.bounds;
      if (min.some((low, axis) => low !== max[axis])) expect(rows.length).toBeLessThanOrEqual(chunkLimit);
      for (const chunk of chunksOf(at)) {
        expect(chunk.rows).toBeLessThanOrEqual(chunkLimit);
        for (const file of [chunk, ...chunk.details]) reached.add(pathOf(file.ref));
      }
      for (const { chunk, start } of node.spans) {
        const first = own.find(row => row.path === pathOf(chunk.ref) && row.row === start)!;
        const inLeaf = start === 0 && chunk !== node.spans[0]!.chunk;
        expect(chunk.firstId).toBe(inLeaf ? first.chunk.id[0] : '');
      }
    } else {
      expect(rows.length, 'an inner node is there because a leaf would not do').toBeGreaterThan(chunkLimit);
      expect(children.length).toBeGreaterThan(1);
      if (node.preview) reached.add(pathOf(node.preview.ref));
      checkOrder(at);
      checkGroups(children, chunkLimit);
    }
    const entries = inside.reduce((sum, child) => sum + child.entries, 1);
    const pages = children.map(child => (child.branch ? 1 : 0));
    const pageNodes = inside.reduce((sum, child, i) => sum + (pages[i] || child.pageNodes), 1);
    const levels = Math.max(0, ...inside.map((child, i) => child.levels + pages[i]!));
    expect(node.counts.systems).toBe(rows.length);
    expect(node.bounds).toEqual(boxOf(rows));
    for (const what of ['planets', 'moons', 'stations'] as const)
      if (node.kind === 'inner')
        expect(node.counts[what]).toBe(children.reduce((sum, child) => sum + child.node.counts[what], 0));
    if (branch) {
      reached.add(pathOf(branch.ref));
      expect([branch.bounds, branch.counts, branch.entries]).toEqual([node.bounds, node.counts, entries]);
      expect([branch.pageNodes, branch.levels]).toEqual([pageNodes, levels]);
      expect(branch.preview).toEqual(node.kind === 'inner' ? node.preview : undefined);
    }
    return { rows, entries, pageNodes, levels };
  };

  if (root) {
    const { rows } = check(root);
    expect(index.bounds).toEqual(root.node.bounds);
    expect(index.counts).toEqual(root.node.counts);
    expect(index.exponent).toBe(worldCube(boxOf(rows)).exponent - 1);
  } else {
    expect([index.bounds, index.exponent, index.counts.systems]).toEqual([null, null, 0]);
  }
  const own = [...files.contents.keys()].filter(path => !OTHERS.has(path.split('/')[0]!));
  expect(new Set(own)).toEqual(reached);
  expect(summary.files).toBe(files.contents.size);
  expect(summary.bytes).toBe([...files.stored.values()].reduce((sum, bytes) => sum + bytes.length, 0));
  expect([summary.systems, index.counts.systems]).toEqual([found.size, found.size]);
  expect(found.size).toBe(records.length);
  for (const record of records) expect(recordText(found.get(String(record['id'])))).toBe(recordText(record));
  return found;
}

/** Leaves come first, then other children, each in Morton order of the octants of the smallest cell. */
function checkOrder({ node, children }: WalkedNode): void {
  const cell = cellOf(node.bounds);
  const order = (of: WalkedNode[]) => of.map(child => octantOf(cell, ...child.node.bounds.min));
  const isLeaf = (child: WalkedNode) => child.node.kind === 'leaf';
  expect(children.map(isLeaf)).toEqual(children.map(isLeaf).toSorted((a, b) => Number(b) - Number(a)));
  const octants = [order(children.filter(isLeaf)), order(children.filter(child => !isLeaf(child)))];
  for (const of of octants) expect(of).toEqual(of.toSorted((a, b) => a - b));
  expect(new Set(octants.flat()).size).toBe(children.length);
}

/** Sibling leaves share a chunk as long as their rows fit: no chunk could have taken the leaf that follows it. */
function checkGroups(children: readonly WalkedNode[], chunkLimit: number): void {
  const leaves = children.filter(({ node }) => node.kind === 'leaf');
  leaves.forEach((leaf, i) => {
    const next = leaves[i + 1];
    if (!next) return;
    const last = chunksOf(leaf).at(-1)!;
    const first = chunksOf(next)[0]!;
    if (first.ref.hash === last.ref.hash && chunksOf(next).length === 1) return;
    const before = leaf.node.counts.systems > chunkLimit ? leaf.node.counts.systems : last.rows;
    expect(before + next.node.counts.systems).toBeGreaterThan(chunkLimit);
  });
}

describe('a set', () => {
  test('keeps every promise about its octree, whatever the catalogue', async () => {
    await fc.assert(
      fc.asyncProperty(catalogue, fc.integer({ min: 1, max: 9 }), async (records, chunkLimit) => {
        await withSet(records, { ...PLAIN, chunkLimit }, built => {
          checkSet(built, chunkLimit, records);
        });
      }),
      { numRuns: 40 },
    );
  });

  const random = seeded(11);
  const many = (of: (i: number) => Point, count = 200) =>
    recordsAt(Array.from({ length: count }, (_, i) => of(i)));
  const CATALOGUES: [string, JsonObject[]][] = [
    ['nothing', []],
    ['a single system', recordsAt([[1e19, -1e-9, -0]])],
    [
      'magnitudes from 1e-9 to 1e19',
      many(i => [random(), -random(), random()].map(of => of * 10 ** ((i % 29) - 9)) as Point),
    ],
    ['3,000 systems on one point', many(() => [0, -0, 0], 3000)],
    ['many on one point, and a few elsewhere', many(i => (i % 50 === 7 ? [i, i, -i] : [5, 5, 5]))],
    ['systems an ulp apart', many(i => [1 + i * 2 ** -52, 1, 1])],
    [
      'systems an ulp apart about a power of two',
      many(i => [i % 2 ? 8 - (i / 2) * 2 ** -50 : 8 + i * 2 ** -49, 0, 0]),
    ],
    ['all on one axis', many(i => [0, i - 150, 0])],
    ['a chain of powers of two', many(i => [2 ** (i - 150), 2 ** (i - 150), 2 ** (i - 150)])],
    ['a chain to the smallest float', many(i => [5e-324 * 2 ** i, 0, 0])],
    ['the smallest floats on both sides of the origin', many(i => [(i - 150) * 5e-324, 0, 0])],
    [
      'tiny and vast negatives',
      many(i => [-5e-324 * (i + 1), -(2 ** 499) + i * 2 ** 450, i % 2 ? -1e-320 : 1]),
    ],
    ['tiny on one axis, vast on another', many(i => [2 ** 499, i * 1e-300, 0])],
  ];
  test.each(CATALOGUES)('of %s', async (_, records) => {
    for (const chunkLimit of [1, 7, 1024])
      if (chunkLimit > 1 || records.length <= 200)
        await withSet(records, { ...PLAIN, chunkLimit }, built => {
          checkSet(built, chunkLimit, records);
        });
  });

  test('of a galaxy has pages of its own for its subtrees, and details cut by weight at borders of leaves', async () => {
    const records = [...galaxySystems({ count: 2000, seed: 3 })] as unknown as JsonObject[];
    const options = { ...PLAIN, chunkLimit: 8, detailWeight: 8000, summary: ['fauna', 'materials'] };
    await withSet(records, options, built => {
      checkSet(built, 8, records);
      const nodes = nodesOf(walkTree(built.files));
      expect(nodes.filter(({ branch }) => branch).length).toBeGreaterThan(1);
      const rows = Map.groupBy(
        nodes.flatMap(at => rowsOf(built.files, at)),
        ({ path }) => path,
      );
      const leaves = nodes.filter(({ node }) => node.kind === 'leaf');
      const borders = new Set(
        leaves.map(at => rowsOf(built.files, at)[0]!).map(({ path, row }) => `${path} ${row}`),
      );
      let cut = 0;
      for (const chunk of new Set(nodes.flatMap(chunksOf))) {
        const own = rows.get(pathOf(chunk.ref))!.toSorted((a, b) => a.row - b.row);
        let start = 0;
        for (const part of chunk.details) {
          const inside = own.slice(start, start + part.rows);
          const weight = inside.reduce((sum, { details }) => sum + weightOf(details!), 0);
          if (part.rows > 1) expect(weight).toBeLessThanOrEqual(8000);
          const first = inside[0]!;
          const atBorder = borders.has(`${first.path} ${first.row}`);
          expect(part.firstId).toBe(atBorder ? '' : first.chunk.id[first.row]);
          if (start > 0) cut |= atBorder ? 1 : 2;
          start += part.rows;
        }
        expect(start).toBe(chunk.rows);
      }
      expect(cut, 'cuts at borders of leaves, and within leaves').toBe(3);
      const counts = { planets: 0, moons: 0, stations: 0 };
      for (const of of records as unknown as { planets: { moons: unknown[] }[]; space_station: unknown }[]) {
        counts.planets += of.planets.length;
        counts.moons += of.planets.reduce((sum, planet) => sum + planet.moons.length, 0);
        counts.stations += of.space_station ? 1 : 0;
      }
      expect(built.files.index.counts).toEqual({ systems: 2000, ...counts });
    });
  });

  test('of systems that have nothing but a place has no details', async () => {
    const records = recordsAt(Array.from({ length: 50 }, (_, i) => [i, i, i]));
    await withSet(records, { chunkLimit: 4 }, ({ files }) => {
      expect([...files.contents.keys()].filter(path => path.startsWith('details/'))).toEqual([]);
    });
  });

  test('is edited where the edit is: one system more changes its chunk, its details and the pages above', async () => {
    const records = [
      ...galaxySystems({ count: 1000, seed: 4, mode: 'clustered' }),
    ] as unknown as JsonObject[];
    const options = { chunkLimit: 16, gzipLevel: 1 };
    const more = [...records, { ...records[500]!, id: 'SYS_NEW', name: 'New' }];
    await withSet(records, options, before =>
      withSet(more, options, after => {
        const fresh = [...after.files.contents.keys()].filter(path => !before.files.contents.has(path));
        const by = (kind: string) => fresh.filter(path => path.startsWith(kind)).length;
        // The leaf, or the few leaves that it splits into, and those that share chunks with them.
        expect(by('chunks/')).toBeGreaterThan(0);
        expect(by('chunks/')).toBeLessThanOrEqual(9);
        expect(by('details/')).toBeLessThanOrEqual(9);
        expect(by('tree/')).toBeLessThanOrEqual(4);
      }),
    );
  });
});
