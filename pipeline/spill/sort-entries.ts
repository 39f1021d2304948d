/**
 * Sorts entries by the bytes of their keys: four bytes at a time by a radix sort, from the last byte to the first; then
 * entries that these bytes do not separate, by the next four. (D. E. Knuth, "The Art of Computer Programming", volume 3,
 * section 5.2.5.)
 */
import { endAt, HEADER } from './entries.ts';

/** Bytes of keys that are sorted by at a time. */
const STEP = 4;
const RADIX = 256;
/** Fewer entries are sorted by insertion. */
const SMALL = 24;

/** Sorted entries, which lie one after another in memory. */
export interface Sorted {
  readonly arena: Buffer;
  /** Offset of each entry. */
  readonly order: Uint32Array;
  /** Offset of the end of the last one. */
  readonly end: number;
}

/** The bytes of sorted entries. */
export function bytesOf({ arena, order, end }: Sorted): Buffer {
  return arena.subarray(order[0] ?? end, end);
}

/** The entries from one number to another. */
export function entriesBetween({ arena, order, end }: Sorted, from: number, to: number): Sorted {
  return { arena, order: order.subarray(from, to), end: order[to] ?? end };
}

/**
 * Sorts entries by the bytes of their keys; equal keys keep their order. Both arguments may get other content, and
 * become the result.
 * @param starts offsets of the entries
 */
export type EntrySort = (arena: Buffer, starts: Uint32Array) => Sorted;

/** Sorts entries in JavaScript. */
export const sortInScript: EntrySort = (arena, starts) => {
  const order = sortEntries(arena, starts);
  let bytes = 0;
  for (const start of order) bytes += endAt(arena, start) - start;
  const sorted = Buffer.allocUnsafeSlow(bytes);
  moveTogether(arena, order, sorted);
  return { arena: sorted, order, end: bytes };
};

/**
 * Returns the offsets of entries in order of their keys; equal keys keep their order.
 * @param starts offsets of the entries
 */
export function sortEntries(arena: Buffer, starts: Uint32Array): Uint32Array {
  const order = starts.slice();
  if (order.length > 1) new OffsetSort(arena, order).sort();
  return order;
}

/** Chooses sorted entries: moves their offsets to the beginning of `order`, and returns their number. */
export type SelectEntries = (arena: Buffer, order: Uint32Array) => number;

/** Removes all entries but those that are chosen. The memory of the arguments gets other content. */
export function selectEntries(sorted: Sorted, select: SelectEntries): Sorted {
  const { arena, order } = sorted;
  const chosen = order.subarray(0, select(arena, order));
  if (chosen.length === order.length) return sorted;
  return { arena, order: chosen, end: moveTogether(arena, chosen, arena) };
}

/**
 * Copies entries one after another, neighbours in one piece; returns their bytes.
 * @param order offsets of the entries, which become those of the copies
 * @param to may be the memory of sorted entries
 */
function moveTogether(arena: Buffer, order: Uint32Array, to: Buffer): number {
  let at = 0;
  let from = 0;
  let end = 0;
  for (let i = 0; i < order.length; i++) {
    const start = order[i]!;
    if (start !== end) {
      at += arena.copy(to, at, from, end);
      from = start;
    }
    order[i] = at + start - from;
    end = endAt(arena, start);
  }
  return at + arena.copy(to, at, from, end);
}

class OffsetSort {
  readonly #arena: Buffer;
  readonly #view: DataView;
  readonly #order: Uint32Array;
  /** Of a group: the next bytes of each key, and its entry as an index in the group. */
  #bytes: Uint32Array;
  #entries: Uint32Array;
  #nextBytes: Uint32Array;
  #nextEntries: Uint32Array;
  /** For each place of the bytes, the number of keys with each byte. */
  readonly #counts = new Uint32Array(STEP * RADIX);
  /** The entries of a group in their old order. */
  readonly #group: Uint32Array;
  /** Groups with equal bytes before `depth`. */
  readonly #stack: [from: number, to: number, depth: number][] = [];

  constructor(arena: Buffer, order: Uint32Array) {
    this.#arena = arena;
    this.#view = new DataView(arena.buffer, arena.byteOffset, arena.length);
    this.#order = order;
    this.#group = new Uint32Array(order.length);
    this.#bytes = new Uint32Array(order.length);
    this.#entries = new Uint32Array(order.length);
    this.#nextBytes = new Uint32Array(order.length);
    this.#nextEntries = new Uint32Array(order.length);
  }

