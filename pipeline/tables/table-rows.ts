/** Converts systems to rows of all tables: one key run per table, written by one task. */

import { OF_NAME } from '#format/btree/search-schemas.ts';
import { indexedTexts, SEARCHED_POINTS, searchedPart, searchedTexts } from '#format/btree/searched-texts.ts';
import { windowBefore, windowOf, wordStarts } from '#format/fold/words.ts';
import { noBounds, type OpenBounds, widen } from '#format/geometry/bounds.ts';
import type { SearchSetOptions } from '#format/index-json.ts';
import { splitFields } from '#format/octree/record-fields.ts';
import type { System } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { keySpace } from '#pipeline/spill/key-bytes.ts';
import { packKeyRun } from '#pipeline/spill/key-runs.ts';
import { RUN_OPTIONS, type RunName } from './page-cuts.ts';
import { memberWeight } from './regions.ts';
import { SystemEncoder } from './system-rows.ts';

/** Runs with rows of systems. Those of words, vocabulary and parts get further rows from the results of these. */
export type RowRun = Exclude<RunName, 'value-rows' | 'parts'>;

export interface TableRowsOptions {
  readonly search: SearchSetOptions;
  /** Fields of rows, beside the core columns. */
  readonly summary: ReadonlySet<string>;
  /** Maps strings that differ only in case or Unicode normalisation to the same string. */
  readonly fold: (text: string) => string;
}

/** The runs of a set with the given options. */
export function rowRuns({ mode }: SearchSetOptions): RowRun[] {
  const search: RowRun[] =
    mode === 'none' ? [] : mode === 'words' ? ['values', 'words'] : ['values', 'words', 'vocabulary'];
  return ['names', 'folded', 'ids', 'regions', 'systems-by-region', ...search];
}

interface RegionTally {
  systems: number;
  weight: number;
  readonly bounds: OpenBounds;
}

export class TableRows {
  readonly #options: TableRowsOptions;
  readonly #entries: ReadonlyMap<RowRun, Entries>;
  readonly #encoder = new SystemEncoder();
  readonly #regions = new Map<string, RegionTally>();
  /** Number of strings that are not indexed in full. */
  truncatedTexts = 0;

  constructor(options: TableRowsOptions) {
    this.#options = options;
    this.#entries = new Map(rowRuns(options.search).map(run => [run, new Entries()]));
  }

  /** Bytes in memory. */
  get bytes(): number {
    let bytes = 0;
    for (const entries of this.#entries.values()) bytes += entries.bytes;
    return bytes;
  }

  add(system: System): void {
    const { search, summary, fold } = this.#options;
    const row = rowOf(system, summary);
    const { id, name, region, x, y, z } = row;
    this.#encoder.set(row);
    this.#encoder.add(this.#run('names'), 0);
    this.#encoder.add(this.#run('systems-by-region'), 0, region);
    this.#run('ids').add([id], [x, y, z]);
    const folded = fold(name);
    this.#run('folded').add([folded, name]);
    this.#tally(row);
    if (search.mode === 'none') return;
    const others = search.fields.filter(field => field !== 'name');
    const values = searchedTexts(name, system.fields, others).map(fold);
    this.#index(row, search.fields.includes('name') ? folded : undefined, values);
  }

  /** The files of all runs. */
  *take(): Generator<[run: RowRun, file: Uint8Array], void, undefined> {
    for (const [region, { systems, weight, bounds }] of this.#regions)
      this.#run('regions').add([region], [systems, weight, ...bounds.min, ...bounds.max]);
    this.#regions.clear();
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

  #tally(row: SystemRow): void {
    let tally = this.#regions.get(row.region);
    if (!tally) {
      tally = { systems: 0, weight: 0, bounds: noBounds() };
      this.#regions.set(row.region, tally);
    }
    tally.systems++;
    tally.weight += memberWeight(row);
    widen(tally.bounds, row.x, row.y, row.z);
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
