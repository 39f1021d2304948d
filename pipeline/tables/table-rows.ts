/** Converts systems to rows of all tables: one key run per table, written by one task. */

import { OF_NAME } from '#format/btree/search-schemas.ts';
import { indexedTexts, SEARCHED_POINTS, searchedPart, searchedTexts } from '#format/btree/searched-texts.ts';
import { type FacetExtractor, type FacetRow, facetExtractor } from '#format/facets/facet-extractor.ts';
import { valueKey } from '#format/facets/facet-value.ts';
import { REGION_LISTING } from '#format/facets/listing.ts';
import { isOrdered, orderKey } from '#format/facets/order-key.ts';
import { windowBefore, windowOf, wordStarts } from '#format/fold/words.ts';
import type { SetOptions } from '#format/index-json.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { System } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { keySpace } from '#pipeline/spill/key-bytes.ts';
import { packKeyRun } from '#pipeline/spill/key-runs.ts';
import { ListingTallies } from './listing-totals.ts';
import { RUN_OPTIONS, type RunName } from './page-cuts.ts';
import { SystemEncoder } from './system-rows.ts';

/** Runs with rows of systems. Those of words, vocabulary and parts get further rows from the results of these. */
export type RowRun = Exclude<RunName, 'value-rows' | 'parts'>;

/** Options of a set that decide its rows. */
export type RowOptions = Pick<SetOptions, 'search' | 'listings' | 'summary'>;

/** The runs of a set with the given options. */
export function rowRuns({ search: { mode }, listings }: RowOptions): RowRun[] {
  const search: RowRun[] =
    mode === 'none' ? [] : mode === 'words' ? ['values', 'words'] : ['values', 'words', 'vocabulary'];
  const ordered: RowRun[] = listings.some(({ order }) => order !== 'value') ? ['ordered'] : [];
  return ['names', 'folded', 'ids', 'listings', 'listed', ...ordered, ...search];
}

export class TableRows {
  readonly #options: RowOptions;
  /** Fields of rows, beside the core columns. */
  readonly #summary: ReadonlySet<string>;
  readonly #fold: (text: string) => string;
  readonly #entries: ReadonlyMap<RowRun, Entries>;
  readonly #encoder = new SystemEncoder();
  readonly #tallies = new ListingTallies();
  readonly #listedValues: FacetExtractor;
  /** Fields of listings that some system has. */
  readonly listedFields = new Set<string>();
  /** Number of strings that are not indexed in full. */
  truncatedTexts = 0;

  /** @param fold maps strings that differ only in case or Unicode normalisation to the same string */
  constructor(options: RowOptions, fold: (text: string) => string) {
    this.#options = options;
    this.#summary = new Set(options.summary);
    this.#fold = fold;
    this.#listedValues = facetExtractor(options.listings);
    this.#entries = new Map(rowRuns(options).map(run => [run, new Entries()]));
  }

  /** Bytes in memory. */
  get bytes(): number {
    let bytes = this.#tallies.bytes;
    for (const entries of this.#entries.values()) bytes += entries.bytes;
    return bytes;
  }

  add(system: System): void {
    const { search } = this.#options;
    const fold = this.#fold;
    const row = rowOf(system, this.#summary);
    const { id, name, x, y, z } = row;
    this.#encoder.set(row);
    this.#encoder.add(this.#run('names'), 0);
    this.#run('ids').add([id], [x, y, z]);
    const folded = fold(name);
    this.#run('folded').add([folded, name]);
    this.#list(row, this.#listedValues(system));
    if (search.mode === 'none') return;
    const others = search.fields.filter(field => field !== 'name');
    const values = searchedTexts(name, system.fields, others).map(fold);
    this.#index(row, search.fields.includes('name') ? folded : undefined, values);
  }

  /** The files of all runs. */
  *take(): Generator<[run: RowRun, file: Uint8Array], void, undefined> {
    this.#tallies.take(this.#run('listings'));
    for (const [run, entries] of this.#entries) {
      yield [run, packKeyRun(entries, RUN_OPTIONS[run])];
      entries.clear();
    }
  }

  #run(run: RowRun): Entries {
    return this.#entries.get(run)!;
  }

  /**
   * Adds the rows by which search finds a system.
   * @param name its folded name, if names are searched
   * @param values the folded values of other searched fields
   */
  #index(row: SystemRow, name: string | undefined, values: readonly string[]): void {
    const own = name === undefined ? undefined : searchedPart(name);
    const parts = new Set(values.map(searchedPart));
    if (own !== undefined) parts.delete(own);
    const { words, values: fit } = indexedTexts(row, own, [...parts]);
    if (own !== undefined) {
      addWords(
        own,
        true,
        (window, before) => this.#encoder.add(this.#run('words'), OF_NAME, window, before),
        words,
      );
      if (this.#options.search.mode === 'infix') addVocabulary(this.#run('vocabulary'), own, 1, words);
    }
    for (const value of fit) this.#encoder.add(this.#run('values'), 0, value);
    const texts = name === undefined ? values : [name, ...values];
    if (words === Number.POSITIVE_INFINITY && texts.every(({ length }) => length <= SEARCHED_POINTS)) return;
    const complete = new Set(fit);
    if (own !== undefined && words >= wordStarts(own).length) complete.add(own);
    for (const text of new Set(texts)) if (!complete.has(text)) this.truncatedTexts++;
  }

  /** @param values of each listing */
  #list(row: SystemRow, values: FacetRow): void {
    this.#options.listings.forEach((listing, i) => {
      const { field, order } = listing;
      if (order !== 'value') {
        const key = orderKey(values[i]!, order);
        this.#encoder.add(this.#run('ordered'), 0, field, key);
        if (isOrdered(key)) this.listedFields.add(field);
        return;
      }
      // A region is listed as it is: facet values are neither empty nor very long.
      for (const value of field === REGION_LISTING.field ? [row.region] : values[i]!) {
        const key = valueKey(value);
        this.#tallies.add(field, key, row);
        this.#encoder.add(this.#run('listed'), 0, field, key);
        this.listedFields.add(field);
      }
    });
  }
}

/**
 * Adds a row for each word of a string, with the characters from there on.
 * @param isName true if the string is the name of the row; otherwise the row also has the characters before the word
 * @param words maximum number of words with rows
 */
export function addWords(
  text: string,
  isName: boolean,
  add: (window: string, before: string) => void,
  words = Number.POSITIVE_INFINITY,
): void {
  for (const start of wordStarts(text).slice(0, words))
    add(windowOf(text, start), isName ? '' : windowBefore(text, start));
}

/** Adds each word of a string with the characters after it; `systems` is the number of systems with the string. */
export function addVocabulary(
  entries: Entries,
  text: string,
  systems: number,
  words = Number.POSITIVE_INFINITY,
): void {
  const starts = wordStarts(text);
  for (let i = 0; i < starts.length && i < words; i++) {
    const next = starts[i + 1] ?? text.length;
    const word = text.slice(starts[i], next);
    const follows = windowOf(text, next);
    entries.begin(keySpace(word) + keySpace(follows) + 8);
    entries.keyText(word).keyText(follows).endKey().number(systems).end();
  }
}

function rowOf(system: System, summary: ReadonlySet<string>): SystemRow {
  const { id, name, region, x, y, z } = system;
  const row = { id, name, region, x, y, z };
  if (summary.size === 0) return row;
  const fields = splitFields(system, summary).summary;
  return Object.keys(fields).length > 0 ? { ...row, fields } : row;
}