  sort(): void {
    this.#stack.push([0, this.#order.length, 0]);
    for (let group = this.#stack.pop(); group; group = this.#stack.pop()) {
      const [from, to, depth] = group;
      if (to - from <= SMALL) this.#insert(from, to, depth);
      else this.#divide(from, to, depth);
    }
  }

  /** Sorts a group by the next bytes of its keys, and puts the groups that these do not separate on the stack. */
  #divide(from: number, to: number, depth: number): void {
    const length = to - from;
    const goesOn = this.#load(from, length, depth);
    for (let place = 0; place < STEP; place++) this.#distribute(length, place);
    const order = this.#order;
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) order[from + i] = this.#group[this.#entries[i]!]!;
    if (!goesOn && bytes[0] === bytes[length - 1]) {
      this.#sortPadded(from, to);
      return;
    }
    let first = 0;
    for (let i = 0; i < length; i++) {
      if (i + 1 < length && bytes[i] === bytes[i + 1]) continue;
      if (i > first) this.#stack.push([from + first, from + i + 1, depth + STEP]);
      first = i + 1;
    }
  }

  /** Loads the next bytes of the keys of a group. Returns whether a key has more bytes. */
  #load(from: number, length: number, depth: number): boolean {
    const counts = this.#counts.fill(0);
    let goesOn = false;
    for (let i = 0; i < length; i++) {
      const start = this.#order[from + i]!;
      const at = start + HEADER + depth;
      const end = start + HEADER + this.#view.getUint32(start, true);
      const bytes = at + STEP <= end ? this.#view.getUint32(at) : this.#padded(at, end);
      if (at + STEP < end) goesOn = true;
      this.#group[i] = start;
      this.#bytes[i] = bytes;
      this.#entries[i] = i;
      counts[bytes & 0xff]!++;
      counts[RADIX + ((bytes >>> 8) & 0xff)]!++;
      counts[2 * RADIX + ((bytes >>> 16) & 0xff)]!++;
      counts[3 * RADIX + (bytes >>> 24)]!++;
    }
    return goesOn;
  }

  /** Sorts the loaded group by one byte, stably. */
  #distribute(length: number, place: number): void {
    const shift = 8 * place;
    const counts = this.#counts.subarray(place * RADIX, (place + 1) * RADIX);
    if (counts[(this.#bytes[0]! >>> shift) & 0xff] === length) return;
    let end = 0;
    for (let byte = 0; byte < RADIX; byte++) {
      const count = counts[byte]!;
      counts[byte] = end;
      end += count;
    }
    const [bytes, entries, nextBytes, nextEntries] = [
      this.#bytes,
      this.#entries,
      this.#nextBytes,
      this.#nextEntries,
    ];
    for (let i = 0; i < length; i++) {
      const own = bytes[i]!;
      const at = counts[(own >>> shift) & 0xff]!++;
      nextBytes[at] = own;
      nextEntries[at] = entries[i]!;
    }
    [this.#bytes, this.#entries, this.#nextBytes, this.#nextEntries] = [
      nextBytes,
      nextEntries,
      bytes,
      entries,
    ];
  }

  /** Sorts a group whose keys differ at most by zeros at their ends. */
  #sortPadded(from: number, to: number): void {
    const length = (start: number) => this.#view.getUint32(start, true);
    const sorted = this.#order.slice(from, to).sort((a, b) => length(a) - length(b));
    this.#order.set(sorted, from);
  }

  #insert(from: number, to: number, depth: number): void {
    const order = this.#order;
    for (let i = from + 1; i < to; i++) {
      const start = order[i]!;
      let at = i;
      while (at > from && this.#compare(order[at - 1]!, start, depth) > 0) {
        order[at] = order[at - 1]!;
        at--;
      }
      order[at] = start;
    }
  }

  /** Compares two keys with equal bytes before `depth`. */
  #compare(a: number, b: number, depth: number): number {
    const arena = this.#arena;
    const lengthA = this.#view.getUint32(a, true);
    const lengthB = this.#view.getUint32(b, true);
    const end = Math.min(lengthA, lengthB);
    for (let at = depth; at < end; at++) {
      const difference = arena[a + HEADER + at]! - arena[b + HEADER + at]!;
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  /** The last bytes of a key, padded with zeros. */
  #padded(at: number, end: number): number {
    let bytes = 0;
    for (let i = 0; i < STEP; i++) bytes = bytes * 256 + (at + i < end ? this.#arena[at + i]! : 0);
    return bytes;
  }
}
