/**
 * Key runs: files of entries sorted by key, each written by one task. All runs together are one table. A *range* of
 * the table, all entries with low <= key < high, is loaded from all runs and sorted in memory. A range is the unit of
 * work, and its bytes limit the memory, independent of the number of runs and entries.
 *
 * The index of a run has the first key of each block, so that a range is found without reading the run, and keys at
 * which the table may be cut (`cutsOf`).
 */
import type { Content, Store } from '#pipeline/store/store.ts';
import { type Entries, endAt, equalKeys, HEADER, keyEndAt, Offsets } from './entries.ts';
import { headedFile, readIndexOf, readInto } from './headed-file.ts';
import { afterKey } from './key-bytes.ts';
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
  readonly entries: number;
  readonly bytes: number;
  /** Offset and first key of each block. */
  readonly blocks: readonly [offset: number, key: string][];
  /** Entries after which the table may be cut, with the allowed kinds of cut as bits. */
  readonly cuts: readonly [key: string, kinds: number][];
}

/** An opened run. */
export interface KeyRun {
  readonly path: string;
  readonly entries: number;
  readonly bytes: number;
  /** Offsets in the file. */
  readonly blocks: readonly { readonly offset: number; readonly key: Buffer }[];
  /** Offset after the last entry. */
  readonly end: number;
  readonly cuts: readonly { readonly key: Buffer; readonly kinds: number }[];
}

/** All keys of a table from `low` on and below `high`; undefined for no limit. */
export interface RunRange {
  readonly low?: Buffer | undefined;
  readonly high?: Buffer | undefined;
}

/** Extent of entries: number of the run, offset and length in its file. Some entries may be outside the range. */
export type Extent = readonly [run: number, offset: number, length: number];

export interface RunOptions {
  /** Kinds of cut that are allowed after each entry; 0 for none. */
  readonly cutsOf?: ((sorted: Sorted) => ArrayLike<number>) | undefined;
  readonly sort?: EntrySort;
  /** Selects sorted entries; the others are left out. */
  readonly select?: SelectEntries | undefined;
}

/** The file of a run. It takes the entries, which must be cleared after it is written. */
export function packKeyRun(entries: Entries, { sort = sortInScript, ...options }: RunOptions = {}): Content {
  return packSorted(sort(entries.arena.subarray(0, entries.bytes), entries.starts), options);
}

/** The file of a run of sorted entries, whose memory gets other content. */
export function packSorted(
  sorted: Sorted,
  { cutsOf, select }: Pick<RunOptions, 'cutsOf' | 'select'> = {},
): Content {
  const blocks: [number, string][] = [];
  const cuts: [string, number][] = [];
  const rows = select ? selectEntries(sorted, select) : sorted;
  const { arena, order } = rows;
  const keyOf = (start: number) => arena.toString('base64', start + HEADER, keyEndAt(arena, start));
  const kinds = cutsOf?.(rows);
  let blockEnd = 0;
  for (let i = 0; i < order.length; i++) {
    const start = order[i]!;
    if (start >= blockEnd) {
      blocks.push([start, keyOf(start)]);
      blockEnd = start + BLOCK_BYTES;
    }
    const own = kinds?.[i] ?? 0;
    if (own !== 0) cuts.push([keyOf(start), own]);
  }
  const content = bytesOf(rows);
  const index: RunIndex = { entries: order.length, bytes: content.length, blocks, cuts };
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
  const { entries, bytes } = index;
  return {
    ...{ path, entries, bytes, end: start + bytes },
    blocks: index.blocks.map(([offset, key]) => ({
      offset: start + offset,
      key: Buffer.from(key, 'base64'),
    })),
    cuts: index.cuts.map(([key, kinds]) => ({ key: Buffer.from(key, 'base64'), kinds })),
  };
}

/** Reads the indexes of runs, in their order. */
export async function openKeyRuns(store: Store, paths: readonly string[]): Promise<KeyRun[]> {
  const runs: KeyRun[] = [];
  for (const path of paths) runs.push(await openKeyRun(store, path));
  return runs;
}

/**
 * Cuts a table into ranges of about `bytes` bytes, in order; they cover all keys.
 * @param cutAt keys at which the table may be cut, ascending; by default the first key of any block
 */
