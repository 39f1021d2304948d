/** The second phase of a garbage collection: deletes what an earlier run has marked, if it is still not needed. */

import { readIndex } from '#client/fetch/read-index.ts';
import { nodeCodec } from '#client/node/node-codec.ts';
import type { SetIndex } from '#format/index-json.ts';
import { concurrently } from '#pipeline/store/concurrently.ts';
import type { Store, StoredFile } from '#pipeline/store/store.ts';
import { type Entry, filesOf, generationPath, type Ledger, type Marks } from './ledger.ts';
import { filesOfIndex, newFiles } from './live-set.ts';
import { writeSign } from './make-live.ts';
import type { Retained } from './retain.ts';

/** Files that are deleted between two looks at the live index. */
const BATCH = 500;
/** A delete that takes longer is given up: after that time others may count this run as dead. */
const DELETE_MS = 60_000;

export interface Sweep {
  readonly store: Store;
  /** Path of the sign of this run; undefined if nothing must be changed. */
  readonly sign: string | undefined;
  readonly isExclusive: boolean;
  readonly ledger: Ledger;
  readonly retained: Retained;
  readonly live: SetIndex;
  /** Files of the live and the kept generations. */
  readonly needed: ReadonlySet<string>;
  /** Files that are there. */
  readonly listing: ReadonlyMap<string, StoredFile>;
}

export interface Swept {
  readonly deleted: { files: number; bytes: number };
  readonly dropped: readonly string[];
  /** Files that are not needed but were written after they were marked. */
  readonly late: readonly string[];
  /** Paths of records and marks that are not needed any more, once the late files are marked again. */
  readonly settled: readonly string[];
  /** Record of a publish that began in between; null if there was none. */
  blockedBy: string | null;
}

/** @param due marks whose grace is over */
export async function sweep(
  context: Sweep,
  due: readonly Entry<Marks>[],
  signal: AbortSignal | undefined,
): Promise<Swept> {
  const { store, sign, retained, needed, listing } = context;
  const doomed: StoredFile[] = [];
  const late: string[] = [];
  for (const { content, modified } of due) {
    for (const path of content.files) {
      const file = listing.get(path);
      if (!file || needed.has(path)) continue;
      // Written since: perhaps by a publish whose generation is not live yet.
      if (file.modified >= modified) late.push(path);
      else doomed.push(file);
    }
  }
  const kept = new Set(retained.kept);
  const dropped = due.flatMap(({ content }) => content.generations).filter(name => !kept.has(name));
  const result: Swept = { deleted: { files: 0, bytes: 0 }, dropped, late, settled: [], blockedBy: null };
  const add = ({ size }: StoredFile) => {
    result.deleted.files++;
    result.deleted.bytes += size;
  };
  if (sign === undefined) {
    doomed.forEach(add);
    return result;
  }
  // A generation that can be read has all of its files: it goes before them.
  await concurrently(dropped, name => store.delete(generationPath(name), { signal }));
  const watch = new Watch(context, sign);
  for (let start = 0; start < doomed.length; start += BATCH) {
    signal?.throwIfAborted();
    result.blockedBy = await watch.look(signal);
    // The marks stay, for the next run.
    if (result.blockedBy !== null) return { ...result, late: [] };
    const batch = doomed.slice(start, start + BATCH).filter(({ path }) => !watch.needs(path));
    const limit = AbortSignal.timeout(DELETE_MS);
    const stop = signal ? AbortSignal.any([signal, limit]) : limit;
    await concurrently(batch, async file => {
      await store.delete(file.path, { signal: stop });
      add(file);
    });
  }
  const records = new Set(retained.records.map(({ path }) => path));
  const old = due.flatMap(({ content }) => content.records).filter(path => records.has(path));
  return { ...result, settled: [...old, ...due.map(({ path }) => path)] };
}

/** Looks, between batches, whether the live generation has changed or a publish has begun. */
class Watch {
  readonly #context: Sweep;
  readonly #sign: string;
  readonly #known: ReadonlySet<string>;
  #live: string;
  #added: ReadonlyMap<string, unknown> = new Map();

  constructor(context: Sweep, sign: string) {
    this.#context = context;
    this.#sign = sign;
    this.#known = new Set(context.ledger.publishes.map(({ path }) => path));
    this.#live = context.live.generation;
  }

  /** Renews the sign of this run. Returns the record of a publish that has begun since the run did, else null. */
  async look(signal: AbortSignal | undefined): Promise<string | null> {
    const { store, isExclusive } = this.#context;
    await writeSign(store, this.#sign);
    const { index } = await readIndex(store, nodeCodec.sha256, { signal });
    if (index.generation !== this.#live) {
      this.#live = index.generation;
      this.#added = await filesOfIndex(index, newFiles(store), signal);
    }
    if (isExclusive) return null;
    const publishes = await filesOf(store, 'history/publish-', signal);
    return publishes.find(({ path }) => !this.#known.has(path))?.path ?? null;
  }

  /** Whether the live generation needs a file that none did when the run began. */
  needs(path: string): boolean {
    return this.#added.has(path);
  }
}
