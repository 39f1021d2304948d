import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import {
  AmbiguousNameError,
  ArgumentError,
  type DataProvider,
  type SearchHit,
  type SearchResult,
  type SphereRow,
  type SystemRow,
  type SystemWithRecord,
  TooManyResultsError,
} from '#client/index.ts';
import type { FacetField, Fold } from '#format/index.ts';
import { recordText } from '#test/support/chunk-sets.ts';
import {
  type CatalogueOracle,
  catalogueOracle,
  type OracleSystem,
  type SphereHit,
} from '#test/support/oracle.ts';
import { Questions } from '#test/support/random-queries.ts';
import { failure } from '#test/support/stored-files.ts';
import { ListingExaminer } from './listing-conformance.ts';
import { label, rowText } from './row-text.ts';

type SearchMode = SearchResult['mode'];

/** Fields whose values are asked for: facets have them. */
const ASKED = ['attributes', 'materials', 'name', 'region', 'sentinel'];

export interface Examination {
  /** Questions of each kind. */
  readonly questions: number;
  /** Other seeds, other questions. */
  readonly seed: number;
  /** Where a search matches; `infix` by default. */
  readonly mode?: SearchMode;
  /** The facets that the provider has; those of a build without `--facets` by default. */
  readonly facets?: readonly FacetField[];
  /** The searched fields, beside the values of facets; the name by default. */
  readonly fields?: readonly string[];
}

/**
 * Asks a provider all kinds of questions about a catalogue, and closes it.
 * @param systems what the catalogue holds
 */
export async function examine(
  systems: readonly OracleSystem[],
  fold: Fold,
  open: () => DataProvider | Promise<DataProvider>,
  examination: Examination,
): Promise<void> {
  const examiner = new Examiner(systems, fold, examination);
  try {
    const provider = await open();
    try {
      await examiner.examine(provider, examination);
    } finally {
      provider.close();
    }
  } finally {
    examiner.close();
  }
}

/** Compares many rows: Node does it faster than `toEqual`, which says where they differ. */
function expectSame(rows: readonly SphereRow[], expected: readonly SphereRow[], query: object): void {
  if (!isDeepStrictEqual(rows, expected)) expect(rows, label(query)).toEqual(expected);
}

/** Knows the right answers about a catalogue. */
class Examiner {
  readonly #systems: readonly OracleSystem[];
  readonly #oracle: CatalogueOracle;
  readonly #listings: ListingExaminer;
  readonly #rows: readonly string[];
  readonly #fold: Fold;

  constructor(systems: readonly OracleSystem[], fold: Fold, { facets, fields }: Examination) {
    this.#systems = systems;
    this.#fold = fold;
    this.#oracle = catalogueOracle(systems, fold, fields, facets);
    this.#rows = systems.map(({ record: { x, y, z }, ...of }) => rowText({ ...of, x, y, z } as SystemRow));
    this.#listings = new ListingExaminer(systems, this.#rows, fold);
  }

  close(): void {
    this.#oracle.close();
    this.#listings.close();
  }

