/**
 * Entries: rows as bytes in one buffer. Each has a key, whose bytes have the order of keys (`key-bytes`), and other
 * bytes.
 *
 * u32 length of the key, u32 length of the rest, key, rest
 */
import type { TableKey } from '#format/btree/keys.ts';
import { END, keySpace, readKey, writeKeyText } from './key-bytes.ts';

/** Bytes for the lengths of key and rest. */
export const HEADER = 8;
const FIRST_BYTES = 64 * 1024;

/** Offset of the end of an entry's key, where its rest begins. */
export function keyEndAt(buffer: Buffer, start: number): number {
  return start + HEADER + buffer.readUInt32LE(start);
}

/** Offset of the end of an entry. */
export function endAt(buffer: Buffer, start: number): number {
  return keyEndAt(buffer, start) + buffer.readUInt32LE(start + 4);
}

/** Compares the keys of two entries. */
export function compareKeys(a: Buffer, startA: number, b: Buffer, startB: number): number {
  return a.compare(b, startB + HEADER, keyEndAt(b, startB), startA + HEADER, keyEndAt(a, startA));
}

/** Whether the keys of two entries of a buffer are equal. */
export function equalKeys(buffer: Buffer, a: number, b: number): boolean {
  const [startA, startB] = [a + HEADER, b + HEADER];
  const length = keyEndAt(buffer, a) - startA;
  if (keyEndAt(buffer, b) - startB !== length) return false;
  for (let i = length - 1; i >= 0; i--) if (buffer[startA + i] !== buffer[startB + i]) return false;
  return true;
}

/** The strings of an entry's key. */
export function keyAt(buffer: Buffer, start: number): string[] {
  return readKey(buffer, start + HEADER, keyEndAt(buffer, start));
}

/** Offset after the first two strings of an entry's key: a field and a key of it, whose entries are a group. */
export function groupEnd(buffer: Buffer, start: number): number {
  return buffer.indexOf(END, buffer.indexOf(END, start + HEADER) + 1) + 1;
}

/** Copies entries one after another, neighbours in one piece; returns the offset after them. */
export function copyEntries(to: Buffer, start: number, arena: Buffer, starts: readonly number[]): number {
  let at = start;
  let from = 0;
  let end = 0;
  for (const next of starts) {
    if (next !== end) {
      at += arena.copy(to, at, from, end);
      from = next;
    }
    end = endAt(arena, next);
  }
  return at + arena.copy(to, at, from, end);
}

/** Entries in the order in which they were added. An entry is written in pieces: first the key, then the rest. */
export class Entries {
  arena = Buffer.alloc(0);
  starts: number[] = [];
  /** Of the arena; it writes numbers faster. */
  #view = new DataView(this.arena.buffer);
  #at = 0;
  #start = 0;
  #keyEnd = 0;

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#start;
  }

  /** Begins an entry of at most `most` bytes, without its header. */
  begin(most: number): this {
    const end = this.#start + HEADER + most;
    if (end > this.arena.length) {
      const arena = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.arena.length, FIRST_BYTES));
      this.arena.copy(arena, 0, 0, this.#start);
      this.arena = arena;
      this.#view = new DataView(arena.buffer);
    }
    this.#at = this.#start + HEADER;
    return this;
  }

  /** Writes a string of the key. */
  keyText(text: string): this {
    this.#at = writeKeyText(this.arena, this.#at, text);
    return this;
  }

  /** Writes a string of the key that is UTF-8 without U+0000 and U+0001. */
  keyBytes(bytes: Buffer, start: number, end: number): this {
    this.raw(bytes, start, end);
    this.arena[this.#at++] = END;
    return this;
  }

  /** Ends the key. */
  endKey(): this {
    this.#keyEnd = this.#at;
    return this;
  }

  /** Copies bytes to the key or to the rest. */
  raw(bytes: Buffer, start = 0, end = bytes.length): this {
    this.#at += bytes.copy(this.arena, this.#at, start, end);
    return this;
  }

  /** Writes an unsigned integer, big-endian: as the last part of a key, it sorts by its value. */
  integer(value: number, bytes: number): this {
    this.#at = this.arena.writeUIntBE(value, this.#at, bytes);
    return this;
  }

  number(value: number): this {
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
    return this;
  }

  /** Ends the entry. */
  end(): void {
    this.#view.setUint32(this.#start, this.#keyEnd - this.#start - HEADER, true);
    this.#view.setUint32(this.#start + 4, this.#at - this.#keyEnd, true);
    this.starts.push(this.#start);
    this.#start = this.#at;
  }

  /** Adds an entry with a key and numbers. */
  add(key: TableKey, numbers: readonly number[] = []): void {
    this.begin(key.reduce((sum, text) => sum + keySpace(text), 8 * numbers.length));
    for (const text of key) this.keyText(text);
    this.endKey();
    for (const number of numbers) this.number(number);
    this.end();
  }

  /** Removes all entries, and keeps the memory. */
  clear(): void {
    this.starts = [];
    this.#start = 0;
  }
}
