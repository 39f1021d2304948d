/** Queries by name, id and region, answered from the sorted tables. */

import { CorruptError } from '#client/errors.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallelQueries } from '#client/fetch/parallel.ts';
import { checkFacet, checkList } from '#client/query/list-query.ts';
import { checkOptions, QUERY_OPTIONS } from '#client/query/options.ts';
import {
  bounded,
  boundedBatches,
  type CheckedPageQuery,
  checkPageQuery,
  checkSearched,
  MAX_IDS,
  oneOf,
  pageOf,
} from '#client/query/results.ts';
import {
  NAMES_OPTIONS,
  PAGE_OPTIONS,
  SEARCH_OPTIONS,
  SYSTEM_OPTIONS,
  SYSTEMS_BY_NAME_OPTIONS,
} from '#client/query/table-options.ts';
import type {
  FacetInfo,
  FacetQuery,
  FacetValueCount,
  ListedValue,
  ListQuery,
  NameOptions,
  NamesQuery,
  Page,
  PageQuery,
  QueryOptions,
  RegionRow,
  ResultBound,
  SearchOptions,
  SearchResult,
  SystemKey,
  SystemOptions,
  SystemWithRecord,
} from '#client/query/types.ts';
import { checkBound, checkInteger, checkText } from '#client/query/validate.ts';
import { type KeyRange, prefixRange, rangeOf, type TableKey } from '#format/btree/keys.ts';
import { IDS, NAMES } from '#format/btree/name-schemas.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { FacetQueries, type FindInOctree, type RareOptions } from './facet-queries.ts';
import { namesInFolds } from './folded-names.ts';
import { Listings, type TableRun } from './listing-reader.ts';
import { plainRow } from './plain-row.ts';
import { TableSet } from './table-set.ts';
import { TextSearch } from './text-search.ts';

/** The octree of the set, which has the complete systems. */
export interface Octree {
  /** Fetches its root page, before it is needed. */
  top(options: QueryOptions): Promise<unknown>;
  readonly withValue: FindInOctree;
  lookup(systems: readonly SystemKey[], options: QueryOptions): Promise<(SystemWithRecord | undefined)[]>;
}

/** Answers one query. */
export class TableQueries {
  readonly #files: Files;
  readonly #index: SetIndex;
  readonly #octree: Octree;
  readonly #tables: TableSet;
  readonly #listings: Listings;
  readonly #facets: FacetQueries;

  constructor(files: Files, index: SetIndex, octree: Octree) {
    this.#files = files;
    this.#index = index;
    this.#octree = octree;
    this.#tables = new TableSet(files, index);
    this.#listings = new Listings(index, this.#tables);
    this.#facets = new FacetQueries(index, this.#tables, this.#listings);
  }

  async system(name: string, options: SystemOptions): Promise<SystemWithRecord | undefined> {
    checkOptions(options, SYSTEM_OPTIONS);
    const rows = await this.#named(name, options.first ? 1 : MAX_IDS + 1, options);
    const row = oneOf(rows, name, options.first);
    return row && (await this.#lookup([row], options))[0];
  }

  async systemsByName(name: string, options: NameOptions & ResultBound): Promise<SystemWithRecord[]> {
    checkOptions(options, SYSTEMS_BY_NAME_OPTIONS);
    const rows = await this.#named(name, checkBound(options) + 1, options);
    return this.#lookup(bounded(rows, options, 'systems of that name'), options);
  }

  async systemById(id: string, options: QueryOptions): Promise<SystemWithRecord | undefined> {
    checkOptions(options, QUERY_OPTIONS);
    checkText('id', id);
    const [entry] = await parallelQueries(options, [
      options => this.#tables.table('ids', IDS, options).find([id]),
      options => this.#octree.top(options),
    ]);
    return entry && (await this.#lookup([entry], options))[0];
  }

  async search(text: string, options: SearchOptions): Promise<SearchResult> {
    checkOptions(options, SEARCH_OPTIONS);
    const { limit = 50, signal } = options;
    signal?.throwIfAborted();
    checkSearched(text);
    checkInteger('limit', limit, 0);
    // A set without tables has no options of search either.
    this.#tables.roots();
    const { mode, fields } = this.#index.options.search;
    if (mode === 'none') throw this.#tables.without('a search index', '--search infix or words');
    const { systems } = this.#index.counts;
    const exactValues = (options: QueryOptions) => this.#facets.exactValues(text, options);
    const query = { text, limit, mode, fields, exactValues, systems, options };
    return TextSearch.run(
      query,
      this.#tables,
      (found, count, options) => this.#facets.systemsOf(found, count, options, this.#octree.withValue),
      (value, options) => this.#facets.approach(value, options),
    );
  }

  /** The complete systems of rows of a table. */
  async #lookup(systems: readonly SystemKey[], options: QueryOptions): Promise<SystemWithRecord[]> {
    const found = await this.#octree.lookup(systems, options);
    return found.map((system, i) => {
      if (system) return system;
      throw this.#corrupt(`its tables have the system "${systems[i]!.id}", its tree does not`);
    });
  }

  #corrupt(reason: string): CorruptError {
    return new CorruptError(`${this.#files.source.location} is corrupt: ${reason}; publish again`, {
      file: 'index.json',
      reason,
    });
  }

