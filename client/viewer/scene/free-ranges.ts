/** Ranges of a buffer that are not in use. */
interface Range {
  start: number;
  length: number;
}

/** Hands out ranges of a buffer: the first that is large enough. Free neighbours are one range. */
export class FreeRanges {
  /** Ascending, no two of them adjacent. */
  readonly #free: Range[];
  capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#free = [{ start: 0, length: capacity }];
  }

  /** One more than the last element in use. */
  get end(): number {
    const last = this.#free.at(-1);
    return last && last.start + last.length === this.capacity ? last.start : this.capacity;
  }

  /** Takes a range and returns its start; undefined if none is large enough. */
  take(length: number): number | undefined {
    const index = this.#free.findIndex(range => range.length >= length);
    if (index < 0) return undefined;
    const range = this.#free[index]!;
    const { start } = range;
    range.start += length;
    range.length -= length;
    if (range.length === 0) this.#free.splice(index, 1);
    return start;
  }

  /** Returns a range that was taken. */
  free(start: number, length: number): void {
    if (length === 0) return;
    const next = this.#free.findIndex(range => range.start > start);
    const index = next < 0 ? this.#free.length : next;
    this.#free.splice(index, 0, { start, length });
    this.#join(index);
    this.#join(index - 1);
  }

  grow(capacity: number): void {
    const start = this.capacity;
    this.capacity = capacity;
    this.free(start, capacity - start);
  }

  /** Joins a range with the next one if they are adjacent. */
  #join(index: number): void {
    const range = this.#free[index];
    const next = this.#free[index + 1];
    if (!range || !next || range.start + range.length !== next.start) return;
    range.length += next.length;
    this.#free.splice(index + 1, 1);
  }
}
