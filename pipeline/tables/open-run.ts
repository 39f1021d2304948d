/** The rows since the last natural border of a level: where their pages end. */
import { cutPages, isBorder } from '#format/btree/page.ts';

export class OpenRun {
  readonly #maxWeight: number;
  #weights = new Uint32Array(256);
  #hashes = new Uint32Array(256);
  #rows = 0;

  /** @param maxWeight of a page */
  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight;
  }

  /** Adds a row, by its hash and its weight as `weigh` gives them; returns whether the run ends after it. */
  add(hash: number, weight: number): boolean {
    if (this.#rows === this.#weights.length) {
      this.#weights = doubled(this.#weights);
      this.#hashes = doubled(this.#hashes);
    }
    this.#weights[this.#rows] = weight;
    this.#hashes[this.#rows++] = hash;
    return isBorder(hash, weight, this.#maxWeight);
  }

  /**
   * Adds rows up to the first that ends the run; returns the offset after it, undefined if the run goes on.
   * @param weighed hash and weight of each row, one after another
   */
  addAll(weighed: Uint32Array, from: number): number | undefined {
    for (let at = from; at < weighed.length; at += 2)
      if (this.add(weighed[at]!, weighed[at + 1]!)) return at + 2;
    return undefined;
  }

  /** Begins a new run; returns the first row of each page of the old one, and its number of rows. */
  cut(): number[] {
    const rows = this.#rows;
    this.#rows = 0;
    return [...cutPages(this.#weights.subarray(0, rows), this.#hashes, this.#maxWeight), rows];
  }
}

function doubled(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const more = new Uint32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}
