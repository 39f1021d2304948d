/**
 * Sorted tables: B+trees of pages with counts, whose borders depend on the content. (Prolly trees, as in Noms and
 * Dolt: equal rows make equal pages, independent of their history.)
 *
 * A leaf page (level 0) has rows in order of their keys. An inner page has, for each page below, the lowest key that
 * may be in it, its number of rows, and its file.
 */

import { packFront, unpackFront } from '#format/columns/front-coding.ts';
import { packNumbers, unpackIntegers } from '#format/columns/numbers.ts';
import { cutRun } from '#format/cut-run.ts';
import { type FileKind, type FileRef, packHashes, unpackHashes } from '#format/file-ref.ts';
import { reserve, take, takeRows } from '#format/memory-cost.ts';
import type { Packable } from '#format/pack.ts';
import { countField } from '#format/unpack.ts';
import { lengthOf } from '#format/utf8.ts';
import { hashKey, type TableKey } from './keys.ts';

/** The columns of a table, and how its rows are encoded. */
export interface TableSchema<R> {
  readonly kind: FileKind;
  /** Number of strings of a key. */
  readonly keys: number;
  keyOf(row: R): TableKey;
  /** The strings of a key that leaf pages contain, if not all: the others follow from the row. */
  readonly stored?: { readonly keys: number; keyOf(row: R): TableKey };
  /** Encodes the columns beside the key. */
  pack(rows: readonly R[]): Record<string, Packable>;
  /**
   * Decodes the rows of a page from its stored keys (as columns) and its map.
   * @throws Error if the map is not valid
   */
  unpack(keys: readonly string[][], file: Record<string, unknown>, count: number): R[];
  /** Maximum weight of a leaf page; 65,536 by default. */
  readonly leafWeight?: number;
  /** Maximum weight of an inner page of level 1; 4,096 by default. */
  readonly innerWeight?: number;
  /** Weight of a row without its key; depends on its content only. */
  weight(row: R): number;
  /** Weight of a key, if not that of all its strings: `keyWeight`. */
  keyWeight?(key: TableKey): number;
}

/** An entry of an inner page of a table: a page below it. */
export interface PageEntry {
  /** A key that is at most the least key of the page, and above all keys of the page before. */
  readonly key: TableKey;
  /** Number of rows in the page and below it. */
  readonly rows: number;
  readonly ref: FileRef;
}

/** A decoded page of a table: a leaf (level 0) has rows, an inner page has entries. */
export type TablePage<R> =
  | { readonly level: 0; readonly rows: readonly R[] }
  | { readonly level: number; readonly entries: readonly PageEntry[] };

/** Approximate memory of an entry, without the strings of its key and its hash. */
const ENTRY_COST = 200;
/** Maximum memory of a row, without its strings and fields. */
const ROW_COST = 160;

/** Returns the content of a leaf page of a table, for `pack`; rows must be in the order of their keys. */
export function packTableLeaf<R>(rows: readonly R[], schema: TableSchema<R>): Packable {
  const { keys, keyOf } = schema.stored ?? schema;
  return { level: 0, rows: rows.length, key: packKeys(rows.map(keyOf), keys), ...schema.pack(rows) };
}

/** Returns the content of an inner page of a table, for `pack`; its first key is written as the least of all keys. */
export function packTableInner(level: number, entries: readonly PageEntry[]): Packable {
  const width = entries[0]!.key.length;
  const keys = entries.map(({ key }, i) => (i === 0 ? new Array<string>(width).fill('') : key));
  return {
    level,
    rows: entries.length,
    key: packKeys(keys, width),
    counts: packNumbers(entries.map(entry => entry.rows)),
    hashes: packHashes(entries.map(({ ref }) => ref.hash)),
    lengths: packNumbers(entries.map(({ ref }) => ref.length)),
  };
}

function packKeys(keys: readonly TableKey[], width: number): Packable {
  return Array.from({ length: width }, (_, i) => packFront(keys.map(key => key[i]!)));
}

/**
 * Decodes a page of a table: the rows of a leaf, the entries of an inner page.
 * @throws Error if it is not valid
 */
