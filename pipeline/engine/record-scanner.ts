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
/** Bytes of the records that are scanned together; the others are not accepted. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Findings of a scan about a record, from an offset on in bytes with a view on them. */
export interface Findings {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly at: number;
}

/**
 * Rows of scanned records, valid until the next scan. Where `isAccepted` is true, JavaScript accepts the record too: it
 * is valid, can be stored, and has an id and a position of its own, which are those of the row.
 */
export class ScannedRecords {
  readonly bytes: Buffer;
  readonly #view: DataView;
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;

  constructor(buffer: ArrayBuffer, at: number, count: number) {
    this.bytes = Buffer.from(buffer, at, ROW * count);
    this.#view = new DataView(buffer, at, ROW * count);
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
  findingsOf(record: number): Findings {
    return { bytes: this.bytes, view: this.#view, at: ROW * record };
  }
}

/** The parts of a record that a build needs without its values. */
export interface Survey {
  readonly id: string;
  /** Undefined if the record has no name. */
  readonly name: string | undefined;
  /** Undefined if the record has no region. */
  readonly region: string | undefined;
  /** Bits of `System.derived`. */
  readonly derived: number;
  readonly counts: Bodies;
  /** Weight of the details. */
  readonly weight: number;
}

/**
 * Reads the findings about a record; undefined if JavaScript must make its system. Otherwise all fields of the record are
 * stored as they stand.
 * @param source has the record from `start` on
 */
export function surveyOf({ view, at: row }: Findings, source: Buffer, start = 0): Survey | undefined {
  const word = (at: number) => view.getUint32(row + 4 * at, true);
  const flags = word(FLAGS);
  if ((flags & PLAIN) === 0) return undefined;
  const text = (at: number) => {
    const from = word(at);
    if (from === 0) return undefined;
    const found = source.toString('utf8', start + from, start + from + word(at + 1));
    return flags & ESCAPED && found.includes('\\') ? (JSON.parse(`"${found}"`) as string) : found;
  };
  const [name, region] = [text(NAME), text(REGION)];
  const derived =
    (flags & NUMBERED ? DERIVED_ID : 0) |
    (name === undefined ? DERIVED_NAME : 0) |
    (region === undefined ? DERIVED_REGION : 0);
  return {
    ...{ id: text(ID)!, name, region, derived },
    counts: {
      planets: word(PLANETS),
      moons: word(MOONS),
      stations: flags & STATION ? 1 : 0,
    },
    weight: word(WEIGHT),
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
    const view = new DataView(memory.buffer);
    const entries = new Uint32Array(memory.buffer, list, 2 * records.length);
    records.forEach((record, i) => {
      const stop = at + record.length;
      if (stop + SENTINEL > end) {
        // No record begins with the 0 after the last one.
        entries.set([at - SENTINEL, 0], 2 * i);
        return;
      }
      bytes.set(record, at);
      for (let end = stop; end < stop + SENTINEL; end += 8) view.setFloat64(end, 0);
      entries[2 * i] = at;
      entries[2 * i + 1] = record.length;
      at = stop + SENTINEL;
    });
    scanRecords(list, records.length, rows);
    return new ScannedRecords(memory.buffer, rows, records.length);
  }
}
