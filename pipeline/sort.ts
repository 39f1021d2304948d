/**
 * External merge sort of rows by their keys, text by text in UTF-8 byte order; rows of equal keys keep the order in
 * which they were added. Memory is bounded by the batch: a full one is sorted and written out as a run, and all
 * runs are merged when the rows are read.
 */

import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import TinyQueue from 'tinyqueue';
import type { Key } from '../client/format/index.ts';
import { readRow, rowSpace, writeRow } from './sort-row.ts';

export interface SortRow {
  /** All keys of a sort have as many texts. */
  readonly key: Key;
  /** As many as the sort was made for. */
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

/** Bytes of rows held before a run is written. */
const BATCH_BYTES = 16 * 1024 * 1024;
const READ_BYTES = 64 * 1024;
/** Lengths of the key and of what follows it. */
const HEADER = 8;

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
   * @param numbers numbers that go with each key
   */
  constructor(path: string, numbers = 0, batchBytes = BATCH_BYTES) {
    this.#path = path;
    this.#width = numbers;
    this.#batchBytes = batchBytes;
  }

  add(key: Key, numbers: readonly number[] = [], texts: readonly string[] = []): void {
    const most = HEADER + rowSpace(key, numbers, texts);
    if (this.#used + most > this.#batchBytes && this.#used > 0) this.#writeRun();
    if (this.#used + most > this.#arena.length) {
      const arena = Buffer.allocUnsafeSlow(Math.max(this.#used + most, 2 * this.#arena.length, READ_BYTES));
      this.#arena.copy(arena, 0, 0, this.#used);
      this.#arena = arena;
    }
    this.#starts.push(this.#used);
    const { keyEnd, end } = writeRow(this.#arena, this.#used + HEADER, key, numbers, texts);
    this.#arena.writeUInt32LE(keyEnd - this.#used - HEADER, this.#used);
    this.#arena.writeUInt32LE(end - keyEnd, this.#used + 4);
    this.#used = end;
  }

  /** All rows in order; the sorter is used up. */
  *rows(): Generator<SortRow> {
    for (const { buffer, start } of this.#entries()) yield this.#rowAt(buffer, start);
  }

  /** All rows in order, grouped by key; the sorter is used up. */
  *groups(): Generator<SortRow[]> {
    let group: SortRow[] = [];
    let key = Buffer.alloc(0);
    for (const { buffer, start } of this.#entries()) {
      const own = buffer.subarray(start + HEADER, keyEndAt(buffer, start));
      if (group.length > 0 && !key.equals(own)) {
        yield group;
        group = [];
      }
      if (group.length === 0) key = Buffer.from(own);
      group.push(this.#rowAt(buffer, start));
    }
    if (group.length > 0) yield group;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #rowAt(buffer: Buffer, start: number): SortRow {
    return readRow(buffer, start + HEADER, keyEndAt(buffer, start), endAt(buffer, start), this.#width);
  }

  #writeRun(): void {
    this.#file ??= openSync(this.#path, 'w+');
    const run = Buffer.allocUnsafeSlow(this.#used);
    let at = 0;
    for (const start of sortByBytes(this.#arena, this.#starts)) {
      at += this.#arena.copy(run, at, start, endAt(this.#arena, start));
    }
    for (let written = 0; written < run.length; ) {
      written += writeSync(this.#file, run, written, run.length - written, this.#end + written);
    }
    this.#runs.push({ offset: this.#end, length: run.length });
    this.#end += run.length;
    this.#used = 0;
    this.#starts = [];
  }

  *#entries(): Generator<Entry> {
    if (this.#runs.length === 0) {
      for (const start of sortByBytes(this.#arena, this.#starts)) yield { buffer: this.#arena, start };
      return;
    }
    if (this.#used > 0) this.#writeRun();
    this.#arena = Buffer.alloc(0);
    yield* merge(this.#runs.map(run => this.#readRun(run)));
  }

  *#readRun(run: { offset: number; length: number }): Generator<Entry> {
    let page = Buffer.alloc(0);
    let at = 0;
    let next = run.offset;
    const end = run.offset + run.length;
    while (at < page.length || next < end) {
      const need = page.length - at < HEADER ? HEADER : endAt(page, at) - at;
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
      yield { buffer: page, start: at };
      at += need;
    }
  }
}

/** A row where it lies. */
interface Entry {
  readonly buffer: Buffer;
  readonly start: number;
}

function keyEndAt(buffer: Buffer, start: number): number {
  return start + HEADER + buffer.readUInt32LE(start);
}

function endAt(buffer: Buffer, start: number): number {
  return keyEndAt(buffer, start) + buffer.readUInt32LE(start + 4);
}

/** Five bytes of key and an index fit a 64-bit number; its native sort beats any comparison function. */
const PREFIX = 5;
const SMALL = 12;
/** The halves of a 64-bit number in this machine's order, so that no number is ever made a BigInt. */
const [LOW, HIGH] = new Uint32Array(BigUint64Array.of(1n).buffer)[0] === 1 ? [0, 1] : [1, 0];

/** The starts of entries in order of their keys, equal ones in order of arrival. */
function sortByBytes(arena: Buffer, starts: number[]): number[] {
  const order = starts.slice();
  // A stable sort: starts ascend in order of arrival.
  const compare = (a: number, b: number) =>
    arena.compare(arena, b + HEADER, keyEndAt(arena, b), a + HEADER, keyEndAt(arena, a)) || a - b;
  // Runs of equal prefixes, to be told apart by later bytes; each is deeper than the one it came from.
  const stack: [from: number, to: number, depth: number][] = [[0, order.length, 0]];
  for (let run = stack.pop(); run; run = stack.pop()) {
    const [from, to, depth] = run;
    const part = order.slice(from, to);
    const goesOn = part.some(start => keyEndAt(arena, start) - start - HEADER > depth);
    if (part.length <= SMALL || !goesOn) {
      part.sort(compare).forEach((start, i) => {
        order[from + i] = start;
      });
      continue;
    }
    const keys = new BigUint64Array(part.length);
    const halves = new Uint32Array(keys.buffer);
    for (let i = 0; i < part.length; i++) {
      const at = part[i]! + HEADER + depth;
      const end = keyEndAt(arena, part[i]!);
      halves[2 * i + HIGH] = fourBytes(arena, at, end);
      halves[2 * i + LOW] = (at + 4 < end ? arena[at + 4]! << 24 : 0) | i;
    }
    keys.sort();
    const isLast = (i: number) =>
      i + 1 === part.length ||
      halves[2 * i + HIGH] !== halves[2 * i + 2 + HIGH] ||
      halves[2 * i + LOW]! >>> 24 !== halves[2 * i + 2 + LOW]! >>> 24;
    let first = 0;
    for (let i = 0; i < part.length; i++) {
      order[from + i] = part[halves[2 * i + LOW]! & 0xffffff]!;
      if (!isLast(i)) continue;
      if (i > first) stack.push([from + first, from + i + 1, depth + PREFIX]);
      first = i + 1;
    }
  }
  return order;
}

/** Bytes of a key from `at` on, padded with zeros: keys that only the padding makes equal meet in `compare`. */
function fourBytes(arena: Buffer, at: number, end: number): number {
  if (at + 4 <= end) return arena.readUInt32BE(at);
  let bytes = 0;
  for (let i = 0; i < 4; i++) bytes = bytes * 256 + (at + i < end ? arena[at + i]! : 0);
  return bytes;
}

/** Entries of sorted runs in one order; earlier runs win ties. An entry is valid until the next is asked for. */
function* merge(runs: Generator<Entry>[]): Generator<Entry> {
  interface Head extends Entry {
    readonly run: number;
  }
  const heads = new TinyQueue<Head>([], (a, b) => {
    const order = a.buffer.compare(
      b.buffer,
      b.start + HEADER,
      keyEndAt(b.buffer, b.start),
      a.start + HEADER,
      keyEndAt(a.buffer, a.start),
    );
    return order || a.run - b.run;
  });
  const advance = (run: number) => {
    const { done, value } = runs[run]!.next();
    if (!done) heads.push({ ...value, run });
  };
  for (let run = 0; run < runs.length; run++) advance(run);
  for (let head = heads.pop(); head; head = heads.pop()) {
    yield head;
    advance(head.run);
  }
}
