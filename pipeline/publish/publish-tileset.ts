/** Publishes a set: sends the files that are missing, then `index.json`, which makes it live. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '#pipeline/errors.ts';
import { checkNames, type OptionNames } from '#pipeline/store/check-options.ts';
import { concurrently } from '#pipeline/store/concurrently.ts';
import { isWithin } from '#pipeline/store/links.ts';
import { folderOf } from '#pipeline/store/open-store.ts';
import { isBucket } from '#pipeline/store/s3-store.ts';
import type { Store } from '#pipeline/store/store.ts';
import { generationPath } from './ledger.ts';
import { filesIfWhole, type LiveIndex, newFiles, readLive } from './live-set.ts';
import { type LocalSet, readLocal, readWhole } from './local-set.ts';
import { conflict, HEADERS, makeLive } from './make-live.ts';
import { costOf, type PublishCost } from './price.ts';
import { type MapToSend, mapToSend, sendMap } from './send-map.ts';
import { openTarget, readTarget, TARGET_OPTIONS, type TargetLocation, type TargetOptions } from './target.ts';

/** Options of `publishTileset` and `planPublish`. */
export interface PublishOptions extends TargetOptions {
  /**
   * Generation that the set was made from, or null for a first one: if another is live, the publish fails. By default
   * any live generation is replaced.
   */
  readonly base?: string | null | undefined;
}

const PUBLISH_OPTIONS: OptionNames<PublishOptions> = { ...TARGET_OPTIONS, base: 1 };

/** Events of a publish. */
export interface PublishEvents {
  /** Files and bytes sent so far, and their totals. */
  onProgress?(files: number, bytes: number, totalFiles: number, totalBytes: number): void;
  /** The publish waits for the end of a garbage collection; for at most three minutes if that was killed. */
  onWait?(): void;
}

/** A comparison of a set with the live one. */
export interface PublishPlan {
  readonly generation: string;
  /** The live generation; null if there is none. */
  readonly parent: string | null;
  /** Number of files of the set, with `index.json`. */
  readonly files: number;
  /** Their bytes, as stored. */
  readonly bytes: number;
  /** Files of the set to send. */
  readonly send: { readonly files: number; readonly bytes: number };
  /** Files of the map beside the set to send. */
  readonly map: { readonly files: number; readonly bytes: number };
  /** Files that the live generation has too: they are not sent. */
  readonly unchanged: number;
  /** Files of the live generation that the set does not have. */
  readonly removed: number;
  /** Requests of the publish, about. */
  readonly requests: { readonly put: number; readonly list: number; readonly get: number };
  /** Estimated cost in a bucket of Amazon S3, at the prices that `publish --plan` prints; null for a folder. */
  readonly cost: PublishCost | null;
}

/** Result of a publish. */
export interface PublishSummary extends Omit<PublishPlan, 'requests' | 'cost'> {
  /** False if the generation was live already. */
  readonly changed: boolean;
  readonly seconds: number;
}

/**
 * Publishes the set of a folder to another folder or a bucket. Clients see the old generation or the new one. Files
 * that the live generation has too are left in place; any other is written, also if it exists already, so that a garbage
 * collection finds it new. A publish that fails or is killed leaves the live generation as it was.
 *
 * A map beside the set (`build --viewer`) is sent after it.
 *
 * The generation that was live can be restored with `rollback`, until `collectGarbage` removes it.
 * @param directory folder of the set
 * @param destination a folder, `s3://bucket/prefix` or a store
 * @throws ConflictError if another writer has changed the live generation, or it is not `base`; NotFoundError or
 *   CorruptError if the set in the folder is incomplete; LockedError, StoreError, NetworkError, UsageError; the
 *   signal's reason when aborted
 */
export async function publishTileset(
  directory: string,
  destination: TargetLocation,
  options: PublishOptions = {},
  events: PublishEvents = {},
  signal?: AbortSignal,
): Promise<PublishSummary> {
  checkNames(options, PUBLISH_OPTIONS);
  checkApart(directory, destination);
  const local = await readLocal(directory, signal);
  const target = await openTarget(destination, options, true, signal);
  try {
    const map = await mapToSend(local.store, target.store, signal);
    const difference = await compare(local, target.store, options, signal);
    const { live, writes, removed, found } = difference;
    const { requests: _requests, cost: _cost, ...plan } = describe(local, difference, map, false);
    const send = sender(local, target.store, difference, events, signal);
    if (plan.parent === plan.generation) {
      // Files that others removed are put back.
      const started = performance.now();
      await send(writes);
      await sendMap(map, target.store, signal);
      return { ...plan, changed: false, seconds: (performance.now() - started) / 1000 };
    }
    const seconds = await makeLive(
      target,
      {
        text: local.text,
        live,
        isParentKept: plan.parent !== null && found.has(generationPath(plan.parent)),
        record: {
          kind: 'publish',
          generation: local.index.generation,
          parent: plan.parent,
          counts: local.index.counts,
          files: plan.files,
          bytes: plan.bytes,
          sent: plan.send,
          removed,
          writes,
        },
        needed: new Map(writes.map(path => [path, local.files.get(path)!.size])),
        send,
        onWait: () => events.onWait?.(),
      },
      signal,
    );
    // The set's own files come first: a set without its map is of use, a map without its set is not.
    await sendMap(map, target.store, signal);
    return { ...plan, changed: true, seconds };
  } finally {
    target.close();
  }
}

