/**
 * Record runs: raw records by bucket. A task collects records in memory; when they fill its budget, it writes them to
 * one file, in which the records of each bucket are contiguous, with an index of the buckets.
 */
import { noBounds, type OpenBounds, widen } from '#format/geometry/bounds.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { Store } from '#pipeline/store/store.ts';
import { fileHead, readBytes, readIndexOf } from './headed-file.ts';
import { borrow, giveBack } from './reused-memory.ts';
import { RecordBatch, RecordMemory, type SpilledRecord, storedSize } from './spilled-record.ts';

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
  bytes: number;
  /** Place of its next record in the order of bucket numbers, while a run is written. */
  next: number;
}

const FIRST_BYTES = 64 * 1024;
const EMPTY = new RecordMemory(Buffer.alloc(0));
/** Bytes of a part of a file. */
const PART_BYTES = 1 << 20;

/** Gathers records by bucket. */
export class RecordGatherer {
  readonly #buckets = new Map<number, OpenBucket>();
  /** The records in the order of adding. */
  #arena = EMPTY;
  #bytes = 0;
  /** Offset of each record in the arena. */
  #starts: number[] = [];
  /** Bucket of each record, as far as they are known. */
  #owners: number[] = [];

  /** Bytes in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a record to a bucket, or to one that `assign` finds. */
  add(record: SpilledRecord, bucket?: number): void {
    const { x, y, z, bytes } = record;
    const key = record.key === undefined ? undefined : Buffer.from(record.key);
    const region = record.region === undefined ? undefined : Buffer.from(record.region);
    const size = storedSize(bytes, key, region);
    const start = this.#bytes;
    this.#reserve(size).write(start, size, record, key, region);
    this.#bytes = start + size;
    this.#starts.push(start);
    if (bucket !== undefined) this.#place(start, bucket, x, y, z);
  }

  /** Adds a record of a run, as it is stored there, to a bucket. */
  addStored(memory: RecordMemory, at: number, bucket: number): void {
    const size = memory.sizeAt(at);
    const start = this.#bytes;
    memory.bytes.copy(this.#reserve(size).bytes, start, at, at + size);
    this.#bytes = start + size;
    this.#starts.push(start);
    this.#place(start, bucket, memory.xAt(at), memory.yAt(at), memory.zAt(at));
  }

  /** The positions of all records, three numbers each. */
  positions(): Float64Array {
    const positions = new Float64Array(3 * this.#starts.length);
    this.#starts.forEach((start, i) => {
      positions[3 * i] = this.#arena.xAt(start);
      positions[3 * i + 1] = this.#arena.yAt(start);
      positions[3 * i + 2] = this.#arena.zAt(start);
    });
    return positions;
  }

  /**
   * Finds the buckets of records that have none yet.
   * @param onPlace called for each in the order of adding, with its bucket and its offset in the bucket
   */
  assign(
    bucketOf: (x: number, y: number, z: number) => number,
    onPlace: (bucket: number, at: number) => void = () => {},
  ): void {
    const arena = this.#arena;
    for (let i = this.#owners.length; i < this.#starts.length; i++) {
      const start = this.#starts[i]!;
      const [x, y, z] = [arena.xAt(start), arena.yAt(start), arena.zAt(start)];
      const bucket = bucketOf(x, y, z);
      onPlace(bucket, this.#place(start, bucket, x, y, z));
    }
  }

  /**
   * The file of a run with all records, in order of bucket number. A part is valid until the next one is requested; the
   * gatherer is empty after the last.
   */
  async *takeRun(names: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
    const index: BucketInRun[] = [];
    let offset = 0;
    let records = 0;
    for (const number of [...this.#buckets.keys()].sort((a, b) => a - b)) {
      const bucket = this.#buckets.get(number)!;
      const { bounds, bytes: length } = bucket;
      index.push({ name: names[number]!, records: bucket.records, offset, length, bounds });
      bucket.next = records;
      offset += length;
      records += bucket.records;
    }
    yield fileHead(index);
    yield* this.#contentParts();
    this.#buckets.clear();
    giveBack(this.#arena.bytes);
    this.#arena = EMPTY;
    this.#bytes = 0;
    this.#starts = [];
    this.#owners = [];
  }

  /** The records in order of bucket number. */
  *#contentParts(): Generator<Uint8Array, void, undefined> {
    const arena = this.#arena;
    const order = new Float64Array(this.#starts.length);
    this.#owners.forEach((number, i) => {
      order[this.#buckets.get(number)!.next++] = this.#starts[i]!;
    });
    const part = Buffer.allocUnsafeSlow(Math.min(PART_BYTES, this.#bytes));
    let end = 0;
    for (const start of order) {
      const size = arena.sizeAt(start);
      if (end + size > part.length) {
        yield part.subarray(0, end);
        end = 0;
      }
      if (size > part.length) yield arena.bytes.subarray(start, start + size);
      else end += arena.bytes.copy(part, end, start, start + size);
    }
    yield part.subarray(0, end);
  }

  /** Counts the next record without a bucket to one; returns its offset in the bucket. */
  #place(start: number, number: number, x: number, y: number, z: number): number {
    let bucket = this.#buckets.get(number);
    if (!bucket) {
      bucket = { records: 0, bounds: noBounds(), bytes: 0, next: 0 };
      this.#buckets.set(number, bucket);
    }
    const at = bucket.bytes;
    bucket.bytes += this.#arena.sizeAt(start);
    bucket.records++;
    widen(bucket.bounds, x, y, z);
    this.#owners.push(number);
    return at;
  }

  #reserve(size: number): RecordMemory {
    const end = this.#bytes + size;
    const { bytes } = this.#arena;
    if (end > bytes.length) {
      const arena = borrow(Math.max(end, 2 * bytes.length, FIRST_BYTES));
      bytes.copy(arena, 0, 0, this.#bytes);
      giveBack(bytes);
      this.#arena = new RecordMemory(arena);
    }
    return this.#arena;
  }
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

/** The records of a part of a run, in its order; they stay valid. */
export async function* readRecordRun(
  store: Store,
  { path, offset, length }: RecordExtent,
  batchBytes: number,
): AsyncGenerator<RecordBatch, void, undefined> {
  // A batch has complete records only: it ends before the first record that does not fit.
  for (let at = 0; at < length; ) {
    let page = await readBytes(store, path, offset + at, Math.min(batchBytes, length - at));
    const size = page.length < 4 ? batchBytes : page.readUInt32LE(0);
    if (size > page.length) page = await readBytes(store, path, offset + at, Math.max(size, 4));
    const memory = new RecordMemory(page);
    const starts: number[] = [];
    let end = 0;
    while (end + 4 <= page.length && end + memory.sizeAt(end) <= page.length) {
      starts.push(end);
      end += memory.sizeAt(end);
    }
    if (starts.length > 0) yield new RecordBatch(memory, starts);
    at += end;
    if (end === 0) batchBytes = Math.max(2 * batchBytes, 4);
  }
}
