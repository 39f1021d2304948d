/** Searches names and other fields. FORMAT.md, section 16. */

import { parallelQueries } from '#client/fetch/parallel.ts';
import {
  compareFound,
  type FoldedHit,
  type FoundValue,
  nameMatch,
  searchedText,
  searchResult,
  valueMatches,
} from '#client/query/search-match.ts';
import type { QueryOptions, SearchResult } from '#client/query/types.ts';
import { prefixRange, rangeOf } from '#format/btree/keys.ts';
import { NAMES } from '#format/btree/name-schemas.ts';
import {
  BUCKETS,
  bucketKey,
  bucketOf,
  RESULTS,
  SEARCHED_POINTS,
  VALUE_ROWS,
  VALUES,
  WORDS,
} from '#format/btree/search-schemas.ts';
import { firstPoints } from '#format/fold/words.ts';
import type { SearchMode } from '#format/index-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { namesInFolds } from './folded-names.ts';
import { GramPlaces } from './gram-places.ts';
import type { TableSet } from './table-set.ts';
import { type ApproachSystems, type ExactValues, ValueSearch } from './value-search.ts';

export interface TextQuery {
  /** The search string, unfolded. */
  readonly text: string;
  readonly limit: number;
  readonly mode: Exclude<SearchMode, 'none'>;
  readonly fields: readonly string[];
  readonly exactValues: ExactValues;
  /** Number of systems of the set. */
  readonly systems: number;
  readonly options: QueryOptions;
}

/** Approximate number of rows of a page of `results`. */
const PAGE_ROWS = 150;

/** Rows that are read at once when all systems are looked through. */
const LEAST_SCANNED = 256;
const MOST_SCANNED = 65_536;

/** Names of systems that are read by their buckets: more are read from the table of names, where they are neighbours. */
const FEW_NAMES = 2;

/** Reads systems that have a value of a facet, at most `count`. */
export type ReadSystems = (
  value: FoundValue,
  count: number,
  options: QueryOptions,
) => Promise<readonly SystemRow[]>;

/**
 * One search. Names that are or begin with the query are a range of the table `folded`. Other names are found by grams,
 * in the order of their places; the first names with the query at a word are rows of `words`, which lie together. Values
 * of facets have grams of their own. The search ends when it has found one system more than wanted.
 */
export class TextSearch {
  readonly #query: TextQuery;
  readonly #tables: TableSet;
  readonly #readSystems: ReadSystems;
  /** The folded query. */
  readonly #text: string;
  readonly #grams: GramPlaces;
  readonly #values: ValueSearch;
  readonly #hits = new Map<string, FoldedHit>();
  /** Whether more systems match than are read. */
  #isCut = false;
  /** Values of facets whose systems were not looked at. */
  #found: readonly FoundValue[] = [];
  /** The value of a facet of each hit by one. */
  readonly #valueOf = new Map<string, FoundValue>();
  /** Index of the field of each hit by a value of another field. */
  readonly #fields = new Map<string, number>();
  readonly #valueFields: readonly string[];
  readonly #hasNames: boolean;
  /** Places of the last batch of grams that were not looked at; undefined after the last batch. */
  #places: number[] | undefined = [];
  /** Systems with the query at a word of their names, which lie together. */
  #words: readonly SystemRow[] = [];
  /** Places of values, which come after those of names. */
  readonly #valuePlaces: number[] = [];

