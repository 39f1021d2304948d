/**
 * Selects the rows of the tables `common`, `words` and `values`. Of names with the same text from a word on, and of a
 * value that many systems have, only the first rows are kept: other systems are found by grams, and in the table
 * `results`.
 */
import { COMMON_ROWS } from '#format/btree/facet-schemas.ts';
import { BUCKETS, bucketOf, placeKey, SHORT, VALUE_ROWS, WORD_ROWS } from '#format/btree/search-schemas.ts';
import { gramsOf } from '#format/btree/searched-texts.ts';
import type { SearchMode } from '#format/index-json.ts';
import { lengthOf } from '#format/utf8.ts';
import { Entries, endAt, groupEnd, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { END, keySpace } from '#pipeline/spill/key-bytes.ts';
import type { Sorted } from '#pipeline/spill/sort-entries.ts';

/** Offset after the first strings of a key. */
export function keysEnd(buffer: Buffer, start: number, strings: number): number {
  let end = start;
  for (let i = 0; i < strings; i++) end = buffer.indexOf(END, end) + 1;
  return end;
}

/** Groups of sorted entries with the same first strings of their keys. */
export function* groupsOf(
  arena: Buffer,
  order: readonly number[],
  strings: number,
): Generator<readonly number[], void, undefined> {
  for (let first = 0, next = 0; first < order.length; first = next) {
    const at = order[first]! + HEADER;
    const end = keysEnd(arena, at, strings);
    for (next = first + 1; next < order.length; next++) {
      const other = order[next]! + HEADER;
      if (arena.compare(arena, other, Math.min(other + end - at, arena.length), at, end) !== 0) break;
    }
    yield order.slice(first, next);
  }
}

/** Selects the entries of names from words on that can become rows. */
export function firstOfWords(arena: Buffer, order: readonly number[]): number[] {
  return [...groupsOf(arena, order, 1)].flatMap(group => group.slice(0, WORD_ROWS));
}

/** Selects the entries of values that can become rows: all of a long value, which the table `results` lacks. */
export function firstOfValues(arena: Buffer, order: readonly number[]): number[] {
  return [...groupsOf(arena, order, 2)].flatMap(group => firstOfValue(arena, group));
}

function firstOfValue(arena: Buffer, group: readonly number[]): readonly number[] {
  if (group.length <= VALUE_ROWS || isLong(keyAt(arena, group[0]!)[1]!)) return group;
  return group.slice(0, VALUE_ROWS);
}

/** Whether a value has a row for each system, however many. */
export function isLong(value: string): boolean {
  return lengthOf(value) > SHORT;
}

/**
 * The rows of the table `common`.
 * @param chosen the common values: their field and key, as groups
 */
export function firstCommon({ arena, order }: Sorted, chosen: ReadonlySet<string>): Entries {
  const rows = new Entries();
  for (const group of groupsOf(arena, order, 2)) {
    const first = group[0]!;
    if (!chosen.has(arena.toString('base64', first + HEADER, groupEnd(arena, first)))) continue;
    for (const start of group.slice(0, COMMON_ROWS)) copyEntry(rows, arena, start);
  }
  return rows;
}

/** The rows of the table `words`. */
export function firstWords({ arena, order }: Sorted): Entries {
  const rows = new Entries();
  for (const start of firstOfWords(arena, order)) copyEntry(rows, arena, start);
  return rows;
}

/**
 * The rows of the table `values`, and the grams of the values.
 * @param common numbers of systems of values that have more than VALUE_ROWS
 */
export function firstValues(
  { arena, order }: Sorted,
  common: ReadonlyMap<string, number>,
  mode: SearchMode,
): { rows: Entries; grams: Entries } {
  const [rows, grams] = [new Entries(), new Entries()];
  for (const group of groupsOf(arena, order, 2)) {
    const value = keyAt(arena, group[0]!)[1]!;
    const systems = common.get(value) ?? group.length;
    for (const start of firstOfValue(arena, group)) copyEntry(rows, arena, start, systems);
    const place = placeKey(BUCKETS + bucketOf(value));
    for (const gram of gramsOf(value, mode, false)) addGram(grams, gram, place);
  }
  return { rows, grams };
}

/** Adds an entry of the table `grams`. */
export function addGram(entries: Entries, gram: string, place: string): void {
  entries.begin(keySpace(gram) + keySpace(place));
  entries.keyText(gram).keyText(place).endKey().end();
}

/** Copies an entry, and adds a number if there is one. */
function copyEntry(entries: Entries, arena: Buffer, start: number, number?: number): void {
  const [keyEnd, end] = [keyEndAt(arena, start), endAt(arena, start)];
  entries.begin(end - start + 8);
  entries.raw(arena, start + HEADER, keyEnd).endKey();
  entries.raw(arena, keyEnd, end);
  if (number !== undefined) entries.number(number);
  entries.end();
}
