/** The history of a published set, and the way back to an earlier generation. */
import { NotFoundError } from '#client/errors.ts';
import type { Counts } from '#format/system.ts';
import { checkNames } from '#pipeline/store/check-options.ts';
import { findGeneration } from './generation-source.ts';
import { chainOf, type Entry, type Ledger, type PublishRecord, readLedger } from './ledger.ts';
import { filesIfWhole, filesOfIndex, needLive, newFiles, readGeneration, readLive } from './live-set.ts';
import { makeLive } from './make-live.ts';
import { openTarget, readTarget, TARGET_OPTIONS, type TargetLocation, type TargetOptions } from './target.ts';

/** A publish, or a rollback. */
export interface HistoryEntry {
  readonly generation: string;
  /** The generation that was live before; null if there was none, or it is not known. */
  readonly parent: string | null;
  /** `unrecorded` for a generation that was not made live by a publish, such as one that was built in place. */
  readonly kind: 'publish' | 'rollback' | 'unrecorded';
  /** When it began, by the clock of the publisher: ISO 8601; null if it is not known. */
  readonly time: string | null;
  /** Duration; null if it is not known. */
  readonly seconds: number | null;
  readonly counts: Counts;
  /** Files of the set and their bytes, as stored; null if they are not known. */
  readonly files: number | null;
  readonly bytes: number | null;
  /** Files that were sent. */
  readonly sent: { readonly files: number; readonly bytes: number } | null;
  /** The generation is live now. */
  readonly live: boolean;
  /** The generation is kept: `rollback` can make it live. */
  readonly kept: boolean;
}

/**
 * Returns the publishes that led to the live generation, the newest first.
 * @param location a folder, `s3://bucket/prefix` or a store
 * @throws NotFoundError if there is no set; CorruptError, NetworkError, StoreError, UsageError
 */
export async function history(
  location: TargetLocation,
  options: TargetOptions = {},
  signal?: AbortSignal,
): Promise<HistoryEntry[]> {
  checkNames(options, TARGET_OPTIONS);
  const store = readTarget(location, options);
  const index = await needLive(store, signal);
  const { generation: live, counts } = index;
  const ledger = await readLedger(store, signal);
  const entries = chainOf(ledger.publishes, live).map(({ content }) => entryOf(content, live, ledger));
  if (entries[0]?.live) return entries;
  const unknown = {
    parent: entries[0]?.generation ?? null,
    time: null,
    seconds: null,
    files: null,
    bytes: null,
    sent: null,
  };
  return [{ generation: live, kind: 'unrecorded', counts, ...unknown, live: true, kept: true }, ...entries];
}

function entryOf(record: PublishRecord, live: string, { generations }: Ledger): HistoryEntry {
  const { generation, parent, kind, time, seconds, counts, files, bytes, sent } = record;
  const isLive = generation === live;
  return {
    ...{ generation, parent, kind, time, seconds, counts, files, bytes, sent },
    live: isLive,
    kept: isLive || generations.has(generation),
  };
}

/** Result of a rollback. */
export interface RollbackSummary {
  readonly generation: string;
  /** The generation that was live before. */
  readonly parent: string;
  /** False if the generation was live already. */
  readonly changed: boolean;
  readonly counts: Counts;
  readonly seconds: number;
}

/**
 * Makes a kept generation live again. Its files are checked to be in place; nothing is copied. The rollback is a new
 * entry of the history, so it can be undone in the same way.
 * @param generation a generation of the history, or its first 4 digits at least
 * @throws UsageError if no kept generation has this name; ConflictError if another writer has changed the live
 *   generation; NotFoundError if files are missing; CorruptError, LockedError, StoreError, NetworkError; the signal's
 *   reason when aborted
 */
export async function rollback(
  location: TargetLocation,
  generation: string,
  options: TargetOptions = {},
  signal?: AbortSignal,
): Promise<RollbackSummary> {
  checkNames(options, TARGET_OPTIONS);
  const target = await openTarget(location, options, false, signal);
  try {
    const { store } = target;
    const live = await readLive(store, signal);
    const current = live?.index ?? (await needLive(store, signal));
    const ledger = await readLedger(store, signal);
    const chain = chainOf(ledger.publishes, current.generation);
    const wanted = generationOf(generation, chain, ledger, current.generation, store.location);
    const { index, text } =
      wanted === current.generation
        ? { index: current, text: '' }
        : await readGeneration(store, wanted, signal);
    const result = { generation: wanted, parent: current.generation, counts: index.counts };
    if (wanted === current.generation) return { ...result, changed: false, seconds: 0 };
    const files = newFiles(store);
    const reached = await filesOfIndex(index, files, signal);
    const replaced = await filesIfWhole(current, files, signal);
    const sizes = new Map<string, number>();
    for await (const { path, size } of store.list('', { signal })) sizes.set(path, size);
    const lost = [...reached.keys()].filter(path => !sizes.has(path));
    const missing = async ([path]: readonly string[]) => {
      if (path === undefined) return;
      throw new NotFoundError(
        `${path} of ${store.location} is missing: generation ${wanted} cannot be restored; publish it again`,
        { file: path },
      );
    };
    await missing(lost);
    const needed = new Map([...reached.keys()].map(path => [path, sizes.get(path)!]));
    const bytes = [...needed.values()].reduce((sum, size) => sum + size, Buffer.byteLength(text));
    const removed = [...(replaced?.keys() ?? [])].filter(path => !reached.has(path));
    const seconds = await makeLive(
      target,
      {
        text,
        live,
        isParentKept: ledger.generations.has(current.generation),
        record: {
          kind: 'rollback',
          ...result,
          ...{ files: reached.size + 1, bytes, sent: { files: 0, bytes: 0 }, removed, writes: [] },
        },
        needed,
        send: missing,
      },
      signal,
    );
    return { ...result, changed: true, seconds };
  } finally {
    target.close();
  }
}

/** The generation that begins with some digits. @throws UsageError */
function generationOf(
  prefix: string,
  chain: readonly Entry<PublishRecord>[],
  { generations }: Ledger,
  live: string,
  location: string,
): string {
  const parents = chain.flatMap(({ content }) => [content.generation, content.parent ?? live]);
  const kept = new Set([live, ...parents].filter(name => name === live || generations.has(name)));
  return findGeneration(prefix, kept, location);
}
