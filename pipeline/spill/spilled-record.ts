/** Records of runs, their layout, and records that are read where they lie in a part of a run. */

import type { Findings } from '#pipeline/engine/record-scanner.ts';

/** A raw record with its position. */
export interface SpilledRecord {
  /** Number of the record among the accepted records of its split. */
  readonly position: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Enclosing keys, if the shape of the input has them. */
  readonly key: string | undefined;
  readonly region: string | undefined;
  /** The record in JSON. */
  readonly bytes: Buffer;
  /** They begin with x, y and z; all others are 0 if the record was not scanned. */
  readonly findings?: Findings;
}

/** Bytes of the findings of a scan about a record: x, y, z and others. */
const ROW_BYTES = 64;
/** Before a record: size, lengths of key and region (or NONE), position, row. */
const POSITION = 12;
const ROW = 20;
const [X, Y, Z] = [ROW, ROW + 8, ROW + 16];
const HEADER = ROW + ROW_BYTES;
const NONE = 0xffffffff;

/** Bytes with a view on them: numbers are read and written several times as fast as by methods of a buffer. */
export class RecordMemory {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Number of bytes of the record at an offset. */
  sizeAt(at: number): number {
    return this.view.getUint32(at, true);
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

  /** Writes a record of `storedSize` bytes. */
  write(
    at: number,
    size: number,
    record: SpilledRecord,
    key: Buffer | undefined,
    region: Buffer | undefined,
  ): void {
    const { bytes, view } = this;
    view.setUint32(at, size, true);
    view.setUint32(at + 4, key?.length ?? NONE, true);
    view.setUint32(at + 8, region?.length ?? NONE, true);
    view.setFloat64(at + POSITION, record.position, true);
    if (record.findings)
      record.findings.bytes.copy(bytes, at + ROW, record.findings.at, record.findings.at + ROW_BYTES);
    else bytes.fill(0, at + ROW, at + HEADER);
    view.setFloat64(at + X, record.x, true);
    view.setFloat64(at + Y, record.y, true);
    view.setFloat64(at + Z, record.z, true);
    let end = at + HEADER;
    for (const part of [key, region, record.bytes]) if (part) end += part.copy(bytes, end);
  }
}

/** Bytes of a record in a run. */
export function storedSize(record: Buffer, key: Buffer | undefined, region: Buffer | undefined): number {
  return HEADER + record.length + (key?.length ?? 0) + (region?.length ?? 0);
}

/** A record in a part of a run. Its strings and buffers are made when they are read. */
export class StoredRecord implements SpilledRecord {
  readonly memory: RecordMemory;
  readonly at: number;
  /** Where its JSON begins and ends. */
  readonly start: number;
  readonly end: number;
  readonly #regionAt: number;

  constructor(memory: RecordMemory, at: number) {
    const { view } = memory;
    const [keyLength, regionLength] = [view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
    this.memory = memory;
    this.at = at;
    this.end = at + view.getUint32(at, true);
    this.#regionAt = at + HEADER + (keyLength === NONE ? 0 : keyLength);
    this.start = this.#regionAt + (regionLength === NONE ? 0 : regionLength);
  }

  get position(): number {
    return this.memory.view.getFloat64(this.at + POSITION, true);
  }

  get x(): number {
    return this.memory.xAt(this.at);
  }

  get y(): number {
    return this.memory.yAt(this.at);
  }

  get z(): number {
    return this.memory.zAt(this.at);
  }

  get key(): string | undefined {
    if (this.memory.view.getUint32(this.at + 4, true) === NONE) return undefined;
    return this.memory.bytes.toString('utf8', this.at + HEADER, this.#regionAt);
  }

  get region(): string | undefined {
    if (this.memory.view.getUint32(this.at + 8, true) === NONE) return undefined;
    return this.memory.bytes.toString('utf8', this.#regionAt, this.start);
  }

  get bytes(): Buffer {
    return this.memory.bytes.subarray(this.start, this.end);
  }

  get findings(): Findings {
    const { bytes, view } = this.memory;
    return { bytes, view, at: this.at + ROW };
  }
}
