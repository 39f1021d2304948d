/** State of a search of the octree between two round trips: rows found, and parts that are unread. */

import type { Volume } from '#client/query/volume.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { BranchNode, ChunkFile, TreeNode } from '#format/octree/tree-node.ts';
import { compareText } from '#format/utf8.ts';
import type { Hits } from './hits.ts';

export interface Frontier {
  /** Unread parts, in order of `compareParts`. */
  readonly parts: readonly Part[];
  /** Rows found, sorted. */
  readonly hits: Hits;
  readonly volume: Volume;
  readonly isFiltered: boolean;
  /** Expected number of results among some systems: all of them, unless there is a filter. */
  expected(systems: number): number;
}

/** The filter of a search, judged by nodes. */
export interface NodeFilter {
  /** False if no system below a node can be a result. */
  mayMatch(node: TreeNode): boolean;
  /** Expected number of results among the systems of a node that may match. */
  expected(systems: number): number;
}

/** Some unread systems: those of a page, or of a leaf in a chunk, with their bounding box. */
export interface Part {
  readonly read: Read;
  readonly bounds: Bounds;
  readonly systems: number;
  /** Bounds of their distances, from `Volume`. */
  readonly nearest: number;
  readonly farthest: number;
}

/** A file to read. */
export type Read = PageRead | ChunkRead;

export interface PageRead {
  readonly kind: 'page';
  readonly ref: FileRef;
  readonly node: BranchNode;
  readonly systems: number;
}

export interface ChunkRead {
  readonly kind: 'chunk';
  readonly ref: FileRef;
  readonly file: ChunkFile;
  /** The rows that may be results. */
  readonly ranges: [start: number, end: number][];
}

/** Nearest first; parts of one leaf with many coincident systems in order of id. */
export function compareParts(a: Part, b: Part): number {
  return a.nearest - b.nearest || compareText(firstIdOf(a), firstIdOf(b));
}

/** The lowest id of the part; "", which is less than all ids, if unknown. */
export function firstIdOf({ read }: Part): string {
  return read.kind === 'chunk' ? read.file.firstId : '';
}
