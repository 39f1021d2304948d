/** Finds what the task `map` needs of records in JSON, without parsing them. */
import { type Bodies, DERIVED_ID, DERIVED_NAME, DERIVED_REGION } from '#format/system.ts';
import { type EngineExports, newEngine, SENTINEL } from './engine-module.ts';

/** Bytes of a row of `scanRecords`, and parts of it as indices of its 8 and 4 byte numbers. */
const ROW = 64;
const DOUBLES = ROW / 8;
const WORDS = ROW / 4;
const ID = 6;
const NAME = 8;
const REGION = 10;
const WEIGHT = 12;
const PLANETS = 13;
const MOONS = 14;
const FLAGS = 15;
/** Flags of a row. */
const ACCEPTED = 1;
const NAMED = 2;
const PLAIN = 4;
const STATION = 8;
const ESCAPED = 16;
const NUMBERED = 32;

/** Position and length of a record. */
const ENTRY = 8;
/** Bytes of a hash, and of the key of hashes. */
export const RECORD_HASH_BYTES = 8;
export const HASH_KEY_BYTES = 16;
/** Bytes of the records that are scanned together; the others are not accepted. */
const MAX_BYTES = 8 * 1024 * 1024;

/** A record in JSON. */
export interface ScannableRecord {
  readonly bytes: Uint8Array;
}

/**
 * Rows of scanned records, valid until the next scan. Where `isAccepted` is true, JavaScript accepts the record too: it
 * is valid, can be stored, and has an id and a position of its own, which are those of the row.
 */
export class ScannedRecords {
  /** Their bytes: of each record the findings about it, from `rowOf` on. They begin with x, y and z. */
  readonly view: DataView;
  /** A hash of the bytes of each accepted record. */
  readonly hashes: Buffer;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;

  constructor(buffer: ArrayBuffer, at: number, hashes: number, count: number) {
    this.view = new DataView(buffer, at, ROW * count);
    this.hashes = Buffer.from(buffer, hashes, RECORD_HASH_BYTES * count);
    this.#doubles = new Float64Array(buffer, at, DOUBLES * count);
    this.#words = new Uint32Array(buffer, at, WORDS * count);
  }

