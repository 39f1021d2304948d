/**
 * Id runs: a claim of each accepted record to its id. The key is the id and the ordinal of the record, so that claims to
 * one id come in the order of the input; the rest is what identifies the record's bytes, and numbers.
 */
import { hash } from 'node:crypto';
import { ID_ORIGINS, type IdOrigin } from '#format/record/normalise.ts';
import type { System } from '#format/system.ts';
import { hashBytes, hashText } from '#format/utf8.ts';
import { RECORD_HASH_BYTES, type ScannedRecords } from '#pipeline/engine/record-scanner.ts';
import type { RawRecord } from '#pipeline/source/source-types.ts';
import { type Entries, HEADER, keyEndAt } from '#pipeline/spill/entries.ts';
import { keyPoints, keySpace, readKey } from '#pipeline/spill/key-bytes.ts';
import type { IdClaim } from './duplicates.ts';

export interface Claim extends IdClaim {
  /** The ordinal: the split of the record, and its number among the accepted records of the split. */
  readonly split: number;
  readonly position: number;
  /** Number of its bucket in the split, number of its record run, and offset of the record in its bucket of that run. */
  readonly bucket: number;
  readonly run: number;
  readonly at: number;
  /** Location of the record; the line is relative to the split. */
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Bytes of the ordinal at the end of the key: split and position, big-endian. */
const SPLIT_BYTES = 4;
const POSITION_BYTES = 6;
const ORDINAL_BYTES = SPLIT_BYTES + POSITION_BYTES;
/**
 * Bytes that identify a record, which are compared only among systems with the same id: a hash of the engine and the
 * length of the record, or the first bytes of a SHA-256.
 */
const LENGTH_BYTES = 4;
const CONTENT_BYTES = RECORD_HASH_BYTES + LENGTH_BYTES;
/** Numbers of a claim, in their order. */
const [X, Y, Z, SPLIT, BUCKET, RUN, AT, ORIGIN, LINE, COLUMN, OFFSET] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const NUMBERS = 11;
/** Bytes of a claim after its id. */
const REST_BYTES = ORDINAL_BYTES + CONTENT_BYTES + 8 * NUMBERS;

/** Adds the claims of the records of a split; `ClaimMemory.place` completes them. */
export class ClaimWriter {
  readonly #entries: Entries;
  readonly #split: number;

  constructor(entries: Entries, split: number) {
    this.#entries = entries;
    this.#split = split;
  }

  /** Adds the claim of a system. @param position number of its record among the accepted records of the split */
  add(position: number, { id, x, y, z }: System, origin: IdOrigin, raw: RawRecord): void {
    this.#entries.begin(keySpace(id) + REST_BYTES).keyText(id);
    this.#endKey(position);
    this.#entries.latin1(contentOf(raw, hash('sha256', raw.bytes, 'binary')), CONTENT_BYTES);
    this.#entries.number(x).number(y).number(z);
    this.#end(origin, raw);
  }

  /**
   * Adds the claim of a scanned record.
   * @param position as for `add`
   * @param i index of the record among the scanned ones
   */
  addScanned(position: number, scanned: ScannedRecords, i: number, raw: RawRecord): void {
    const entries = this.#entries;
    const start = scanned.idStart(i);
    const end = scanned.idEnd(i);
    entries.begin(end - start + 1 + REST_BYTES).keyBytes(raw.bytes, start, end);
    this.#endKey(position);
    const { hashes } = scanned;
    const [from, to] = [RECORD_HASH_BYTES * i, RECORD_HASH_BYTES * (i + 1)];
    if (raw.key === undefined && raw.region === undefined)
      entries.raw(hashes, from, to).integer(raw.bytes.length, LENGTH_BYTES);
    else entries.latin1(contentOf(raw, hashes.toString('latin1', from, to)), CONTENT_BYTES);
    entries.number(scanned.x(i)).number(scanned.y(i)).number(scanned.z(i));
    this.#end('own', raw);
  }

