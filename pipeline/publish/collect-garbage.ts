/**
 * Deletes files that no kept generation needs, in two phases: a run marks them, and a later run deletes those that are
 * still not needed and were not written since. Between the two lies the grace, in which a publish that began before can
 * end. `make-live.ts` says how a garbage collection and a publish exclude each other.
 */
import { FILE_KINDS } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import { StoreError, UsageError } from '#pipeline/errors.ts';
import { checkNames, type OptionNames } from '#pipeline/store/check-options.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { concurrently } from '#pipeline/store/concurrently.ts';
import { isBucket } from '#pipeline/store/s3-store.ts';
import type { Store, StoredFile } from '#pipeline/store/store.ts';
import {
  type Entry,
  filesOf,
  type Ledger,
  type Marks,
  newEntryPath,
  type PublishRecord,
  readLedger,
  SWEEP_DEAD_MS,
} from './ledger.ts';
import { filesOfIndex, needLive, newFiles, readGeneration } from './live-set.ts';
import { lastSignal, writeJson, writeSign } from './make-live.ts';
import { type Retained, retain } from './retain.ts';
import { sweep } from './sweep.ts';
import {
  openTarget,
  readTarget,
  TARGET_OPTIONS,
  type Target,
  type TargetLocation,
  type TargetOptions,
} from './target.ts';

/** The last time that a Date can hold. */
const LAST_TIME = 8.64e15;

