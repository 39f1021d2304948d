/**
 * Record runs: raw records by bucket. A task collects records in memory; when they fill its budget, it writes them to
 * one file, in which the records of each bucket are contiguous, with an index of the buckets.
 */
import { noBounds, type OpenBounds, widen } from '#format/geometry/bounds.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { Store } from '#pipeline/store/store.ts';
import { headedFile, readBytes, readIndexOf } from './headed-file.ts';

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
}

/** A bucket in a run; bounds as if -0 were 0. */
export interface BucketInRun {
  readonly name: string;
  readonly records: number;
  readonly offset: number;
  readonly length: number;
  readonly bounds: Bounds;
}

interface OpenBucket {
  records: number;
  bounds: OpenBounds;
  buffered: Buffer;
  used: number;
}

/** Bytes for size, length of key, length of region (or NONE); position, x, y, z. */
const HEADER = 44;
const NONE = 0xffffffff;
const FIRST_PAGE = 1024;

/** Gathers records by bucket. */
export class RecordGatherer {
  readonly #buckets = new Map<number, OpenBucket>();
  #bytes = 0;

  /** Bytes in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a record; returns where it begins in its bucket of the next run. */
  add(bucket: number, record: SpilledRecord): number {
    let to = this.#buckets.get(bucket);
    if (!to) {
      to = { records: 0, bounds: noBounds(), buffered: Buffer.alloc(0), used: 0 };
      this.#buckets.set(bucket, to);
    }
    const key = record.key === undefined ? undefined : Buffer.from(record.key);
    const region = record.region === undefined ? undefined : Buffer.from(record.region);
    const size = HEADER + record.bytes.length + (key?.length ?? 0) + (region?.length ?? 0);
    const page = reserve(to, size);
    const at = to.used;
    page.writeUInt32LE(size, at);
    page.writeUInt32LE(key?.length ?? NONE, at + 4);
    page.writeUInt32LE(region?.length ?? NONE, at + 8);
    page.writeDoubleLE(record.position, at + 12);
    page.writeDoubleLE(record.x, at + 20);
    page.writeDoubleLE(record.y, at + 28);
    page.writeDoubleLE(record.z, at + 36);
    let end = at + HEADER;
    for (const part of [key, region, record.bytes]) if (part) end += part.copy(page, end);
    to.used = end;
    to.records++;
    this.#bytes += size;
    widen(to.bounds, record.x, record.y, record.z);
    return at;
  }

  /** The file of a run with all records, in order of bucket number; empties the gatherer. */
  takeRun(names: readonly string[]): Uint8Array {
    const numbers = [...this.#buckets.keys()].sort((a, b) => a - b);
    const index: BucketInRun[] = [];
    const parts: Buffer[] = [];
    let offset = 0;
    for (const number of numbers) {
      const { records, bounds, buffered, used } = this.#buckets.get(number)!;
      index.push({ name: names[number]!, records, offset, length: used, bounds });
      parts.push(buffered.subarray(0, used));
      offset += used;
    }
    this.#buckets.clear();
    this.#bytes = 0;
    return headedFile(index, parts);
  }
}

function reserve(bucket: OpenBucket, size: number): Buffer {
  if (bucket.used + size > bucket.buffered.length) {
    const page = Buffer.allocUnsafeSlow(Math.max(bucket.used + size, 2 * bucket.buffered.length, FIRST_PAGE));
    bucket.buffered.copy(page, 0, 0, bucket.used);
    bucket.buffered = page;
  }
  return bucket.buffered;
}

/** The buckets of a run, with their offsets in the file. */
export async function readBuckets(store: Store, path: string): Promise<BucketInRun[]> {
  const { index, start } = await readIndexOf<BucketInRun[]>(store, path);
  return index.map(bucket => ({ ...bucket, offset: start + bucket.offset }));
}

/** A part of a run. */
export interface RecordExtent {
  readonly path: string;
  /** Number of the split of the run; -1 if its records come from several splits. */
  readonly split: number;
  readonly offset: number;
  readonly length: number;
}

/** The records of a part of a run, in its order; their bytes stay valid. */
export async function* readRecordRun(
  store: Store,
  { path, offset, length }: RecordExtent,
  batchBytes: number,
): AsyncGenerator<SpilledRecord[], void, undefined> {
  // A batch has complete records only: it ends before the first record that does not fit.
  for (let at = 0; at < length; ) {
    let page = await readBytes(store, path, offset + at, Math.min(batchBytes, length - at));
    const size = page.length < 4 ? batchBytes : page.readUInt32LE(0);
    if (size > page.length) page = await readBytes(store, path, offset + at, Math.max(size, 4));
    const { records, end } = wholeRecords(page);
    if (records.length > 0) yield records;
    at += end;
    if (end === 0) batchBytes = Math.max(2 * batchBytes, 4);
  }
}

function wholeRecords(page: Buffer): { records: SpilledRecord[]; end: number } {
  const records: SpilledRecord[] = [];
  let at = 0;
  while (at + 4 <= page.length) {
    const end = at + page.readUInt32LE(at);
    if (end > page.length) break;
    const keyLength = page.readUInt32LE(at + 4);
    const regionLength = page.readUInt32LE(at + 8);
    const keyAt = at + HEADER;
    const regionAt = keyAt + (keyLength === NONE ? 0 : keyLength);
    const bytesAt = regionAt + (regionLength === NONE ? 0 : regionLength);
    records.push({
      position: page.readDoubleLE(at + 12),
      x: page.readDoubleLE(at + 20),
      y: page.readDoubleLE(at + 28),
      z: page.readDoubleLE(at + 36),
      key: keyLength === NONE ? undefined : page.toString('utf8', keyAt, regionAt),
      region: regionLength === NONE ? undefined : page.toString('utf8', regionAt, bytesAt),
      bytes: page.subarray(bytesAt, end),
    });
    at = end;
  }
  return { records, end: at };
}
