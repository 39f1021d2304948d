import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noBounds, widen } from '#format/geometry/bounds.ts';
import {
  boundsHold,
  floorTo,
  isCoordinate,
  MIN_EXPONENT,
  octantOf,
  power,
  unionBounds,
  worldCube,
} from '#format/geometry/cell.ts';
import {
  type Bounds,
  type Cell,
  cellOf,
  distance,
  farthestDistance,
  nearestDistance,
} from '#format/index.ts';
import { coordinate, type Point, points } from '#test/support/arbitrary.ts';

/** A float64 as an integer multiple of 2^-1074, exact. */
function exact(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
  return bits >> 63n ? -magnitude : magnitude;
}

/** 2^exponent in the same unit. */
const unit = (exponent: number) => 1n << BigInt(exponent - MIN_EXPONENT);

function exactFloor(value: bigint, of: bigint): bigint {
  const quotient = value / of;
  return (value < 0n && quotient * of !== value ? quotient - 1n : quotient) * of;
}

/** Any magnitude that a coordinate may have, powers of two and their neighbours above all. */
const magnitude = fc.oneof(
  coordinate,
  fc.double({ min: -(2 ** 499), max: 2 ** 499, noNaN: true }),
  fc
    .tuple(fc.integer({ min: -1074, max: 499 }), fc.constantFrom(-1, 0, 1), fc.constantFrom(1, -1))
    .map(([e, ulps, sign]) => sign * neighbour(2 ** e, ulps)),
);

/** The float64 so many places above a positive one. */
function neighbour(value: number, places: number): number {
  const bits = new BigUint64Array(Float64Array.of(value).buffer);
  bits[0]! += BigInt(places);
  return new Float64Array(bits.buffer)[0]!;
}

const place: fc.Arbitrary<Point> = fc.oneof(
  fc.tuple(magnitude, magnitude, magnitude),
  magnitude.map((at): Point => [at, at, at]),
  fc.tuple(magnitude, fc.constantFrom(0, 1, -1), fc.constant(0)),
);

function boundsOf(of: readonly Point[]): Bounds {
  const axis = (n: number) => of.map(point => point[n]! + 0);
  const least = (n: number) => Math.min(...axis(n));
  const most = (n: number) => Math.max(...axis(n));
  return { min: [least(0), least(1), least(2)], max: [most(0), most(1), most(2)] };
}

/** True where the half-open cell holds the point, by exact arithmetic. */
function holds({ x, y, z, exponent }: Cell, point: Point): boolean {
  const size = unit(exponent);
  return [x, y, z].every((corner, axis) => {
    const from = exact(corner);
    const at = exact(point[axis]!);
    return at >= from && at < from + size;
  });
}

