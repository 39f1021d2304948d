/** Follows moving viewers through a chunk set: what is near them, or what a map shows of it. */
import {
  type PieceTracker,
  type PieceTrackerOptions,
  PieceTracking,
} from './octree/tracker/piece-tracker.ts';
import { type RowTracker, type RowTrackerOptions, RowTracking } from './octree/tracker/row-tracker.ts';
import type { Tileset } from './tileset.ts';

export type { Piece, PieceFacet } from './octree/tracker/piece.ts';
export type { PieceChange, ShownPiece, ShownPieces } from './octree/tracker/piece-changes.ts';
export type { PieceTracker, PieceTrackerOptions } from './octree/tracker/piece-tracker.ts';
export type { RowChange, TrackedRows } from './octree/tracker/row-set.ts';
export type { RowTracker, RowTrackerOptions } from './octree/tracker/row-tracker.ts';
export type { ShownRange } from './octree/tracker/selection.ts';
export type { Tracker, TrackerOptions } from './octree/tracker/tracker.ts';
export type { TrackedPoint, TrackedView, TrackerStatus } from './octree/tracker/tracker-core.ts';
export { frustumPlanes } from './query/frustum.ts';

/**
 * Follows a viewer, and yields the systems that come within a radius of it or leave, as columns. Tell it with `update`
 * where the viewer is. The first read starts at the first update.
 * @throws ArgumentError; the loop and `settled` throw the errors of queries, unless there is `onError`
 */
export function track(tileset: Tileset, options: RowTrackerOptions): RowTracker {
  return new RowTracking(setOf(tileset), options);
}

/**
 * Follows a viewer of a map, and yields the files whose rows it sees: exact ones nearby, samples far away. Tell it with
 * `update` where the viewer is. The first read starts at the first update.
 * @throws ArgumentError; the loop and `settled` throw the errors of queries, unless there is `onError`
 */
export function trackPieces(tileset: Tileset, options: PieceTrackerOptions = {}): PieceTracker {
  return new PieceTracking(setOf(tileset), options);
}

function setOf(tileset: Tileset) {
  return { files: tileset.compared.files, index: tileset.index };
}
