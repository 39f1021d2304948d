import { isCoordinate } from '../../client/format/cell.ts';
import type { TreeNode } from '../../client/format/tree.ts';

/**
 * Refuses nodes that no systems can make, before anything is worked out from them.
 * @throws Error that says which
 */
export function checkShape(node: TreeNode): void {
  const { min, max } = node.bounds;
  if (![...min, ...max].every(isCoordinate) || min.some((low, axis) => low > max[axis]!)) {
    throw new Error(`has a node of the bounds [${min}] to [${max}], which hold nothing`);
  }
  if (node.kind === 'leaf' && node.spans.length === 0) throw new Error('has a leaf without systems');
  if (node.kind === 'inner') for (const child of node.children) checkShape(child);
}
