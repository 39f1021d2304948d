/** State of a search of the octree between two round trips: rows found, and parts that are unread. */

import type { Volume } from '#client/query/volume.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { BranchNode, ChunkFile } from '#format/octree/tree-node.ts';
import { compareText } from '#format/utf8.ts';

export interface Frontier {
  /** Unread parts, in order of `compareParts`. */
  readonly parts: readonly Part[];
  /** Rows found, in order of `compareHits`. */
  readonly hits: readonly Hit[];
  readonly volume: Volume;
}

/** A row found: its chunk, its index in the chunk, and its distance. */
export interface Hit {
  readonly chunk: Chunk;
  readonly row: number;
  readonly distance: number;
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

/** By distance, then id. */
export function compareHits(a: Hit, b: Hit): number {
  return a.distance - b.distance || compareText(a.chunk.id[a.row]!, b.chunk.id[b.row]!);
}

/** Nearest first; parts of one leaf with many coincident systems in order of id. */
export function compareParts(a: Part, b: Part): number {
  return a.nearest - b.nearest || compareText(firstIdOf(a), firstIdOf(b));
}

/** Whether a row precedes all rows of a part, including ties. */
export function isHitBefore(hit: Hit, part: Part): boolean {
  if (hit.distance !== part.nearest) return hit.distance < part.nearest;
  return compareText(hit.chunk.id[hit.row]!, firstIdOf(part)) < 0;
}

/** The lowest id of the part; "", which is less than all ids, if unknown. */
function firstIdOf({ read }: Part): string {
  return read.kind === 'chunk' ? read.file.firstId : '';
}
