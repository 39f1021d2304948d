/** Finds the rows of listings: of a value of a field, or of all systems in the order of a field. */
import { ArgumentError } from '#client/errors.ts';
import { parallelQueries } from '#client/fetch/parallel.ts';
import { boundedBatches } from '#client/query/results.ts';
import type { ListedValue, QueryOptions } from '#client/query/types.ts';
import type { TableKey } from '#format/btree/keys.ts';
import { LISTINGS, MEMBERS, ORDERED, SHARDS } from '#format/btree/listing-schemas.ts';
import { type FacetValue, valueKey, valueOfKey } from '#format/facets/facet-value.ts';
import type { Listing } from '#format/facets/listing.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { TableReader } from './reader.ts';
import type { TableSet } from './table-set.ts';

/** Rows of a table that follow each other. */
export interface TableRun {
  readonly table: TableReader<SystemRow>;
  /** The first strings of their keys. */
  readonly prefix: TableKey;
  /** Rank of the first row. */
  readonly first: number;
  readonly total: number;
}

/** The listings of a set, for one query. */
export class Listings {
  readonly #index: SetIndex;
  readonly #tables: TableSet;

  constructor(index: SetIndex, tables: TableSet) {
    this.#index = index;
    this.#tables = tables;
  }

  /**
   * All values of a field, in batches, in the order of their keys.
   * @throws TooManyResultsError, ArgumentError, MissingIndexError
   */
  async *values(
    field: string,
    options: QueryOptions,
    maxResults?: number,
  ): AsyncGenerator<ListedValue[], void, undefined> {
    this.#listing(field);
    const table = this.#tables.table('listings', LISTINGS, options);
    const [low, high] = await table.places([{ key: [field] }, { key: [field], after: 'keys' }]);
    const batches = table.scan(low!.rank, false, high!.rank);
    for await (const rows of boundedBatches(batches, maxResults, `values of "${field}"`))
      yield rows.map(({ key, systems, bounds }) => ({ value: valueOfKey(key), systems, bounds }));
  }

  /**
   * The systems of a value, by (name, id).
   * @throws ArgumentError, MissingIndexError
   */
  async systemsOf(field: string, value: FacetValue, options: QueryOptions): Promise<TableRun> {
    this.#listing(field);
    const prefix = [field, valueKey(value)];
    // Most values are small: the top of their table is needed next.
    const [entry] = await parallelQueries(options, [
      options => this.#tables.table('listings', LISTINGS, options).find(prefix),
      options => this.#tables.table('members', MEMBERS, options).top(),
    ]);
    const total = entry?.systems ?? 0;
    if (entry?.shard) {
      const shard = this.#tables.open({ root: entry.shard, rows: total, schema: SHARDS }, options);
      return { table: shard, prefix: [], first: 0, total };
    }
    const members = this.#tables.table('members', MEMBERS, options);
    const [found] = entry ? await members.places([{ key: prefix }]) : [];
    return { table: members as TableReader<SystemRow>, prefix, first: found?.rank ?? 0, total };
  }

  /**
   * All systems in the order of a field.
   * @param order ascending if the set has both
   * @throws ArgumentError, MissingIndexError
   */
  inOrder(field: string, order: 'asc' | 'desc' | undefined, options: QueryOptions): TableRun {
    const ordered = this.#declared().filter(listing => listing.order !== 'value');
    const at = ordered.findIndex(
      listing => listing.field === field && (order ?? listing.order) === listing.order,
    );
    if (at < 0) throw this.#missing(`${field}:${order ?? 'asc'}`);
    const { systems } = this.#index.counts;
    const table = this.#tables.table('ordered', ORDERED, options) as TableReader<SystemRow>;
    // Each listing has each system once.
    return { table, prefix: [], first: at * systems, total: systems };
  }

  /** @throws ArgumentError, MissingIndexError unless the values of a field are listed */
  #listing(field: string): void {
    const own = this.#declared().filter(listing => listing.field === field);
    if (own.some(({ order }) => order === 'value')) return;
    if (own.length === 0) throw this.#missing(field);
    throw new ArgumentError(
      `"${field}" is listed in order, not by value: list("${field}", undefined, { page: 1 }) gives its pages`,
      { found: field },
    );
  }

  #declared(): readonly Listing[] {
    this.#tables.roots();
    return this.#index.options.listings;
  }

  #missing(listing: string) {
    const known = this.#declared().map(({ field, order }) =>
      order === 'value' ? field : `${field}:${order}`,
    );
    return this.#tables.without(
      `a listing of "${listing}"`,
      `with --listings ${listing} (it has ${known.join(', ')})`,
    );
  }
}
