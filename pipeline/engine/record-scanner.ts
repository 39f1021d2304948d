/** Finds what the task `map` needs of records in JSON, without parsing them. */
import type { Bodies } from '#format/system.ts';
import { type EngineExports, newEngine } from './engine-module.ts';

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

/** Position and length of a record. */
const ENTRY = 8;
/** Zeros after a record, which end every token. */
const SENTINEL = 16;
/** Bytes of the records that are scanned together; the others are not accepted. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Rows of scanned records, valid until the next scan. Where `isAccepted` is true, JavaScript accepts the record too: it
 * is valid, can be stored, and has an id and a position of its own, which are those of the row.
 */
export class ScannedRecords {
  readonly bytes: Buffer;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;

  constructor(buffer: ArrayBuffer, at: number, count: number) {
    this.bytes = Buffer.from(buffer, at, ROW * count);
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

  /** The findings about a record, which begin with x, y and z. */
  rowOf(record: number): Buffer {
    return this.bytes.subarray(ROW * record, ROW * (record + 1));
  }
}

/** The parts of a record that a build needs without its values. */
export interface Survey {
  readonly id: string;
  /** Undefined if the record has no name. */
  readonly name: string | undefined;
  /** Undefined if the record has no region. */
  readonly region: string | undefined;
  readonly counts: Bodies;
  /** Weight of the details. */
  readonly weight: number;
}

/**
 * Reads the findings about a record; undefined if JavaScript must make its system. Otherwise all fields of the record are
 * stored as they stand.
 * @param row a copy of `rowOf`
 */
export function surveyOf(row: Buffer, record: Buffer): Survey | undefined {
  const flags = row.readUInt32LE(4 * FLAGS);
  if ((flags & PLAIN) === 0) return undefined;
  const text = (at: number) => {
    const start = row.readUInt32LE(4 * at);
    if (start === 0) return undefined;
    const found = record.toString('utf8', start, start + row.readUInt32LE(4 * at + 4));
    return flags & ESCAPED && found.includes('\\') ? (JSON.parse(`"${found}"`) as string) : found;
  };
  return {
    ...{ id: text(ID)!, name: text(NAME), region: text(REGION) },
    counts: {
      planets: row.readUInt32LE(4 * PLANETS),
      moons: row.readUInt32LE(4 * MOONS),
      stations: flags & STATION ? 1 : 0,
    },
    weight: row.readUInt32LE(4 * WEIGHT),
  };
}

export class RecordScanner {
  readonly #engine: EngineExports = newEngine();

  /** Scans records in JSON; any of them may be invalid. */
  scan(records: readonly Uint8Array[]): ScannedRecords {
    const { memory, reset, allocate, scanRecords } = this.#engine;
    let size = 0;
    for (const { length } of records) size += length + SENTINEL;
    reset();
    const list = allocate(ENTRY * records.length);
    const rows = allocate(ROW * records.length);
    let at = allocate(Math.min(size, MAX_BYTES));
    const end = at + Math.min(size, MAX_BYTES);
    const bytes = new Uint8Array(memory.buffer);
    const entries = new Uint32Array(memory.buffer, list, 2 * records.length);
    records.forEach((record, i) => {
      const stop = at + record.length;
      if (stop + SENTINEL > end) {
        // No record begins with the 0 after the last one.
        entries.set([at - SENTINEL, 0], 2 * i);
        return;
      }
      bytes.set(record, at);
      bytes.fill(0, stop, stop + SENTINEL);
      entries[2 * i] = at;
      entries[2 * i + 1] = record.length;
      at = stop + SENTINEL;
    });
    scanRecords(list, records.length, rows);
    return new ScannedRecords(memory.buffer, rows, records.length);
  }
}
