import { isCoordinate } from '#format/geometry/cell.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';

/** Checks that systems can have these nodes, before they are used. @throws Error for an impossible node */
export function checkShape(node: TreeNode): void {
  const { min, max } = node.bounds;
  if (![...min, ...max].every(isCoordinate) || min.some((low, axis) => low > max[axis]!)) {
    throw new Error(`a node has the invalid bounds [${min}] to [${max}]`);
  }
  if (node.kind === 'leaf' && node.spans.length === 0) throw new Error('a leaf has no systems');
  if (node.kind === 'inner') for (const child of node.children) checkShape(child);
}
