/**
 * Checks that the nodes of a tree page are consistent. FORMAT.md, section 12. Boxes of siblings are disjoint and
 * inside that of their parent, so no page can occur twice on a walk: pages cannot form a cycle.
 */
import { type Bounds, unionBounds } from '#format/geometry/cell.ts';
import type { Counts } from '#format/system.ts';
import type { NodeBase, TreeNode } from './tree-node.ts';

/** Maximum number of levels of an octree: each halves a cell, from 2^501 down to the smallest float64. */
const MAX_LEVELS = 1_576;

/**
 * @param top properties of the page's top node according to its parent page or the index
 * @param chunkLimit maximum number of rows of a chunk
 * @throws Error with the fault, and the expected and found values
 */
export function checkTreePage(node: TreeNode, top: NodeBase, chunkLimit: number): void {
  same(node, top);
  checkNode(node, chunkLimit, 0);
}

function checkNode(node: TreeNode, chunkLimit: number, level: number): void {
  if (level > MAX_LEVELS) throw new Error(`nodes nest deeper than ${MAX_LEVELS} levels`);
  const { min, max } = node.bounds;
  if (!min.every((low, axis) => low <= max[axis]!))
    throw new Error(`a node has the invalid bounds ${JSON.stringify(node.bounds)}`);
  if (node.counts.systems === 0) throw new Error('a node has no systems');
  if (node.kind === 'leaf') {
    for (const { chunk } of node.spans) {
      if (chunk.rows > chunkLimit)
        throw new Error(`a chunk has ${chunk.rows} rows, expected at most ${chunkLimit}`);
    }
  }
  if (node.kind !== 'inner') return;
  const { children } = node;
  if (children.length > 8) throw new Error(`a node has ${children.length} children, expected at most 8`);
  let { bounds } = children[0]!;
  const counts: Counts = { systems: 0, planets: 0, moons: 0, stations: 0 };
  children.forEach((child, i) => {
    checkNode(child, chunkLimit, level + 1);
    if (children.slice(0, i).some(other => meet(other.bounds, child.bounds))) {
      throw new Error(`the bounds of two children intersect: ${JSON.stringify(child.bounds)}`);
    }
    bounds = unionBounds(bounds, child.bounds);
    counts.systems += child.counts.systems;
    counts.planets += child.counts.planets;
    counts.moons += child.counts.moons;
    counts.stations += child.counts.stations;
  });
  same(node, { bounds, counts });
}

function meet(a: Bounds, b: Bounds): boolean {
  return a.min.every((low, axis) => low <= b.max[axis]! && b.min[axis]! <= a.max[axis]!);
}

function same(node: NodeBase, expected: NodeBase): void {
  for (const field of ['bounds', 'counts'] as const) {
    const numbers = numbersOf(expected[field]);
    if (numbersOf(node[field]).some((value, i) => value !== numbers[i]))
      throw new Error(
        `${field} of a node are ${JSON.stringify(node[field])}, expected ${JSON.stringify(expected[field])}`,
      );
  }
}

/** The numbers in a fixed order: to compare them takes a third of the time that their JSON takes. */
function numbersOf(value: Bounds | Counts): number[] {
  return 'min' in value
    ? [...value.min, ...value.max]
    : [value.systems, value.planets, value.moons, value.stations];
}
