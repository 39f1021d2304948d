/** Reads records again, to decide whether records that are written differently are identical systems. */
import { hash } from 'node:crypto';
import { identityText } from '#format/record/identity.ts';
import { readBuckets, readRecordRun } from '#pipeline/spill/record-runs.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { Claim } from './claims.ts';
import { systemOf } from './kept-records.ts';
import { type MapResult, recordRun } from './map.ts';

/** Bytes of the first read of a record. */
const READ_BYTES = 4_096;
/** Maximum number of indexes of record runs in memory. */
const HELD_INDEXES = 16;

export class Identities {
  readonly #run: Store;
  readonly #maps: readonly MapResult[];
  /** Indexes by path of the record run: the extent of each bucket, by name. The most recently used is the last. */
  readonly #indexes = new Map<string, ReadonlyMap<string, { offset: number; length: number }>>();

  constructor(run: Store, maps: readonly MapResult[]) {
    this.#run = run;
    this.#maps = maps;
  }

  /** A hash of everything that a set stores of the system of a claim: equal only for identical systems. */
  async of({ split, bucket, run, at }: Claim): Promise<string> {
    const path = recordRun(split, run);
    const index = await this.#indexOf(path);
    const { offset, length } = index.get(this.#maps[split]!.buckets[bucket]!)!;
    const extent = { path, split, offset: offset + at, length: length - at };
    for await (const batch of readRecordRun(this.#run, extent, READ_BYTES)) {
      const [record] = batch.records();
      return `identity ${hash('sha256', identityText(systemOf(record!)), 'base64')}`;
    }
    throw new Error(`${path} has no record at byte ${extent.offset}`);
  }

  async #indexOf(path: string): Promise<ReadonlyMap<string, { offset: number; length: number }>> {
    const known = this.#indexes.get(path);
    this.#indexes.delete(path);
    const index = known ?? new Map((await readBuckets(this.#run, path)).map(bucket => [bucket.name, bucket]));
    this.#indexes.set(path, index);
    if (this.#indexes.size > HELD_INDEXES) this.#indexes.delete(this.#indexes.keys().next().value!);
    return index;
  }
}
