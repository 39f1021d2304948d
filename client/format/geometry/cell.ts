/**
 * Dyadic cells and boxes: the geometry of the octree, exact in float64.
 *
 * A dyadic cell of exponent e is `[i·2^e, (i+1)·2^e)` on each axis, half-open. Its lowest corner is a float64 for
 * every float64 inside it (rounding down to a power of two only clears low bits), so a cell is stored as corner and
 * exponent, and tests of membership never round. Only the world cube `[-2^E, 2^E)³` is not dyadic; it is needed if
 * systems lie on both sides of the origin: corner -2^E, exponent E + 1.
 */

/** Lowest and highest coordinate on each axis, both included. */
export interface Bounds {
  readonly min: readonly [number, number, number];
  readonly max: readonly [number, number, number];
}

/** A cube: `[x, x + 2^exponent)` on each axis. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly exponent: number;
}

/** Exponent of the smallest float64: a cell of this size contains one point. */
export const MIN_EXPONENT = -1074;

/** Magnitudes of 2^500 and more are not positions: squares of their differences could overflow. */
export const MAX_EXPONENT = 500;

const POWERS = powersOfTwo();

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(1024 - MIN_EXPONENT);
  let power = 2 ** MIN_EXPONENT;
  for (let i = 0; i < powers.length; i++, power *= 2) powers[i] = power;
  return powers;
}

/** 2^exponent, exact, for -1074 to 1023. */
export function power(exponent: number): number {
  return POWERS[exponent - MIN_EXPONENT]!;
}

/** True for a number that can be a coordinate: finite and of a magnitude below 2^500. */
export function isCoordinate(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) < power(MAX_EXPONENT);
}

/** The largest multiple of 2^exponent that is not above `value`; exact. */
export function floorTo(value: number, exponent: number): number {
  // Every float64 from 2^(exponent + 53) up is a multiple, and the division could overflow.
  if (exponent <= 970 && Math.abs(value) >= power(exponent + 53)) return value;
  const unit = power(exponent);
  // The quotient can underflow and lose its sign.
  if (value < 0 && value >= -unit) return -unit;
  return Math.floor(value / unit) * unit;
}

/** Returns the smallest cell that contains a box: dyadic, or the world cube if the box has both signs on an axis. */
export function cellOf(bounds: Bounds): Cell {
  const { min, max } = bounds;
  let exponent = MIN_EXPONENT;
  for (let axis = 0; axis < 3; axis++) {
    const low = min[axis]!;
    const high = max[axis]!;
    if (low < 0 && high >= 0) return worldCube(bounds);
    exponent = Math.max(exponent, spanExponent(high - low));
    while (floorTo(low, exponent) !== floorTo(high, exponent)) exponent++;
  }
  return {
    x: floorTo(min[0], exponent),
    y: floorTo(min[1], exponent),
    z: floorTo(min[2], exponent),
    exponent,
  };
}

/** `[-2^E, 2^E)³` with the smallest E that contains the box. */
export function worldCube(bounds: Bounds): Cell {
  let exponent = MIN_EXPONENT;
  for (let axis = 0; axis < 3; axis++) {
    exponent = Math.max(
      exponent,
      spanExponent(Math.max(Math.abs(bounds.min[axis]!), Math.abs(bounds.max[axis]!))),
    );
    while (bounds.min[axis]! < -power(exponent) || bounds.max[axis]! >= power(exponent)) exponent++;
  }
  const corner = -power(exponent);
  return { x: corner, y: corner, z: corner, exponent: exponent + 1 };
}

/** Largest e with 2^e <= span: no smaller cell can contain the span. */
function spanExponent(span: number): number {
  let low = MIN_EXPONENT;
  let high = 1023;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (power(middle) <= span) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The octant of a cell that contains a point: x in bit 0, y in bit 1, z in bit 2 (Morton order). */
export function octantOf(cell: Cell, x: number, y: number, z: number): number {
  const half = cell.exponent - 1;
  return (
    (floorTo(x, half) > cell.x ? 1 : 0) |
    (floorTo(y, half) > cell.y ? 2 : 0) |
    (floorTo(z, half) > cell.z ? 4 : 0)
  );
}

/** True if the box contains the point. */
export function boundsHold(bounds: Bounds, x: number, y: number, z: number): boolean {
  const { min, max } = bounds;
  return x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1] && z >= min[2] && z <= max[2];
}

/** The smallest box that contains both. */
export function unionBounds(a: Bounds, b: Bounds): Bounds {
  return {
    min: [Math.min(a.min[0], b.min[0]), Math.min(a.min[1], b.min[1]), Math.min(a.min[2], b.min[2])],
    max: [Math.max(a.max[0], b.max[0]), Math.max(a.max[1], b.max[1]), Math.max(a.max[2], b.max[2])],
  };
}

/** Returns the distance of two points from their differences on each axis: `sqrt(dx*dx + dy*dy + dz*dz)` in float64. */
export function distance(dx: number, dy: number, dz: number): number {
  return Math.sqrt(dx * dx + dy * dy + dz * dz);
}

/**
 * Returns the distance from a point to the nearest point of a closed box, by the operations of `distance`. Rounding is
 * monotonic, so the result is never above the computed distance of any point in the box.
 */
export function nearestDistance(bounds: Bounds, x: number, y: number, z: number): number {
  const { min, max } = bounds;
  return distance(gap(min[0], max[0], x), gap(min[1], max[1], y), gap(min[2], max[2], z));
}

/** Returns the distance from a point to the farthest point of a closed box; never below that of any point in the box. */
export function farthestDistance(bounds: Bounds, x: number, y: number, z: number): number {
  const { min, max } = bounds;
  return distance(
    Math.max(Math.abs(min[0] - x), Math.abs(max[0] - x)),
    Math.max(Math.abs(min[1] - y), Math.abs(max[1] - y)),
    Math.max(Math.abs(min[2] - z), Math.abs(max[2] - z)),
  );
}

function gap(min: number, max: number, at: number): number {
  if (at < min) return min - at;
  return at > max ? at - max : 0;
}
