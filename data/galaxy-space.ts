/**
 * Random numbers, positions and regions of the systems of a generated galaxy.
 *
 * A seed must give the same bytes on every machine, so only 32-bit integer operations, `+ - * /` and `Math.sqrt` are
 * used: IEEE 754 defines their results exactly, but not those of sin, cos, log, pow and exp.
 */

/** `spiral`: disc, arms, bulge · `uniform`: a cube · `clustered`: dense knots · `coincident`: many systems on few points. */
export type Mode = 'spiral' | 'uniform' | 'clustered' | 'coincident';

export const MODES: readonly Mode[] = ['spiral', 'uniform', 'clustered', 'coincident'];

/** Maximum coordinate in light years, for any count: more systems make a galaxy denser. */
export const RADIUS = 50_000;

/**
 * A bijection of the 32-bit integers in which every input bit changes about half of the output bits (C. Wellons,
 * lowbias32).
 */
export function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** A bijection of the 32-bit integers for each key; two rounds, so that different keys give independent orders. */
export function permute(value: number, key: number): number {
  return mix(mix(value) + key);
}

/** Random numbers with a separate stream for each index (xoroshiro64**, D. Blackman and S. Vigna, 2018). */
export class Random {
  private readonly key: number;
  private readonly salt: number;
  private s0 = 0;
  private s1 = 0;

  /**
   * @param seed 0 to 2^32 - 1.
   * @param salt separates the random streams of different uses of one seed
   */
  constructor(seed: number, salt: number) {
    this.key = permute(seed, salt);
    this.salt = mix(this.key ^ salt);
  }

  /** Moves to the start of the stream of an index, 0 to 2^32 - 1. */
  seek(index: number): this {
    this.s0 = permute(index, this.key);
    this.s1 = mix(this.s0 ^ this.salt) | 1;
    return this;
  }

  /** An integer, 0 to 2^32 - 1. */
  next(): number {
    const s0 = this.s0;
    const s1 = this.s1 ^ s0;
    const product = Math.imul(s0, 0x9e3779bb);
    this.s0 = ((s0 << 26) | (s0 >>> 6)) ^ s1 ^ (s1 << 9);
    this.s1 = (s1 << 13) | (s1 >>> 19);
    return Math.imul((product << 5) | (product >>> 27), 5) >>> 0;
  }

  /** An integer, 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.next() * n) / 0x100000000);
  }

  /** In [0, 1). */
  unit(): number {
    return this.next() / 0x100000000;
  }

  /** In [-1, 1). */
  spread(): number {
    return this.next() / 0x80000000 - 1;
  }

  /** Approximately a normal deviate: mean 0, deviation 1, within ±3.5 (a sum of four uniform numbers). */
  bell(): number {
    return (this.spread() + this.spread() + this.spread() + this.spread()) * 0.8660254037844386;
  }

  /** A random element of an array. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** Sets `at` to the position (x, y, z) of system `index`; `random` is at the start of that system's stream. */
export type Placement = (at: Float64Array, index: number, random: Random) => void;

/** The positions of a mode: decimals with three digits for narrow clusters, otherwise with two. */
export function placer(mode: Mode, seed: number): Placement {
  const place = { spiral: () => spiral, uniform: () => uniform, clustered, coincident }[mode](seed);
  const scale = mode === 'clustered' ? 1000 : 100;
  return (at, index, random) => {
    place(at, index, random);
    // Adding 0 turns -0 into 0.
    for (let axis = 0; axis < 3; axis++) at[axis] = Math.round(at[axis]! * scale) / scale + 0;
  };
}

function set(at: Float64Array, x: number, y: number, z: number): void {
  at[0] = x;
  at[1] = y;
  at[2] = z;
}

function uniform(at: Float64Array, _index: number, random: Random): void {
  set(at, random.spread() * RADIUS, random.spread() * RADIUS, random.spread() * RADIUS);
}

/** One system in 8 in the bulge, 2 in 8 in the disc between the arms, 5 in 8 in four arms, two of them twice as rich. */
function spiral(at: Float64Array, _index: number, random: Random): void {
  const part = random.below(8);
  if (part === 0) {
    set(at, random.bell() * 3000, random.bell() * 3000, random.bell() * 1500);
    return;
  }
  const r = RADIUS * 0.88 * Math.sqrt(random.unit()) * (0.25 + 0.75 * random.unit());
  const z = random.bell() * 250;
  let [cos, sin] = [0, 0];
  if (part < 3) {
    let square = 0;
    do {
      cos = random.spread();
      sin = random.spread();
      square = cos * cos + sin * sin;
    } while (square > 1 || square < 0.01);
    const length = Math.sqrt(square);
    set(at, (cos / length) * r, (sin / length) * r, z);
    return;
  }
  // An arm turns with the radius: by the angle 4·atan(t), as the square of the rational rotation by 2·atan(t).
  const t = (1.5 * r) / RADIUS;
  const c = (1 - t * t) / (1 + t * t);
  const s = (2 * t) / (1 + t * t);
  [cos, sin] = [c * c - s * s, 2 * c * s];
  const arm = random.below(6);
  if (arm < 2) [cos, sin] = [-cos, -sin];
  else if (arm === 4) [cos, sin] = [-sin, cos];
  else if (arm === 5) [cos, sin] = [sin, -cos];
  const width = 400 + 0.03 * r;
  set(at, cos * r + random.bell() * width, sin * r + random.bell() * width, z);
}

/** 1,024 clusters of deviation 2 to 4,000 ly. The first clusters have most systems; one system in 10 is in none. */
function clustered(seed: number): Placement {
  const clusters = 1024;
  const random = new Random(seed, 2);
  const centres = Float64Array.from(
    { length: 3 * clusters },
    (_, i) => random.seek(i).spread() * 0.72 * RADIUS,
  );
  const widths = Float64Array.from(
    { length: clusters },
    (_, i) => 4000 / (1 << random.seek(3 * clusters + i).below(12)),
  );
  return (at, index, random) => {
    if (random.below(10) === 0) {
      uniform(at, index, random);
      return;
    }
    const u = random.unit();
    const cluster = Math.floor(u * u * u * clusters);
    const width = widths[cluster]!;
    for (let axis = 0; axis < 3; axis++) at[axis] = centres[3 * cluster + axis]! + random.bell() * width;
  };
}

/**
 * Each block of 20,000 consecutive systems has four points, with about 5,000, 2,500, 1,250 and 625 coincident
 * systems; the first point of all is 0, 0, 0. The rest is uniform.
 */
function coincident(seed: number): Placement {
  const points = new Random(seed, 3);
  return (at, index, random) => {
    const u = random.unit();
    const point = u < 0.25 ? 0 : u < 0.375 ? 1 : u < 0.4375 ? 2 : u < 0.46875 ? 3 : -1;
    if (point < 0) uniform(at, index, random);
    else if (point === 0 && index < 20_000) set(at, 0, 0, 0);
    else uniform(at, index, points.seek(4 * Math.floor(index / 20_000) + point));
  };
}

/**
 * Space divided into boxes; region r in a random order has 1/r as many systems as the largest (Zipf's law).
 *
 * Each cut has half of the regions on each side, at the position along the longest axis that gives both sides their
 * share of a sample of systems; this continues down to single regions.
 */
export class Regions {
  /** Number of regions: one per 700 systems, 4 to 4,096. */
  readonly size: number;
  /** Cut between regions [lo, mid) and [mid, hi), by mid. */
  private readonly axes: Uint8Array;
  private readonly cuts: Float64Array;

