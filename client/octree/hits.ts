/** Rows that a search has found, in columns: a query may find millions, and objects take more time and memory. */

import { firstIndex } from '#client/query/order.ts';
import type { JsonObject } from '#format/json.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import { compareText } from '#format/utf8.ts';

/** Index of the lower half of a float64 in a Uint32Array: 0, or 1 on a big-endian machine. */
const LOWER = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
const UPPER = 1 - LOWER;

/** Rows found: the chunk of each, its index in the chunk, and its distance. */
export class Hits {
  #chunks: Chunk[] = [];
  /** These two have room for further rows. */
  #rows = new Uint32Array(64);
  #distances = new Float64Array(64);
  #isSorted = true;

  get length(): number {
    return this.#chunks.length;
  }

  /** The chunk of each row. */
  get chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  /** The index of each row in its chunk, followed by unused elements. */
  get rows(): Uint32Array {
    return this.#rows;
  }

  /** The distance of each row, followed by unused elements. */
  get distances(): Float64Array {
    return this.#distances;
  }

  /** Adds a row at the end. */
  add(chunk: Chunk, row: number, distance: number): void {
    const end = this.#chunks.push(chunk) - 1;
    if (end === this.#rows.length) {
      const [rows, distances] = [this.#rows, this.#distances];
      this.#rows = new Uint32Array(2 * end + 64);
      this.#rows.set(rows);
      this.#distances = new Float64Array(2 * end + 64);
      this.#distances.set(distances);
    }
    this.#rows[end] = row;
    this.#distances[end] = distance;
    this.#isSorted = false;
  }

  /** Sorts the rows by (distance, id), and drops all but the first `most`. */
  sort(most: number): void {
    if (!this.#isSorted) this.#arrange(this.#order(), most);
    else if (this.length > most) this.#chunks.length = most;
    this.#isSorted = true;
  }

  /** Distance of a row; undefined if there are fewer rows. */
  distance(index: number): number | undefined {
    return index < this.length ? this.#distances[index] : undefined;
  }

  /** Compares a row with a distance and an id. */
  compare(index: number, distance: number, id: string): number {
    return this.#distances[index]! - distance || compareText(this.#id(index), id);
  }

  /** Number of the sorted rows within a distance. */
  within(distance: number): number {
    return firstIndex(this.#chunks, (_, index) => this.#distances[index]! > distance);
  }

  /** Number of the sorted rows that precede a distance and an id. */
  before(distance: number, id: string): number {
    return firstIndex(this.#chunks, (_, index) => this.compare(index, distance, id) >= 0);
  }

  /** Removes the first rows and returns them. */
  take(count: number): Hits {
    const taken = new Hits();
    taken.#chunks = this.#chunks.splice(0, count);
    taken.#rows = this.#rows.slice(0, count);
    taken.#distances = this.#distances.slice(0, count);
    this.#rows = this.#rows.slice(count);
    this.#distances = this.#distances.slice(count);
    return taken;
  }

  #id(index: number): string {
    return this.#chunks[index]!.id[this.#rows[index]!]!;
  }

  /**
   * The indexes of all rows in order of (distance, id). JavaScript sorts numbers about four times as fast as it sorts
   * by a comparison. So the distances are sorted, with the index of the row in place of their lower halves; then rows
   * whose distances have the same upper half are compared.
   */
  #order(): Uint32Array {
    const keys = this.#distances.slice(0, this.length);
    const halves = new Uint32Array(keys.buffer);
    const order = new Uint32Array(keys.length);
    for (let i = 0; i < order.length; i++) halves[2 * i + LOWER] = i;
    keys.sort();
    for (let i = 0; i < order.length; i++) order[i] = halves[2 * i + LOWER]!;
    const isSame = (a: number, b: number) => halves[2 * a + UPPER] === halves[2 * b + UPPER];
    for (let start = 0, end = 1; start < order.length; start = end++) {
      while (end < order.length && isSame(start, end)) end++;
      if (end === start + 1) continue;
      order.subarray(start, end).sort((a, b) => this.compare(a, this.#distances[b]!, this.#id(b)));
    }
    return order;
  }

  /** Keeps the first `most` rows of an order. */
  #arrange(order: Uint32Array, most: number): void {
    const [chunks, rows, distances] = [this.#chunks, this.#rows, this.#distances];
    const count = Math.min(order.length, most);
    this.#chunks = new Array(count);
    this.#rows = new Uint32Array(count);
    this.#distances = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const index = order[i]!;
      this.#chunks[i] = chunks[index]!;
      this.#rows[i] = rows[index]!;
      this.#distances[i] = distances[index]!;
    }
  }
}

/** Systems found, in order. */
export interface HitBatch {
  readonly hits: Hits;
  /** Their records, if the query has `details`. */
  readonly records?: readonly JsonObject[];
}
