/**
 * Assigns positions to spill buckets before all positions are known.
 *
 * Space is divided into dyadic cells, which are smaller where a sample is dense. A bucket is one cell with all its
 * systems, so it becomes a complete subtree of the octree, independent of other buckets. Outside the cube of the
 * sample, the size of cells doubles with every shell, so an outlier costs one bucket, and a bad sample a second
 * spill.
 */
import { isOnePoint, noBounds, widen } from '#format/geometry/bounds.ts';
import { type Bounds, type Cell, floorTo, octantOf, power, worldCube } from '#format/geometry/cell.ts';

/** Positions, three numbers each. */
export type Positions = Float64Array;

/** Finer branches by octant, or null for an octant that is a bucket; as JSON. */
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

/** Maximum number of times that a cell is halved: enough to separate points at 1 part in 10^18. */
const MAX_DEPTH = 64;

/**
 * Divides the cell of a sample.
 * @param sample positions from the data; there is about one bucket per `perBucket` positions
 * @param cell cell of all positions, if known: then there are no shells
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
 * Buckets have numbers (in Morton order, except shells, which are numbered as positions arrive) and names. A name
 * identifies the cell, independent of the partition: octants from the partition's cell down, or the position of a
 * shell.
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

  /** Names of all buckets so far, by number. */
  get names(): readonly string[] {
    return this.#names;
  }

  /** Number of the bucket whose cell contains the position. */
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
