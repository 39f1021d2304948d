/**
 * Record runs: raw records by bucket. A task collects records in memory; when they fill its budget, it writes them to
 * one file, in which the records of each bucket are contiguous, with an index of the buckets.
 */
import { noBounds, type OpenBounds, widen } from '#format/geometry/bounds.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import { changedFile, readInto } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import { fileHead, readIndexOf } from './headed-file.ts';
import { borrow, giveBack } from './reused-memory.ts';
import {
  LEAST_SIZE,
  RecordBatch,
  RecordMemory,
  type RecordText,
  SIZE_BYTES,
  type SpilledRecord,
  storedSize,
} from './spilled-record.ts';

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
  /** By number; undefined for those without records. */
  #buckets: (OpenBucket | undefined)[] = [];
  /** The records in the order of adding. */
  #arena = EMPTY;
  #bytes = 0;
  /** Offset of each record in the arena. */
  #starts: number[] = [];
  /** Bucket of each record, as far as they are known. */
  #owners: number[] = [];
  readonly #expected: number;

  /** @param expected approximate bytes of records, so that memory need not grow */
  constructor(expected = 0) {
    this.#expected = expected;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The memory that the records are in; it may be another one after the next record. */
  get memory(): RecordMemory {
    return this.#arena;
  }

  /** Adds a record that was not scanned to a bucket, or to one that `assign` finds. */
  add(record: SpilledRecord, bucket?: number): void {
    const start = this.#reserve(storedSize(record));
    this.#arena.write(start, this.#bytes - start, record.position, record);
    this.#arena.setPoint(start, record.x, record.y, record.z);
    if (bucket !== undefined) this.#place(start, bucket);
  }

  /**
   * Adds a scanned record to a bucket that `assign` finds.
   * @param findings have those about it from an offset on
   * @returns the offset of the record in the memory
   */
  addScanned(position: number, record: RecordText, findings: DataView, from: number): number {
    const start = this.#reserve(storedSize(record));
    this.#arena.write(start, this.#bytes - start, position, record);
    this.#arena.setFindings(start, findings, from);
    return start;
  }

  /** Adds a record of a run, as it is stored there, to a bucket. */
  addStored(memory: RecordMemory, at: number, bucket: number): void {
    const size = memory.sizeAt(at);
    const start = this.#reserve(size);
    memory.bytes.copy(this.#arena.bytes, start, at, at + size);
    this.#place(start, bucket);
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
      const bucket = bucketOf(arena.xAt(start), arena.yAt(start), arena.zAt(start));
      onPlace(bucket, this.#place(start, bucket));
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
    for (const [number, bucket] of this.#buckets.entries()) {
      if (!bucket) continue;
      const { bounds, bytes: length } = bucket;
      index.push({ name: names[number]!, records: bucket.records, offset, length, bounds });
      bucket.next = records;
      offset += length;
      records += bucket.records;
    }
    yield fileHead(index);
    yield* this.#contentParts();
    this.#buckets = [];
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
    for (let i = 0; i < order.length; i++) order[this.#buckets[this.#owners[i]!]!.next++] = this.#starts[i]!;
    const part = borrow(Math.min(PART_BYTES, this.#bytes));
    let end = 0;
    for (let i = 0; i < order.length; i++) {
      const start = order[i]!;
      const size = arena.sizeAt(start);
      if (end + size > part.length) {
        yield part.subarray(0, end);
        end = 0;
      }
      if (size > part.length) yield arena.bytes.subarray(start, start + size);
      else end += arena.bytes.copy(part, end, start, start + size);
    }
    yield part.subarray(0, end);
    giveBack(part);
  }

  /** Counts the next record without a bucket to one; returns its offset in the bucket. */
  #place(start: number, number: number): number {
    const arena = this.#arena;
    let bucket = this.#buckets[number];
    if (!bucket) {
      bucket = { records: 0, bounds: noBounds(), bytes: 0, next: 0 };
      this.#buckets[number] = bucket;
    }
    const at = bucket.bytes;
    bucket.bytes += arena.sizeAt(start);
    bucket.records++;
    widen(bucket.bounds, arena.xAt(start), arena.yAt(start), arena.zAt(start));
    this.#owners.push(number);
    return at;
  }

  /** Makes room for the next record; returns its offset. */
  #reserve(size: number): number {
    const start = this.#bytes;
    const end = start + size;
    const { bytes } = this.#arena;
    if (end > bytes.length) {
      const arena = borrow(Math.max(end, 2 * bytes.length, this.#expected, FIRST_BYTES));
      bytes.copy(arena, 0, 0, start);
      giveBack(bytes);
      this.#arena = new RecordMemory(arena);
    }
    this.#bytes = end;
    this.#starts.push(start);
    return start;
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

/**
 * The records of a part of a run, in its order; they are valid as long as the memory of their batch.
 * @param batchBytes approximate bytes of a batch
 * @param allocate returns memory of so many bytes for a batch; if batches have no limit, it is called once
 * @throws StoreError if the run is missing, short or malformed
 */
export async function* readRecordRun(
  store: Store,
  { path, offset, length }: RecordExtent,
  batchBytes: number,
  allocate: (bytes: number) => Buffer = bytes => Buffer.allocUnsafeSlow(bytes),
): AsyncGenerator<RecordBatch, void, undefined> {
  const read = async (at: number, bytes: number) => {
    const page = allocate(bytes);
    await readInto(store, path, offset + at, page);
    return page;
  };
  // A batch has complete records only: it ends before the first record that does not fit.
  for (let at = 0; at < length; ) {
    let page = await read(at, Math.min(batchBytes, length - at));
    const first = page.length < SIZE_BYTES ? SIZE_BYTES : page.readUInt32LE(0);
    if (first > length - at) throw changedFile(store, path, 'has malformed records');
    if (first > page.length) page = await read(at, first);
    const memory = new RecordMemory(page);
    const starts: number[] = [];
    let end = 0;
    while (end + SIZE_BYTES <= page.length) {
      const size = memory.sizeAt(end);
      if (size < LEAST_SIZE) throw changedFile(store, path, 'has malformed records');
      if (end + size > page.length) break;
      starts.push(end);
      end += size;
    }
    if (starts.length > 0) yield new RecordBatch(memory, starts);
    at += end;
    if (end === 0) batchBytes = Math.max(2 * batchBytes, SIZE_BYTES);
  }
}
