/** Searches names and other fields. FORMAT.md, section 16. */

import { parallelQueries } from '#client/fetch/parallel.ts';
import {
  type FoldedHit,
  nameMatch,
  searchedText,
  searchResult,
  valueMatches,
} from '#client/query/search-match.ts';
import type { QueryOptions, SearchResult } from '#client/query/types.ts';
import { prefixRange, rangeOf } from '#format/btree/keys.ts';
import { foldedNames, NAMES } from '#format/btree/name-schemas.ts';
import {
  BUCKETS,
  bucketKey,
  bucketOf,
  GRAMS,
  RESULTS,
  SEARCHED_POINTS,
  VALUE_ROWS,
  VALUES,
  WORDS,
} from '#format/btree/search-schemas.ts';
import type { Fold } from '#format/fold/fold.ts';
import { firstPoints } from '#format/fold/words.ts';
import type { SearchMode } from '#format/index-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { namesInFolds } from './folded-names.ts';
import { GramPlaces } from './gram-places.ts';
import type { TableSet } from './table-set.ts';

export interface TextQuery {
  /** The search string, unfolded. */
  readonly text: string;
  readonly limit: number;
  readonly mode: Exclude<SearchMode, 'none'>;
  readonly fields: readonly string[];
  /** Number of systems of the set. */
  readonly systems: number;
  readonly options: QueryOptions;
}

/** Rows that are read at once when all systems are looked through. */
const LEAST_SCANNED = 256;
const MOST_SCANNED = 65_536;

/**
 * One search. Names that are or begin with the query are a range of the table `folded`. Other names, and values, are
 * found by grams, in the order of their places; the first names with the query at a word are rows of `words`, which
 * lie together. The search ends when it has found one system more than wanted.
 */
export class TextSearch {
  readonly #query: TextQuery;
  readonly #tables: TableSet;
  readonly #fold: Fold;
  /** The folded query. */
  readonly #text: string;
  readonly #grams: GramPlaces;
  readonly #hits = new Map<string, FoldedHit>();
  /** Index of the field of each hit by a value. */
  readonly #fields = new Map<string, number>();
  readonly #valueFields: readonly string[];
  readonly #hasNames: boolean;
  /** Places of the last batch of grams that were not looked at; undefined after the last batch. */
  #places: number[] | undefined = [];
  /** Places of values, which come after those of names. */
  readonly #valuePlaces: number[] = [];

  private constructor(query: TextQuery, tables: TableSet, fold: Fold) {
    this.#query = query;
    this.#tables = tables;
    this.#fold = fold;
    this.#text = searchedText(query.text, fold.search);
    this.#grams = new GramPlaces(tables, this.#text, query.mode);
    this.#valueFields = query.fields.filter(field => field !== 'name');
    this.#hasNames = query.fields.includes('name');
  }

  /** @throws ArgumentError, NotFoundError, CorruptError, NetworkError, and the signal's reason */
  static async run(query: TextQuery, tables: TableSet): Promise<SearchResult> {
    const { options } = query;
    const top = <K extends 'words' | 'grams' | 'results' | 'values' | 'names'>(name: K) => {
      const schema = { words: WORDS, grams: GRAMS, results: RESULTS, values: VALUES, names: NAMES }[name];
      return (options: QueryOptions) => tables.table<unknown>(name, schema as never, options).top();
    };
    const [fold] = await parallelQueries(options, [
      options => tables.fold(options),
      options => tables.table('folded', foldedNames(), options).top(),
      top('names'),
      top('words'),
      top('grams'),
      top('results'),
      top('values'),
    ]);
    return new TextSearch(query, tables, fold).#run();
  }