  private constructor(
    query: TextQuery,
    tables: TableSet,
    readSystems: ReadSystems,
    approachSystems: ApproachSystems,
  ) {
    this.#query = query;
    this.#tables = tables;
    this.#readSystems = readSystems;
    this.#text = searchedText(query.text, tables.fold.search);
    this.#grams = new GramPlaces(tables, this.#text, query.mode, async (places, options) => {
      if (places > query.limit) await this.#approachWords(options);
    });
    this.#values = new ValueSearch(tables, this.#text, query.mode, approachSystems, query.exactValues);
    this.#valueFields = query.fields.filter(field => field !== 'name');
    this.#hasNames = query.fields.includes('name');
  }

  /**
   * @param readSystems for values of facets
   * @throws ArgumentError, NotFoundError, CorruptError, NetworkError, and the signal's reason
   */
  static async run(
    query: TextQuery,
    tables: TableSet,
    readSystems: ReadSystems,
    approachSystems: ApproachSystems,
  ): Promise<SearchResult> {
    await tables.fold.ready([query.text], query.options);
    return new TextSearch(query, tables, readSystems, approachSystems).#run();
  }

  async #run(): Promise<SearchResult> {
    const { limit, mode, options } = this.#query;
    if (firstPoints(this.#text, SEARCHED_POINTS) !== this.#text)
      return searchResult([], limit, mode, { values: [], moreValues: false, truncated: false });
    const [begun, values] = await parallelQueries(options, [
      options => this.#begin(options),
      options => this.#values.next(limit, options),
    ]);
    this.#found = values;
    const moreValues = this.#values.hasMore;
    await this.#addNames(begun, options);
    if (this.#hits.size <= limit) {
      await this.#addOthers(options);
      await this.#addByFacets(options);
      await this.#addByValues(options);
    }
    const truncated = this.#isCut || this.#hits.size > limit;
    return searchResult([...this.#hits.values()], limit, mode, { values, moreValues, truncated });
  }

  /** Returns the systems whose names are or begin with the query. If they are few, reads the first places of others. */
  async #begin(options: QueryOptions): Promise<SystemRow[]> {
    const [names] = await parallelQueries(options, [
      async options => (this.#hasNames ? this.#names(options) : []),
      // Other hits would otherwise take one more round trip.
      options => this.#grams.approach(options),
      async options => {
        if (this.#grams.areExact) await this.#approachWords(options);
      },
    ]);
    const wanted = this.#query.limit + 1 - names.length;
    const [rows] = await parallelQueries(options, [
      options => this.#systemsOf(names, options),
      async options => {
        if (wanted > 0) await this.#findOthers(wanted, options);
      },
      // Needed next.
      async options => {
        if (wanted > 0) await this.#tables.table('results', RESULTS, options).top();
      },
    ]);
    return rows;
  }

  /** Reads the first places of names that match in other ways, and what is needed next. */
  async #findOthers(wanted: number, options: QueryOptions): Promise<void> {
    this.#places = clustered((await this.#grams.next(options)) ?? [], this.#query.systems);
    const buckets = this.#places.filter(place => place < BUCKETS);
    const next = buckets.slice(0, wanted).map(place => ({ key: [bucketKey(place)] }));
    const range = { ...prefixRange([this.#text]), most: this.#query.limit + 1 };
    const [words] = await parallelQueries(options, [
      async options =>
        this.#hasNames && buckets.length > wanted
          ? (await this.#tables.table('words', WORDS, options).ranges([range]))[0]!
          : [],
      options => this.#tables.table('results', RESULTS, options).approach(next),
    ]);
    this.#words = words;
  }

  /** Number of systems still wanted: one more than the limit, unless it is known that more match. */
  get #wanted(): number {
    return this.#query.limit + (this.#isCut ? 0 : 1) - this.#hits.size;
  }

  /** Fetches the inner pages that lead to the rows of `words` with the query. */
  async #approachWords(options: QueryOptions): Promise<void> {
    if (this.#hasNames) await this.#tables.table('words', WORDS, options).approach([{ key: [this.#text] }]);
  }

  /** The first names that are or begin with the query, by their search folds: at most one more than wanted. */
  #names(options: QueryOptions): Promise<string[]> {
    return namesInFolds(this.#tables, prefixRange([this.#text]), 'search', this.#query.limit + 1, options);
  }

  /** The systems of names. */
  async #systemsOf(names: readonly string[], options: QueryOptions): Promise<SystemRow[]> {
    const most = this.#query.limit + 1;
    if (names.length <= FEW_NAMES) {
      const keys = names.map(name => [bucketKey(bucketOf(name)), name]);
      const table = this.#tables.table('results', RESULTS, options);
      return (await table.ranges(keys.map(key => ({ ...rangeOf(key), most })))).flat();
    }
    const table = this.#tables.table('names', NAMES, options);
    return (await table.ranges(names.map(name => ({ ...rangeOf([name]), most })))).flat();
  }

  /** Adds systems whose names match in other ways, until there are enough. */
  async #addOthers(options: QueryOptions): Promise<void> {
    await this.#addNames(this.#words, options);
    const missing = this.#wanted - (this.#places ?? []).filter(place => place < BUCKETS).length;
    await parallelQueries(options, [
      options => this.#addByGrams(options),
      // Needed next if names give too few.
      ...(missing > 0 ? enough(this.#found, missing) : []).map(
        value => (options: QueryOptions) => this.#rowsOf(value, missing, options),
      ),
    ]);
  }

  /** Adds systems whose names are found by grams, until there are enough. */
  async #addByGrams(options: QueryOptions): Promise<void> {
    while (this.#places && this.#wanted > 0) {
      // Places of systems that were found come last: they rarely have others.
      const known = new Set(Array.from(this.#hits.values(), ({ hit }) => bucketOf(hit.name)));
      if (this.#wanted === 1 && this.#grams.areExact) {
        // A further place is a system that matches: it need not be read.
        this.#isCut = this.#places.some(place => place < BUCKETS && !known.has(place));
        if (this.#isCut) return;
      }
      const most = this.#grams.areExact ? Math.max(1, this.#wanted - 1) : this.#wanted;
      const batch: number[] = [];
      const rest: number[] = [];
      for (const place of this.#places) {
        if (place >= BUCKETS) this.#valuePlaces.push(place - BUCKETS);
        else if (batch.length < most && !known.has(place)) batch.push(place);
        else rest.push(place);
      }
      if (batch.length === 0) batch.push(...rest.splice(0));
      await this.#addBuckets(batch, options);
      this.#places = rest.length > 0 ? rest : await this.#grams.next(options);
    }
  }

  /** Adds systems whose names match and are in some buckets, until there are enough. */
  async #addBuckets(buckets: readonly number[], options: QueryOptions): Promise<void> {
    const most = this.#query.limit + 1;
    const table = this.#tables.table('results', RESULTS, options);
    let open = buckets.map(bucket => rangeOf([bucketKey(bucket)]));
    while (open.length > 0 && this.#wanted > 0) {
      const rows = await table.ranges(open.map(range => ({ ...range, most })));
      await this.#addNames(rows.flat(), options);
      // If all rows of a name were not read, either it matches, and they are more than wanted, or it does not.
      open = open.flatMap(({ high }, i) => {
        const last = rows[i]!.at(-1);
        if (!last || rows[i]!.length < most) return [];
        return [{ low: { key: RESULTS.keyOf(last).slice(0, 2), after: 'keys' }, high }];
      });
    }
  }

  /** Adds systems by values of facets, after all names were found. */
  async #addByFacets(options: QueryOptions): Promise<void> {
    while (this.#wanted > 0) {
      const batch = enough(this.#found, this.#wanted);
      this.#found = this.#found.slice(batch.length);
      const rows = await parallelQueries(
        options,
        batch.map(value => (options: QueryOptions) => this.#rowsOf(value, this.#query.limit + 1, options)),
      );
      for (const [i, value] of batch.entries()) for (const row of rows[i]!) this.#addFacet(row, value);
      if (this.#found.length > 0) continue;
      if (!this.#values.hasMore) return;
      this.#found = await this.#values.next(this.#query.limit + 1, options);
    }
  }

  /** At most `count` systems of a value. Systems that are known do not count: as many more are read. */
  #rowsOf(value: FoundValue, count: number, options: QueryOptions): Promise<readonly SystemRow[]> {
    return this.#readSystems(value, count + this.#hits.size, options);
  }

  /** Adds systems by values of other fields. */
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

  /** Adds the systems whose names match. */
  async #addNames(rows: readonly SystemRow[], options: QueryOptions): Promise<void> {
    if (!this.#hasNames) return;
    const { fold } = this.#tables;
    await fold.ready(
      rows.map(({ name }) => name),
      options,
    );
    for (const row of rows) {
      if (this.#hits.has(row.id)) continue;
      const name = fold.search(row.name);
      const match = nameMatch(firstPoints(name, SEARCHED_POINTS), this.#text, this.#query.mode);
      if (match) this.#hits.set(row.id, { hit: { ...coreOf(row), match }, name });
    }
  }

  /** Adds a system that has a value of a facet. */
  #addFacet(row: SystemRow, value: FoundValue): void {
    const known = this.#valueOf.get(row.id);
    if (known ? compareFound(known, value) < 0 : this.#hits.has(row.id)) return;
    this.#valueOf.set(row.id, value);
    const hit = { ...coreOf(row), match: 'value', field: value.field, value: value.value } as const;
    this.#hits.set(row.id, { hit, name: '' });
  }

  /** Adds a system that has a value in another field. */
  #addValue(row: SystemRow, field: number): void {
    const known = this.#fields.get(row.id);
    if (known === undefined ? this.#hits.has(row.id) : known <= field) return;
    this.#fields.set(row.id, field);
    const hit = { ...coreOf(row), match: 'value', field: this.#valueFields[field]! } as const;
    this.#hits.set(row.id, { hit, name: '' });
  }
}

/**
 * Places in an order in which those that share pages of `results` come first: by the number of places in one section of
 * the buckets, the most first, then by themselves.
 * @param places ascending for each gram
 */
function clustered(places: readonly number[], systems: number): number[] {
  const width = (BUCKETS * PAGE_ROWS) / systems;
  const counts = new Map<number, number>();
  const sectionOf = (place: number) => Math.floor(place / width);
  for (const place of places) counts.set(sectionOf(place), (counts.get(sectionOf(place)) ?? 0) + 1);
  const count = (place: number) => counts.get(sectionOf(place))!;
  return places.toSorted((a, b) => count(b) - count(a) || a - b);
}

function coreOf({ id, name, x, y, z, region }: SystemRow) {
  return { id, name, x, y, z, region };
}

/** The first values that together have some systems, each counted as often as it has values. */
function enough(values: readonly FoundValue[], systems: number): readonly FoundValue[] {
  let sum = 0;
  const end = values.findIndex(value => {
    sum += value.systems;
    return sum >= systems;
  });
  return end < 0 ? values : values.slice(0, end + 1);
}
