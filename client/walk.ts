import { readPage } from './content.ts';
import type { Files, ReadOptions } from './files.ts';
import type { Leaf, TreeNode } from './format/tree.ts';

/** All leaves below a node, in page order; pages are read as they are come to. */
export async function* leavesBelow(files: Files, node: TreeNode, options: ReadOptions): AsyncGenerator<Leaf> {
  switch (node.kind) {
    case 'leaf':
      yield node;
      return;
    case 'branch':
      yield* leavesBelow(files, await readPage(files, node.ref, options), options);
      return;
    case 'inner':
      for (const child of node.children) yield* leavesBelow(files, child, options);
  }
}
