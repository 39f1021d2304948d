/** Finds values of facets that contain a string. FORMAT.md, section 16. */

import { parallelQueries } from '#client/fetch/parallel.ts';
import { compareFound, type FoundValue, nameMatch } from '#client/query/search-match.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { facetValues } from '#format/btree/facet-schemas.ts';
import { type Bound, type KeyRange, prefixRange, rangeOf } from '#format/btree/keys.ts';
import { FACET_GRAMS, GRAM } from '#format/btree/search-schemas.ts';
import { valueOfKey } from '#format/facets/facet-value.ts';
import { lengthOf } from '#format/utf8.ts';
import { comparedGrams, rarestFirst } from './gram-places.ts';
import type { TableSet } from './table-set.ts';

/** Rows of grams that are read at once: values are usually few. */
const GRAM_ROWS = 1024;

/** Fetches the inner pages that lead to the systems of a value. */
export type ApproachSystems = (
  value: Pick<FoundValue, 'field' | 'key'>,
  options: QueryOptions,
) => Promise<unknown>;

/** A value of a facet. */
type FacetKey = Pick<FoundValue, 'field' | 'key'>;

/** Returns the strings of facets that are the search string, case ignored. */
export type ExactValues = (options: QueryOptions) => Promise<readonly FacetKey[]>;

/** The values of facets that match a query, in batches. */
export class ValueSearch {
  readonly #tables: TableSet;
  readonly #query: string;
  readonly #mode: 'infix' | 'words';
  readonly #approach: ApproachSystems;
  readonly #exact: ExactValues;
  #ranges: readonly KeyRange[];
  readonly #seen = new Set<string>();
  #range: KeyRange | undefined;
  /** Where the next batch begins; undefined if there is none. */
  #low: Bound | undefined;
  /** Values whose systems were not counted, the best first. */
  #open: Omit<FoundValue, 'systems'>[] = [];

  /**
   * @param query search fold of the search string
   * @param approach called with the best value, before its systems are needed
   * @param exact finds values that are the search string
   */
  constructor(
    tables: TableSet,
    query: string,
    mode: 'infix' | 'words',
    approach: ApproachSystems,
    exact: ExactValues,
  ) {
    this.#tables = tables;
    this.#approach = approach;
    this.#exact = exact;
    this.#query = query;
    this.#mode = mode;
    this.#ranges =
      lengthOf(query) <= GRAM
        ? [prefixRange([query])]
        : comparedGrams(query, mode).map(gram => rangeOf([gram]));
  }

  /** Whether there are further values. */
  get hasMore(): boolean {
    return this.#open.length > 0;
  }

  /** The next values, at most `most`: each is better than those that follow in the same batch; none after the last. */
  async next(most: number, options: QueryOptions): Promise<FoundValue[]> {
    const isFirst = this.#ranges.length > 0;
    if (isFirst) {
      const table = this.#tables.table('facetGrams', FACET_GRAMS, options);
      // A value with the query has all its grams.
      [this.#range] = await rarestFirst(table, this.#ranges);
      this.#ranges = [];
      this.#low = this.#range!.low;
    }
    while (this.#open.length <= most && this.#low) await this.#read(this.#low, options);
    // With so many values of the gram, the best may come after them.
    if (isFirst && this.#low) await this.#add(await this.#exact(options), options);
    const values = this.#open.splice(0, most);
    const schema = facetValues(this.#tables.fold);
    const keys = values.map(({ field, key }) => schema.keyOf({ field, key, systems: 1 }));
    const [counts] = await parallelQueries(options, [
      options =>
        this.#tables.table('facets', schema, options).ranges(keys.map(key => ({ ...rangeOf(key), most: 1 }))),
      async options => {
        const [best] = values;
        if (best?.match === 'exact') await this.#approach(best, options);
      },
    ]);
    return values.flatMap((value, i) => counts[i]!.map(({ systems }) => ({ ...value, systems })));
  }

  async #read(low: Bound, options: QueryOptions): Promise<void> {
    const table = this.#tables.table('facetGrams', FACET_GRAMS, options);
    const [rows] = await table.ranges([{ low, high: this.#range!.high, most: GRAM_ROWS }]);
    const last = rows!.at(-1);
    this.#low =
      last && rows!.length === GRAM_ROWS ? { key: FACET_GRAMS.keyOf(last), after: 'keys' } : undefined;
    await this.#add(rows!, options);
  }

  /** Adds values that match. */
  async #add(rows: readonly FacetKey[], options: QueryOptions): Promise<void> {
    const { fold } = this.#tables;
    await fold.ready(
      rows.map(({ key }) => key),
      options,
    );
    for (const { field, key } of rows) {
      const value = String(valueOfKey(key));
      const text = fold.search(value);
      const match = nameMatch(text, this.#query, this.#mode);
      const id = `${field}\0${key}`;
      if (!match || this.#seen.has(id)) continue;
      this.#seen.add(id);
      this.#open.push({ field, value, match, text, key });
    }
    this.#open.sort(compareFound);
  }
}
