/**
 * The spill: raw records set aside by bucket, in one file.
 *
 * Each bucket gathers records in memory; when all buckets together hold the budget, everything is appended to the
 * file and only the places (extents) are kept. So one file is open however many buckets there are, and a small
 * input never touches the disk.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { type Bounds, noBounds, type OpenBounds, widen } from '../client/format/index.ts';

/** A record on its way to its cell. */
export interface SpilledRecord {
  /** Place in the order of the input: what tells `first` from `last`. */
  readonly sequence: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Enclosing keys, where the input's shape has them. */
  readonly key: string | undefined;
  readonly region: string | undefined;
  /** JSON text of the record. */
  readonly bytes: Buffer;
}

/** What a bucket holds; bounds as if -0 were 0. */
export interface Bucket {
  records: number;
  bytes: number;
  bounds: Bounds;
}

interface OpenBucket {
  records: number;
  bytes: number;
  readonly bounds: OpenBounds;
  buffered: Buffer;
  used: number;
  readonly extents: { offset: number; length: number }[];
}

/** Size, length of key, length of region (or NONE); sequence, x, y, z. */
const HEADER = 44;
const NONE = 0xffffffff;
const FIRST_PAGE = 1024;

export class Spill {
  readonly #path: string;
  readonly #budget: number;
  readonly #buckets = new Map<number, OpenBucket>();
  #file: number | undefined;
  #end = 0;
  #buffered = 0;

  /**
   * @param path file to be made once memory does not suffice
   * @param budget bytes to hold in memory
   */
  constructor(path: string, budget: number) {
    this.#path = path;
    this.#budget = budget;
  }

  add(bucket: number, record: SpilledRecord): void {
    let to = this.#buckets.get(bucket);
    if (!to) {
      to = {
        records: 0,
        bytes: 0,
        bounds: noBounds(),
        buffered: Buffer.alloc(0),
        used: 0,
        extents: [],
      };
      this.#buckets.set(bucket, to);
    }
    const key = record.key === undefined ? undefined : Buffer.from(record.key);
    const region = record.region === undefined ? undefined : Buffer.from(record.region);
    const size = HEADER + record.bytes.length + (key?.length ?? 0) + (region?.length ?? 0);
    if (this.#buffered + size > this.#budget && this.#buffered > 0) this.#flush();
    const page = this.#reserve(to, size);
    const at = to.used;
    page.writeUInt32LE(size, at);
    page.writeUInt32LE(key?.length ?? NONE, at + 4);
    page.writeUInt32LE(region?.length ?? NONE, at + 8);
    page.writeDoubleLE(record.sequence, at + 12);
    page.writeDoubleLE(record.x, at + 20);
    page.writeDoubleLE(record.y, at + 28);
    page.writeDoubleLE(record.z, at + 36);
    let end = at + HEADER;
    for (const part of [key, region, record.bytes]) if (part) end += part.copy(page, end);
    to.used = end;
    to.records++;
    to.bytes += size;
    this.#buffered += size;
    widen(to.bounds, record.x, record.y, record.z);
  }

  /** The buckets that hold anything, by number. */
  buckets(): Map<number, Bucket> {
    return new Map(
      Array.from(this.#buckets, ([number, { records, bytes, bounds }]) => [
        number,
        { records, bytes, bounds },
      ]),
    );
  }

  /** The records of a bucket in the order in which they came; their bytes stay valid. */
  *read(bucket: number): Generator<SpilledRecord> {
    const from = this.#buckets.get(bucket);
    if (!from) return;
    for (const { offset, length } of from.extents) yield* records(this.#load(offset, length));
    yield* records(from.buffered.subarray(0, from.used));
  }

  /** Gives a bucket's memory back; its records are gone. */
  drop(bucket: number): void {
    this.#buffered -= this.#buckets.get(bucket)?.used ?? 0;
    this.#buckets.delete(bucket);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#buckets.clear();
  }

  #reserve(bucket: OpenBucket, size: number): Buffer {
    if (bucket.used + size > bucket.buffered.length) {
      const page = Buffer.allocUnsafeSlow(
        Math.max(bucket.used + size, 2 * bucket.buffered.length, FIRST_PAGE),
      );
      bucket.buffered.copy(page, 0, 0, bucket.used);
      bucket.buffered = page;
    }
    return bucket.buffered;
  }

  #flush(): void {
    this.#file ??= openSync(this.#path, 'w+');
    for (const bucket of this.#buckets.values()) {
      if (bucket.used === 0) continue;
      for (let at = 0; at < bucket.used; ) {
        at += writeSync(this.#file, bucket.buffered, at, bucket.used - at, this.#end + at);
      }
      bucket.extents.push({ offset: this.#end, length: bucket.used });
      this.#end += bucket.used;
      bucket.buffered = Buffer.alloc(0);
      bucket.used = 0;
    }
    this.#buffered = 0;
  }

  #load(offset: number, length: number): Buffer {
    const page = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const got = readSync(this.#file!, page, at, length - at, offset + at);
      if (got === 0)
        throw new Error(`${this.#path}: the spill file ends early: was it changed while the build ran?`);
      at += got;
    }
    return page;
  }
}

function* records(page: Buffer): Generator<SpilledRecord> {
  for (let at = 0; at < page.length; ) {
    const keyLength = page.readUInt32LE(at + 4);
    const regionLength = page.readUInt32LE(at + 8);
    const keyAt = at + HEADER;
    const regionAt = keyAt + (keyLength === NONE ? 0 : keyLength);
    const bytesAt = regionAt + (regionLength === NONE ? 0 : regionLength);
    const end = at + page.readUInt32LE(at);
    yield {
      sequence: page.readDoubleLE(at + 12),
      x: page.readDoubleLE(at + 20),
      y: page.readDoubleLE(at + 28),
      z: page.readDoubleLE(at + 36),
      key: keyLength === NONE ? undefined : page.toString('utf8', keyAt, regionAt),
      region: regionLength === NONE ? undefined : page.toString('utf8', regionAt, bytesAt),
      bytes: page.subarray(bytesAt, end),
    };
    at = end;
  }
}
