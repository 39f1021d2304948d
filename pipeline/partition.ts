/**
 * Which spill bucket a position goes to, while nobody yet knows what else will come.
 *
 * Space is divided into dyadic cells, fine where a sample is dense. A bucket is one such cell with all its systems,
 * so what is built from it later is a whole subtree of the octree whatever the other buckets hold. Outside the
 * sample's cube the cells double with every shell, so an outlier costs a bucket and a bad sample a second spill.
 */
import {
  type Bounds,
  type Cell,
  cellOf,
  floorTo,
  noBounds,
  octantOf,
  power,
  widen,
  worldCube,
} from '../client/format/index.ts';

/** Positions, three numbers each. */
export type Positions = Float64Array;

interface Branch {
  readonly cell: Cell;
  /** By octant: a finer branch, or the number of a bucket. */
  readonly octants: (Branch | number)[];
}

/** Cells are not halved more often than this: a chain this deep tells two points apart at 1 part in 10^18. */
const MAX_DEPTH = 64;

export class Partition {
  readonly #root: Branch;
  readonly #reach: number;
  readonly #shells = new Map<string, number>();
  #buckets = 0;

  /**
   * @param sample positions drawn from the data; a bucket is made for about each `perBucket` of them
   * @param cell holds all positions that will come, where that is known: no shells are needed then
   */
  constructor(sample: Positions, perBucket: number, cell?: Cell) {
    const cube = cell ?? worldCube(boxOf(sample));
    this.#reach = cell ? Infinity : power(cube.exponent - 1);
    this.#root = this.#divide(cube, sample, perBucket, 0);
  }

  /** Buckets there are so far; shells add to them as positions come. */
  get buckets(): number {
    return this.#buckets;
  }

  /** Number of the bucket whose cell holds the position. */
  bucketOf(x: number, y: number, z: number): number {
    const reach = this.#reach;
    if (x < -reach || x >= reach || y < -reach || y >= reach || z < -reach || z >= reach)
      return this.#shellOf(x, y, z);
    let branch = this.#root;
    for (;;) {
      const next = branch.octants[octantOf(branch.cell, x, y, z)]!;
      if (typeof next === 'number') return next;
      branch = next;
    }
  }

  #divide(cell: Cell, sample: Positions, perBucket: number, depth: number): Branch {
    const octants = byOctant(cell, sample).map((positions, octant) => {
      const halve = positions.length > 3 * perBucket && depth < MAX_DEPTH && !isOnePoint(positions);
      return halve
        ? this.#divide(octantCell(cell, octant), positions, perBucket, depth + 1)
        : this.#buckets++;
    });
    return { cell, octants };
  }

  #shellOf(x: number, y: number, z: number): number {
    const cube = worldCube({ min: [x, y, z], max: [x, y, z] });
    const exponent = cube.exponent - 2;
    const key = [exponent, floorTo(x, exponent), floorTo(y, exponent), floorTo(z, exponent)].join();
    const known = this.#shells.get(key);
    if (known !== undefined) return known;
    this.#shells.set(key, this.#buckets);
    return this.#buckets++;
  }
}

function boxOf(positions: Positions): Bounds {
  const bounds = noBounds();
  for (let i = 0; i < positions.length; i += 3)
    widen(bounds, positions[i]!, positions[i + 1]!, positions[i + 2]!);
  return bounds;
}

function isOnePoint(positions: Positions): boolean {
  return cellOf(boxOf(positions)).exponent === cellOf({ min: [0, 0, 0], max: [0, 0, 0] }).exponent;
}

function octantCell(cell: Cell, octant: number): Cell {
  const exponent = cell.exponent - 1;
  const half = power(exponent);
  const at = (corner: number, bit: number) => (octant & bit ? corner + half : corner);
  return { x: at(cell.x, 1), y: at(cell.y, 2), z: at(cell.z, 4), exponent };
}

function byOctant(cell: Cell, positions: Positions): Positions[] {
  const octants = new Uint8Array(positions.length / 3);
  const counts = new Uint32Array(8);
  for (let i = 0; i < octants.length; i++) {
    octants[i] = octantOf(cell, positions[3 * i]!, positions[3 * i + 1]!, positions[3 * i + 2]!);
    counts[octants[i]!]!++;
  }
  const parts = Array.from(counts, count => new Float64Array(3 * count));
  const ends = new Uint32Array(8);
  for (let i = 0; i < octants.length; i++) {
    const octant = octants[i]!;
    parts[octant]!.set(positions.subarray(3 * i, 3 * i + 3), 3 * ends[octant]!++);
  }
  return parts;
}
