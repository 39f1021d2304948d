/** What a search of the octree knows between two round trips: what is found, and what is still to be read. */

import type { Volume } from '#client/query/volume.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { BranchNode, ChunkFile } from '#format/octree/tree-node.ts';
import { compareText } from '#format/utf8.ts';

export interface Frontier {
  /** What is unread, in order of `compareParts`. */
  readonly parts: readonly Part[];
  /** What is found, in order of `compareHits`. */
  readonly hits: readonly Hit[];
  readonly volume: Volume;
}

/** A row found: its chunk, its number there, and its distance. */
export interface Hit {
  readonly chunk: Chunk;
  readonly row: number;
  readonly distance: number;
}

/** What is known of some systems before they are read: the box of a page, or of a leaf in a chunk. */
export interface Part {
  readonly read: Read;
  readonly bounds: Bounds;
  readonly systems: number;
  /** Bounds of their distances, as `Volume` has them. */
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
  /** The rows that may count. */
  readonly ranges: [start: number, end: number][];
}

/** By distance, then id. */
export function compareHits(a: Hit, b: Hit): number {
  return a.distance - b.distance || compareText(a.chunk.id[a.row]!, b.chunk.id[b.row]!);
}

/** Nearest first; parts of one leaf of many systems on one point by id. */
export function compareParts(a: Part, b: Part): number {
  return a.nearest - b.nearest || compareText(firstIdOf(a), firstIdOf(b));
}

/** Whether a row comes before all rows of a part, ties included. */
export function isBefore(hit: Hit, part: Part): boolean {
  if (hit.distance !== part.nearest) return hit.distance < part.nearest;
  return compareText(hit.chunk.id[hit.row]!, firstIdOf(part)) < 0;
}

/** The least id of the part; "", which is less than all, where it is not known. */
function firstIdOf({ read }: Part): string {
  return read.kind === 'chunk' ? read.file.firstId : '';
}
