/** The tables for searching strings: their rows and encodings. FORMAT.md, section 15. */
import { packNumbers, unpackIntegers } from '#format/columns/numbers.ts';
import { packStrings, unpackStrings } from '#format/columns/strings.ts';
import { take } from '#format/memory-cost.ts';
import type { SystemRow } from '#format/system-row.ts';
import { hashText } from '#format/utf8.ts';
import type { TableSchema } from './page.ts';
import { NUMBER_WEIGHT, packPositions, packRegions, regionWeight, systemsOf } from './system-columns.ts';

/** Number of code points of a folded string that are searched. */
export const SEARCHED_POINTS = 1024;
/** Number of code points of a gram. */
export const GRAM = 5;
/** Number of buckets by which rows of systems and values are found. */
export const BUCKETS = 2 ** 20;

/** Maximum length of the values that rows of `results` have, in code points. */
export const SHORT = 24;
/** Maximum number of rows of a value of at most SHORT code points in the table `values`. */
export const VALUE_ROWS = 256;
/** Maximum number of rows of names with the same text from a word on in the table `words`. */
export const WORD_ROWS = 64;

/** The bucket of a name or of a value. */
export function bucketOf(text: string): number {
  return hashText(text, 0) >>> 12;
}

/** A bucket as a string of a key: 5 hex digits. */
export function bucketKey(bucket: number): string {
  return bucket.toString(16).padStart(5, '0');
}

/**
 * A row of the table `grams`: a gram of a searched string, and where rows with the string are. Grams are the first GRAM
 * code points from each indexed position of a string on.
 */
export interface GramEntry {
  readonly gram: string;
  /** A bucket of the table `results`; from BUCKETS on, BUCKETS plus a bucket of the table `values`. */
  readonly place: number;
}

/** A place as a string of a key: 6 hex digits, ascending. */
export function placeKey(place: number): string {
  return place.toString(16).padStart(6, '0');
}

/** A row of the table `results`: a system as a search returns it, with the short ones of its values. */
export interface ResultEntry extends SystemRow {
  /** For each searched field beside the name its values of at most SHORT code points, joined by ", ". */
  readonly values: readonly string[];
}

/** A row of the table `words`: a name from one of its words on, except the first. */
export interface WordEntry extends SystemRow {
  /** The searched part of the name's search fold, from the word on. */
  readonly text: string;
}

/** A row of the table `facetGrams`: a gram of the search fold of a value of a facet. */
export interface FacetGram {
  readonly gram: string;
  readonly field: string;
  /** `valueKey` of the value. */
  readonly key: string;
}

/** A row of the table `values`: a value of a searched field, and a system that has it. */
export interface ValueEntry extends SystemRow {
  /** In its search fold, and no longer than a searched string. */
  readonly value: string;
  /** Index of the first field with the value, among the searched fields without the name. */
  readonly field: number;
  /** Number of systems that have the value. */
  readonly systems: number;
}

/** Grams, with the places that they lead to. */
export const GRAMS: TableSchema<GramEntry> = {
  kind: 'search',
  keys: 2,
  leafWeight: 98_304,
  innerWeight: 8_192,
  keyOf: ({ gram, place }) => [gram, placeKey(place)],
  stored: { keys: 1, keyOf: ({ gram }) => [gram] },
  pack: rows => ({ steps: packNumbers(rows.map(({ place }, i) => place - placeBefore(rows, i))) }),
  unpack: ([gram], file, count) => {
    const steps = unpackIntegers(file['steps'], count);
    const rows: GramEntry[] = [];
    for (let i = 0; i < count; i++) {
      const entry = { gram: gram![i]!, place: steps[i]! };
      if (i > 0 && rows[i - 1]!.gram === entry.gram) entry.place += rows[i - 1]!.place;
      if (entry.place >= 2 * BUCKETS) throw new Error(`a gram has the place ${entry.place}`);
      rows.push(entry);
    }
    return rows;
  },
  weight: () => NUMBER_WEIGHT,
};

