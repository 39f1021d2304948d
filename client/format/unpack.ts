/** Decoder of the part of MessagePack that the format uses. FORMAT.md, section 5; the standard is msgpack/spec.md. */

import { reserve, SLOT } from './memory-cost.ts';

/**
 * A decoded value. Bytes are views of the file. Strings are not, but a string can keep up to 16 KiB of its neighbours in
 * an array in memory: V8 represents a part of a string as a view.
 */
export type Unpacked = number | string | Uint8Array | Unpacked[];

/** Maximum nesting of arrays for JSON values of 256 levels: two per level, and the form of the innermost strings. */
const MAX_DEPTH = 516;
/**
 * Consecutive ASCII strings are collected here and decoded together: a call of TextDecoder costs more than most
 * strings.
 */
const run = new Uint8Array(1 << 14);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes the MessagePack map of a decompressed file. No array is allocated for more elements than there are bytes
 * left.
 * @throws Error if the bytes are not one such map: truncated, with types that the format does not use, nested too
 *   deeply, with a repeated field, or with trailing bytes
 */
export function unpack(bytes: Uint8Array): Record<string, unknown> {
  const reader = new Reader(bytes);
  const file = reader.file();
  if (reader.at !== bytes.length) throw new Error(`${bytes.length - reader.at} bytes follow the content`);
  return file;
}

/** A field that is an integer from 0. */
export function countField(file: Record<string, unknown>, field: string): number {
  const value = file[field];
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new Error(`field "${field}" is ${String(value)}, expected an integer from 0`);
  }
  return value as number;
}

/** Whether a string of less than 256 bytes begins with the byte. */
function isString(type: number): boolean {
  return type >> 5 === 5 || type === 0xd9;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  file(): Record<string, unknown> {
    const type = this.#uint(1);
    // A shift of 0, 1 or 2 gives the number of bytes of the length.
    const fields = type >> 4 === 8 ? type & 15 : type >> 1 === 0xde >> 1 ? this.#uint(2 << (type & 1)) : -1;
    if (fields < 0) throw new Error('the content is not a MessagePack map');
    const file: Record<string, unknown> = Object.create(null);
    for (let i = 0; i < fields; i++) {
      const name = this.#value(0);
      if (typeof name !== 'string') throw new Error('a field name is not a string');
      if (name in file) throw new Error(`field "${name}" is repeated`);
      file[name] = this.#value(0);
    }
    return file;
  }

  #value(depth: number): Unpacked {
    const type = this.#uint(1);
    if (type < 0x80) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type >= 0xa0 && type < 0xc0) return this.#string(type & 31);
    if (type >= 0x90 && type < 0xa0) return this.#array(type & 15, depth);
    switch (type) {
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#uint(1 << (type - 0xc4)));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(1 << (type - 0xcc));
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#uint(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(2 << (type - 0xdc)), depth);
      default:
        throw new Error(
          `MessagePack type 0x${type.toString(16)} at byte ${this.at - 1} is not used by the format`,
        );
    }
  }

  #array(length: number, depth: number): Unpacked[] {
    if (depth >= MAX_DEPTH) throw new Error(`arrays nest deeper than ${MAX_DEPTH} levels`);
    // Each element has at least a byte.
    if (length > this.#bytes.length - this.at) throw this.#cut();
    reserve(SLOT * length);
    const array: Unpacked[] = new Array(length);
    for (let i = 0; i < length; ) {
      i = this.#asciiStrings(array, i);
      if (i < length) array[i++] = this.#value(depth + 1);
    }
    return array;
  }

  /**
   * Reads elements from `first` on while they are ASCII strings.
   * @returns the index of the next element
   */
  #asciiStrings(array: Unpacked[], first: number): number {
    const bytes = this.#bytes;
    if (!isString(bytes[this.at]!)) return first;
    const ends: number[] = [];
    let filled = 0;
    for (let i = first; i < array.length; i++) {
      const type = bytes[this.at]!;
      if (!isString(type)) break;
      const start = this.at + (type === 0xd9 ? 2 : 1);
      const end = start + (type === 0xd9 ? bytes[start - 1]! : type & 31);
      // Truncated, long and other strings are left to `#value`.
      if (!(end <= bytes.length && filled + end - start <= run.length)) break;
      let at = start;
      for (; at < end && bytes[at]! < 0x80; at++) run[filled + at - start] = bytes[at]!;
      if (at < end) break;
      filled += end - start;
      ends.push(filled);
      this.at = end;
    }
    if (ends.length === 0) return first;
    const text = utf8.decode(run.subarray(0, filled));
    for (let i = 0, from = 0; i < ends.length; from = ends[i++]!)
      array[first + i] = text.slice(from, ends[i]);
    return first + ends.length;
  }

  #string(length: number): string {
    return utf8.decode(this.#take(length));
  }

  #take(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, this.at);
  }

  /** A big-endian unsigned integer of 1, 2 or 4 bytes. */
  #uint(size: number): number {
    const start = this.#skip(size);
    if (size === 1) return this.#bytes[start]!;
    return size === 2 ? this.#view.getUint16(start) : this.#view.getUint32(start);
  }

  /**
   * Skips `length` bytes.
   * @returns the index of the first
   */
  #skip(length: number): number {
    const start = this.at;
    if (length > this.#bytes.length - start) throw this.#cut();
    this.at = start + length;
    return start;
  }

  #cut(): Error {
    return new Error(`the content is truncated at byte ${this.#bytes.length}`);
  }
}
