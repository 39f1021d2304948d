/** The tables for searching strings: their rows and encodings. */
import { packNumbers, unpackIntegers } from '#format/columns/numbers.ts';
import { unpackStrings } from '#format/columns/strings.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { TableSchema } from './page.ts';
import {
  fieldsWeight,
  NUMBER_WEIGHT,
  packFields,
  packPositions,
  packRegions,
  regionWeight,
  systemsOf,
} from './system-columns.ts';

/** Value of `systems` in a row of a name, and in a row of a value of few systems. */
export const OF_NAME = 0;
export const OF_VALUE = 1;

/** A row of the table `words`: a searched string from a word on, with the system or the number of systems that have it. */
export interface WordEntry extends SystemRow {
  /** At most WINDOW code points. */
  readonly text: string;
  /** If the string is not a name: the text before it, at most the last WINDOW code points. */
  readonly before: string;
  /**
   * 0 for a system whose name has the string, 1 for one that has it in another field, or in both. If `id` is empty,
   * `name` is a whole value, and this is the number of systems that have it: rows of the table `values`.
   */
  readonly systems: number;
}

/** A row of the table `values`: a value of a searched field, and a system that has it. */
export interface ValueEntry extends SystemRow {
  readonly value: string;
}

/** A row of the table `parts`: a position inside a word of a searched string. */
export interface PartEntry {
  /** At most WINDOW code points. */
  readonly rest: string;
  /** At most WINDOW code points, the first ones of the word. */
  readonly before: string;
  /**
   * Number of occurrences: about the number of systems that a search finds there. It decides the order of reading,
   * not the results.
   */
  readonly places: number;
}

/** Strings from each of their words on; in small pages, since a string inside a word leads to many positions. */
export const WORDS: TableSchema<WordEntry> = {
  kind: 'search',
  keys: 4,
  leafWeight: 32_768,
  keyOf: ({ text, before, name, id }) => [text, before, name, id],
  pack: rows => ({
    systems: packNumbers(rows.map(row => row.systems)),
    ...packPositions(rows),
    ...packRegions(rows),
    ...packFields(rows),
  }),
  unpack: ([text, before, name, id], file, count) => {
    const systems = unpackIntegers(file['systems'], count);
    const columns = { name: name!, id: id!, region: unpackStrings(file['region'], count) };
    const rows = systemsOf(columns, file, count);
    return rows.map((row, i) => ({ ...row, text: text![i]!, before: before![i]!, systems: systems[i]! }));
  },
  weight: row => 4 * NUMBER_WEIGHT + regionWeight(row) + fieldsWeight(row),
};

/** Systems by values of many systems. */
export const VALUES: TableSchema<ValueEntry> = {
  kind: 'search',
  keys: 3,
  keyOf: ({ value, name, id }) => [value, name, id],
  pack: rows => ({ ...packPositions(rows), ...packRegions(rows), ...packFields(rows) }),
  unpack: ([value, name, id], file, count) => {
    const columns = { name: name!, id: id!, region: unpackStrings(file['region'], count) };
    return systemsOf(columns, file, count).map((row, i) => ({ ...row, value: value![i]! }));
  },
  weight: row => 3 * NUMBER_WEIGHT + regionWeight(row) + fieldsWeight(row),
};

/** Strings from each letter inside a word on. */
export const PARTS: TableSchema<PartEntry> = {
  kind: 'search',
  keys: 2,
  keyOf: ({ rest, before }) => [rest, before],
  pack: rows => ({ places: packNumbers(rows.map(row => row.places)) }),
  unpack: ([rest, before], file, count) => {
    const places = unpackIntegers(file['places'], count, 1);
    return rest!.map((own, i) => ({ rest: own, before: before![i]!, places: places[i]! }));
  },
  weight: () => NUMBER_WEIGHT,
};
