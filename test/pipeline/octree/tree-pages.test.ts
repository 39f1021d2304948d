import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Bounds,
  type FileKind,
  type Packable,
  pack,
  type TreeNode,
  treeOfPage,
  unpack,
  unpackTreePage,
} from '#format/index.ts';
import { FORMAT_CONSTANTS } from '#pipeline/octree/format-constants.ts';
import { setContext } from '#pipeline/octree/set-context.ts';
import { innerTree, type Subtree, separatePages, writePage } from '#pipeline/octree/subtree.ts';
import { nameOf } from '#pipeline/store/set-writer.ts';
import { OPTIONS } from '#test/support/written-sets.ts';

/** A tree without systems: the number of leaves of a node, and its other children. */
interface Shape {
  readonly leaves: number;
  readonly children: readonly Shape[];
}

const bounds: Bounds = { min: [0, 0, 0], max: [1, 1, 1] };
const counts = { systems: 1, planets: 0, moons: 0, stations: 0 };

/** Writes the pages of a tree; gives the nodes of each by its hash, the root last. */
function pagesOf(shape: Shape): { root: string; pages: Map<string, TreeNode> } {
  const pages = new Map<string, TreeNode>();
  const writer = {
    put(kind: FileKind, content: Packable) {
      const bytes = pack(content);
      const ref = nameOf(kind, bytes);
      if (kind === 'tree') pages.set(ref.hash, treeOfPage(unpackTreePage(unpack(bytes))));
      return ref;
    },
  };
  const context = setContext({ ...OPTIONS, facets: [] }, writer);
  const chunk = { ref: nameOf('chunks', new Uint8Array(1)), rows: 1, firstId: '', details: [] };
  const build = ({ leaves, children }: Shape): Subtree =>
    innerTree(
      {
        leaves: Array.from({ length: leaves }, () => ({ bounds, counts })),
        chunks: Array.from({ length: leaves }, () => chunk),
        facets: {
          ...{ nodes: new Array(leaves).fill([]), chunks: new Array(leaves).fill(undefined) },
          ...{ previews: [], valueSamples: [], branches: [] },
        },
        samples: [],
      },
      children.map(build),
      context,
    );
  return { root: writePage(build(shape), context).ref.hash, pages };
}

function sizeOf(node: TreeNode): number {
  return 1 + (node.kind === 'inner' ? node.children.reduce((sum, child) => sum + sizeOf(child), 0) : 0);
}

function branchesOf(node: TreeNode): (TreeNode & { kind: 'branch' })[] {
  if (node.kind === 'branch') return [node];
  return node.kind === 'inner' ? node.children.flatMap(branchesOf) : [];
}

const entriesOf = ({ leaves, children }: Shape): number =>
  children.reduce((sum, child) => sum + entriesOf(child), 1 + leaves);

/** A tree in which each inner node has `fan` children. */
function regular(fan: number, depth: number): Shape {
  if (depth === 1) return { leaves: fan, children: [] };
  return { leaves: 0, children: Array.from({ length: fan }, () => regular(fan, depth - 1)) };
}

/** Pages on the longest path from a page down. */
function levelsOf(hash: string, pages: Map<string, TreeNode>): number {
  return 1 + Math.max(0, ...branchesOf(pages.get(hash)!).map(({ ref }) => levelsOf(ref.hash, pages)));
}

test.each([
  // Fan, depth and entries; pages on the longest path.
  [2, 13, 16_383, 2],
  [4, 6, 5_461, 2],
  [4, 8, 87_381, 4],
  [8, 5, 37_449, 3],
])(
  'a regular tree of fan %i and depth %i, with %i entries, has %i levels of pages',
  (fan, depth, entries, levels) => {
    const shape = regular(fan, depth);
    const { root, pages } = pagesOf(shape);
    expect(entriesOf(shape)).toBe(entries);
    expect(levelsOf(root, pages)).toBe(levels);
    for (const page of pages.values()) expect(sizeOf(page)).toBeLessThanOrEqual(288);
  },
);

/** A tree of a number of inner nodes; each hangs below one of those before it that has less than eight children. */
const shapes = fc
  .tuple(
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 2, max: 3 })), {
      minLength: 1,
      maxLength: 400,
    }),
    fc.integer({ min: 1, max: 5 }),
  )
  .map(([inner, fan]): Shape => {
    const nodes: { leaves: number; children: Shape[] }[] = [{ leaves: 2, children: [] }];
    for (const [at, leaves] of inner) {
      const open = nodes.filter(({ children }) => children.length < fan);
      const parent = open[Math.floor(at * (open.length - 1))]!;
      const node = { leaves, children: [] };
      parent.children.push(node);
      nodes.push(node);
    }
    return nodes[0]!;
  });

test('pages of any tree have at most 288 nodes, and together all its nodes', () => {
  fc.assert(
    fc.property(shapes, shape => {
      const { root, pages } = pagesOf(shape);
      const all = entriesOf(shape);
      let nodes = 1;
      const walk = (hash: string) => {
        const page = pages.get(hash)!;
        expect(sizeOf(page)).toBeLessThanOrEqual(288);
        nodes += sizeOf(page) - 1;
        for (const branch of branchesOf(page)) {
          expect(branch.entries).toBeGreaterThanOrEqual(16);
          walk(branch.ref.hash);
        }
      };
      walk(root);
      expect(nodes).toBe(all);
      if (all < 256) expect(pages.size).toBe(1);
    }),
    { numRuns: 30 },
  );
});

test('subtrees of 16 to 255 nodes in one of 256 and more are the pages of the lowest level', () => {
  const sizes = [15, 16, 255, 256].map(entries => ({
    entries,
    pageNodes: entries === 256 ? 9 : entries,
    levels: 0,
  }));
  const separate = (entries: number) => separatePages(1, entries, sizes, FORMAT_CONSTANTS);
  expect(separate(256)).toEqual([false, true, true, false]);
  expect(separate(255)).toEqual([false, false, true, false]);
});

test('of children above the lowest level of pages, those with few levels below get pages first, then the largest', () => {
  const separate = (...children: (readonly [pageNodes: number, levels: number])[]) =>
    separatePages(
      1,
      1_000,
      children.map(([pageNodes, levels]) => ({ entries: 300, pageNodes, levels })),
      FORMAT_CONSTANTS,
    );
  expect(separate([200, 1], [150, 0], [100, 0])).toEqual([false, true, true]);
  expect(separate([200, 1], [50, 0], [150, 0])).toEqual([false, false, true]);
  expect(separate([200, 0], [50, 0], [150, 1])).toEqual([true, false, false]);
  expect(separate([150, 1], [137, 0])).toEqual([false, false]);
});
