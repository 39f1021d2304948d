/** Regions of space whose systems are ordered by distance from a point. */
import { type Bounds, distance, farthestDistance, nearestDistance } from '#format/geometry/cell.ts';

/** What a traversal of the octree must know of the region that a query asks for. */
export interface Volume {
  /** A distance below that of no system of a box that lies in the volume; Infinity where none can. */
  nearest(bounds: Bounds): number;
  /** An upper bound of the distances of all systems in a box; Infinity if a part of the box is outside of the volume. */
  farthest(bounds: Bounds): number;
  /** Distance of a position; Infinity outside of the volume. */
  distance(x: number, y: number, z: number): number;
  /** About which share of evenly spread systems of a box lies in the volume and within a distance; 0 to 1. */
  share(bounds: Bounds, reach: number): number;
}

/** A sphere, or a shell where `minRadius` is above 0; both radii are included. */
export interface Sphere {
  readonly center: readonly [number, number, number];
  readonly radius: number;
  readonly minRadius: number;
}

/** Half the side of a cube that has the volume of a ball of radius 1. */
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
 * The share of a box that a ball covers, with a cube of the same volume in place of the ball. A box may be flat: an
 * axis along which it has no extent counts as covered or not.
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