/**
 * Compares the set of a folder with the live one, and writes nothing.
 * @throws as `publishTileset` does
 */
export async function planPublish(
  directory: string,
  destination: TargetLocation,
  options: PublishOptions = {},
  signal?: AbortSignal,
): Promise<PublishPlan> {
  checkNames(options, PUBLISH_OPTIONS);
  checkApart(directory, destination);
  const local = await readLocal(directory, signal);
  const store = readTarget(destination, options);
  const map = await mapToSend(local.store, store, signal);
  const isPriced = typeof destination !== 'string' || isBucket(destination);
  return describe(local, await compare(local, store, options, signal), map, isPriced);
}

interface Difference {
  readonly live: LiveIndex | undefined;
  /** Files to send. */
  readonly writes: readonly string[];
  /** Files of the live generation that the set does not have. */
  readonly removed: readonly string[];
  /** Versions of the files at the destination, by path. */
  readonly found: ReadonlyMap<string, string>;
}

/** Only files that the live index reaches, as this run has read it, count as present; and they must be there. */
async function compare(
  local: LocalSet,
  store: Store,
  { base }: PublishOptions,
  signal: AbortSignal | undefined,
): Promise<Difference> {
  const live = await readLive(store, signal);
  const generation = live?.index?.generation ?? null;
  if (base !== undefined && base !== generation) throw conflict(store, base, generation);
  // A page that the set has too is read from its folder: its name is the hash of its content.
  const source = {
    location: store.location,
    get: (path: string, options?: object) => (local.files.has(path) ? local.store : store).get(path, options),
  };
  const reached = live?.index && (await filesIfWhole(live.index, newFiles(source), signal));
  const found = new Map<string, string>();
  for await (const { path, etag } of store.list('', { signal })) found.set(path, etag);
  const isTrusted = (path: string) => reached?.has(path) === true && found.has(path);
  return {
    live,
    writes: [...local.files.keys()].filter(path => !isTrusted(path)),
    removed: [...(reached?.keys() ?? [])].filter(path => !local.files.has(path)),
    found,
  };
}

function describe(
  local: LocalSet,
  { live, writes, removed, found }: Difference,
  map: MapToSend,
  isPriced: boolean,
): PublishPlan {
  const { index, files, bytes } = local;
  const generation = live?.index?.generation ?? null;
  const isLive = generation === index.generation;
  // Beside the files: two records, at most two generations, the index, and the test for conditional writes.
  const put = (isLive ? writes.length : writes.length + 10) + map.files.size;
  const bytesToSend = writes.reduce((sum, path) => sum + files.get(path)!.size, 0);
  const pages = (count: number) => Math.max(1, Math.ceil(count / 1000));
  const requests = {
    put,
    list: 1 + pages(found.size) + (isLive ? 0 : pages(found.size + writes.length)) + map.requests.list,
    get: (live ? 1 : 0) + map.requests.get,
  };
  return {
    generation: index.generation,
    parent: generation,
    files: files.size + 1,
    bytes,
    send: { files: writes.length, bytes: bytesToSend },
    map: { files: map.files.size, bytes: map.bytes },
    unchanged: files.size - writes.length,
    removed: removed.length,
    requests,
    cost: isPriced ? costOf(requests, bytesToSend + map.bytes) : null,
  };
}

/** Sends files, each checked before; the progress counts each file once. */
function sender(
  local: LocalSet,
  store: Store,
  { writes, found }: Difference,
  { onProgress }: PublishEvents,
  signal: AbortSignal | undefined,
): (paths: readonly string[]) => Promise<void> {
  const waiting = new Set(writes);
  const total = writes.reduce((sum, path) => sum + local.files.get(path)!.size, 0);
  let sent = 0;
  return paths =>
    concurrently(paths, async path => {
      signal?.throwIfAborted();
      const bytes = await readWhole(local, path, signal);
      // A file that a killed run has sent is renewed, where the store can do that without its bytes.
      const renew = waiting.has(path) ? found.get(path) : undefined;
      await store.put(path, bytes, { headers: HEADERS.file, renew, signal });
      if (!waiting.delete(path)) return;
      sent += bytes.length;
      onProgress?.(writes.length - waiting.size, sent, writes.length, total);
    });
}

/** @throws UsageError if a set would be published into itself */
function checkApart(directory: string, destination: TargetLocation): void {
  if (typeof destination !== 'string' || isBucket(destination)) return;
  const [from, to] = [directory, destination].map(path => realPath(resolve(folderOf(path))));
  if (!isWithin(from!, to!) && !isWithin(to!, from!)) return;
  throw new UsageError(
    `${destination} and ${directory} are the same folder, or one is in the other: give two separate folders`,
    { file: destination },
  );
}

/** The real path of a file, which need not exist. */
function realPath(path: string): string {
  const parent = dirname(path);
  return existsSync(path) || parent === path ? realpathSync(path) : join(realPath(parent), basename(path));
}