/** Options of `collectGarbage`. */
export interface GarbageOptions extends TargetOptions {
  /** Number of generations to keep, the live one included; at least 1. */
  readonly keep: number;
  /** Milliseconds between the marking of a file and its deletion; longer than any publish takes. */
  readonly grace: number;
  /** Looks at all files, not only at those that the history names: also finds files of other tools. */
  readonly sweep?: boolean | undefined;
  /** Reports what a run would do, and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

const GARBAGE_OPTIONS: OptionNames<GarbageOptions> = {
  ...TARGET_OPTIONS,
  keep: 1,
  grace: 1,
  sweep: 1,
  dryRun: 1,
};

/** Result of a garbage collection. */
export interface GarbageSummary {
  readonly live: string;
  /** Generations that are kept, the newest first. */
  readonly kept: readonly string[];
  /** Files that were deleted, and their bytes. */
  readonly deleted: { readonly files: number; readonly bytes: number };
  /** Generations that were deleted. */
  readonly dropped: readonly string[];
  /** Files and generations that were marked now. */
  readonly marked: { readonly files: number; readonly generations: number };
  /** Files that earlier runs marked and whose grace is not over, and when the first of them is due: ISO 8601. */
  readonly waiting: { readonly files: number; readonly until: string | null };
  /**
   * Record of a publish or a garbage collection that is under way: then nothing, or not everything, was done. Null if
   * there is none.
   */
  readonly blockedBy: string | null;
}

/**
 * Deletes the files that no kept generation needs: those that a run marked at least `grace` ago. Then marks the files
 * that are not needed now. Kept are the live generation and those that were live before it, up to `keep` in total.
 *
 * The cost is proportional to the changes: records of publishes name the files, unless `sweep` is set. While a publish
 * is under way, nothing is deleted.
 * @param location a folder, `s3://bucket/prefix` or a store
 * @throws UsageError for options out of range, or a grace shorter than the longest recorded publish; NotFoundError if
 *   there is no set, or a page of a kept generation is missing; CorruptError, LockedError, StoreError, NetworkError; the
 *   signal's reason when aborted
 */
export async function collectGarbage(
  location: TargetLocation,
  options: GarbageOptions,
  signal?: AbortSignal,
): Promise<GarbageSummary> {
  checkNames(options, GARBAGE_OPTIONS);
  const { keep, grace, dryRun = false } = options;
  if (!Number.isInteger(keep) || keep < 1) {
    throw new UsageError(`keep is ${keep}: expected an integer of at least 1, with the live generation`, {
      found: keep,
    });
  }
  if (!Number.isFinite(grace) || grace < 0) {
    throw new UsageError(`the grace is ${grace} ms: expected a finite duration of at least 0`, {
      found: grace,
    });
  }
  if (dryRun) {
    const store = readTarget(location, options);
    const isExclusive = typeof location === 'string' && !isBucket(location);
    return collect({ store, isExclusive }, options, undefined, signal);
  }
  const target = await openTarget(location, options, false, signal);
  const sign = newEntryPath('sweep');
  try {
    // Nothing is written where there is no set.
    await needLive(target.store, signal);
    await writeSign(target.store, sign);
    return await withCleanUp(
      () => collect(target, options, sign, signal),
      () => target.store.delete(sign, { signal: lastSignal(signal) }),
    );
  } finally {
    target.close();
  }
}

/** @param sign path of the sign of this run; undefined for a run that changes nothing */
async function collect(
  target: Pick<Target, 'store' | 'isExclusive'>,
  { keep, grace, sweep: isFull = false }: GarbageOptions,
  sign: string | undefined,
  signal: AbortSignal | undefined,
): Promise<GarbageSummary> {
  const { store, isExclusive } = target;
  const ledger = await readLedger(store, signal);
  checkGrace(grace, ledger.publishes);
  const live = await needLive(store, signal);
  const now = ledger.sweeps.find(({ path }) => path === sign)?.modified ?? Date.now();
  const retained = retain(ledger, live.generation, keep);
  const due = ledger.marks.filter(({ modified }) => now - modified >= grace);
  const waiting = ledger.marks.filter(entry => !due.includes(entry));
  const until = Math.min(...waiting.map(({ modified }) => modified + grace));
  const summary: GarbageSummary = {
    live: live.generation,
    kept: retained.kept,
    deleted: { files: 0, bytes: 0 },
    dropped: [],
    marked: { files: 0, generations: 0 },
    waiting: {
      files: waiting.reduce((sum, { content }) => sum + content.files.length, 0),
      until: waiting.length > 0 ? new Date(Math.min(until, LAST_TIME)).toISOString() : null,
    },
    blockedBy: isExclusive ? null : (othersAtWork(ledger, retained, sign, now, grace)?.path ?? null),
  };
  if (summary.blockedBy !== null) return summary;
  if (sign !== undefined) {
    // Other signs are of runs that were killed.
    for (const { path } of ledger.sweeps) if (path !== sign) await store.delete(path, { signal });
  }
  const listing = isFull || due.length > 0 ? await listFiles(store, signal) : undefined;
  const fresh = marksOf(ledger, retained, isFull ? listing : undefined);
  const isNeeded = due.length > 0 || fresh.files.length > 0;
  const needed = isNeeded ? await neededFiles(store, live, retained.kept, signal) : new Set<string>();
  const files = fresh.files.filter(path => !needed.has(path));
  const done = await sweep(
    { store, sign, isExclusive, ledger, retained, live, needed, listing: listing ?? new Map() },
    due,
    signal,
  );
  const marks: Marks = { ...fresh, files: [...files, ...done.late] };
  if (sign !== undefined) {
    signal?.throwIfAborted();
    // From here on a signal comes too late. The old marks go last: if these cannot be written, the next run finds the
    // late files by those.
    if (Object.values(marks).some(list => list.length > 0)) await writeMarks(store, marks);
    await concurrently(done.settled, path => store.delete(path));
  }
  return {
    ...summary,
    deleted: done.deleted,
    dropped: done.dropped,
    marked: { files: marks.files.length, generations: marks.generations.length },
    blockedBy: done.blockedBy,
  };
}

/** A file that a slow publish has just sent must not be deleted before its generation is live. */
function checkGrace(grace: number, publishes: readonly Entry<PublishRecord>[]): void {
  const longest = Math.max(0, ...publishes.map(({ content }) => content.seconds ?? 0));
  if (grace >= longest * 1000) return;
  throw new UsageError(
    `the grace is ${grace / 1000} s, shorter than the longest recorded publish, ${longest.toFixed(1)} s: files of such a publish could be deleted before it ends; give a longer grace`,
    { expected: longest * 1000, found: grace },
  );
}

/** A publish or another garbage collection that is under way. */
function othersAtWork(
  { sweeps }: Ledger,
  { open }: Retained,
  sign: string | undefined,
  now: number,
  grace: number,
): { readonly path: string } | undefined {
  const publish = open.find(({ modified }) => now - modified < grace);
  return publish ?? sweeps.find(({ path, modified }) => path !== sign && now - modified < SWEEP_DEAD_MS);
}

/** Files of the kinds of a set, by path; others are not looked at. */
async function listFiles(store: Store, signal: AbortSignal | undefined): Promise<Map<string, StoredFile>> {
  const kinds: readonly string[] = FILE_KINDS;
  const files = await filesOf(store, '', signal);
  return new Map(
    files.flatMap(file => {
      const [, kind] = /^([a-z]+)\/[0-9a-f]{40}\.mpk$/.exec(file.path) ?? [];
      return kind !== undefined && kinds.includes(kind) ? [[file.path, file]] : [];
    }),
  );
}

/** Files, generations and records that a later run deletes unless they are needed; without those marked earlier. */
function marksOf(
  { marks }: Ledger,
  { dropped, records, candidates }: Retained,
  listing: ReadonlyMap<string, StoredFile> | undefined,
): Marks {
  const rest = (key: keyof Marks, paths: Iterable<string>) => {
    const marked = new Set(marks.flatMap(({ content }) => content[key]));
    return [...new Set(paths)].filter(path => !marked.has(path)).sort();
  };
  return {
    files: rest('files', listing?.keys() ?? candidates),
    generations: rest('generations', dropped),
    records: rest(
      'records',
      records.map(({ path }) => path),
    ),
  };
}

/** @throws StoreError that says how much space the marks need: a disk that is full has none until a later run */
async function writeMarks(store: Store, marks: Marks): Promise<void> {
  try {
    await writeJson(store, newEntryPath('marks'), marks);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { message, file, reason } = error;
    const bytes = Buffer.byteLength(JSON.stringify(marks));
    throw new StoreError(
      `${message}; gc writes ${bytes} bytes there, the names of the files that a later run deletes`,
      { file, reason, cause: error },
    );
  }
}

/** All files of the live and the kept generations. */
async function neededFiles(
  store: Store,
  live: SetIndex,
  kept: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const files = newFiles(store);
  const needed = new Set((await filesOfIndex(live, files, signal)).keys());
  for (const generation of kept) {
    if (generation === live.generation) continue;
    const { index } = await readGeneration(store, generation, signal);
    for (const path of (await filesOfIndex(index, files, signal)).keys()) needed.add(path);
  }
  return needed;
}