  /**
   * @param count systems of the galaxy.
   * @param placement their positions; the first ones serve as the sample.
   */
  constructor(count: number, seed: number, placement: Placement) {
    this.size = Math.min(4096, Math.max(4, Math.round(count / 700)));
    this.axes = new Uint8Array(this.size);
    this.cuts = new Float64Array(this.size);
    const sample = samplePositions(64 * Math.max(256, this.size), seed, placement);
    this.cut(0, this.size, sample, new Float64Array(sample.length / 3), zipfShares(this.size, seed));
  }

  /** The region, 0 to size - 1, that contains a position. */
  of(at: Float64Array): number {
    let lo = 0;
    let hi = this.size;
    while (hi - lo > 1) {
      const mid = (lo + hi) >>> 1;
      if (at[this.axes[mid]!]! < this.cuts[mid]!) hi = mid;
      else lo = mid;
    }
    return lo;
  }

  /**
   * Cuts regions [lo, hi), which contain the points x, y, z, x, y, z …; `keys` is a buffer with a number per point.
   */
  private cut(lo: number, hi: number, points: Float64Array, keys: Float64Array, sums: Float64Array): void {
    const size = points.length / 3;
    if (hi - lo < 2 || size === 0) return;
    const mid = (lo + hi) >>> 1;
    const axis = longestAxis(points);
    for (let i = 0; i < size; i++) keys[i] = points[3 * i + axis]!;
    const share = (sums[mid]! - sums[lo]!) / (sums[hi]! - sums[lo]!);
    const cut = keys.subarray(0, size).sort()[Math.floor(share * size)]!;
    this.axes[mid] = axis;
    this.cuts[mid] = cut;
    let below = 0;
    for (let i = 0; i < points.length; i += 3) {
      if (points[i + axis]! >= cut) continue;
      for (let k = 0; k < 3; k++, below++) {
        const value = points[i + k]!;
        points[i + k] = points[below]!;
        points[below] = value;
      }
    }
    this.cut(lo, mid, points.subarray(0, below), keys, sums);
    this.cut(mid, hi, points.subarray(below), keys, sums);
  }
}

function longestAxis(points: Float64Array): number {
  const lengths = [0, 1, 2].map(axis => {
    let [min, max] = [points[axis]!, points[axis]!];
    for (let i = axis; i < points.length; i += 3) {
      min = Math.min(min, points[i]!);
      max = Math.max(max, points[i]!);
    }
    return max - min;
  });
  return lengths.indexOf(Math.max(...lengths));
}

/** The first systems, x, y, z, x, y, z …; positions do not depend on the count, so there are always enough. */
function samplePositions(size: number, seed: number, placement: Placement): Float64Array {
  const points = new Float64Array(3 * size);
  const random = systemStream(seed);
  for (let i = 0; i < size; i++) placement(points.subarray(3 * i, 3 * i + 3), i, random.seek(i));
  return points;
}

/** Running sums of 1, 1/2, 1/3 … 1/size in random order. */
function zipfShares(size: number, seed: number): Float64Array {
  const random = new Random(seed, 4).seek(0);
  const ranks = Uint32Array.from({ length: size }, (_, i) => i + 1);
  for (let i = size - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [ranks[i], ranks[j]] = [ranks[j]!, ranks[i]!];
  }
  const sums = new Float64Array(size + 1);
  for (let i = 0; i < size; i++) sums[i + 1] = sums[i]! + 1 / ranks[i]!;
  return sums;
}

/** The streams for systems, position first. */
export function systemStream(seed: number): Random {
  return new Random(seed, 1);
}
