/** Records of runs, their layout, and records that are read where they lie in a part of a run. */

/** A raw record. */
export interface RecordText {
  /** Enclosing keys, if the shape of the input has them. */
  readonly key?: string | undefined;
  readonly region?: string | undefined;
  /** The record in JSON. */
  readonly bytes: Buffer;
}

/** A raw record with its position. */
export interface SpilledRecord extends RecordText {
  /** Number of the record among the accepted records of its split. */
  readonly position: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Bytes of the findings of a scan about a record: x, y, z and others. */
const ROW_BYTES = 64;
/** Before a record: size, lengths of key and region (or NONE), position, findings. */
const KEY = 4;
const REGION = 8;
const POSITION = 12;
const ROW = 20;
const [X, Y, Z] = [ROW, ROW + 8, ROW + 16];
const HEADER = ROW + ROW_BYTES;
const NONE = 0xffffffff;
/** Bytes of the size of a record, which comes first, and the least size. */
export const SIZE_BYTES = 4;
export const LEAST_SIZE = HEADER;

/**
 * Bytes with records, and a view on them: numbers are read and written several times as fast as by methods of a buffer.
 * Offsets are those of records.
 */
export class RecordMemory {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Number of bytes of a record. */
  sizeAt(at: number): number {
    return this.view.getUint32(at, true);
  }

  positionAt(at: number): number {
    return this.view.getFloat64(at + POSITION, true);
  }

  xAt(at: number): number {
    return this.view.getFloat64(at + X, true);
  }

  yAt(at: number): number {
    return this.view.getFloat64(at + Y, true);
  }

  zAt(at: number): number {
    return this.view.getFloat64(at + Z, true);
  }

  /** Offset of the findings about a record: they begin with x, y and z; all others are 0 if it was not scanned. */
  findingsAt(at: number): number {
    return at + ROW;
  }

  keyAt(at: number): string | undefined {
    return this.#textAt(at + KEY, at + HEADER);
  }

  regionAt(at: number): string | undefined {
    return this.#textAt(at + REGION, at + HEADER + this.#lengthAt(at + KEY));
  }

  /** Where the JSON of a record begins. */
  jsonAt(at: number): number {
    return at + HEADER + this.#lengthAt(at + KEY) + this.#lengthAt(at + REGION);
  }

  #lengthAt(at: number): number {
    const length = this.view.getUint32(at, true);
    return length === NONE ? 0 : length;
  }

  #textAt(lengthAt: number, start: number): string | undefined {
    const length = this.view.getUint32(lengthAt, true);
    return length === NONE ? undefined : this.bytes.toString('utf8', start, start + length);
  }

  /** Writes a record of `storedSize` bytes, but neither findings nor coordinates. */
  write(at: number, size: number, position: number, { key, region, bytes }: RecordText): void {
    this.view.setUint32(at, size, true);
    this.view.setFloat64(at + POSITION, position, true);
    const keyEnd = this.#writeText(at + KEY, key, at + HEADER);
    bytes.copy(this.bytes, this.#writeText(at + REGION, region, keyEnd));
  }

  /** Writes the findings of a scan, which have the coordinates, from an offset on in a view. */
  setFindings(at: number, findings: DataView, from: number): void {
    const { view } = this;
    for (let i = 0; i < ROW_BYTES; i += 4) view.setUint32(at + ROW + i, findings.getUint32(from + i));
  }

  /** Writes the coordinates of a record that was not scanned. */
  setPoint(at: number, x: number, y: number, z: number): void {
    const { bytes, view } = this;
    bytes.fill(0, at + ROW, at + HEADER);
    view.setFloat64(at + X, x, true);
    view.setFloat64(at + Y, y, true);
    view.setFloat64(at + Z, z, true);
  }

  /** Writes a text and its length; returns the offset after the text. */
  #writeText(lengthAt: number, text: string | undefined, at: number): number {
    const length = text === undefined ? NONE : this.bytes.write(text, at);
    this.view.setUint32(lengthAt, length, true);
    return text === undefined ? at : at + length;
  }
}

/** Bytes of a record in a run. */
export function storedSize({ key, region, bytes }: RecordText): number {
  const texts = (key ? Buffer.byteLength(key) : 0) + (region ? Buffer.byteLength(region) : 0);
  return HEADER + texts + bytes.length;
}

/** Records of a run that were read together. */
export class RecordBatch {
  readonly memory: RecordMemory;
  /** Offset of each record. */
  readonly starts: readonly number[];

  constructor(memory: RecordMemory, starts: readonly number[]) {
    this.memory = memory;
    this.starts = starts;
  }

  records(): StoredRecord[] {
    return this.starts.map(at => new StoredRecord(this.memory, at));
  }
}

/** A record in a part of a run, read when it is needed. */
export class StoredRecord implements SpilledRecord {
  readonly #memory: RecordMemory;
  readonly #at: number;

  constructor(memory: RecordMemory, at: number) {
    this.#memory = memory;
    this.#at = at;
  }

  get position(): number {
    return this.#memory.positionAt(this.#at);
  }

  get x(): number {
    return this.#memory.xAt(this.#at);
  }

  get y(): number {
    return this.#memory.yAt(this.#at);
  }

  get z(): number {
    return this.#memory.zAt(this.#at);
  }

  get key(): string | undefined {
    return this.#memory.keyAt(this.#at);
  }

  get region(): string | undefined {
    return this.#memory.regionAt(this.#at);
  }

  get bytes(): Buffer {
    const memory = this.#memory;
    const end = this.#at + memory.sizeAt(this.#at);
    return memory.bytes.subarray(memory.jsonAt(this.#at), end);
  }
}