  /** Asks all kinds of questions. */
  async examine(
    provider: DataProvider,
    { questions, seed, mode = 'infix', facets }: Examination,
  ): Promise<void> {
    const asking = new Questions(this.#systems, this.#oracle, this.#fold, seed);
    this.#counts(provider);
    await this.#regions(provider);
    await this.#walk(provider);
    for (let i = 0; i < questions; i++) {
      await this.#sphere(provider, asking);
      await this.#box(provider, asking);
      if (i % 2 === 0) await this.#filtered(provider, asking);
      await this.#ids(provider, asking);
      await this.#names(provider, asking);
      await this.#page(provider, asking);
      // A region may have most of the systems, and each takes as long as all other questions together.
      if (i % 5 === 0) await this.#region(provider, asking);
      await this.#search(provider, asking, mode);
      // Facets of their own change the fields of listings.
      if (!facets) await this.#listings.listPage(provider, asking);
    }
    if (!facets) await this.#listings.lists(provider);
    await this.#listings.facets(provider);
  }

  #counts({ counts }: DataProvider): void {
    const records = this.#systems.map(({ record }) => record);
    const sum = (of: (record: (typeof records)[number]) => number) =>
      records.reduce((n, record) => n + of(record), 0);
    const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);
    expect(counts).toEqual({
      systems: records.length,
      planets: sum(({ planets }) => lengthOf(planets)),
      moons: sum(({ planets, moons }) => {
        const of = Array.isArray(planets) ? planets : [];
        return lengthOf(moons) + of.reduce<number>((n, planet) => n + lengthOf(Object(planet).moons), 0);
      }),
      stations: sum(({ space_station: of }) => (Object(of) === of && !Array.isArray(of) ? 1 : 0)),
    });
  }

  async #sphere(provider: DataProvider, asking: Questions): Promise<void> {
    const query = asking.sphere();
    const hits = this.#oracle.sphere(query);
    const expected = hits.map(({ n, distance }) => `${distance} ${this.#rows[n]}`);
    const rows = await provider.sphere(query).toArray();
    expect(
      rows.map(row => `${row.distance} ${rowText(row)}`),
      label(query),
    ).toEqual(expected);
    expect(rows.filter(row => 'record' in row)).toEqual([]);
    // Iterating, and the records themselves, for as many as are quick to compare.
    const few = { ...query, limit: Math.min(query.limit ?? 5, 5), details: true };
    const whole: SystemRow[] = [];
    for await (const row of provider.sphere(few)) {
      expect(recordText(row.record)).toBe(recordText(this.#systems[hits[whole.length]!.n]!.record));
      whole.push(row);
    }
    expect(whole.map(rowText)).toEqual(hits.slice(0, few.limit).map(({ n }) => this.#rows[n]));
    const { radius: maxRadius, limit: count = rows.length + 1, ...around } = query;
    const nearest = await provider.nearest({ ...around, maxRadius, count }).toArray();
    expectSame(nearest, rows, query);
    const records = await provider.details(rows.slice(0, 5));
    expect(records.map(recordText)).toEqual(
      hits.slice(0, 5).map(({ n }) => recordText(this.#systems[n]!.record)),
    );
    if (rows.length > 0) {
      const bounded = provider.sphere({ ...query, maxResults: rows.length - 1 }).toArray();
      expect(await failure(bounded)).toBeInstanceOf(TooManyResultsError);
      expect(await provider.sphere({ ...query, maxResults: rows.length }).toArray()).toHaveLength(
        rows.length,
      );
    }
  }

  async #box(provider: DataProvider, asking: Questions): Promise<void> {
    const query = asking.box();
    const hits = this.#oracle.box(query);
    const expected = hits.map(({ n, distance }) => `${distance} ${this.#rows[n]}`);
    const textOf = (row: SphereRow) => `${row.distance} ${rowText(row)}`;
    expect((await provider.box(query).toArray()).map(textOf), label(query)).toEqual(expected);
    const few = { ...query, limit: Math.min(query.limit ?? 5, 5), details: true };
    const whole: SphereRow[] = [];
    for await (const row of provider.box(few)) {
      expect(recordText(row.record)).toBe(recordText(this.#systems[hits[whole.length]!.n]!.record));
      whole.push(row);
    }
    expect(whole.map(textOf)).toEqual(expected.slice(0, few.limit));
    if (hits.length === 0) return;
    const bounded = provider.box({ ...query, maxResults: hits.length - 1 }).toArray();
    expect(await failure(bounded)).toBeInstanceOf(TooManyResultsError);
  }

  async #filtered(provider: DataProvider, asking: Questions): Promise<void> {
    const sphere = { ...asking.sphere(), ...asking.filter() };
    const textOf = (row: SphereRow) => `${row.distance} ${rowText(row)}`;
    const expectedOf = (hits: readonly SphereHit[]) =>
      hits.map(({ n, distance }) => `${distance} ${this.#rows[n]}`);
    const hits = this.#oracle.sphere(sphere);
    const rows = await provider.sphere(sphere).toArray();
    expect(rows.map(textOf), label(sphere)).toEqual(expectedOf(hits));
    const { radius: maxRadius, limit: count = rows.length + 1, ...around } = sphere;
    expectSame(await provider.nearest({ ...around, maxRadius, count }).toArray(), rows, sphere);
    // The nearest of all space, one by one and whole.
    const nearest = {
      center: sphere.center,
      count: asking.oneOf(1, 3, 10),
      ...asking.filter(),
      details: true,
    };
    const found: SphereRow[] = [];
    for await (const row of provider.nearest(nearest)) found.push(row);
    const near = this.#oracle.sphere({ ...nearest, limit: nearest.count });
    expect(found.map(textOf), label(nearest)).toEqual(expectedOf(near));
    expect(found.map(({ record }) => recordText(record))).toEqual(
      near.map(({ n }) => recordText(this.#systems[n]!.record)),
    );
    const box = { ...asking.box(), ...asking.filter() };
    expect((await provider.box(box).toArray()).map(textOf), label(box)).toEqual(
      expectedOf(this.#oracle.box(box)),
    );
    if (hits.length === 0) return;
    const bounded = provider.sphere({ ...sphere, maxResults: hits.length - 1 }).toArray();
    expect(await failure(bounded), label(sphere)).toBeInstanceOf(TooManyResultsError);
  }

  async #ids(provider: DataProvider, asking: Questions): Promise<void> {
    const id = asking.id();
    const n = this.#oracle.byId(id);
    this.#whole([await provider.systemById(id)], [n], id);
    const position = { x: 0, y: 0, z: 0, ...(n !== undefined && this.#systems[n]!.record) };
    const absent = { ...position, id: '☃' };
    const moved = { ...position, id, x: position.x > 0 ? -1 : 1 };
    const [record, none, gone] = await provider.details([{ ...position, id }, absent, moved]);
    expect(gone, id).toBe(undefined);
    expect(record && recordText(record)).toBe(
      n === undefined ? undefined : recordText(this.#systems[n]!.record),
    );
    expect(none).toBe(undefined);
  }

  async #names(provider: DataProvider, asking: Questions): Promise<void> {
    const { name, ignoreCase } = asking.name();
    const expected = this.#oracle.named(name, ignoreCase);
    this.#whole(await provider.systemsByName(name, { ignoreCase }), expected, name);
    this.#whole([await provider.system(name, { ignoreCase, first: true })], [expected[0]], name);
    if (expected.length > 1) {
      const error = await failure(provider.system(name, { ignoreCase }));
      expect(error).toBeInstanceOf(AmbiguousNameError);
      const { ids } = error as AmbiguousNameError;
      expect(ids.length).toBeGreaterThan(1);
      expect(ids).toEqual(expected.slice(0, ids.length).map(n => this.#systems[n]!.id));
      const bounded = provider.systemsByName(name, { ignoreCase, maxResults: expected.length - 1 });
      expect(await failure(bounded)).toBeInstanceOf(TooManyResultsError);
    } else this.#whole([await provider.system(name, { ignoreCase })], [expected[0]], name);
    const query = asking.names();
    expect(await provider.names(query), label(query)).toEqual(this.#oracle.names(query));
  }

  async #page(provider: DataProvider, asking: Questions): Promise<void> {
    const query = asking.page();
    const { rows, start, total } = this.#oracle.page(query);
    const { systems, ...rest } = await provider.page(query);
    const perPage = query.perPage ?? 100;
    expect(systems.map(rowText), label(query)).toEqual(rows.map(n => this.#rows[n]));
    expect(rest).toEqual({
      ...{ total, perPage, page: query.after ? Math.floor(start / perPage) + 1 : (query.page ?? 1) },
      totalPages: Math.ceil(total / perPage),
    });
  }

  /** All pages one after another, each after the last row of the one before. */
  async #walk(provider: DataProvider): Promise<void> {
    const perPage = Math.max(1, Math.ceil(this.#systems.length / 7));
    const all: string[] = [];
    let after: SystemRow | undefined;
    do {
      const { systems } = await provider.page({ perPage, ...(after && { after }) });
      all.push(...systems.map(rowText));
      after = systems.at(-1);
    } while (after && all.length <= this.#systems.length);
    const { rows } = this.#oracle.page({ perPage: this.#systems.length + 1 });
    expect(all).toEqual(rows.map(n => this.#rows[n]));
  }

  async #regions(provider: DataProvider): Promise<void> {
    const expected = this.#oracle.regions().map(({ min, max, ...of }) => ({ ...of, bounds: { min, max } }));
    expect(await provider.regions().toArray()).toEqual(expected);
    const iterated: unknown[] = [];
    for await (const row of provider.regions()) iterated.push(row);
    expect(iterated).toEqual(expected);
    if (expected.length === 0) return;
    const bounded = provider.regions({ maxResults: expected.length - 1 }).toArray();
    expect(await failure(bounded)).toBeInstanceOf(TooManyResultsError);
  }

  async #region(provider: DataProvider, asking: Questions): Promise<void> {
    const region = asking.region();
    const expected = this.#oracle.inRegion(region);
    const rows = await provider.inRegion(region).toArray();
    expect(rows.map(rowText), region).toEqual(expected.map(n => this.#rows[n]));
    const first: string[] = [];
    for await (const row of provider.inRegion(region)) if (first.push(rowText(row)) === 3) break;
    expect(first).toEqual(expected.slice(0, 3).map(n => this.#rows[n]));
    if (expected.length === 0) return;
    const bounded = provider.inRegion(region, { maxResults: expected.length - 1 }).toArray();
    expect(await failure(bounded)).toBeInstanceOf(TooManyResultsError);
  }

  async #search(provider: DataProvider, asking: Questions, right: SearchMode): Promise<void> {
    const text = asking.text(ASKED);
    const limit = asking.oneOf(undefined, 0, 1, 10, 1000);
    if (this.#fold.search(text) === '') {
      expect(await failure(provider.search(text, { limit }))).toBeInstanceOf(ArgumentError);
      return;
    }
    const matches = this.#oracle.matches(text, right);
    const hitText = (row: string, { match, field, value }: Pick<SearchHit, 'match' | 'field' | 'value'>) =>
      `${row} ${match} ${field} ${value}`;
    const expected = matches.map(of => hitText(this.#rows[of.n]!, of));
    const { systems, truncated, mode, values, moreValues } = await provider.search(text, { limit });
    const allValues = this.#oracle.values(text, right);
    expect(values, label({ text })).toEqual(allValues.slice(0, limit ?? 50));
    expect(moreValues, label({ text, limit })).toBe(allValues.length > (limit ?? 50));
    const found = systems.map(hit => hitText(rowText(hit), hit));
    expect(mode).toBe(right);
    expect(truncated, label({ text, limit })).toBe(expected.length > (limit ?? 50));
    if (!truncated) expect(found, label({ text })).toEqual(expected);
    else {
      // Names that are or begin with the text come first; which of the others, is the provider's choice.
      const best = expected.filter((_, i) => matches[i]!.match === 'exact' || matches[i]!.match === 'prefix');
      expect(found.slice(0, best.length), label({ text })).toEqual(best.slice(0, limit ?? 50));
      const ranks = systems.map(({ match }) => ['exact', 'prefix', 'word', 'inside', 'value'].indexOf(match));
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(found).toHaveLength(limit ?? 50);
      expect(new Set(found).size).toBe(found.length);
      const known = new Set(expected);
      expect(
        found.filter(row => !known.has(row)),
        label({ text }),
      ).toEqual([]);
    }
  }

  #whole(
    found: readonly (SystemWithRecord | undefined)[],
    expected: readonly (number | undefined)[],
    question: string,
  ): void {
    const text = (row: SystemRow, record: unknown) => `${rowText(row)} ${recordText(record as never)}`;
    const right = expected.map(n => {
      const system = n === undefined ? undefined : this.#systems[n]!;
      return system && `${this.#rows[n!]} ${recordText(system.record)}`;
    });
    expect(
      found.map(of => of && text(of, of.record)),
      JSON.stringify(question),
    ).toEqual(right);
  }
}
