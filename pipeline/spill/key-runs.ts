/**
 * Key runs: files of entries sorted by key, each written by one task. All runs together are one table. A *range* of
 * the table, all entries with low <= key < high, is loaded from all runs and sorted in memory. A range is the unit of
 * work, and its bytes limit the memory, independent of the number of runs and entries.
 *
 * The index of a run has the first key of each block, so that a range is found without reading the run.
 */
import type { StoreError } from '#pipeline/errors.ts';
import { changedFile, readBytes, readInto } from '#pipeline/store/run-file.ts';
import type { Content, Store } from '#pipeline/store/store.ts';
import { Entries, endAt, equalKeys, HEADER, keyEndAt } from './entries.ts';
import { headedFile, readIndexOf } from './headed-file.ts';
import {
  bytesOf,
  type EntrySort,
  type SelectEntries,
  type Sorted,
  selectEntries,
  sortInScript,
} from './sort-entries.ts';

/**
 * Bytes of entries between two keys of an index, which is also about the unneeded part of each run that a range
 * reads.
 */
const BLOCK_BYTES = 8 * 1024;

/** Keys are in base64. */
interface RunIndex {
  readonly bytes: number;
  /** Offset and first key of each block. */
  readonly blocks: readonly [offset: number, key: string][];
}

/** An opened run: its blocks. */
export type KeyRun = readonly RunBlock[];

/** A block of a run. */
export interface RunBlock {
  /** Of the run. */
  readonly path: string;
  /** In the file. */
  readonly offset: number;
  readonly length: number;
  /** Its first key. */
  readonly key: Buffer;
  /** The first key of the next block; undefined if there is none. */
  readonly next: Buffer | undefined;
}

/** All keys of a table from `low` on and below `high`; undefined for no limit. */
export interface RunRange {
  readonly low?: Buffer | undefined;
  readonly high?: Buffer | undefined;
}

/** Extent of entries: number of the run, offset and length in its file. Some entries may be outside the range. */
export type Extent = readonly [run: number, offset: number, length: number];

export interface RunOptions {
  readonly sort?: EntrySort;
  /** Selects sorted entries; the others are left out. */
  readonly select?: SelectEntries | undefined;
}

/** The file of a run. It takes the entries, which must be cleared after it is written. */
export function packKeyRun(entries: Entries, { sort = sortInScript, select }: RunOptions = {}): Content {
  const sorted = sort(entries.arena.subarray(0, entries.bytes), entries.starts);
  return packSorted(select ? selectEntries(sorted, select) : sorted);
}

/** The file of a run of sorted entries. */
export function packSorted(sorted: Sorted): Content {
  const { arena, order } = sorted;
  const blocks: [number, string][] = [];
  const content = bytesOf(sorted);
  const first = order[0] ?? 0;
  let blockEnd = 0;
  for (let i = 0; i < order.length; i++) {
    const start = order[i]!;
    if (start - first < blockEnd) continue;
    blocks.push([start - first, arena.toString('base64', start + HEADER, keyEndAt(arena, start))]);
    blockEnd = start - first + BLOCK_BYTES;
  }
  const index: RunIndex = { bytes: content.length, blocks };
  return headedFile(index, [content]);
}

/** Selects the first of entries with equal keys. */
export const firstOfEqualKeys: SelectEntries = (arena, order) => {
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const start = order[i]!;
    if (count === 0 || !equalKeys(arena, order[count - 1]!, start)) order[count++] = start;
  }
  return count;
};

/** Selects the first of entries with equal keys; its numbers become the sums of theirs. */
export const sumEqualKeys: SelectEntries = (arena, order) => {
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const start = order[i]!;
    const first = order[count - 1];
    if (first === undefined || !equalKeys(arena, first, start)) {
      order[count++] = start;
      continue;
    }
    const [sums, end, added] = [keyEndAt(arena, first), endAt(arena, first), keyEndAt(arena, start)];
    for (let at = sums; at < end; at += 8)
      arena.writeDoubleLE(arena.readDoubleLE(at) + arena.readDoubleLE(added + at - sums), at);
  }
  return count;
};

/** Reads the index of a run. */
async function openKeyRun(store: Store, path: string): Promise<KeyRun> {
  const { index, start } = await readIndexOf<RunIndex>(store, path);
  const keys = index.blocks.map(([, key]) => Buffer.from(key, 'base64'));
  return index.blocks.map(([offset], i) => {
    const end = index.blocks[i + 1]?.[0] ?? index.bytes;
    return { path, offset: start + offset, length: end - offset, key: keys[i]!, next: keys[i + 1] };
  });
}

/** Reads the indexes of runs, in their order. */
export async function openKeyRuns(store: Store, paths: readonly string[]): Promise<KeyRun[]> {
  const runs: KeyRun[] = [];
  for (const path of paths) runs.push(await openKeyRun(store, path));
  return runs;
}

/** Returns a key of a block, or near it, at which a table may be cut; undefined if it knows none. */
export type FindCut = (block: RunBlock) => Promise<Buffer | undefined> | Buffer | undefined;

/** Whether a table may have a key between two keys; `high` is undefined for no limit. */
export type IsWanted = (low: Buffer, high: Buffer | undefined) => boolean;

/**
 * Cuts a table into ranges of about `bytes` bytes or more, in order; they cover all keys. A block of a run that has few
 * entries there may know only a cut far above: a lower one is looked for if it is not reached within `bytes` more.
 */
