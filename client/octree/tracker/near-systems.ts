import { distance, farthestDistance } from '#format/geometry/cell.ts';
import type { LeafNode } from '#format/octree/tree-node.ts';
import type { FilePiece } from './piece.ts';

/** The systems around a position as far as they are known, for views that need only the nearest ones. */
export class NearSystems {
  readonly #position: readonly [number, number, number];
  readonly #limit: number;
  /** Distances of rows, and for leaves that are not loaded the farthest that their systems can have. */
  readonly #known: { readonly distance: number; readonly systems: number }[] = [];
  #count = 0;

  /** @param limit number of systems that are needed; Infinity for all */
  constructor(position: readonly [number, number, number], limit: number) {
    this.#position = position;
    this.#limit = limit;
  }

  addLeaf({ bounds, counts }: LeafNode): void {
    if (this.#limit < Number.POSITIVE_INFINITY)
      this.#add(farthestDistance(bounds, ...this.#position), counts.systems);
  }

  addRows({ x, y, z }: FilePiece, start: number, end: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    const [px, py, pz] = this.#position;
    for (let i = start; i < end; i++) this.#add(distance(x[i]! - px, y[i]! - py, z[i]! - pz), 1);
  }

  /** Whether enough systems are certainly nearer than a distance. */
  areEnoughWithin(distance: number): boolean {
    if (this.#count < this.#limit) return false;
    let nearer = 0;
    for (const known of this.#known) if (known.distance < distance) nearer += known.systems;
    return nearer >= this.#limit;
  }

  /** The distance of the last system that is needed; Infinity if there are not as many. */
  get reach(): number {
    if (this.#count <= this.#limit) return Number.POSITIVE_INFINITY;
    const distances = Float64Array.from(this.#known, known => known.distance).sort();
    return distances[this.#limit - 1] ?? Number.POSITIVE_INFINITY;
  }

  #add(distance: number, systems: number): void {
    this.#known.push({ distance, systems });
    this.#count += systems;
  }
}
