/** Bounding boxes of positions. */
import type { Bounds } from './cell.ts';

/** A box that `widen` extends. */
export interface OpenBounds extends Bounds {
  readonly min: [number, number, number];
  readonly max: [number, number, number];
}

/** Position of a system. */
export interface Position {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Positions of rows, one column for each axis. */
export interface PositionColumns {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly z: ArrayLike<number>;
}

/** A box without points. */
export function noBounds(): OpenBounds {
  return { min: [Infinity, Infinity, Infinity], max: [-Infinity, -Infinity, -Infinity] };
}

/** Extends a box to a point. Adding 0 turns -0 into 0, so that equal points have the same box. */
export function widen({ min, max }: OpenBounds, x: number, y: number, z: number): void {
  if (x < min[0]) min[0] = x + 0;
  if (y < min[1]) min[1] = y + 0;
  if (z < min[2]) min[2] = z + 0;
  if (x > max[0]) max[0] = x + 0;
  if (y > max[1]) max[1] = y + 0;
  if (z > max[2]) max[2] = z + 0;
}

/** True if a box is a point: its systems are coincident and cannot be divided. */
export function isOnePoint({ min, max }: Bounds): boolean {
  return min.every((low, axis) => low === max[axis]);
}

/** The bounding box of one or more positions. */
export function boundsOf(positions: readonly Position[]): Bounds {
  const bounds = noBounds();
  for (let i = 0; i < positions.length; i++) {
    const { x, y, z } = positions[i]!;
    widen(bounds, x, y, z);
  }
  return bounds;
}

/** The bounding box of rows `start` to `end`, exclusive; `order` has the indices of the rows if they are not consecutive. */
export function boundsOfColumns(
  { x, y, z }: PositionColumns,
  start: number,
  end: number,
  order?: Uint32Array,
): Bounds {
  const bounds = noBounds();
  for (let i = start; i < end; i++) {
    const row = order ? order[i]! : i;
    widen(bounds, x[row]!, y[row]!, z[row]!);
  }
  return bounds;
}
