/**
 * Entries: rows as bytes in one buffer. Each has a key, whose bytes have the order of keys (`key-bytes`), and other
 * bytes.
 *
 * u32 length of the key, u32 length of the rest, key, rest
 */
import type { TableKey } from '#format/btree/keys.ts';
import { InputError } from '#pipeline/errors.ts';
import { END, keySpace, readKey, writeKeyText } from './key-bytes.ts';
import { borrow, giveBack } from './reused-memory.ts';

/** Bytes for the lengths of key and rest. */
export const HEADER = 8;
const FIRST_BYTES = 64 * 1024;
/** Offsets have 32 bits. */
const MAX_BYTES = 2 ** 32 - 1;
/** Bytes of the first offsets. */
const FIRST_OFFSETS = 4 * 1024;

/** Offset of the end of an entry's key, where its rest begins. */
export function keyEndAt(buffer: Buffer, start: number): number {
  return start + HEADER + lengthAt(buffer, start);
}

/** Offset of the end of an entry. */
export function endAt(buffer: Buffer, start: number): number {
  return keyEndAt(buffer, start) + lengthAt(buffer, start + 4);
}

/** A length of a header: faster than `readUInt32LE`, which checks its arguments. */
function lengthAt(buffer: Buffer, at: number): number {
  return buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24);
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

/** Offset after the first strings of a key. */
export function keysEnd(buffer: Buffer, start: number, strings: number): number {
  let end = start;
  for (let i = 0; i < strings; i++) end = buffer.indexOf(END, end) + 1;
  return end;
}

/** Offset after the first two strings of an entry's key: a field and a key of it, whose entries are a group. */
export function groupEnd(buffer: Buffer, start: number): number {
  return keysEnd(buffer, start + HEADER, 2);
}

/** A growing array of offsets. */
export class Offsets {
  #memory: Buffer = Buffer.alloc(0);
  #all = new Uint32Array(0);
  length = 0;

  at(index: number): number {
    return this.#all[index]!;
  }

  push(offset: number): void {
    if (this.length === this.#all.length) this.#grow();
    this.#all[this.length++] = offset;
  }

  /** All offsets: a view of their memory, which is valid until the next one is added. */
  all(): Uint32Array {
    return this.#all.subarray(0, this.length);
  }

  /** Removes all offsets, and keeps the memory. */
  clear(): void {
    this.length = 0;
  }

  /** Removes all offsets, and leaves the memory to others. */
  release(): void {
    giveBack(this.#memory);
    this.#memory = Buffer.alloc(0);
    this.#all = new Uint32Array(0);
    this.length = 0;
  }

  #grow(): void {
    const memory = borrow(Math.max(2 * this.#memory.length, FIRST_OFFSETS));
    const all = new Uint32Array(memory.buffer as ArrayBuffer, memory.byteOffset, memory.length >>> 2);
    all.set(this.#all);
    giveBack(this.#memory);
    this.#memory = memory;
    this.#all = all;
  }
}

/** Copying more bytes than this takes less time by `Buffer.copy` than byte by byte. */
const SHORT = 24;

/** Entries in the order in which they were added. An entry is written in pieces: first the key, then the rest. */
export class Entries {
  arena: Buffer = Buffer.alloc(0);
  /** Of the arena; it writes numbers faster. */
  #view: DataView = new DataView(this.arena.buffer);
  readonly #starts = new Offsets();
  #at = 0;
  #start = 0;
  #keyEnd = 0;

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#start;
  }

  /** Number of entries. */
  get count(): number {
    return this.#starts.length;
  }

  /** Offsets of all entries: a view that is valid until the next one is added. */
  get starts(): Uint32Array {
    return this.#starts.all();
  }

  /** Offset of the entry with a number, in the order of adding. */
  startOf(entry: number): number {
    return this.#starts.at(entry);
  }

  /** Begins an entry of at most `most` bytes, without its header. */
  begin(most: number): this {
    const end = this.#start + HEADER + most;
    if (end > this.arena.length) this.#grow(end, Math.max(2 * this.arena.length, FIRST_BYTES));
    this.#at = this.#start + HEADER;
    return this;
  }

  /** Makes room for bytes of entries, which the caller writes to the arena; it calls `addAt` for each entry. */
  reserve(bytes: number): void {
    if (bytes > this.arena.length) this.#grow(bytes);
  }

  /** Adds an entry that the arena has, after all others. */
  addAt(start: number): void {
    this.#starts.push(start);
    this.#start = endAt(this.arena, start);
  }

  /** Removes the last entry. */
  removeLast(): void {
    this.#start = this.#starts.at(--this.#starts.length);
  }

  /** Writes a string of the key, or a part of a string. */
  keyText(text: string, start = 0, end = text.length): this {
    this.#at = writeKeyText(this.arena, this.#at, text, start, end);
    return this;
  }

  /** Writes a string of the key that is UTF-8 without U+0000 and U+0001. */
  keyBytes(bytes: Buffer, start: number, end: number): this {
    this.raw(bytes, start, end);
    this.arena[this.#at++] = END;
    return this;
  }

  /** Writes a string of the key: an integer of so many hex digits in lower case. */
  keyHex(value: number, digits: number): this {
    for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      const digit = (value >>> shift) & 15;
      this.arena[this.#at++] = digit < 10 ? 0x30 + digit : 0x57 + digit;
    }
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
    const { arena } = this;
    const at = this.#at;
    if (end - start > SHORT) bytes.copy(arena, at, start, end);
    else for (let i = start; i < end; i++) arena[at + i - start] = bytes[i]!;
    this.#at = at + end - start;
    return this;
  }

  /** Writes the first characters of a string of bytes. */
  latin1(text: string, length: number): this {
    for (let i = 0; i < length; i++) this.arena[this.#at + i] = text.charCodeAt(i);
    this.#at += length;
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
    this.#starts.push(this.#start);
    this.#start = this.#at;
  }

  /** Copies the last part of the key and the rest, and ends the entry. @param keyEnd offset of the end of the key */
  endWith(bytes: Buffer, start: number, keyEnd: number, end: number): void {
    this.#at += bytes.copy(this.arena, this.#at, start, end);
    this.#keyEnd = this.#at - (end - keyEnd);
    this.end();
  }

  /** Adds an entry with a key and numbers. */
  add(key: TableKey, numbers: readonly number[] = []): void {
    let space = 8 * numbers.length;
    for (let i = 0; i < key.length; i++) space += keySpace(key[i]!);
    this.begin(space);
    for (let i = 0; i < key.length; i++) this.keyText(key[i]!);
    this.endKey();
    for (let i = 0; i < numbers.length; i++) this.number(numbers[i]!);
    this.end();
  }

  /** Removes all entries, and keeps the memory. */
  clear(): void {
    this.#starts.clear();
    this.#start = 0;
  }

  /** Removes all entries, and leaves the memory to others. */
  release(): void {
    this.#starts.release();
    this.#start = 0;
    giveBack(this.arena);
    this.arena = Buffer.alloc(0);
    this.#view = new DataView(this.arena.buffer);
  }

  /** @throws InputError if offsets cannot reach the entries: an update of so many edits; a build writes them before */
  #grow(bytes: number, wanted = 0): void {
    if (bytes > MAX_BYTES)
      throw new InputError(
        'the rows of one table need more than 4 GiB of memory: give fewer edits at a time',
      );
    const arena = borrow(Math.min(Math.max(bytes, wanted), MAX_BYTES));
    this.arena.copy(arena, 0, 0, this.#start);
    giveBack(this.arena);
    this.arena = arena;
    this.#view = new DataView(arena.buffer);
  }
}