export async function rangesOf(
  runs: readonly KeyRun[],
  bytes: number,
  findCut: FindCut = ({ key }) => key,
  isWanted: IsWanted = () => true,
): Promise<RunRange[]> {
  const blocks = runs.flatMap(run => run.filter(({ key, next }) => isWanted(key, next)));
  blocks.sort((a, b) => a.key.compare(b.key));
  const ranges: RunRange[] = [];
  let low: Buffer | undefined;
  let high: Buffer | undefined;
  let gathered = 0;
  let limit = bytes;
  for (const block of blocks) {
    if (high && high.compare(block.key) <= 0) {
      ranges.push({ low, high });
      [low, high] = [high, undefined];
      gathered = 0;
      limit = bytes;
    }
    const cut = gathered >= limit ? await findCut(block) : undefined;
    if (cut && isBetween(cut, low, high)) {
      high = cut;
      limit = gathered + bytes;
    }
    gathered += block.length;
  }
  if (high) ranges.push({ low, high });
  ranges.push({ low: high ?? low, high: undefined });
  return ranges;
}

/** Whether a key is above `low` and below `high`, if there are these. */
function isBetween(key: Buffer, low: Buffer | undefined, high: Buffer | undefined): boolean {
  return (low === undefined || key.compare(low) > 0) && (high === undefined || key.compare(high) < 0);
}

/** Offset of the entry after another one; infinite if this is malformed, or ends after `stop`. */
function nextAt(arena: Buffer, start: number, stop: number): number {
  const keyEnd = keyEndAt(arena, start);
  const next = endAt(arena, start);
  return keyEnd > start + HEADER && keyEnd <= next && next <= stop ? next : Number.POSITIVE_INFINITY;
}

function malformedRun(store: Store, path: string): StoreError {
  return changedFile(store, path, 'has malformed entries');
}

/** The entries of a block. @throws StoreError if the run is missing, short or malformed */
export async function readBlock(store: Store, { path, offset, length }: RunBlock): Promise<Sorted> {
  const arena = await readBytes(store, path, offset, length);
  const starts: number[] = [];
  let end = 0;
  for (; end < length; end = nextAt(arena, end, length)) starts.push(end);
  if (end !== length) throw malformedRun(store, path);
  return { arena, order: Uint32Array.from(starts), end: length };
}

/** Extents of the entries of a range. */
export function extentsOf(
  runs: readonly KeyRun[],
  { low, high }: RunRange,
  isWanted: IsWanted = () => true,
): Extent[] {
  const extents: Extent[] = [];
  for (const [number, run] of runs.entries()) {
    let from = 0;
    let length = 0;
    for (let i = low ? lastBelow(run, low) : 0; i < run.length; i++) {
      const block = run[i]!;
      if (high && block.key.compare(high) >= 0) break;
      if (!isWanted(block.key, block.next)) continue;
      if (length > 0 && from + length < block.offset) {
        extents.push([number, from, length]);
        length = 0;
      }
      if (length === 0) from = block.offset;
      length += block.length;
    }
    if (length > 0) extents.push([number, from, length]);
  }
  return extents;
}

/** The last block whose first key is below `key`, which may have entries of the key at its end; or the first block. */
function lastBelow(blocks: KeyRun, key: Buffer): number {
  let low = 0;
  let high = blocks.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (blocks[middle]!.key.compare(key) < 0) low = middle;
    else high = middle;
  }
  return low;
}

/** Where the entries of a range are: the paths of runs, and extents in these. */
export interface RunParts {
  readonly runs: readonly string[];
  readonly extents: readonly Extent[];
}

/**
 * Loads the entries of a range and sorts them; entries of equal keys keep the order of the runs.
 * @param entries empty ones, whose memory they get
 * @throws StoreError if a run is missing, short or malformed
 */
export async function loadSorted(
  store: Store,
  { runs, extents }: RunParts,
  range: RunRange,
  sort: EntrySort,
  entries = new Entries(),
): Promise<Sorted> {
  const bytes = extents.reduce((sum, [, , length]) => sum + length, 0);
  entries.reserve(bytes);
  const { arena } = entries;
  let end = 0;
  for (const [run, offset, length] of extents) {
    const start = end;
    end += length;
    const path = runs[run]!;
    await readInto(store, path, offset, arena.subarray(start, end));
    if (!addWithin(range, entries, start, end)) throw malformedRun(store, path);
  }
  return sort(arena.subarray(0, bytes), entries.starts);
}

/** Adds those of the entries of a run, which are in the arena, that are in a range; returns false if one is malformed. */
function addWithin({ low, high }: RunRange, entries: Entries, start: number, stop: number): boolean {
  const { arena } = entries;
  let at = start;
  // The entries of a run are in order: only the first and the last ones can be outside the range.
  while (low && at < stop && !isFrom(low, arena, at)) at = nextAt(arena, at, stop);
  for (; at < stop; at = nextAt(arena, at, stop)) entries.addAt(at);
  if (at !== stop) return false;
  while (high && entries.count > 0 && isFrom(high, arena, entries.startOf(entries.count - 1)))
    entries.removeLast();
  return true;
}

/** Whether the key of an entry is `low` or above. */
function isFrom(low: Buffer, arena: Buffer, start: number): boolean {
  const end = Math.min(low.length, keyEndAt(arena, start) - start - HEADER);
  for (let i = 0; i < end; i++) {
    const difference = arena[start + HEADER + i]! - low[i]!;
    if (difference !== 0) return difference > 0;
  }
  return end === low.length;
}

/** All entries of some runs in order, in batches of about `bytes` bytes. */
export async function* sortedBatches(
  store: Store,
  paths: readonly string[],
  bytes: number,
  sort: EntrySort,
): AsyncGenerator<Sorted, void, undefined> {
  const opened = await openKeyRuns(store, paths);
  for (const range of await rangesOf(opened, bytes))
    yield await loadSorted(store, { runs: paths, extents: extentsOf(opened, range) }, range, sort);
}
