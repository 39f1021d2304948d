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
      const ball = (radius: number) => overlapShare(bounds, ballCube(center, radius));
      return ball(reach) - (minRadius > 0 ? ball(minRadius) : 0);
    },
  };
}

/** The cube that approximates a ball: it has the same centre and volume. */
function ballCube([x, y, z]: Sphere['center'], radius: number): Bounds {
  const half = HALF_SIDE * radius;
  return { min: [x - half, y - half, z - half], max: [x + half, y + half, z + half] };
}

/**
 * The fraction of a box that another box covers. A box may be flat: an axis without extent is either covered or not.
 */
export function overlapShare({ min, max }: Bounds, other: Bounds): number {
  let share = 1;
  for (let axis = 0; axis < 3; axis++) {
    const low = Math.max(min[axis]!, other.min[axis]!);
    const high = Math.min(max[axis]!, other.max[axis]!);
    if (low > high) return 0;
    const extent = max[axis]! - min[axis]!;
    if (extent > 0) share *= (high - low) / extent;
  }
  return share;
}
