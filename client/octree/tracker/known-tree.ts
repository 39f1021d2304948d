/** The part of an octree that is known, as selections see it. */
import { pathOf } from '#format/file-ref.ts';
import type { BranchNode, ChunkFile, PreviewFile, TreeNode } from '#format/octree/tree-node.ts';
import type { FilePiece } from './piece.ts';

/** A file whose rows can be shown. */
export interface ShowableFile {
  readonly key: string;
  readonly kind: FilePiece['kind'];
  readonly file: ChunkFile | PreviewFile;
}

/** A file to read. */
export type Want = {
  readonly key: string;
  /** Distance of its systems from the viewer. */
  readonly nearest: number;
} & (
  | { readonly kind: 'content'; readonly content: ShowableFile }
  | { readonly kind: 'page'; readonly branch: BranchNode }
);

/** The known part of the octree. */
export interface KnownTree {
  readonly root: TreeNode;
  /** The sample of the root; undefined if samples are not wanted. */
  readonly overview: ShowableFile | undefined;
  readonly isFiltered: boolean;
  /** False if no system below a node matches the filter. */
  mayMatch(node: TreeNode): boolean;
  /** The top node of a page that is loaded. */
  page(branch: BranchNode): TreeNode | undefined;
  /** A piece that is loaded. */
  piece(key: string): FilePiece | undefined;
  /** Rows and memory of a content; estimates for one that has not been read yet. */
  sizeOf(content: ShowableFile): { readonly rows: number; readonly bytes: number };
  /** How far a node was opened by the selection before. */
  levelOf(node: TreeNode): Level;
}

/** How far a node is opened: it has rows of a coarser piece, has a piece of its own, or is split into its children. */
export type Level = 0 | 1 | 2;

/** Each selection asks for all of them: equal keys that are the same string are found quickly in maps. */
const showableFiles = new WeakMap<ChunkFile | PreviewFile, ShowableFile>();

export function showableFile(kind: ShowableFile['kind'], file: ChunkFile | PreviewFile): ShowableFile {
  let showable = showableFiles.get(file);
  if (!showable) {
    showable = { key: pathOf(file.ref), kind, file };
    showableFiles.set(file, showable);
  }
  return showable;
}
