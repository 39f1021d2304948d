/** Nodes of the octree: as a list, which a tree page holds, and as the tree that readers walk. */
import type { FileRef } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { Counts } from '#format/system.ts';

/** A file of consecutive rows: a chunk or a detail file. */
export interface RowsFile {
  readonly ref: FileRef;
  readonly rows: number;
  /** Id of the first row if the file begins inside a leaf, else "". */
  readonly firstId: string;
}

/** A chunk and its detail files, which cover the same rows; there are none if no row has details. */
export interface ChunkFile extends RowsFile {
  readonly details: readonly RowsFile[];
}

/** Members of every node of the octree. */
export interface NodeBase {
  /** Lowest and highest coordinates of the systems below. The node's cell is `cellOf(bounds)`. */
  readonly bounds: Bounds;
  readonly counts: Counts;
}

/** Rows `start` to `end` of a chunk. */
export interface RowSpan {
  readonly chunk: ChunkFile;
  readonly start: number;
  readonly end: number;
}

/** A node without children; its systems are rows of chunks. */
export interface LeafNode extends NodeBase {
  readonly kind: 'leaf';
  /** The leaf's rows, in order. One span, except in a leaf of many systems on one point. */
  readonly spans: readonly RowSpan[];
}

/** A preview: a sample of a subtree's systems, encoded as a chunk. */
export interface PreviewFile {
  readonly ref: FileRef;
  readonly rows: number;
}

/** A node whose children are on the same page. */
export interface InnerNode extends NodeBase {
  readonly kind: 'inner';
  /** Undefined if the node has few systems. */
  readonly preview: PreviewFile | undefined;
  readonly children: readonly TreeNode[];
}

/** A subtree on another page. */
export interface BranchNode extends NodeBase {
  readonly kind: 'branch';
  /** The preview of its top node. */
  readonly preview: PreviewFile | undefined;
  readonly ref: FileRef;
  /** Number of nodes in the subtree, including its top. */
  readonly entries: number;
  /** Number of nodes of the page that it refers to. */
  readonly pageNodes: number;
  /** Number of levels of pages below that page. */
  readonly levels: number;
}

/** A node of a tree page; a branch is the top of another page. */
export type TreeNode = LeafNode | InnerNode | BranchNode;

/** A node as its page stores it: its leaves and children follow in the order of the page. */
export type PageNode =
  | (NodeBase & { readonly kind: 'leaf' })
  | (NodeBase & {
      readonly kind: 'inner';
      readonly preview: PreviewFile | undefined;
      /** Number of children. */
      readonly children: number;
    })
  | BranchNode;

/** Content of a tree page: its nodes in page order, and the chunks in the order of its leaves. */
export interface TreePageContent {
  readonly nodes: readonly PageNode[];
  readonly chunks: readonly ChunkFile[];
}

/**
 * Returns the top node of a tree page, with all nodes of the page below it.
 * @throws Error if the nodes are not one tree, or its leaves have other rows than the chunks
 */
export function treeOfPage({ nodes, chunks }: TreePageContent): TreeNode {
  let next = 0;
  let chunk = 0;
  let row = 0;
  /** The next rows of the page's chunks. */
  const takeRows = (rows: number): RowSpan[] => {
    const spans: RowSpan[] = [];
    for (let left = rows; left > 0; ) {
      const file = chunks[chunk];
      if (!file) throw new Error('the leaves of a page have more rows than its chunks');
      const end = Math.min(file.rows, row + left);
      spans.push({ chunk: file, start: row, end });
      left -= end - row;
      row = end;
      if (end === file.rows) {
        chunk++;
        row = 0;
      }
    }
    return spans;
  };
  const read = (): TreeNode => {
    const node = nodes[next++];
    if (!node) throw new Error('a tree page lacks children of its nodes');
    if (node.kind === 'leaf') return { ...node, spans: takeRows(node.counts.systems) };
    return node.kind === 'inner' ? { ...node, children: Array.from({ length: node.children }, read) } : node;
  };
  const top = read();
  if (next < nodes.length) throw new Error(`a tree page has ${nodes.length - next} nodes without a parent`);
  if (chunk < chunks.length) throw new Error('the chunks of a page have more rows than its leaves');
  return top;
}