export function rangesOf(runs: readonly KeyRun[], bytes: number, cutAt?: readonly Buffer[]): RunRange[] {
  const blocks = runs.flatMap(({ blocks, end }) =>
    blocks.map(({ offset, key }, i) => ({ key, bytes: (blocks[i + 1]?.offset ?? end) - offset })),
  );
  blocks.sort((a, b) => a.key.compare(b.key));
  const ranges: RunRange[] = [];
  let low: Buffer | undefined;
  let gathered = 0;
  let next = 0;
  const cut = (high: Buffer) => {
    ranges.push({ low, high });
    low = high;
    gathered = 0;
  };
  for (const block of blocks) {
    if (cutAt === undefined) {
      if (gathered >= bytes && low?.equals(block.key) !== true) cut(block.key);
    } else if (gathered >= bytes) {
      while (next < cutAt.length && cutAt[next]!.compare(block.key) <= 0) next++;
      // The last cut that is not above the block: all collected entries are below it.
      const at = cutAt[next - 1];
      if (at && (low === undefined || at.compare(low) > 0)) cut(at);
    }
    gathered += block.bytes;
  }
  ranges.push({ low, high: undefined });
  return ranges;
}

/** Keys at which a table may be cut, for one kind of cut, ascending: each is the lowest above the key of an entry. */
export function cutKeys(runs: readonly KeyRun[], kind: number): Buffer[] {
  const keys = runs.flatMap(({ cuts }) => cuts.filter(({ kinds }) => (kinds & kind) !== 0));
  return keys.map(({ key }) => afterKey(key)).sort((a, b) => a.compare(b));
}

/**
 * Extents of the entries of a range.
 * @param wanted whether any key between two keys is wanted; `high` is undefined for no limit
 */
export function extentsOf(
  runs: readonly KeyRun[],
  { low, high }: RunRange,
  wanted: (low: Buffer, high: Buffer | undefined) => boolean = () => true,
): Extent[] {
  const extents: Extent[] = [];
  runs.forEach(({ blocks, end }, run) => {
    let from = -1;
    for (let i = low ? lastBelow(blocks, low) : 0; i <= blocks.length; i++) {
      const block = blocks[i];
      const isIn = block !== undefined && (high === undefined || block.key.compare(high) < 0);
      if (isIn && wanted(block.key, blocks[i + 1]?.key)) {
        if (from < 0) from = block.offset;
        continue;
      }
      if (from >= 0) extents.push([run, from, (block?.offset ?? end) - from]);
      from = -1;
      if (!isIn) break;
    }
  });
  return extents;
}

/** The last block whose first key is below `key`, which may have entries of the key at its end; or the first block. */
function lastBelow(blocks: KeyRun['blocks'], key: Buffer): number {
  let low = 0;
  let high = blocks.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (blocks[middle]!.key.compare(key) < 0) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Loads the entries of a range and sorts them; entries of equal keys keep the order of the runs.
 * @param allocate returns memory of at least so many bytes for them
 */
export async function loadSorted(
  store: Store,
  paths: readonly string[],
  extents: readonly Extent[],
  { low, high }: RunRange,
  sort: EntrySort,
  allocate: (bytes: number) => Buffer = bytes => Buffer.allocUnsafeSlow(bytes),
): Promise<Sorted> {
  const bytes = extents.reduce((sum, [, , length]) => sum + length, 0);
  const arena = allocate(bytes);
  const starts = new Offsets();
  let end = 0;
  for (const [run, offset, length] of extents) {
    const stop = end + length;
    await readInto(store, paths[run]!, offset, arena.subarray(end, stop));
    for (; end < stop; end = endAt(arena, end)) {
      if (low && !isFrom(low, arena, end)) continue;
      if (high && isFrom(high, arena, end)) continue;
      starts.push(end);
    }
  }
  return sort(arena.subarray(0, bytes), starts.all());
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
  const runs = await openKeyRuns(store, paths);
  for (const range of rangesOf(runs, bytes))
    yield await loadSorted(store, paths, extentsOf(runs, range), range, sort);
}
