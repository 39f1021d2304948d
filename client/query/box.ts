/** The box as a volume whose systems are ordered by distance from its centre. */
import { ArgumentError } from '#client/errors.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import { clipVolume, type Plane } from './convex.ts';
import { checkOptions } from './options.ts';
import type { BoxQuery } from './types.ts';
import { BOX_OPTIONS, checkLimit, checkPoint } from './validate.ts';
import { overlapShare, sphereVolume, type Volume } from './volume.ts';

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

/** The box as the intersection of all space with six half-spaces: `x - min[0] >= 0` is exact in float64. */
export function boxVolume({ min, max }: Bounds): Volume {
  const center = centreOf({ min, max });
  const space = sphereVolume({ center, radius: Number.POSITIVE_INFINITY, minRadius: 0 });
  const planes: readonly Plane[] = [
    [1, 0, 0, -min[0]],
    [0, 1, 0, -min[1]],
    [0, 0, 1, -min[2]],
    [-1, 0, 0, max[0]],
    [0, -1, 0, max[1]],
    [0, 0, -1, max[2]],
  ];
  return {
    ...clipVolume(space, planes),
    share: (bounds, reach) => Math.min(space.share(bounds, reach), overlapShare(bounds, { min, max })),
  };
}