  #endKey(position: number): void {
    this.#entries.integer(this.#split, SPLIT_BYTES).integer(position, POSITION_BYTES).endKey();
  }

  #end(origin: IdOrigin, { location }: RawRecord): void {
    const entries = this.#entries.number(this.#split).number(0).number(0).number(0);
    entries.number(ID_ORIGINS.indexOf(origin));
    entries.number(location.line).number(location.column).number(location.offset).end();
  }
}

/** Entries of claims in memory; each is known by its offset. */
export class ClaimMemory {
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Writes to a claim where its record is. */
  place(start: number, bucket: number, run: number, at: number): void {
    const numbers = this.#numbersAt(start);
    this.#view.setFloat64(numbers + 8 * BUCKET, bucket, true);
    this.#view.setFloat64(numbers + 8 * RUN, run, true);
    this.#view.setFloat64(numbers + 8 * AT, at, true);
  }

  x(start: number): number {
    return this.#number(start, X);
  }

  y(start: number): number {
    return this.#number(start, Y);
  }

  z(start: number): number {
    return this.#number(start, Z);
  }

  split(start: number): number {
    return this.#number(start, SPLIT);
  }

  bucket(start: number): number {
    return this.#number(start, BUCKET);
  }

  /** `hashText` of the id. */
  idHash(start: number): number {
    const bytes = this.#bytes;
    const id = start + HEADER;
    const end = this.#idEnd(start);
    // The bytes of an id with an escape are not those of the id.
    const isPlain = keyPoints(bytes, id, end) !== undefined;
    return isPlain ? hashBytes(bytes, id, end) : hashText(readKey(bytes, id, end + 1)[0]!);
  }

  /** True if a claim has the same id as one in other memory. */
  hasSameId(start: number, memory: ClaimMemory, other: number): boolean {
    const [own, others] = [this.#bytes, memory.#bytes];
    const length = keyEndAt(own, start) - start - ORDINAL_BYTES;
    if (keyEndAt(others, other) - other - ORDINAL_BYTES !== length) return false;
    // Most ids differ in their last characters.
    for (let i = length - 1; i >= HEADER; i--) if (own[start + i] !== others[other + i]) return false;
    return true;
  }

  claim(start: number): Claim {
    const bytes = this.#bytes;
    const keyEnd = keyEndAt(bytes, start);
    return {
      id: readKey(bytes, start + HEADER, this.#idEnd(start) + 1)[0]!,
      content: bytes.toString('latin1', keyEnd, keyEnd + CONTENT_BYTES),
      split: this.split(start),
      position: bytes.readUIntBE(keyEnd - POSITION_BYTES, POSITION_BYTES),
      ...{ x: this.x(start), y: this.y(start), z: this.z(start) },
      ...{ bucket: this.bucket(start), run: this.#number(start, RUN), at: this.#number(start, AT) },
      origin: ID_ORIGINS[this.#number(start, ORIGIN)]!,
      line: this.#number(start, LINE),
      column: this.#number(start, COLUMN),
      offset: this.#number(start, OFFSET),
    };
  }

  /** Offset of the end of an id, before the byte that ends a string of a key. */
  #idEnd(start: number): number {
    return keyEndAt(this.#bytes, start) - ORDINAL_BYTES - 1;
  }

  #numbersAt(start: number): number {
    return start + HEADER + this.#view.getUint32(start, true) + CONTENT_BYTES;
  }

  #number(start: number, index: number): number {
    return this.#view.getFloat64(this.#numbersAt(start) + 8 * index, true);
  }
}

/**
 * Bytes as characters, which are equal for records of the same bytes with the same enclosing keys: these are identical
 * systems.
 * @param content identifies the bytes
 */
function contentOf({ key, region }: RawRecord, content: string): string {
  if (key === undefined && region === undefined) return content;
  return hash('sha256', JSON.stringify([key ?? null, region ?? null, content]), 'binary');
}
