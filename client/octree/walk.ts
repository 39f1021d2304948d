import { readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { LeafNode, TreeNode } from '#format/octree/tree-node.ts';

/** All leaves below a node, in page order; pages are read when they are reached. */
export async function* leavesBelow(
  files: Files,
  node: TreeNode,
  options: QueryOptions,
): AsyncGenerator<LeafNode> {
  switch (node.kind) {
    case 'leaf':
      yield node;
      return;
    case 'branch':
      yield* leavesBelow(files, await roundTrip(options, () => readPage(files, node, options)), options);
      return;
    case 'inner':
      for (const child of node.children) yield* leavesBelow(files, child, options);
  }
}