  /** The systems with a name, by (name, id), at most `most`. */
  async #named(name: string, most: number, options: NameOptions): Promise<SystemRow[]> {
    checkText('name', name);
    const { ignoreCase } = options;
    const [rows] = await parallelQueries(options, [
      async options => {
        const [same] = await parallelQueries(options, [
          async options => (ignoreCase ? this.#folded(name, rangeOf, most, options) : [name]),
          options => this.#tables.table('names', NAMES, options).top(),
        ]);
        return this.#tables
          .table('names', NAMES, options)
          .ranges(same.map(key => ({ ...rangeOf([key]), most })));
      },
      // The root page of the octree is needed next.
      options => this.#octree.top(options),
    ]);
    return rows.flat().slice(0, most);
  }

  /** The names whose folds are in the range `rangeFrom` the fold of a string, in order of their folds. */
  async #folded(
    text: string,
    rangeFrom: (key: TableKey) => KeyRange,
    most: number,
    options: QueryOptions,
  ): Promise<string[]> {
    const { fold } = this.#tables;
    await fold.ready([text], options);
    return namesInFolds(this.#tables, rangeFrom([fold(text)]), 'exact', most, options);
  }

  /**
   * Distinct names with a prefix.
   * @throws ArgumentError
   */
  async names(query: NamesQuery): Promise<string[]> {
    checkOptions(query, NAMES_OPTIONS);
    const { prefix = '', limit = 10, ignoreCase = false } = query;
    checkInteger('limit', limit, 0);
    checkText('prefix', prefix);
    return ignoreCase
      ? this.#folded(prefix, prefixRange, limit, query)
      : this.#namesExact(prefix, limit, query);
  }

  async #namesExact(prefix: string, limit: number, query: NamesQuery): Promise<string[]> {
    const table = this.#tables.table('names', NAMES, query);
    const found = new Set<string>();
    // Many systems may have the same name: further rows with it are skipped.
    for (let { low, high } = prefixRange([prefix]); found.size < limit; ) {
      const [rows] = await table.ranges([{ low, high, most: limit - found.size }]);
      if (rows!.length === 0) break;
      for (const { name } of rows!) found.add(name);
      low = { key: [rows!.at(-1)!.name], after: 'keys' };
    }
    return [...found];
  }

  /** @throws ArgumentError */
  async page(query: PageQuery): Promise<Page> {
    checkOptions(query, PAGE_OPTIONS);
    const pageQuery = checkPageQuery(query);
    const { region } = query;
    if (region !== undefined) checkText('region', region);
    const run =
      region === undefined ? this.#all(query) : await this.#listings.systemsOf('region', region, query);
    return this.#pageOf(run, pageQuery);
  }

  /**
   * A page of a value, or of all systems in order.
   * @throws ArgumentError
   */
  async list(field: string, value: FacetValue | undefined, query: ListQuery): Promise<Page> {
    const pageQuery = checkList(field, value, query);
    const run =
      value === undefined
        ? this.#listings.inOrder(field, query.order, query)
        : await this.#listings.systemsOf(field, value, query);
    return this.#pageOf(run, pageQuery);
  }

  async #pageOf({ table, prefix, first, total }: TableRun, pageQuery: CheckedPageQuery): Promise<Page> {
    const { page, perPage, after } = pageQuery;
    let start = first + (after ? 0 : (page - 1) * perPage);
    if (after && total > 0) {
      const [found] = await table.places([{ key: [...prefix, after.name, after.id], after: 'keys' }]);
      start = found!.rank;
    }
    const end = Math.min(start + perPage, first + total);
    const [rows] = await table.slices([{ start, end }]);
    if (rows!.length < end - start)
      throw this.#corrupt(`a table lacks rows ${start + rows!.length} to ${end}`);
    return pageOf(rows!.map(plainRow), pageQuery, start - first, total);
  }

  /**
   * The values of a listed field, in batches.
   * @throws TooManyResultsError
   */
  values(
    field: string,
    options: QueryOptions,
    maxResults?: number,
  ): AsyncGenerator<ListedValue[], void, undefined> {
    return this.#listings.values(checkText('the field', field), options, maxResults);
  }

  async facets(options: QueryOptions): Promise<FacetInfo[]> {
    checkOptions(options, QUERY_OPTIONS);
    return this.#facets.all(options);
  }

  /** @throws ArgumentError */
  async facet(field: string, query: FacetQuery): Promise<FacetValueCount[]> {
    checkFacet(field, query);
    return this.#facets.values(field, query);
  }

  /** The systems that have one of some values, if these are rare; else undefined. */
  rareRows(
    field: string,
    values: readonly FacetValue[],
    options: RareOptions,
  ): Promise<readonly SystemRow[] | undefined> {
    return this.#facets.rareRows(field, values, options);
  }

  /**
   * All regions, in batches.
   * @throws TooManyResultsError
   */
  async *regions(options: QueryOptions, maxResults?: number): AsyncGenerator<RegionRow[], void, undefined> {
    for await (const rows of this.#listings.values('region', options, maxResults))
      yield rows.map(({ value, systems, bounds }) => ({ region: `${value}`, systems, bounds }));
  }

  /**
   * The systems of a region by (name, id), in batches.
   * @throws TooManyResultsError
   */
  async *inRegion(
    region: string,
    options: QueryOptions,
    maxResults?: number,
  ): AsyncGenerator<SystemRow[], void, undefined> {
    checkText('region', region);
    const { table, first, total } = await this.#listings.systemsOf('region', region, options);
    if (total === 0) return;
    const batches = table.scan(first, false, first + total);
    for await (const rows of boundedBatches(batches, maxResults, 'systems in the region'))
      yield rows.map(plainRow);
  }

  /** All systems by (name, id). */
  #all(options: QueryOptions): TableRun {
    const table = this.#tables.table('names', NAMES, options);
    return { table, prefix: [], first: 0, total: this.#index.counts.systems };
  }
}
