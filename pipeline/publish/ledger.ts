/**
 * Kept generations and the history of a set, as files beside it. Nothing that compares sets looks at them.
 *
 *     generations/<generation>.json   copy of the index.json of a generation
 *     history/publish-<id>.json       record of a publish or a rollback; written before it begins, and when it has ended
 *     history/marks-<id>.json         files that a later garbage collection may delete
 *     history/sweep-<id>.json         exists while a garbage collection deletes
 */
import { randomBytes } from 'node:crypto';
import { CorruptError } from '#client/errors.ts';
import type { Source } from '#client/fetch/source.ts';
import type { Counts } from '#format/system.ts';
import { concurrently } from '#pipeline/store/concurrently.ts';
import type { Store, StoredFile } from '#pipeline/store/store.ts';

/** A publish or a rollback. */
export interface PublishRecord {
  readonly kind: 'publish' | 'rollback';
  /** The generation that it makes live. */
  readonly generation: string;
  /** The generation that was live before; null if there was none. */
  readonly parent: string | null;
  /** When it began, by the clock of the publisher: ISO 8601. */
  readonly time: string;
  readonly counts: Counts;
  /** Number of files of the set, with `index.json`. */
  readonly files: number;
  /** Their bytes, as stored. */
  readonly bytes: number;
  readonly sent: { readonly files: number; readonly bytes: number };
  /** Duration until the generation was live; null while that is not known. */
  readonly seconds: number | null;
  /** True if it ended without a success. */
  readonly failed: boolean;
  /** Files of the parent that the generation does not have. */
  readonly removed: readonly string[];
  /** Files that it writes; empty after a success. */
  readonly writes: readonly string[];
}

/** Files and generations that nothing uses, and records that are not needed any more. */
export interface Marks {
  readonly files: readonly string[];
  readonly generations: readonly string[];
  /** Paths of records. */
  readonly records: readonly string[];
}

/** A JSON file of the history, and its time by the clock of the store. */
export interface Entry<T> {
  readonly path: string;
  readonly modified: number;
  readonly content: T;
}

export interface Ledger {
  readonly publishes: readonly Entry<PublishRecord>[];
  readonly marks: readonly Entry<Marks>[];
  /** Garbage collections that delete at present, or that were killed. */
  readonly sweeps: readonly StoredFile[];
  /** Kept generations. */
  readonly generations: ReadonlySet<string>;
}

/** After this time without a new sign, a garbage collection was killed: it renews its sign before each batch. */
export const SWEEP_DEAD_MS = 180_000;

/** A new path in the history. Paths of a kind are in order of time. */
export function newEntryPath(kind: 'publish' | 'marks' | 'sweep'): string {
  const time = new Date().toISOString().replace(/[-:]/g, '');
  return `history/${kind}-${time}-${randomBytes(4).toString('hex')}.json`;
}

const KINDS = /^history\/(publish|marks|sweep)-[\w.]+-[0-9a-f]{8}\.json$/;

/** Path of the copy of an index. */
export function generationPath(generation: string): string {
  return `generations/${generation}.json`;
}

/** @throws NetworkError, StoreError, CorruptError for a malformed record */
export async function readLedger(store: Store, signal: AbortSignal | undefined): Promise<Ledger> {
  const publishes: Entry<PublishRecord>[] = [];
  const marks: Entry<Marks>[] = [];
  const sweeps: StoredFile[] = [];
  const stored = await filesOf(store, 'history/', signal);
  await concurrently(stored, async file => {
    const [, kind] = KINDS.exec(file.path) ?? [];
    if (kind === 'sweep') sweeps.push(file);
    if (kind !== 'publish' && kind !== 'marks') return;
    const content = await readEntry(store, file.path, signal);
    if (content === undefined) return;
    const entry = { path: file.path, modified: file.modified, content };
    if (kind === 'publish') publishes.push(checked(entry, isRecord, store));
    else marks.push(checked(entry, isMarks, store));
  });
  const generations = new Set<string>();
  for (const { path } of await filesOf(store, 'generations/', signal)) {
    const [, generation] = /^generations\/([0-9a-f]{64})\.json$/.exec(path) ?? [];
    if (generation !== undefined) generations.add(generation);
  }
  return { publishes: publishes.sort(byPath), marks: marks.sort(byPath), sweeps, generations };
}

/**
 * The publishes that led to a generation, the newest first: each made the parent of the one before live. Records of
 * publishes that lost or were killed are not among them.
 */
export function chainOf(publishes: readonly Entry<PublishRecord>[], live: string): Entry<PublishRecord>[] {
  const chain: Entry<PublishRecord>[] = [];
  const unused = new Set(publishes);
  let before = Number.POSITIVE_INFINITY;
  // A set that another tool put in place has no record: it replaced the latest publish.
  const isRecorded = publishes.some(({ content }) => content.generation === live);
  const latest = publishes
    .filter(({ content }) => content.seconds !== null)
    .sort((a, b) => b.modified - a.modified)[0];
  const first = isRecorded ? live : (latest?.content.generation ?? null);
  for (let generation: string | null = first; generation !== null; ) {
    // A generation can be live several times: the latest before its successor counts.
    const wanted: string = generation;
    const [next] = [...unused]
      .filter(({ content }) => content.generation === wanted)
      .sort((a, b) => rank(a, before) - rank(b, before) || b.modified - a.modified || byPath(b, a));
    if (!next) break;
    unused.delete(next);
    chain.push(next);
    before = next.modified;
    generation = next.content.parent;
  }
  return chain;
}

function rank({ content, modified }: Entry<PublishRecord>, before: number): number {
  return (modified > before ? 1 : 0) + (content.seconds !== null ? 0 : content.failed ? 4 : 2);
}

/** Sorts paths of one kind by time. */
function byPath({ path: a }: { readonly path: string }, { path: b }: { readonly path: string }): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export async function filesOf(
  store: Store,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list(prefix, { signal })) files.push(file);
  return files;
}

/** Undefined if the file was deleted in between. */
async function readEntry(source: Source, path: string, signal: AbortSignal | undefined): Promise<unknown> {
  const bytes = await source.get(path, { signal, fresh: true });
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}

function checked<T>(entry: Entry<unknown>, test: (content: unknown) => content is T, store: Store): Entry<T> {
  const { content } = entry;
  if (test(content)) return { ...entry, content };
  throw new CorruptError(
    `${entry.path} of ${store.location} is not a record of the history: it was changed by other software; remove it, then run gc --sweep`,
    { file: entry.path },
  );
}

function isRecord(content: unknown): content is PublishRecord {
  const record = (content ?? {}) as Partial<PublishRecord>;
  const { kind, generation, parent, time, counts, files, bytes, sent, seconds, failed } = record;
  const numbers = [counts?.systems, counts?.planets, counts?.moons, counts?.stations, files, bytes];
  return (
    (kind === 'publish' || kind === 'rollback') &&
    isHash(generation) &&
    (parent === null || isHash(parent)) &&
    typeof time === 'string' &&
    [...numbers, sent?.files, sent?.bytes].every(Number.isFinite) &&
    (seconds === null || Number.isFinite(seconds)) &&
    typeof failed === 'boolean' &&
    areStrings(record.removed) &&
    areStrings(record.writes)
  );
}

function isMarks(content: unknown): content is Marks {
  const { files, generations, records } = (content ?? {}) as Partial<Marks>;
  return areStrings(files) && areStrings(generations) && generations.every(isHash) && areStrings(records);
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function areStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}
