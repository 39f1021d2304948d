/**
 * External merge sort of small entries by a text key in UTF-8 byte order; entries of equal keys keep the order in
 * which they were added. Memory is bounded by the batch: a full one is sorted and written out as a run, and all
 * runs are merged when the entries are read.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

export interface Entry {
  readonly key: string;
  /** As long as the sorter's `values`. */
  readonly values: readonly number[];
}

/** Bytes of keys and values held before a run is written. */
const BATCH_BYTES = 32 * 1024 * 1024;
const READ_BYTES = 64 * 1024;

export class ExternalSort {
  readonly #path: string;
  readonly #width: number;
  readonly #batchBytes: number;
  readonly #runs: { offset: number; length: number }[] = [];
  #arena = Buffer.alloc(0);
  #used = 0;
  #starts: number[] = [];
  #file: number | undefined;
  #end = 0;

  /**
   * @param path file for the runs, made once memory does not suffice
   * @param values numbers that go with each key
   */
  constructor(path: string, values: number, batchBytes = BATCH_BYTES) {
    this.#path = path;
    this.#width = values;
    this.#batchBytes = batchBytes;
  }

  add(key: string, values: readonly number[]): void {
    const most = 4 + key.length * 3 + 8 * this.#width;
    if (this.#used + most > this.#batchBytes && this.#used > 0) this.#writeRun();
    if (this.#used + most > this.#arena.length) {
      const arena = Buffer.allocUnsafeSlow(Math.max(this.#used + most, 2 * this.#arena.length, READ_BYTES));
      this.#arena.copy(arena, 0, 0, this.#used);
      this.#arena = arena;
    }
    this.#starts.push(this.#used);
    const keyAt = this.#used + 4 + 8 * this.#width;
    const length = this.#arena.write(key, keyAt);
    this.#arena.writeUInt32LE(length, this.#used);
    for (let i = 0; i < this.#width; i++) this.#arena.writeDoubleLE(values[i]!, this.#used + 4 + 8 * i);
    this.#used = keyAt + length;
  }

  /** All entries in order, grouped by key; the sorter is used up. */
  *groups(): Generator<Entry[]> {
    let group: Entry[] = [];
    for (const entry of this.#entries()) {
      if (group.length > 0 && group[0]!.key !== entry.key) {
        yield group;
        group = [];
      }
      group.push(entry);
    }
    if (group.length > 0) yield group;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #sorted(): number[] {
    const arena = this.#arena;
    const header = 4 + 8 * this.#width;
    const keyEnd = (start: number) => start + header + arena.readUInt32LE(start);
    // A stable sort: starts ascend in order of arrival.
    return sortByBytes(arena, this.#starts, header, keyEnd);
  }

  #writeRun(): void {
    this.#file ??= openSync(this.#path, 'w+');
    const run = Buffer.allocUnsafeSlow(this.#used);
    let at = 0;
    for (const start of this.#sorted()) {
      at += this.#arena.copy(run, at, start, this.#entryEnd(this.#arena, start));
    }
    for (let written = 0; written < run.length; ) {
      written += writeSync(this.#file, run, written, run.length - written, this.#end + written);
    }
    this.#runs.push({ offset: this.#end, length: run.length });
    this.#end += run.length;
    this.#used = 0;
    this.#starts = [];
  }

  #entryEnd(buffer: Buffer, start: number): number {
    return start + 4 + 8 * this.#width + buffer.readUInt32LE(start);
  }

  *#entries(): Generator<Entry> {
    if (this.#runs.length === 0) {
      for (const start of this.#sorted()) yield this.#entryAt(this.#arena, start);
      return;
    }
    this.#writeRun();
    this.#arena = Buffer.alloc(0);
    yield* merge(this.#runs.map(run => this.#readRun(run)));
  }

  #entryAt(buffer: Buffer, start: number): Entry {
    const values = Array.from({ length: this.#width }, (_, i) => buffer.readDoubleLE(start + 4 + 8 * i));
    return {
      key: buffer.toString('utf8', start + 4 + 8 * this.#width, this.#entryEnd(buffer, start)),
      values,
    };
  }

  *#readRun(run: { offset: number; length: number }): Generator<Entry> {
    let page = Buffer.alloc(0);
    let at = 0;
    let next = run.offset;
    const end = run.offset + run.length;
    const header = 4 + 8 * this.#width;
    while (at < page.length || next < end) {
      const need = page.length - at < header ? header : this.#entryEnd(page, at) - at;
      if (page.length - at < need) {
        const rest = page.subarray(at);
        const more = Math.min(end - next, Math.max(READ_BYTES, need - rest.length));
        page = Buffer.concat([rest, Buffer.allocUnsafe(more)]);
        for (let got = rest.length; got < page.length; ) {
          const read = readSync(this.#file!, page, got, page.length - got, next);
          if (read === 0)
            throw new Error(`${this.#path}: the sort file ends early: was it changed meanwhile?`);
          got += read;
          next += read;
        }
        at = 0;
        continue;
      }
      yield this.#entryAt(page, at);
      at += need;
    }
  }
}

/** Five bytes of key and an index fit a 64-bit number; its native sort beats any comparison function. */
const PREFIX = 5;
const SMALL = 12;

function sortByBytes(
  arena: Buffer,
  starts: number[],
  header: number,
  keyEnd: (start: number) => number,
): number[] {
  const order = starts.slice();
  const compare = (a: number, b: number) =>
    arena.compare(arena, b + header, keyEnd(b), a + header, keyEnd(a)) || a - b;
  // Runs of equal prefixes, to be told apart by later bytes; each is deeper than the one it came from.
  const stack: [from: number, to: number, depth: number][] = [[0, order.length, 0]];
  for (let run = stack.pop(); run; run = stack.pop()) {
    const [from, to, depth] = run;
    const part = order.slice(from, to);
    const goesOn = part.some(start => keyEnd(start) - start - header > depth);
    if (part.length <= SMALL || !goesOn) {
      part.sort(compare).forEach((start, i) => {
        order[from + i] = start;
      });
      continue;
    }
    const keys = new BigUint64Array(part.length);
    for (let i = 0; i < part.length; i++)
      keys[i] = prefixed(arena, part[i]! + header + depth, keyEnd(part[i]!), i);
    keys.sort();
    let first = 0;
    for (let i = 0; i < keys.length; i++) {
      order[from + i] = part[Number(keys[i]! & 0xffffffn)]!;
      const last = i + 1 === keys.length || keys[i + 1]! >> 24n !== keys[i]! >> 24n;
      if (!last) continue;
      if (i > first) stack.push([from + first, from + i + 1, depth + PREFIX]);
      first = i + 1;
    }
  }
  return order;
}

/** The bytes of a key from `at` on, padded with zeros: keys that only the padding makes equal meet in `compare`. */
function prefixed(arena: Buffer, at: number, end: number, index: number): bigint {
  let high = 0;
  for (let i = 0; i < 4; i++) high = high * 256 + (at + i < end ? arena[at + i]! : 0);
  const low = (at + 4 < end ? arena[at + 4]! : 0) * 0x1000000 + index;
  return (BigInt(high) << 32n) | BigInt(low);
}

function* merge(runs: Generator<Entry>[]): Generator<Entry> {
  // A handful of runs: a linear look for the least costs less than a heap. Earlier runs win ties.
  const heads = runs.map(run => ({ run, key: Buffer.alloc(0), entry: undefined as Entry | undefined }));
  const advance = (head: (typeof heads)[number]) => {
    const next = head.run.next();
    head.entry = next.done ? undefined : next.value;
    if (head.entry) head.key = Buffer.from(head.entry.key);
  };
  heads.forEach(advance);
  for (;;) {
    let least: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.entry && (!least || Buffer.compare(head.key, least.key) < 0)) least = head;
    }
    if (!least) return;
    yield least.entry!;
    advance(least);
  }
}