describe('floorTo', () => {
  test('is the largest multiple of the power of two that is not above', () => {
    fc.assert(
      fc.property(magnitude, fc.integer({ min: MIN_EXPONENT, max: 501 }), (value, exponent) => {
        expect(exact(floorTo(value, exponent))).toBe(exactFloor(exact(value), unit(exponent)));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    [-5e-324, 1, -2],
    [-5e-324, 500, -(2 ** 500)],
    [-1e-320, 20, -(2 ** 20)],
    [5e-324, 500, 0],
    [-1, 0, -1],
    [-1 + 2 ** -53, 0, -1],
    [1 - 2 ** -53, 0, 0],
    [-(2 ** 499), 500, -(2 ** 500)],
    [2 ** 499, -1074, 2 ** 499],
    [1e-320, -1074, 1e-320],
    [3, 1, 2],
    [-3, 1, -4],
  ])('of %d to 2^%i is %d', (value, exponent, floor) => {
    expect(floorTo(value, exponent)).toBe(floor);
  });
});

test('power is exact at every exponent', () => {
  for (let exponent = MIN_EXPONENT; exponent <= 1023; exponent++)
    expect(exact(power(exponent))).toBe(unit(exponent));
});

describe('cellOf', () => {
  const some = fc.array(place, { minLength: 1, maxLength: 6 });

  test('holds all points, its corner is exact, and no smaller cell would do', () => {
    fc.assert(
      fc.property(some, of => {
        const bounds = boundsOf(of);
        const cell = cellOf(bounds);
        for (const point of of) expect(holds(cell, point)).toBe(true);
        const size = unit(cell.exponent);
        const both = [0, 1, 2].some(axis => bounds.min[axis]! < 0 && bounds.max[axis]! >= 0);
        if (both) {
          for (const corner of [cell.x, cell.y, cell.z]) expect(exact(corner) * 2n).toBe(-size);
          const half: Cell = { x: cell.x / 2, y: cell.y / 2, z: cell.z / 2, exponent: cell.exponent - 1 };
          expect(of.every(point => holds(half, point))).toBe(false);
        } else {
          for (const corner of [cell.x, cell.y, cell.z]) expect(exact(corner) % size).toBe(0n);
          if (cell.exponent > MIN_EXPONENT) {
            const one = of[0]!.map(at => exactFloor(exact(at), size / 2n));
            const fits = of.every(point =>
              point.every((at, axis) => exactFloor(exact(at), size / 2n) === one[axis]),
            );
            expect(fits).toBe(false);
          }
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('is one point, however large, where the box is one', () => {
    fc.assert(
      fc.property(place, ([x, y, z]) => {
        const cell = cellOf(boundsOf([[x, y, z]]));
        expect(cell.exponent).toBe(MIN_EXPONENT);
        expect([cell.x, cell.y, cell.z]).toEqual([x + 0, y + 0, z + 0]);
      }),
    );
  });

  test('worldCube is the smallest of its kind', () => {
    fc.assert(
      fc.property(some, of => {
        const cube = worldCube(boundsOf(of));
        const half = unit(cube.exponent - 1);
        expect([cube.x, cube.y, cube.z].map(exact)).toEqual([-half, -half, -half]);
        for (const point of of) expect(holds(cube, point)).toBe(true);
        if (cube.exponent - 1 === MIN_EXPONENT) return;
        const inner: Cell = { x: cube.x / 2, y: cube.y / 2, z: cube.z / 2, exponent: cube.exponent - 1 };
        expect(of.every(point => holds(inner, point))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('octantOf', () => {
  test('is the half-open octant that holds the point, by exact arithmetic', () => {
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 6 }), of => {
        const cell = cellOf(boundsOf(of));
        if (cell.exponent === MIN_EXPONENT) return;
        const half = unit(cell.exponent - 1);
        const corner = [cell.x, cell.y, cell.z].map(exact);
        const seen = new Set<number>();
        for (const point of of) {
          const bits = point.map((at, axis) => (exact(at) - corner[axis]! >= half ? 1 << axis : 0));
          const octant = octantOf(cell, ...point);
          expect(octant).toBe(bits[0]! | bits[1]! | bits[2]!);
          seen.add(octant);
        }
        // The smallest cell that holds them all divides them, unless the world cube is too large by its nature.
        const both = [0, 1, 2].some(axis => of.some(p => p[axis]! < 0) && of.some(p => p[axis]! >= 0));
        if (!both) expect(seen.size).toBeGreaterThan(1);
      }),
      { numRuns: 1500 },
    );
  });

  test('the world cube divides what lies on both sides of the origin', () => {
    for (const tiny of [5e-324, 1e-320, 1e-9, 1])
      for (const vast of [1, 1e19, 2 ** 499]) {
        const cell = cellOf(
          boundsOf([
            [-tiny, 0, 0],
            [vast, 0, 0],
          ]),
        );
        expect([octantOf(cell, -tiny, 0, 0), octantOf(cell, vast, 0, 0)]).toEqual([6, 7]);
        expect(octantOf(cell, 0, -tiny, -tiny)).toBe(1);
      }
  });
});

describe('distances of boxes', () => {
  test('bound the computed distance of every point inside, to the last bit', () => {
    const centre = fc.oneof(place, fc.tuple(coordinate, coordinate, coordinate));
    fc.assert(
      fc.property(fc.array(place, { minLength: 1, maxLength: 6 }), centre, (of, [cx, cy, cz]) => {
        const bounds = boundsOf(of);
        const nearest = nearestDistance(bounds, cx, cy, cz);
        const farthest = farthestDistance(bounds, cx, cy, cz);
        for (const [x, y, z] of [...of, bounds.min, bounds.max] as Point[]) {
          const away = distance(x - cx, y - cy, z - cz);
          expect(nearest).toBeLessThanOrEqual(away);
          expect(farthest).toBeGreaterThanOrEqual(away);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('are those of the point itself for a box of one, and 0 inside', () => {
    fc.assert(
      fc.property(place, fc.tuple(coordinate, coordinate, coordinate), (at, centre) => {
        const bounds = boundsOf([at]);
        const away = distance(at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]);
        expect(nearestDistance(bounds, ...centre)).toBe(away);
        expect(farthestDistance(bounds, ...centre)).toBe(away);
        expect(nearestDistance(boundsOf([at, centre]), ...centre)).toBe(0);
      }),
    );
  });

  test('are Pythagoras', () => {
    const bounds: Bounds = { min: [3, 0, 4], max: [4, 1, 5] };
    expect(nearestDistance(bounds, 0, 0, 0)).toBe(5);
    expect(nearestDistance(bounds, 3.5, 0.5, 1)).toBe(3);
    expect(farthestDistance(bounds, 0, 0, 0)).toBe(Math.sqrt(16 + 1 + 25));
    expect(farthestDistance(bounds, 5, 0, 5)).toBe(Math.sqrt(4 + 1 + 1));
  });
});

test('a box that is widened is that of its points, as if -0 were 0', () => {
  fc.assert(
    fc.property(points, of => {
      const box = noBounds();
      for (const point of of) widen(box, ...point);
      expect(box).toEqual(boundsOf(of));
    }),
  );
  const box = noBounds();
  widen(box, -0, 1, -2);
  widen(box, 3, -0, 5);
  expect(box).toEqual({ min: [0, 0, -2], max: [3, 1, 5] });
});

test('boxes hold what they were made of, and so do their unions', () => {
  fc.assert(
    fc.property(points, points, (a, b) => {
      if (a.length === 0 || b.length === 0) return;
      const both = unionBounds(boundsOf(a), boundsOf(b));
      expect(both).toEqual(boundsOf([...a, ...b]));
      for (const point of [...a, ...b]) expect(boundsHold(both, ...point)).toBe(true);
      const [x, y, z] = both.max;
      expect(boundsHold(both, 2 * Math.abs(x) + 1, y, z)).toBe(false);
      expect(boundsHold(both, x, y, -2 * Math.max(Math.abs(z), Math.abs(both.min[2])) - 1)).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('a coordinate is a finite number of a magnitude below 2^500', () => {
  for (const value of [0, -0, 5e-324, 2 ** 499, -neighbour(2 ** 500, -1)])
    expect(isCoordinate(value)).toBe(true);
  for (const value of [2 ** 500, -(2 ** 500), Infinity, -Infinity, Number.NaN, '1', null, undefined, [1]])
    expect(isCoordinate(value)).toBe(false);
});