export function unpackTablePage<R>(file: Record<string, unknown>, schema: TableSchema<R>): TablePage<R> {
  const level = countField(file, 'level');
  const count = countField(file, 'rows');
  if (count === 0) throw new Error('a table page has no rows');
  const packed = file['key'];
  const width = level === 0 && schema.stored ? schema.stored.keys : schema.keys;
  if (!Array.isArray(packed) || packed.length !== width) {
    throw new Error(`a table page has no keys of ${width} strings`);
  }
  const columns = packed.map(column => unpackFront(column, count));
  if (level === 0) {
    reserve(ROW_COST * count);
    const rows = schema.unpack(columns, file, count);
    takeRows(rows);
    return { level, rows };
  }
  take(ENTRY_COST * count);
  const keys = Array.from({ length: count }, (_, i) => columns.map(column => column[i]!));
  const counts = unpackIntegers(file['counts'], count, 1);
  const hashes = unpackHashes(file['hashes'], count);
  const lengths = unpackIntegers(file['lengths'], count);
  const entries = keys.map((key, i) => ({
    key,
    rows: counts[i]!,
    ref: { kind: schema.kind, hash: hashes[i]!, length: lengths[i]! },
  }));
  return { level, entries };
}

/** Maximum weight of a leaf page; a single row may be heavier. */
export function leafWeight({ leafWeight = 65_536 }: { readonly leafWeight?: number }): number {
  return leafWeight;
}

/** Maximum weight of an inner page. Pages above level 1 are larger, so that a table has fewer levels. */
export function innerWeight(
  level: number,
  { innerWeight = 4_096 }: { readonly innerWeight?: number },
): number {
  return level === 1 ? innerWeight : 24_576;
}

/** Weight of a row's key. */
export function keyWeight(key: TableKey): number {
  let weight = 0;
  for (const text of key) weight += lengthOf(text) + 1;
  return weight;
}

/** Weight of an entry of an inner page beside its key: count, hash and length. */
const ENTRY_WEIGHT = 32;
/** Maximum weight of a key, so that a page has several entries of any length, and the number of levels is limited. */
const MOST_KEY_WEIGHT = 1_024;

/** Weight of an entry of an inner page. */
function entryWeight(key: TableKey): number {
  return ENTRY_WEIGHT + Math.min(keyWeight(key), MOST_KEY_WEIGHT);
}

/** Average weight of runs between natural borders, as a multiple of the maximum weight of a page. */
const RUN_PAGES = 4;

/** Input for the decision about the border after a row or an entry. */
export interface Weighed {
  /** `hashKey` of the key of the row or of the next entry, salted with the level. */
  readonly hash: number;
  readonly weight: number;
}

/**
 * True if a run of rows ends after a row with this hash and weight, independent of its neighbours: a natural border.
 * Heavier rows are more likely to end a run, so that runs have similar weights rather than similar lengths.
 */
export function isBorder(hash: number, weight: number, maxWeight: number): boolean {
  return hash < (2 ** 32 * weight) / (RUN_PAGES * maxWeight);
}

/**
 * Cuts a run between natural borders into pages; returns the index of the first row of each.
 * @param weights weight of each row
 * @param hashes hash of each row
 */
export function cutPages(weights: ArrayLike<number>, hashes: ArrayLike<number>, maxWeight: number): number[] {
  return cutRun(weights, maxWeight, row => hashes[row]!);
}

/** Input for the decision about the border after a row. */
export function weigh<R>(row: R, schema: TableSchema<R>): Weighed {
  return { hash: hashKey(schema.keyOf(row), 0), weight: rowWeight(row, schema) };
}

/** Weight of a row with its key. */
export function rowWeight<R>(row: R, schema: TableSchema<R>): number {
  return (schema.keyWeight ?? keyWeight)(schema.keyOf(row)) + schema.weight(row);
}

/**
 * Input for the decision about the border after an entry of an inner page.
 * @param next key of the next entry of the level; undefined for the last entry, where the decision has no effect
 */
export function weighEntry({ key }: PageEntry, next: TableKey | undefined, level: number): Weighed {
  return { hash: next === undefined ? 0 : hashKey(next, level), weight: entryWeight(key) };
}