/** The place of the row before, or 0 if that has another gram. */
function placeBefore(rows: readonly GramEntry[], i: number): number {
  const before = rows[i - 1];
  return before?.gram === rows[i]!.gram ? before.place : 0;
}

/** All systems by the buckets of their names, which pages do not contain. */
export const RESULTS: TableSchema<ResultEntry> = {
  kind: 'search',
  keys: 3,
  leafWeight: 13_312,
  innerWeight: 3_072,
  keyOf: ({ name, id }) => [bucketKey(bucketOf(name)), name, id],
  stored: { keys: 2, keyOf: ({ name, id }) => [name, id] },
  pack: rows => ({
    ...packPositions(rows),
    ...packRegions(rows),
    values: (rows[0]?.values ?? []).map((_, field) => packStrings(rows.map(row => row.values[field]!))),
  }),
  unpack: ([name, id], file, count) => {
    const packed = file['values'];
    if (!Array.isArray(packed)) throw new Error('a page of results lacks the values of its fields');
    const columns = packed.map(column => unpackStrings(column, count));
    take(VALUES_COST * count * (1 + packed.length));
    const texts = { name: name!, id: id!, region: unpackStrings(file['region'], count) };
    return systemsOf(texts, file, count).map((row, i) => ({
      ...row,
      values: columns.map(column => column[i]!),
    }));
  },
  weight: row =>
    3 * NUMBER_WEIGHT +
    regionWeight(row) +
    NUMBER_WEIGHT * row.values.reduce((sum, text) => sum + (text === '' ? 0 : text.split(', ').length), 0),
};

/** Approximate memory of the array of values of a row, and of each of its strings. */
const VALUES_COST = 24;

/** Names from each of their words on, except the first. */
export const WORDS: TableSchema<WordEntry> = {
  kind: 'search',
  keys: 3,
  leafWeight: 24_576,
  innerWeight: 2_048,
  keyOf: ({ text, name, id }) => [text, name, id],
  pack: rows => ({ ...packPositions(rows), ...packRegions(rows) }),
  unpack: ([text, name, id], file, count) => {
    const columns = { name: name!, id: id!, region: unpackStrings(file['region'], count) };
    return systemsOf(columns, file, count).map((row, i) => ({ ...row, text: text![i]! }));
  },
  weight: row => 3 * NUMBER_WEIGHT + regionWeight(row),
};

/** Values of facets by their grams. */
export const FACET_GRAMS: TableSchema<FacetGram> = {
  kind: 'search',
  keys: 3,
  leafWeight: 12_288,
  innerWeight: 8_192,
  keyOf: ({ gram, field, key }) => [gram, field, key],
  pack: () => ({}),
  unpack: ([gram, field, key], _, count) =>
    Array.from({ length: count }, (_, i) => ({ gram: gram![i]!, field: field![i]!, key: key![i]! })),
  weight: () => 0,
};

/** Systems by values, which are in order of their buckets. */
export const VALUES: TableSchema<ValueEntry> = {
  kind: 'search',
  keys: 4,
  leafWeight: 32_768,
  keyOf: ({ value, name, id }) => [bucketKey(bucketOf(value)), value, name, id],
  stored: { keys: 3, keyOf: ({ value, name, id }) => [value, name, id] },
  pack: rows => ({
    field: packNumbers(rows.map(row => row.field)),
    systems: packNumbers(rows.map(row => row.systems)),
    ...packPositions(rows),
    ...packRegions(rows),
  }),
  unpack: ([value, name, id], file, count) => {
    const columns = { name: name!, id: id!, region: unpackStrings(file['region'], count) };
    const field = unpackIntegers(file['field'], count);
    const systems = unpackIntegers(file['systems'], count, 1);
    return systemsOf(columns, file, count).map((row, i) => ({
      ...row,
      ...{ value: value![i]!, field: field[i]!, systems: systems[i]! },
    }));
  },
  weight: row => 5 * NUMBER_WEIGHT + regionWeight(row),
};
