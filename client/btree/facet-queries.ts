/** Queries for the values of facets. */
import { ArgumentError } from '#client/errors.ts';
import { parallelQueries } from '#client/fetch/parallel.ts';
import type { FoundValue } from '#client/query/search-match.ts';
import type { FacetInfo, FacetQuery, FacetValueCount, QueryOptions } from '#client/query/types.ts';
import {
  FREQUENT,
  facetValues,
  isSearchedValue,
  mayBeRare,
  RARE,
  RARE_SYSTEMS,
  type ValueCount,
} from '#format/btree/facet-schemas.ts';
import { isBelow, prefixRange, rangeOf } from '#format/btree/keys.ts';
import { MEMBERS } from '#format/btree/listing-schemas.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { type FacetValue, valueKey, valueOfKey } from '#format/facets/facet-value.ts';
import { listingOf } from '#format/facets/listing.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { Listings } from './listing-reader.ts';
import type { TableSet } from './table-set.ts';

/** Finds systems with a value of a facet in the octree, at most `count`. */
export type FindInOctree = (
  field: string,
  value: string,
  count: number,
  options: QueryOptions,
) => Promise<SystemRow[]>;

/** Options of `rareRows`. */
export interface RareOptions extends QueryOptions {
  /** Whether strings are compared by their folds. */
  readonly fold?: boolean | undefined;
}

/** The facets of a set, for one query. */
export class FacetQueries {
  readonly #index: SetIndex;
  readonly #tables: TableSet;
  readonly #listings: Listings;

  constructor(index: SetIndex, tables: TableSet, listings: Listings) {
    this.#index = index;
    this.#tables = tables;
    this.#listings = listings;
  }

  /** All facets, with the number of their values. */
  async all(options: QueryOptions): Promise<FacetInfo[]> {
    const facets = this.#declared();
    const { table } = this.#values(options);
    const places = await table.places(
      facets.flatMap(({ field }) => [{ key: [field] }, { key: [field], after: 'keys' as const }]),
    );
    return facets.map(({ field, paths }, i) => ({
      ...{ field, paths },
      values: places[2 * i + 1]!.rank - places[2 * i]!.rank,
    }));
  }

  /** Values of a facet, by their folds. */
  async values(field: string, query: FacetQuery): Promise<FacetValueCount[]> {
    const { prefix = '', limit = 10, after } = query;
    this.#facet(field);
    const { fold } = this.#tables;
    await fold.ready([prefix, `${after}`], query);
    const { table, schema } = this.#values(query);
    const { low, high } = prefix === '' ? rangeOf([field]) : prefixRange([field, fold(prefix)]);
    const last = after !== undefined && schema.keyOf({ field, key: valueKey(after), systems: 1 });
    const from = last && !isBelow(last, low) ? ({ key: last, after: 'keys' } as const) : low;
    const [rows] = await table.ranges([{ low: from, high, most: limit }]);
    return rows!.map(({ key, systems }) => ({ value: valueOfKey(key), systems }));
  }

  /**
   * The systems that have one of some values: at most 2,000. Undefined if more systems have one, a heavy one (`isHeavy`),
   * or if one is a number or a date, whose systems are found by ranges; a single value that no system has may give
   * undefined too.
   */
  async rareRows(
    field: string,
    values: readonly FacetValue[],
    options: RareOptions,
  ): Promise<readonly SystemRow[] | undefined> {
    const facet = this.#facet(field);
    if (!values.every(mayBeRare)) return undefined;
    let keys = values.map(valueKey);
    if (values.length !== 1 || options.fold) {
      const counts = await this.#counts(field, values, options);
      if (counts.reduce((sum, { systems }) => sum + systems, 0) > RARE_SYSTEMS) return undefined;
      keys = counts.map(({ key }) => key);
    }
    const parts = listingOf(facet, this.#index.options.listings)
      ? await parallelQueries(
          options,
          keys.map(key => (own: QueryOptions) => this.#listedRows(field, key, own)),
        )
      : await this.#tables
          .table('rare', RARE, options)
          .ranges(keys.map(key => ({ ...rangeOf([field, key]), most: RARE_SYSTEMS })));
    if (!parts.every(rows => rows?.length)) return undefined;
    return [...new Map(parts.flatMap(rows => rows!.map(row => [row.id, row]))).values()];
  }

  /** The systems of a value of a listing; undefined if they are more than 2,000. */
  async #listedRows(
    field: string,
    key: string,
    options: QueryOptions,
  ): Promise<readonly SystemRow[] | undefined> {
    // Only a value of many systems has them in a table of its own.
    const [[rows], { table, first, total }] = await parallelQueries(options, [
      options =>
        this.#tables
          .table('members', MEMBERS, options)
          .ranges([{ ...rangeOf([field, key]), most: RARE_SYSTEMS + 1 }]),
      options => this.#listings.systemsOf(field, valueOfKey(key), options),
    ]);
    if (total > RARE_SYSTEMS) return undefined;
    return rows!.length > 0 ? rows : (await table.slices([{ start: first, end: first + total }]))[0];
  }

  /** The values of all facets that search finds and that are a string, case ignored. */
  async exactValues(text: string, options: QueryOptions): Promise<readonly ValueCount[]> {
    const rows = await this.#sameText(
      this.#declared().map(({ field }) => [field, text]),
      options,
    );
    return rows.flat().filter(({ key }) => isSearchedValue(valueOfKey(key)));
  }

