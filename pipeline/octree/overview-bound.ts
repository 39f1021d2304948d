/** Bounds the hashes of the systems in the overview of a set, before its octree is built. */
import { overviewRows, type PreviewOptions } from '#format/octree/sample.ts';

/** Number of the highest bits of a hash that systems are counted by. */
const COUNTED_BITS = 16;
const OTHER_BITS = 32 - COUNTED_BITS;

/** Counts all systems of a set by the hash of their id, `hashText(id)`. */
export class OverviewBound {
  readonly #counts = new Uint32Array(2 ** COUNTED_BITS);
  #systems = 0;

  add(hash: number): void {
    this.#counts[hash >>> OTHER_BITS]!++;
    this.#systems++;
  }

  /** A hash that no system of the overview exceeds; the highest hash if its rows are not ordered by hash. */
  highestHash(preview: PreviewOptions): number {
    let missing = overviewRows(this.#systems, preview);
    let counted = 0;
    if (preview.field === null) while (missing > 0) missing -= this.#counts[counted++]!;
    else counted = this.#counts.length;
    return counted * 2 ** OTHER_BITS - 1;
  }
}
