/**
 * Selects the rows of the tables `common`, `words` and `values`. Of names with the same text from a word on, and of a
 * value that many systems have, only the first rows are kept: other systems are found by grams, and in the table
 * `results`.
 */
import { COMMON_ROWS } from '#format/btree/facet-schemas.ts';
import { BUCKETS, bucketOf, placeKey, SHORT, VALUE_ROWS, WORD_ROWS } from '#format/btree/search-schemas.ts';
import { eachGram } from '#format/btree/searched-texts.ts';
import type { SearchMode } from '#format/index-json.ts';
import { lengthOf } from '#format/utf8.ts';
import { Entries, endAt, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import type { SelectEntries, Sorted } from '#pipeline/spill/sort-entries.ts';
import { type Group, groupAt, groupEndOf, selectOfGroups } from './groups.ts';

/** Selects the entries of names from words on that can become rows. */
export const firstOfWords = selectOfGroups(1, () => WORD_ROWS);

/** Selects the entries of values that can become rows: all of a long value, which the table `results` lacks. */
export const firstOfValues = selectOfGroups(2, valueRows);

function valueRows(arena: Buffer, start: number, entries: number): number {
  return entries <= VALUE_ROWS || isLong(keyAt(arena, start)[1]!) ? entries : VALUE_ROWS;
}

/** Whether a value has a row for each system, however many. */
export function isLong(value: string): boolean {
  return lengthOf(value) > SHORT;
}

/**
 * Selects the rows of the table `common`.
 * @param chosen the common values
 */
export function firstOfCommon(chosen: ReadonlySet<Group>): SelectEntries {
  return selectOfGroups(2, (arena, start) => (chosen.has(groupAt(arena, start)) ? COMMON_ROWS : 0));
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
  for (let first = 0, next = 0; first < order.length; first = next) {
    next = groupEndOf(arena, order, first, 2);
    const value = keyAt(arena, order[first]!)[1]!;
    const systems = common.get(value) ?? next - first;
    const end = first + valueRows(arena, order[first]!, next - first);
    for (let i = first; i < end; i++) addWithNumber(rows, arena, order[i]!, systems);
    addGrams(grams, value, mode, false, BUCKETS + bucketOf(value));
  }
  return { rows, grams };
}

/** Hex digits of a place in a key. */
const PLACE_DIGITS = placeKey(0).length;

/** Adds the entries of a searched string to those of `grams`; some may be equal. */
export function addGrams(
  entries: Entries,
  text: string,
  mode: SearchMode,
  isName: boolean,
  place: number,
): void {
  eachGram(text, mode, isName, (start, end) => {
    entries.begin(3 * (end - start) + PLACE_DIGITS + 2);
    entries.keyText(text, start, end).keyHex(place, PLACE_DIGITS).endKey().end();
  });
}

/** Copies an entry, and adds a number at its end. */
function addWithNumber(entries: Entries, arena: Buffer, start: number, number: number): void {
  const keyEnd = keyEndAt(arena, start);
  const end = endAt(arena, start);
  entries.begin(end - start + 8);
  entries.raw(arena, start + HEADER, keyEnd).endKey();
  entries.raw(arena, keyEnd, end).number(number).end();
}
