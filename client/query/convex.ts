/** Convex volumes: intersections of half-spaces, such as a view frustum. */
import { type Bounds, isCoordinate } from '#format/geometry/cell.ts';
import { invalid } from './invalid.ts';
import type { Volume } from './volume.ts';

/**
 * A half-space: positions with `a*x + b*y + c*z + d >= 0`, computed in float64 in this order, are inside. All four
 * numbers are below 2^500 in magnitude.
 */
export type Plane = readonly [a: number, b: number, c: number, d: number];

/** The part of a volume that is inside of all planes. */
export function clipVolume(volume: Volume, planes: readonly Plane[]): Volume {
  checkPlanes(planes);
  const clip = ({ min, max }: Bounds, distance: number) =>
    heightIn(planes, min, max) >= 0 ? distance : Number.POSITIVE_INFINITY;
  return {
    ...volume,
    nearest: bounds => clip(bounds, volume.nearest(bounds)),
    // The lowest corners instead of the highest: the complete box is inside.
    farthest: bounds => clip({ min: bounds.max, max: bounds.min }, volume.farthest(bounds)),
    distance: (...at) => clip({ min: at, max: at }, volume.distance(...at)),
  };
}

/** Maximum number of planes: an SQL expression of many more is too deep. */
const MAX_PLANES = 64;

/** @throws ArgumentError unless the value is an array of planes */
export function checkPlanes(planes: readonly Plane[]): void {
  const isPlane = (plane: readonly number[]) =>
    Array.isArray(plane) && plane.length === 4 && plane.every(isCoordinate);
  if (Array.isArray(planes) && planes.length <= MAX_PLANES && planes.every(isPlane)) return;
  throw invalid('planes', planes, `up to ${MAX_PLANES} arrays of four numbers below 2^500`);
}

/**
 * The greatest height of a box above the plane for which it is least. If it is negative, no position of the box is inside
 * of all planes: products and sums are monotonic in float64, so the computed height of a corner is never below that of a
 * position which it bounds. A box near an edge of the volume may have no such position either.
 */
export function heightIn(planes: readonly Plane[], min: Bounds['min'], max: Bounds['max']): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [a, b, c, d] of planes) {
    const height = a * (a < 0 ? min : max)[0] + b * (b < 0 ? min : max)[1] + c * (c < 0 ? min : max)[2] + d;
    if (height < least) least = height;
  }
  return least;
}
