/** The box as a volume whose systems are ordered by distance from its centre. */
import { ArgumentError } from '#client/errors.ts';
import {
  type Bounds,
  boundsHold,
  distance,
  farthestDistance,
  nearestDistance,
} from '#format/geometry/cell.ts';
import { checkOptions } from './options.ts';
import type { BoxQuery } from './types.ts';
import { BOX_OPTIONS, checkLimit, checkPoint } from './validate.ts';
import { ballCube, overlapShare, type Volume } from './volume.ts';

type Point = readonly [number, number, number];

/** The first systems of a box. */
export interface LimitedBox {
  readonly box: Bounds;
  /** Maximum number of systems; Infinity for all. */
  readonly limit: number;
}

/** @throws ArgumentError */
export function checkBox(query: BoxQuery): LimitedBox {
  checkOptions(query, BOX_OPTIONS);
  const { min, max, limit = Number.POSITIVE_INFINITY } = query;
  checkPoint('min', min);
  checkPoint('max', max);
  for (const [axis, low] of min.entries()) {
    const high = max[axis]!;
    if (low <= high) continue;
    throw new ArgumentError(
      `max is ${JSON.stringify(max)}, below min, ${JSON.stringify(min)}, in ${'xyz'[axis]}: exchange ${high} and ${low}`,
      { found: max },
    );
  }
  checkLimit(limit);
  return { box: { min, max }, limit };
}

/** The centre of a box, from which distances are measured: `(min + max) / 2` on each axis, in float64. */
export function centreOf({ min, max }: Bounds): Point {
  return [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, (min[2] + max[2]) / 2];
}

export function boxVolume(box: Bounds): Volume {
  const [cx, cy, cz] = centreOf(box);
  return {
    nearest(bounds) {
      const common = intersection(bounds, box);
      return common ? nearestDistance(common, cx, cy, cz) : Number.POSITIVE_INFINITY;
    },
    farthest(bounds) {
      const isInside = boundsHold(box, ...bounds.min) && boundsHold(box, ...bounds.max);
      return isInside ? farthestDistance(bounds, cx, cy, cz) : Number.POSITIVE_INFINITY;
    },
    distance(x, y, z) {
      return boundsHold(box, x, y, z) ? distance(x - cx, y - cy, z - cz) : Number.POSITIVE_INFINITY;
    },
    share(bounds, reach) {
      const near = intersection(ballCube([cx, cy, cz], reach), box);
      return near ? overlapShare(bounds, near) : 0;
    },
  };
}

/** The box that two boxes have in common. */
function intersection(a: Bounds, b: Bounds): Bounds | undefined {
  const min = highest(a.min, b.min);
  const max = lowest(a.max, b.max);
  return min.every((low, axis) => low <= max[axis]!) ? { min, max } : undefined;
}

function highest(a: Point, b: Point): Point {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.max(a[2], b[2])];
}

function lowest(a: Point, b: Point): Point {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.min(a[2], b[2])];
}
