import { readPage } from './content.ts';
import type { Files } from './files.ts';
import type { LeafNode, TreeNode } from './format/tree.ts';
import type { QueryOptions } from './queries.ts';
import { trip } from './trip.ts';

/** All leaves below a node, in page order; pages are read as they are come to. */
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
      yield* leavesBelow(files, await trip(options, () => readPage(files, node, options)), options);
      return;
    case 'inner':
      for (const child of node.children) yield* leavesBelow(files, child, options);
  }
}
