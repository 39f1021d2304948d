/** The boxes of positions. */
import type { Bounds } from './cell.ts';

/** A box that is being widened. */
export interface OpenBounds extends Bounds {
  readonly min: [number, number, number];
  readonly max: [number, number, number];
}

/** Where a system is. */
export interface Position {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A box that holds nothing yet. */
export function noBounds(): OpenBounds {
  return { min: [Infinity, Infinity, Infinity], max: [-Infinity, -Infinity, -Infinity] };
}

/** Makes a box hold a point. Adding 0 makes -0 a 0, so that equal points have one box. */
export function widen({ min, max }: OpenBounds, x: number, y: number, z: number): void {
  if (x < min[0]) min[0] = x + 0;
  if (y < min[1]) min[1] = y + 0;
  if (z < min[2]) min[2] = z + 0;
  if (x > max[0]) max[0] = x + 0;
  if (y > max[1]) max[1] = y + 0;
  if (z > max[2]) max[2] = z + 0;
}

/** True where a box is a point: all systems in it are at one place, which no division tells apart. */
export function isOnePoint({ min, max }: Bounds): boolean {
  return min.every((low, axis) => low === max[axis]);
}

/** The box of one or more positions. */
export function boundsOf(positions: readonly Position[]): Bounds {
  const bounds = noBounds();
  for (const { x, y, z } of positions) widen(bounds, x, y, z);
  return bounds;
}
