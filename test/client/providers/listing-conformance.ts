import { expect } from 'vitest';
import { ArgumentError, type DataProvider, type FacetValue, TooManyResultsError } from '#client/index.ts';
import type { Fold } from '#format/index.ts';
import { facetValuesOf, LISTINGS, type ListingOracle, listingOracle } from '#test/support/listing-oracle.ts';
import type { OracleSystem } from '#test/support/oracle.ts';
import type { Questions } from '#test/support/random-queries.ts';
import { failure } from '#test/support/stored-files.ts';
import { label, rowText } from './row-text.ts';

/** Knows the right answers about the facets and listings of a catalogue. */
export class ListingExaminer {
  readonly #systems: readonly OracleSystem[];
  readonly #listings: ListingOracle;
  readonly #rows: readonly string[];
  readonly #fold: Fold;

  /** @param rows text of the row of each system */
  constructor(systems: readonly OracleSystem[], rows: readonly string[], fold: Fold) {
    this.#systems = systems;
    this.#listings = listingOracle(systems);
    this.#rows = rows;
    this.#fold = fold;
  }

  close(): void {
    this.#listings.close();
  }

  /** Facets, and completion of their values. */
  async facets(provider: DataProvider): Promise<void> {
    for (const { field, paths, values } of await provider.facets()) {
      const counts = new Map<FacetValue, number>();
      for (const system of this.#systems)
        for (const value of facetValuesOf(system, paths)) counts.set(value, (counts.get(value) ?? 0) + 1);
      expect(values, field).toBe(counts.size);
      const all = await provider.facet(field, { limit: 100_000 });
      expect(all).toHaveLength(counts.size);
      expect(all.filter(({ value, systems }) => counts.get(value) !== systems)).toEqual([]);
      const folds = all.map(({ value }) => Buffer.from(this.#fold(String(value))));
      expect(folds.filter((own, i) => i > 0 && Buffer.compare(folds[i - 1]!, own) > 0)).toEqual([]);
      for (const at of [0, all.length >> 1, all.length - 1].filter(own => own >= 0 && all.length > 0)) {
        const prefix = [...String(all[at]!.value)].slice(0, 2).join('').toUpperCase();
        const own = all.filter(({ value }) => this.#fold(String(value)).startsWith(this.#fold(prefix)));
        expect(await provider.facet(field, { prefix, limit: 100_000 }), prefix).toEqual(own);
        const after = all[at]!.value;
        expect(await provider.facet(field, { after, limit: 3 })).toEqual(all.slice(at + 1, at + 4));
      }
    }
    expect(await failure(provider.facet('no such facet'))).toBeInstanceOf(ArgumentError);
  }

  /** All values of listings. */
  async lists(provider: DataProvider): Promise<void> {
    for (const { field } of LISTINGS.filter(({ order }) => order === 'value')) {
      const expected = this.#listings
        .values(field)
        .map(({ min, max, ...row }) => ({ ...row, bounds: { min, max } }));
      const found = await provider.list(field).toArray();
      // SQL knows no -0, which a box has as 0.
      expect(found, field).toEqual(expected);
      if (expected.length === 0) continue;
      const bounded = provider.list(field, { maxResults: expected.length - 1 }).toArray();
      expect(await failure(bounded)).toBeInstanceOf(TooManyResultsError);
    }
    // A value that is undefined asks for a page, without a query too.
    for (const { field, order } of LISTINGS.filter(own => own.order !== 'value'))
      expect(await provider.list(field, undefined), `${field} ${order}`).toEqual(
        await provider.list(field, undefined, {}),
      );
  }

  /** A page of a listing. */
  async listPage(provider: DataProvider, asking: Questions): Promise<void> {
    const { page, perPage, after } = asking.page();
    const { field, order } = asking.oneOf(...LISTINGS);
    const known = this.#listings.values(field).map(({ value }) => value);
    const listed = asking.oneOf<FacetValue>('☃', 5, ...known.slice(0, 50));
    const [value, query] =
      order === 'value' ? [listed, { page, perPage, after }] : [undefined, { page, perPage, order }];
    const { rows, start, total } = this.#listings.page(field, value, query);
    const { systems, ...rest } = await provider.list(field, value, query);
    const most = perPage ?? 100;
    expect(systems.map(rowText), label({ field, value, ...query })).toEqual(rows.map(n => this.#rows[n]));
    expect(rest).toEqual({
      ...{ total, perPage: most, page: query.after ? Math.floor(start / most) + 1 : (page ?? 1) },
      totalPages: Math.ceil(total / most),
    });
  }
}
