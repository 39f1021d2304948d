/**
 * Which spill bucket a position goes to, while nobody yet knows what else will come.
 *
 * Space is divided into dyadic cells, fine where a sample is dense. A bucket is one such cell with all its systems,
 * so what is built from it later is a whole subtree of the octree whatever the other buckets hold. Outside the
 * sample's cube the cells double with every shell, so an outlier costs a bucket and a bad sample a second spill.
 */
import { isOnePoint, noBounds, widen } from '#format/geometry/bounds.ts';
import { type Bounds, type Cell, floorTo, octantOf, power, worldCube } from '#format/geometry/cell.ts';

/** Positions, three numbers each. */
export type Positions = Float64Array;

/** Finer branches by octant, or null where the octant is a bucket; as JSON. */
type Octants = readonly (Octants | null)[];

/** A partition as JSON. */
export interface PartitionJson {
  readonly cell: Cell;
  /** Positions outside of the cell go to shells. */
  readonly shells: boolean;
  readonly octants: Octants;
}

interface Branch {
  readonly cell: Cell;
  /** By octant: a finer branch, or the number of a bucket. */
  readonly octants: (Branch | number)[];
}

/** Cells are not halved more often than this: a chain this deep tells two points apart at 1 part in 10^18. */
const MAX_DEPTH = 64;

/**
 * Divides the cell of a sample.
 * @param sample positions drawn from the data; a bucket is made for about each `perBucket` of them
 * @param cell holds all positions that will come, where that is known: no shells are needed then
 */
export function dividePositions(sample: Positions, perBucket: number, cell?: Cell): PartitionJson {
  const cube = cell ?? worldCube(boxOf(sample));
  return { cell: cube, shells: cell === undefined, octants: divide(cube, sample, perBucket, 0) };
}

function divide(cell: Cell, sample: Positions, perBucket: number, depth: number): Octants {
  return byOctant(cell, sample).map((positions, octant) => {
    const halve = positions.length > 3 * perBucket && depth < MAX_DEPTH && !isOnePoint(boxOf(positions));
    return halve ? divide(octantCell(cell, octant), positions, perBucket, depth + 1) : null;
  });
}

/**
 * Buckets have numbers, in Morton order but for the shells, which get theirs as positions come; and names, which say
 * what cell a bucket is, whoever divides: octants from the partition's cell down, or the place of a shell.
 */
export class Partition {
  readonly #root: Branch;
  readonly #reach: number;
  readonly #shells = new Map<string, number>();
  readonly #names: string[] = [];

  constructor({ cell, shells, octants }: PartitionJson) {
    this.#reach = shells ? power(cell.exponent - 1) : Infinity;
    this.#root = this.#branch(cell, octants, '');
  }

  /** Names of the buckets that there are so far, by number. */
  get names(): readonly string[] {
    return this.#names;
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

  #branch(cell: Cell, octants: Octants, path: string): Branch {
    return {
      cell,
      octants: octants.map((finer, octant) =>
        finer
          ? this.#branch(octantCell(cell, octant), finer, `${path}${octant}`)
          : this.#names.push(`${path}${octant}`) - 1,
      ),
    };
  }

  #shellOf(x: number, y: number, z: number): number {
    const cube = worldCube({ min: [x, y, z], max: [x, y, z] });
    const exponent = cube.exponent - 2;
    const name = `shell ${[exponent, floorTo(x, exponent), floorTo(y, exponent), floorTo(z, exponent)].join()}`;
    const known = this.#shells.get(name);
    if (known !== undefined) return known;
    const number = this.#names.push(name) - 1;
    this.#shells.set(name, number);
    return number;
  }
}

function boxOf(positions: Positions): Bounds {
  const bounds = noBounds();
  for (let i = 0; i < positions.length; i += 3)
    widen(bounds, positions[i]!, positions[i + 1]!, positions[i + 2]!);
  return bounds;
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
