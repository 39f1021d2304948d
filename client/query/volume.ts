/** Volumes whose systems are ordered by distance from a point. */
import { type Bounds, distance, farthestDistance, nearestDistance } from '#format/geometry/cell.ts';

/** The volume of a query, as the traversal of the octree needs it. */
export interface Volume {
  /** A lower bound of the distances of systems in both box and volume; Infinity if there can be none. */
  nearest(bounds: Bounds): number;
  /**
   * An upper bound of the distances of all systems in a box; Infinity if part of the box is outside of the volume.
   */
  farthest(bounds: Bounds): number;
  /** Distance of a position; Infinity outside of the volume. */
  distance(x: number, y: number, z: number): number;
  /**
   * Approximate fraction (0 to 1) of evenly distributed systems of a box that lie in the volume and within a
   * distance.
   */
  share(bounds: Bounds, reach: number): number;
}

/** A sphere, or a shell if `minRadius` is above 0; both radii are inclusive. */
export interface Sphere {
  readonly center: readonly [number, number, number];
  readonly radius: number;
  readonly minRadius: number;
}

/** Half the side of a cube with the volume of a ball of radius 1. */
const HALF_SIDE = Math.cbrt(Math.PI / 6);

export function sphereVolume({ center, radius, minRadius }: Sphere): Volume {
  const [cx, cy, cz] = center;
  return {
    nearest(bounds) {
      const nearest = nearestDistance(bounds, cx, cy, cz);
      if (nearest > radius) return Number.POSITIVE_INFINITY;
      if (nearest >= minRadius) return nearest;
      return farthestDistance(bounds, cx, cy, cz) < minRadius ? Number.POSITIVE_INFINITY : minRadius;
    },
    farthest(bounds) {
      const farthest = farthestDistance(bounds, cx, cy, cz);
      const isInside = farthest <= radius && nearestDistance(bounds, cx, cy, cz) >= minRadius;
      return isInside ? farthest : Number.POSITIVE_INFINITY;
    },
    distance(x, y, z) {
      const away = distance(x - cx, y - cy, z - cz);
      return away >= minRadius && away <= radius ? away : Number.POSITIVE_INFINITY;
    },
    share(bounds, reach) {
      return ballShare(bounds, center, reach) - (minRadius > 0 ? ballShare(bounds, center, minRadius) : 0);
    },
  };
}

/**
 * The fraction of a box that a ball covers; the ball is approximated by a cube of the same volume. A box may be flat:
 * an axis without extent is either covered or not.
 */
function ballShare({ min, max }: Bounds, center: Sphere['center'], radius: number): number {
  const half = HALF_SIDE * radius;
  let share = 1;
  for (let axis = 0; axis < 3; axis++) {
    const low = Math.max(min[axis]!, center[axis]! - half);
    const high = Math.min(max[axis]!, center[axis]! + half);
    if (low > high) return 0;
    const extent = max[axis]! - min[axis]!;
    if (extent > 0) share *= (high - low) / extent;
  }
  return share;
}
