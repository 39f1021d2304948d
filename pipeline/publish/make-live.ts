/**
 * Makes a generation live, after its files are in place.
 *
 * Another publisher loses no update: `index.json` is written only over the version that was read. A garbage collection
 * deletes none of the files: it sees the record that was written first, and does nothing; or it is seen here, and its
 * end is waited for. Each writes its own sign before it looks for the other's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError, StoreError } from '#pipeline/errors.ts';
import type { Store, StoredFile } from '#pipeline/store/store.ts';
import { filesOf, generationPath, newEntryPath, type PublishRecord, SWEEP_DEAD_MS } from './ledger.ts';
import { INDEX_FILE, type LiveIndex, readLive } from './live-set.ts';
import type { Target } from './target.ts';

/** Headers of files that never change, and of files that do, for caches and browsers. */
const IMMUTABLE = 'public, max-age=31536000, immutable, no-transform';
export const HEADERS = {
  file: { 'Content-Type': 'application/octet-stream', 'Cache-Control': IMMUTABLE },
  generation: { 'Content-Type': 'application/json', 'Cache-Control': IMMUTABLE },
  index: { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' },
} as const;

const POLL_MS = 250;
const LAST_MS = 1_000;
/** Times that missing files are sent again. */
const REPAIRS = 3;

/** A generation that is to be live. */
export interface Change {
  readonly text: string;
  /** The index that it replaces. */
  readonly live: LiveIndex | undefined;
  /** A copy of that index is kept already. */
  readonly isParentKept: boolean;
  readonly record: Omit<PublishRecord, 'time' | 'seconds' | 'failed'>;
  /** All files that must be in place, with their stored bytes. */
  readonly needed: ReadonlyMap<string, number>;
  /** Sends files. */
  send(paths: readonly string[]): Promise<void>;
  /** Called once if a garbage collection must end first. */
  onWait?: (() => void) | undefined;
}

/**
 * Sends the files that the record lists, and makes the generation live.
 * @returns the duration in seconds
 * @throws ConflictError if another writer has changed the live generation; StoreError, or errors of `send`
 */
export async function makeLive(
  { store, isExclusive, check }: Target,
  { text, live, isParentKept, record, needed, send, onWait }: Change,
  signal: AbortSignal | undefined,
): Promise<number> {
  const started = performance.now();
  const path = newEntryPath('publish');
  const time = new Date().toISOString();
  const write = (state: Partial<PublishRecord>) =>
    writeJson(store, path, { ...record, time, seconds: null, failed: false, ...state }, lastSignal(signal));
  await write({});
  try {
    await send(record.writes);
    if (live?.index && !isParentKept) await keep(store, live.index.generation, live.text, signal);
    await keep(store, record.generation, text, signal);
    await settle();
    check();
    signal?.throwIfAborted();
    await commit(store, text, live, signal);
  } catch (error) {
    // The first error is reported, even if the record cannot be written.
    await write({ failed: true }).catch(() => {});
    throw error;
  }
  const seconds = Math.ceil(performance.now() - started) / 1000;
  await write({ seconds, writes: [] });
  return seconds;

  async function endOfSweeps(): Promise<void> {
    onWait?.();
    for (;;) {
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
      signal?.throwIfAborted();
      // Its new time is the present, by the clock of the store.
      await write({});
      const entries = await filesOf(store, 'history/', signal);
      const now = entries.find(entry => entry.path === path)?.modified;
      if (now === undefined || !isSwept(entries, now)) return;
    }
  }

  /** Waits until every file is in place, and no garbage collection is deleting any. */
  async function settle(): Promise<void> {
    for (let repairs = 0; ; ) {
      signal?.throwIfAborted();
      const found = new Map<string, StoredFile>();
      for await (const file of store.list('', { signal })) found.set(file.path, file);
      const own = found.get(path);
      if (!own) {
        throw new StoreError(
          `the publish to ${store.location} took so long that a garbage collection counted it as dead: run it again, and use a longer grace`,
          { file: path },
        );
      }
      if (!isExclusive && isSwept([...found.values()], own.modified)) {
        await endOfSweeps();
        continue;
      }
      const missing = [...needed]
        .filter(([path, size]) => found.get(path)?.size !== size)
        .map(([path]) => path);
      if (missing.length === 0) return;
      if (repairs++ === REPAIRS) {
        throw new StoreError(
          `${missing[0]} was written to ${store.location} and is not there: another process removes files; end it, and run the command again`,
          { file: missing[0] },
        );
      }
      await send(missing);
    }
  }
}

/** Whether a garbage collection that may be alive is deleting files. */
function isSwept(files: readonly StoredFile[], now: number): boolean {
  return files.some(
    ({ path, modified }) => path.startsWith('history/sweep-') && now - modified < SWEEP_DEAD_MS,
  );
}

/** @throws ConflictError with the generation that was read and the live one as `expected` and `found` */
async function commit(
  store: Store,
  text: string,
  live: LiveIndex | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const condition = live ? { ifMatch: live.etag } : { ifNoneMatch: '*' as const };
  try {
    await store.put(INDEX_FILE, new TextEncoder().encode(text), {
      ...condition,
      headers: HEADERS.index,
      signal,
    });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const found = await readLive(store, signal);
    throw conflict(store, live?.index?.generation ?? null, found?.index?.generation ?? null, error);
  }
}

/** The error of a publisher whose generation is made from one that is not live any more. */
export function conflict(
  store: Store,
  expected: string | null,
  found: string | null,
  cause?: unknown,
): ConflictError {
  const name = (generation: string | null) => (generation === null ? 'none' : `generation ${generation}`);
  return new ConflictError(
    `${store.location} was published by another writer: the live generation was expected to be ${name(expected)}, and is ${name(found)}; apply the changes to the live one, then publish again`,
    { file: INDEX_FILE, expected, found, cause },
  );
}

async function keep(
  store: Store,
  generation: string,
  text: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await store.put(generationPath(generation), new TextEncoder().encode(text), {
    headers: HEADERS.generation,
    signal,
  });
}

/** Writes a file of the history. */
export async function writeJson(
  store: Store,
  path: string,
  value: unknown,
  signal?: AbortSignal,
): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  await store.put(path, bytes, { headers: HEADERS.index, signal });
}

/** Writes the sign of a garbage collection. It is empty: a disk that is full takes it, and has more space afterwards. */
export async function writeSign(store: Store, path: string): Promise<void> {
  await store.put(path, new Uint8Array(0), { headers: HEADERS.index });
}

/** After an abort, the last request must not wait for a server that does not respond. */
export function lastSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  return signal?.aborted ? AbortSignal.timeout(LAST_MS) : undefined;
}