  /** The values of a facet that equal one of some values, with the numbers of their systems; none is a number. */
  async #counts(
    field: string,
    values: readonly FacetValue[],
    options: RareOptions,
  ): Promise<readonly ValueCount[]> {
    const rows = await this.#sameText(
      values.map(value => [field, String(value)]),
      options,
    );
    const found = rows.flatMap((own, i) => {
      const value = values[i]!;
      const isFolded = options.fold && typeof value === 'string';
      return own.filter(({ key }) => (isFolded ? key.startsWith('s') : key === valueKey(value)));
    });
    return [...new Map(found.map(row => [row.key, row])).values()];
  }

  /** For each pair of a facet and a text the values whose texts are that text, case ignored. */
  async #sameText(
    pairs: readonly (readonly [field: string, text: string])[],
    options: QueryOptions,
  ): Promise<ValueCount[][]> {
    const { fold } = this.#tables;
    await fold.ready(
      pairs.map(([, text]) => text),
      options,
    );
    const { table } = this.#values(options);
    return table.wholeRanges(pairs.map(([field, text]) => rangeOf([field, fold(text)])));
  }

  /**
   * The systems that have a value that search has found, at most `count`: the first ones by (name, id), or any if few
   * systems of a frequent value have rows.
   * @param withValue finds them in the octree
   */
  async systemsOf(
    { field, value, key, systems }: FoundValue,
    count: number,
    options: QueryOptions,
    withValue: FindInOctree,
  ): Promise<readonly SystemRow[]> {
    const most = Math.min(count, systems);
    const isListed = listingOf(this.#facet(field), this.#index.options.listings) !== undefined;
    const tables = isListed ? [] : [this.#tables.table('common', FREQUENT, options)];
    if (systems <= RARE_SYSTEMS) {
      // Few systems of a listed value are rarely in a table of their own: its large row of `listings` is not read.
      const [name, schema] = isListed ? (['members', MEMBERS] as const) : (['rare', RARE] as const);
      tables.unshift(this.#tables.table(name, schema, options));
    }
    for (const table of tables) {
      const [rows] = await table.ranges([{ ...rangeOf([field, key]), most }]);
      if (rows!.length === most) return rows!;
    }
    if (isListed) {
      const { table, first } = await this.#listings.systemsOf(field, value, options);
      return (await table.slices([{ start: first, end: first + most }]))[0]!;
    }
    return withValue(field, value, most, options);
  }

  /** Fetches the inner pages that lead to the systems of a value, before its systems are needed. */
  async approach({ field, key }: Pick<FoundValue, 'field' | 'key'>, options: QueryOptions): Promise<void> {
    const isListed = listingOf(this.#facet(field), this.#index.options.listings) !== undefined;
    const table = isListed
      ? this.#tables.table('members', MEMBERS, options)
      : this.#tables.table('common', FREQUENT, options);
    await table.approach([{ key: [field, key] }]);
  }

  #values(options: QueryOptions) {
    const schema = facetValues(this.#tables.fold);
    return { schema, table: this.#tables.table('facets', schema, options) };
  }

  #declared(): readonly FacetField[] {
    this.#tables.roots();
    return this.#index.options.facets ?? [];
  }

  /** @throws ArgumentError for a field that is not a facet */
  #facet(field: string): FacetField {
    const facets = this.#declared();
    const facet = facets.find(own => own.field === field);
    if (facet) return facet;
    const known = facets.map(own => own.field).join(', ');
    throw new ArgumentError(`"${field}" is not a facet of the set; its facets: ${known || 'none'}`, {
      found: field,
    });
  }
}