  async #run(): Promise<SearchResult> {
    const { limit, mode, options } = this.#query;
    if (firstPoints(this.#text, SEARCHED_POINTS) === this.#text) {
      const [names] = await parallelQueries(options, [
        async options => (this.#hasNames ? this.#names(options) : []),
        // The inner pages of further tables: other hits would otherwise take one more round trip.
        options => this.#grams.approach(options),
        options => this.#tables.table('words', WORDS, options).approach([{ key: [this.#text] }]),
      ]);
      const [rows, others] = await parallelQueries(options, [
        options => this.#systemsOf(names, options),
        async options =>
          names.length > limit
            ? new Map<string, FoldedHit>()
            : this.#others(limit + 1 - names.length, options),
      ]);
      for (const row of rows) this.#addName(row, this.#hits);
      for (const [id, hit] of others) if (!this.#hits.has(id)) this.#hits.set(id, hit);
      if (names.length <= limit) {
        await this.#addByGrams(this.#hits, limit + 1, options);
        await this.#addByValues(options);
      }
    }
    return searchResult([...this.#hits.values()], limit, mode);
  }

  /** Number of systems still wanted. */
  get #wanted(): number {
    return this.#query.limit + 1 - this.#hits.size;
  }

  /** The first names that are or begin with the query, by their search folds: at most one more than wanted. */
  #names(options: QueryOptions): Promise<string[]> {
    const range = prefixRange([this.#text]);
    return namesInFolds(this.#tables, this.#fold, range, 'search', this.#query.limit + 1, options);
  }

  /** The systems of names. */
  async #systemsOf(names: readonly string[], options: QueryOptions): Promise<SystemRow[]> {
    const most = this.#query.limit + 1;
    const table = this.#tables.table('names', NAMES, options);
    return (await table.ranges(names.map(name => ({ ...rangeOf([name]), most })))).flat();
  }

  /** Systems whose names match in other ways, as long as `wanted` more are. */
  async #others(wanted: number, options: QueryOptions): Promise<Map<string, FoldedHit>> {
    const found = new Map<string, FoldedHit>();
    this.#places = await this.#grams.next(options);
    const places = (this.#places ?? []).filter(place => place < BUCKETS);
    if (this.#hasNames && places.length > wanted) {
      const range = { ...prefixRange([this.#text]), most: wanted };
      const [[rows]] = await parallelQueries(options, [
        options => this.#tables.table('words', WORDS, options).ranges([range]),
        // Needed next if words give too few.
        options =>
          this.#tables
            .table('results', RESULTS, options)
            .approach(places.slice(0, wanted).map(place => ({ key: [bucketKey(place)] }))),
      ]);
      for (const row of rows!) this.#addName(row, found);
    }
    await this.#addByGrams(found, wanted, options);
    return found;
  }

  /** Adds systems whose names are found by grams, until there are `wanted`. */
  async #addByGrams(found: Map<string, FoldedHit>, wanted: number, options: QueryOptions): Promise<void> {
    const table = this.#tables.table('results', RESULTS, options);
    while (this.#places && found.size < wanted) {
      // Places of systems that were found come last: they rarely have others.
      const known = new Set(Array.from(found.keys(), bucketOf));
      const batch: number[] = [];
      const rest: number[] = [];
      for (const place of this.#places) {
        if (place >= BUCKETS) this.#valuePlaces.push(place - BUCKETS);
        else if (batch.length < wanted - found.size && !known.has(place)) batch.push(place);
        else rest.push(place);
      }
      if (batch.length === 0) batch.push(...rest.splice(0));
      const rows = await table.wholeRanges(batch.map(place => rangeOf([bucketKey(place)])));
      for (const row of rows.flat()) this.#addName(row, found);
      this.#places = rest.length > 0 ? rest : await this.#grams.next(options);
    }
  }

  /** Adds systems by values, after all names were found. */
  async #addByValues(options: QueryOptions): Promise<void> {
    const { mode } = this.#query;
    const table = this.#tables.table('values', VALUES, options);
    const common = new Map<string, number>();
    while (this.#valuePlaces.length > 0 && this.#wanted > 0) {
      const batch = this.#valuePlaces.splice(0, this.#wanted);
      const rows = await table.wholeRanges(batch.map(place => rangeOf([bucketKey(place)])));
      for (const { value, field, systems, ...row } of rows.flat()) {
        if (!valueMatches(value, this.#text, mode)) continue;
        this.#addValue(row, field);
        if (systems > VALUE_ROWS) common.set(value, systems);
      }
    }
    if (common.size > 0 && this.#wanted > 0) await this.#scan(common, options);
  }

  /** Looks through all systems for values that have fewer rows than systems. */
  async #scan(common: ReadonlyMap<string, number>, options: QueryOptions): Promise<void> {
    const { systems, mode } = this.#query;
    const table = this.#tables.table('results', RESULTS, options);
    const share = Math.max(...common.values()) / systems;
    for (let start = 0; start < systems && this.#wanted > 0; ) {
      const rows = Math.min(MOST_SCANNED, Math.max(LEAST_SCANNED, Math.ceil(this.#wanted / share)));
      const [found] = await table.slices([{ start, end: start + rows }]);
      for (const { values, ...row } of found!) {
        const field = values.findIndex(text =>
          text.split(', ').some(value => value !== '' && valueMatches(value, this.#text, mode)),
        );
        if (field >= 0) this.#addValue(row, field);
      }
      start += rows;
    }
  }

  /** Adds a system if its name matches. */
  #addName({ id, name, x, y, z, region }: SystemRow, found: Map<string, FoldedHit>): void {
    if (!this.#hasNames || found.has(id)) return;
    const folded = this.#fold.search(name);
    const match = nameMatch(firstPoints(folded, SEARCHED_POINTS), this.#text, this.#query.mode);
    if (match) found.set(id, { hit: { id, name, x, y, z, region, match }, name: folded });
  }

  /** Adds a system that has a value in a field. */
  #addValue({ id, name, x, y, z, region }: SystemRow, field: number): void {
    const known = this.#fields.get(id);
    if (known === undefined ? this.#hits.has(id) : known <= field) return;
    this.#fields.set(id, field);
    const hit = { id, name, x, y, z, region, match: 'value', field: this.#valueFields[field]! } as const;
    this.#hits.set(id, { hit, name: '' });
  }
}