  isAccepted(record: number): boolean {
    return (this.#words[WORDS * record + FLAGS]! & ACCEPTED) !== 0;
  }

  /** True if the record has a name that is not empty. */
  hasName(record: number): boolean {
    return (this.#words[WORDS * record + FLAGS]! & NAMED) !== 0;
  }

  /** True if name and region are strings of the record itself. */
  ownsNames(record: number): boolean {
    return this.#words[WORDS * record + NAME] !== 0 && this.#words[WORDS * record + REGION] !== 0;
  }

  x(record: number): number {
    return this.#doubles[DOUBLES * record]!;
  }

  y(record: number): number {
    return this.#doubles[DOUBLES * record + 1]!;
  }

  z(record: number): number {
    return this.#doubles[DOUBLES * record + 2]!;
  }

  /** Offset in the record of its id: UTF-8 without escapes. */
  idStart(record: number): number {
    return this.#words[WORDS * record + ID]!;
  }

  idEnd(record: number): number {
    return this.idStart(record) + this.#words[WORDS * record + ID + 1]!;
  }

  /** Offset in the view of the findings about a record. */
  rowOf(record: number): number {
    return ROW * record;
  }
}

/** True if a `Survey` has what a build needs of a record; otherwise JavaScript must make its system. */
export function isSurveyed(view: DataView, row: number): boolean {
  return (view.getUint32(row + 4 * FLAGS, true) & PLAIN) !== 0;
}

/**
 * The parts of a scanned record that a build needs without parsing it; all fields are stored as they stand. Values are
 * read from the findings and from the record when they are needed, strings once.
 */
export class Survey {
  readonly #view: DataView;
  readonly #row: number;
  /** Has the record from `start` to `end`. */
  readonly source: Buffer;
  readonly start: number;
  readonly end: number;
  #id: string | undefined;
  #name: string | undefined;
  #region: string | undefined;

  /** @param row offset of the findings in the view; `isSurveyed` must be true for them */
  constructor(view: DataView, row: number, source: Buffer, start: number, end: number) {
    this.#view = view;
    this.#row = row;
    this.source = source;
    this.start = start;
    this.end = end;
  }

  get bytes(): Buffer {
    return this.source.subarray(this.start, this.end);
  }

  get id(): string {
    this.#id ??= this.#text(ID);
    return this.#id;
  }

  /** The id if the record has no name. FORMAT.md, section 19. */
  get name(): string {
    this.#name ??= this.#has(NAME) ? this.#text(NAME) : this.id;
    return this.#name;
  }

  get region(): string {
    this.#region ??= this.#has(REGION) ? this.#text(REGION) : 'Unknown';
    return this.#region;
  }

  get x(): number {
    return this.#view.getFloat64(this.#row, true);
  }

  get y(): number {
    return this.#view.getFloat64(this.#row + 8, true);
  }

  get z(): number {
    return this.#view.getFloat64(this.#row + 16, true);
  }

  /** Bits of `System.derived`. */
  get derived(): number {
    const id = this.#word(FLAGS) & NUMBERED ? DERIVED_ID : 0;
    return id | (this.#has(NAME) ? 0 : DERIVED_NAME) | (this.#has(REGION) ? 0 : DERIVED_REGION);
  }

  get counts(): Bodies {
    const stations = this.#word(FLAGS) & STATION ? 1 : 0;
    return { planets: this.#word(PLANETS), moons: this.#word(MOONS), stations };
  }

  /** Weight of the details. */
  get weight(): number {
    return this.#word(WEIGHT);
  }

  #word(index: number): number {
    return this.#view.getUint32(this.#row + 4 * index, true);
  }

  #has(text: number): boolean {
    return this.#word(text) !== 0;
  }

  #text(index: number): string {
    const from = this.start + this.#word(index);
    const text = this.source.toString('utf8', from, from + this.#word(index + 1));
    return this.#word(FLAGS) & ESCAPED && text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
  }
}

export class RecordScanner {
  readonly #engine: EngineExports = newEngine();

  /** @param key of the hashes, a secret: with it, two records with the same hash can be found */
  constructor(key: Buffer) {
    this.#engine.setHashKey(key.readBigUInt64LE(0), key.readBigUInt64LE(HASH_KEY_BYTES / 2));
  }

  /** Scans records in JSON; any of them may be invalid. */
  scan(records: readonly ScannableRecord[]): ScannedRecords {
    const { memory, reset, allocate, scanRecords } = this.#engine;
    const count = records.length;
    let size = 0;
    for (let i = 0; i < count; i++) size += records[i]!.bytes.length + SENTINEL;
    reset();
    const list = allocate(ENTRY * count);
    const rows = allocate(ROW * count);
    const hashes = allocate(RECORD_HASH_BYTES * count);
    let at = allocate(Math.min(size, MAX_BYTES));
    const end = at + Math.min(size, MAX_BYTES);
    const bytes = new Uint8Array(memory.buffer);
    const view = new DataView(memory.buffer);
    const entries = new Uint32Array(memory.buffer, list, 2 * count);
    for (let i = 0; i < count; i++) {
      const record = records[i]!.bytes;
      const stop = at + record.length;
      if (stop + SENTINEL > end) {
        // No record begins with the 0 after the last one.
        entries[2 * i] = at - SENTINEL;
        entries[2 * i + 1] = 0;
        continue;
      }
      bytes.set(record, at);
      for (let zero = stop; zero < stop + SENTINEL; zero += 8) view.setFloat64(zero, 0);
      entries[2 * i] = at;
      entries[2 * i + 1] = record.length;
      at = stop + SENTINEL;
    }
    scanRecords(list, count, rows, hashes);
    return new ScannedRecords(memory.buffer, rows, hashes, count);
  }
}
