/** Questions about names, ids and regions, answered from the sorted tables. */

import { CorruptError } from '#client/errors.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallelQueries } from '#client/fetch/parallel.ts';
import { checkOptions, QUERY_OPTIONS } from '#client/query/options.ts';
import {
  bounded,
  boundedBatches,
  checkPage,
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
import { foldedNames, IDS, MEMBERS, NAMES, REGIONS, shardOf } from '#format/btree/schemas.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { TableSet } from './table-set.ts';
import { TextSearch } from './text-search.ts';

/** The octree of the set, where whole systems are. */
export interface Octree {
  /** Fetches its top, for questions that come soon. */
  top(options: QueryOptions): Promise<unknown>;
  wholes(systems: readonly SystemKey[], options: QueryOptions): Promise<(SystemWithRecord | undefined)[]>;
}

/** Answers one question. */
export class TableQueries {
  readonly #files: Files;
  readonly #index: SetIndex;
  readonly #octree: Octree;
  readonly #tables: TableSet;

  constructor(files: Files, index: SetIndex, octree: Octree) {
    this.#files = files;
    this.#index = index;
    this.#octree = octree;
    this.#tables = new TableSet(files, index);
  }

  async system(name: string, options: SystemOptions): Promise<SystemWithRecord | undefined> {
    checkOptions(options, SYSTEM_OPTIONS);
    const rows = await this.#named(name, options.first ? 1 : MAX_IDS + 1, options);
    const row = oneOf(rows, name, options.first);
    return row && (await this.#wholes([row], options))[0];
  }

  async systemsByName(name: string, options: NameOptions & ResultBound): Promise<SystemWithRecord[]> {
    checkOptions(options, SYSTEMS_BY_NAME_OPTIONS);
    const rows = await this.#named(name, checkBound(options) + 1, options);
    return this.#wholes(bounded(rows, options, 'systems of that name'), options);
  }

  async systemById(id: string, options: QueryOptions): Promise<SystemWithRecord | undefined> {
    checkOptions(options, QUERY_OPTIONS);
    checkText('id', id);
    const [place] = await parallelQueries(options, [
      of => this.#tables.table('ids', IDS, of).find([id]),
      of => this.#octree.top(of),
    ]);
    return place && (await this.#wholes([place], options))[0];
  }

  async search(text: string, options: SearchOptions): Promise<SearchResult> {
    checkOptions(options, SEARCH_OPTIONS);
    const { limit = 50, signal } = options;
    signal?.throwIfAborted();
    checkSearched(text);
    checkInteger('limit', limit, 0);
    // A set without tables has no options of a search either.
    this.#tables.roots();
    const { mode, fields } = this.#index.options.search;
    if (mode === 'none') throw this.#tables.without('a search index', '--search infix or words');
    return TextSearch.run({ text, limit, mode, fields, options }, this.#tables, async (systems, of) => {
      const wholes = await this.#octree.wholes(systems, of);
      return wholes.map(whole => whole?.record);
    });
  }

  /** Whole systems that the tables name. */
  async #wholes(systems: readonly SystemKey[], options: QueryOptions): Promise<SystemWithRecord[]> {
    const wholes = await this.#octree.wholes(systems, options);
    return wholes.map((whole, i) => {
      if (whole) return whole;
      throw this.#corrupt(`name the system "${systems[i]!.id}", which its tree lacks`);
    });
  }

  #corrupt(what: string): CorruptError {
    return new CorruptError(`${this.#files.source.location} is corrupt: its tables ${what}; publish again`, {
      file: 'index.json',
      reason: what,
    });
  }

  /** The systems of a name, by (name, id), at most `most`. */
  async #named(name: string, most: number, options: NameOptions): Promise<SystemRow[]> {
    checkText('name', name);
    // The top of the octree is needed next.
    const [same] = await parallelQueries(options, [
      async of => (options.ignoreCase ? this.#folded(name, rangeOf, most, of) : [name]),
      of => this.#tables.table('names', NAMES, of).top(),
      of => this.#octree.top(of),
    ]);
    const names = this.#tables.table('names', NAMES, options);
    const rows = await names.ranges(same.map(of => ({ ...rangeOf([of]), most })));
    return rows.flat().slice(0, most);
  }

  /** The names whose folds are in a range about that of a text, in order of their folds. */
  async #folded(
    text: string,
    rangeFrom: (key: TableKey) => KeyRange,
    most: number,
    options: QueryOptions,
  ): Promise<string[]> {
    const [fold] = await parallelQueries(options, [
      of => this.#tables.fold(of),
      // Its pages hold no folds: fetching them takes none.
      of => this.#tables.table('folded', foldedNames(String), of).top(),
    ]);
    const table = this.#tables.table('folded', foldedNames(fold), options);
    const [rows] = await table.ranges([{ ...rangeFrom([fold(text)]), most }]);
    return rows!.map(row => row.name);
  }

  /** Different names with a prefix. @throws ArgumentError */
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
    // Many systems may have one name: whatever rows are left of it are passed over.
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
    const question = checkPage(query);
    const { region, page, perPage, after } = question;
    const { table, prefix, first, total } = await this.#members(region, query);
    let start = first + (after ? 0 : (page - 1) * perPage);
    if (after && total > 0) {
      const [place] = await table.places([{ key: [...prefix, after.name, after.id], after: 'keys' }]);
      start = place!.rank;
    }
    const end = Math.min(start + perPage, first + total);
    const [rows] = await table.slices([{ start, end }]);
    if (rows!.length < end - start)
      throw this.#corrupt(`lack rows ${start + rows!.length} to ${end} of a table`);
    return pageOf(rows!, question, start - first, total);
  }

  /** All regions, a few at a time. @throws TooManyResultsError */
  async *regions(options: QueryOptions, maxResults?: number): AsyncGenerator<RegionRow[], void, undefined> {
    const batches = this.#tables.table('regions', REGIONS, options).scan(0);
    for await (const rows of boundedBatches(batches, maxResults, 'regions')) {
      yield rows.map(({ region, systems, bounds }) => ({ region, count: systems, bounds }));
    }
  }

  /** The systems of a region by (name, id), a few at a time. @throws TooManyResultsError */
  async *inRegion(
    region: string,
    options: QueryOptions,
    maxResults?: number,
  ): AsyncGenerator<SystemRow[], void, undefined> {
    checkText('region', region);
    const { table, first, total } = await this.#members(region, options);
    if (total === 0) return;
    yield* boundedBatches(table.scan(first, false, first + total), maxResults, 'systems in the region');
  }

  /** Where the rows of a region are, or of all: in which table, behind which texts, from which rank, and how many. */
  async #members(region: string | undefined, options: QueryOptions) {
    if (region === undefined) {
      const table = this.#tables.table('names', NAMES, options);
      return { table, prefix: [], first: 0, total: this.#index.counts.systems };
    }
    const members = this.#tables.table('members', MEMBERS, options);
    // Most regions are small; the top of their table is needed next then.
    const [entry] = await parallelQueries(options, [
      of => this.#tables.table('regions', REGIONS, of).find([region]),
      of => this.#tables.table('members', MEMBERS, of).top(),
    ]);
    const total = entry?.systems ?? 0;
    if (entry?.shard) {
      const root = { ...entry.shard, rows: total };
      const shard = this.#tables.open(root, shardOf(region), options);
      return { table: shard, prefix: [], first: 0, total };
    }
    const [place] = entry ? await members.places([{ key: [region] }]) : [];
    return { table: members, prefix: [region], first: place?.rank ?? 0, total };
  }
}
