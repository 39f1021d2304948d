/** Random queries with filters, lists and completions of values, compared with SQL. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FacetValue, openTileset, type SphereRow, type Tileset } from '#client/node/index.ts';
import { type FacetField, foldTable, makeFold, parseFacets, valueKey } from '#format/index.ts';
import { build } from '#pipeline/index.ts';
import { noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { type Catalogue, galaxy, realCatalogue } from '#test/support/catalogues.ts';
import { PLAIN, writeInputs } from '#test/support/chunk-sets.ts';
import { facetValuesOf } from '#test/support/listing-oracle.ts';
import { type CatalogueOracle, catalogueOracle, type SphereHit } from '#test/support/oracle.ts';
import { Questions } from '#test/support/random-queries.ts';
import { inFolder } from '#test/support/temporary.ts';

const fold = makeFold(foldTable());
/** Queries of each kind, and systems of the galaxy; `npm run examine` has more of both. */
const QUESTIONS = Number(process.env['HAVEN_TEST_QUESTIONS'] ?? 8);
const SYSTEMS = Number(process.env['HAVEN_TEST_GALAXY'] ?? 1500);

/** A value of a facet, with its systems by their places in the catalogue. */
interface Valued {
  readonly value: FacetValue;
  readonly systems: number[];
}

class Examiner {
  readonly #set: Tileset;
  readonly #systems: Catalogue['systems'];
  readonly #oracle: CatalogueOracle;
  readonly #asking: Questions;
  /** By field, in the order of the folds of their texts. */
  readonly #values: ReadonlyMap<string, readonly Valued[]>;
  #overview: readonly string[] = [];

  constructor(set: Tileset, { systems }: Catalogue, oracle: CatalogueOracle, facets: readonly FacetField[]) {
    this.#set = set;
    this.#systems = systems;
    this.#oracle = oracle;
    this.#asking = new Questions(systems, oracle, fold, 12);
    this.#values = new Map(facets.map(({ field, paths }) => [field, this.#valuesOf(paths)]));
  }

  async examine(): Promise<void> {
    this.#overview = (await this.#set.overview()).map(({ id }) => id);
    for (let i = 0; i < QUESTIONS; i++) {
      await this.#spheres();
      await this.#sample();
      const [field, values] = this.#asking.oneOf(...([...this.#values] as [[string, readonly Valued[]]]));
      await this.#completion(field, values);
      await this.#list(field, values);
    }
  }

  async #spheres(): Promise<void> {
    const { center, radius = Number.POSITIVE_INFINITY, limit } = this.#asking.sphere();
    const within = { center, radius, ...(limit !== undefined && { limit }), ...this.#asking.filter() };
    this.#compare(await this.#set.sphere(within).toArray(), this.#oracle.sphere(within), within);
    const near = { center, count: this.#asking.oneOf(1, 3, 10, 100), ...this.#asking.filter() };
    const right = this.#oracle.sphere({ ...near, limit: near.count });
    this.#compare(await this.#set.nearest(near).toArray(), right, near);
    const box = { ...this.#asking.box(), ...this.#asking.filter() };
    this.#compare(await this.#set.box(box).toArray(), this.#oracle.box(box), box);
  }

  #compare(rows: readonly SphereRow[], hits: readonly SphereHit[], query: unknown): void {
    expect(
      rows.map(({ id, distance }) => [id, distance]),
      JSON.stringify(query),
    ).toEqual(hits.map(({ n, distance }) => [this.#systems[n]!.id, distance]));
  }

  /** The overview: its rows that match, then others that match; of a value 4 or all. */
  async #sample(): Promise<void> {
    const filter = this.#asking.filter();
    const ids = new Set(this.#oracle.where(filter).map(n => this.#systems[n]!.id));
    const found = (await this.#set.overview(filter)).map(({ id }) => id);
    const shown = this.#overview.filter(id => ids.has(id));
    expect(found.slice(0, shown.length), JSON.stringify(filter)).toEqual(shown);
    expect(found.every(id => ids.has(id)) && new Set(found).size === found.length).toBe(true);
    const [field, values] = this.#asking.oneOf(...([...this.#values] as [[string, readonly Valued[]]]));
    if (values.length === 0 || values.length > 256) return;
    const { value, systems } = this.#asking.oneOf(...(values as [Valued]));
    const own = await this.#set.overview({ where: { [field]: value } });
    expect(own.length, `${field} ${value}`).toBeGreaterThanOrEqual(Math.min(4, systems.length));
  }

  /** Values whose texts begin with a prefix, case ignored. */
  async #completion(field: string, values: readonly Valued[]): Promise<void> {
    const start = [...String(values[this.#asking.below(values.length)]?.value ?? '')];
    const prefix = start.slice(0, this.#asking.below(4)).join('');
    const query = { prefix: this.#asking.altered(prefix), limit: this.#asking.oneOf(1, 5, 1000) };
    const right = values
      .filter(({ value }) => fold(String(value)).startsWith(fold(query.prefix)))
      .slice(0, query.limit)
      .map(({ value, systems }) => ({ value, systems: systems.length }));
    expect(await this.#set.facet(field, query), `${field} ${JSON.stringify(query)}`).toEqual(right);
  }

  /** A page of the systems of a value. */
  async #list(field: string, values: readonly Valued[]): Promise<void> {
    if (values.length === 0) return;
    const { value } = this.#asking.oneOf(...(values as [Valued]));
    const [page, perPage] = [1 + this.#asking.below(3), this.#asking.oneOf(1, 7, 50)];
    const bytes = (text: string) => Buffer.from(text);
    const right = this.#oracle
      .where({ where: { [field]: value } })
      .map(n => this.#systems[n]!)
      .sort(
        (a, b) => Buffer.compare(bytes(a.name), bytes(b.name)) || Buffer.compare(bytes(a.id), bytes(b.id)),
      )
      .map(({ id }) => id);
    const { systems, total } = await this.#set.list(field, value, { page, perPage });
    expect(
      systems.map(({ id }) => id),
      `${field} ${value} ${page} ${perPage}`,
    ).toEqual(right.slice((page - 1) * perPage, page * perPage));
    expect(total).toBe(right.length);
  }

  #valuesOf(paths: readonly string[]): Valued[] {
    const systems = new Map<FacetValue, number[]>();
    for (const [n, system] of this.#systems.entries())
      for (const value of facetValuesOf(system, paths)) {
        const own = systems.get(value);
        if (own) own.push(n);
        else systems.set(value, [n]);
      }
    const keyOf = (value: FacetValue) => Buffer.from(`${fold(String(value))}\0${valueKey(value)}`);
    return Array.from(systems, ([value, systems]) => ({ value, systems, key: keyOf(value) })).sort((a, b) =>
      Buffer.compare(a.key, b.key),
    );
  }
}

async function examine(catalogue: Catalogue, names: string): Promise<void> {
  const facets = parseFacets(names);
  const listings = facets.map(facet => ({ ...facet, order: 'value' as const }));
  const oracle = catalogueOracle(catalogue.systems, fold, [], facets);
  try {
    await inFolder(async folder => {
      const directory = join(folder, 'set');
      const input = writeInputs(folder, 'catalogue', [catalogue.text]);
      // Small chunks and previews: also a small catalogue has nodes of several levels.
      const small = { ...PLAIN, chunkLimit: 64, preview: { size: 32 } };
      await build(input, directory, { ...small, facets, listings });
      await new Examiner(await openTileset(directory), catalogue, oracle, facets).examine();
    });
  } finally {
    oracle.close();
  }
}

const MATERIALS = 'material=materials|planets.materials|planets.moons.materials';

describe('filters, lists and completions answer as SQL does', () => {
  test(
    `a galaxy of ${SYSTEMS}`,
    () => examine(galaxy(SYSTEMS), `attributes,fauna,${MATERIALS},region,sentinel,created_at`),
    3_600_000,
  );
  test.skipIf(noCatalogues)('exoplanets', () =>
    examine(
      realCatalogue('oec/systems.ndjson.gz'),
      'year=planets.discovery_year,lists=planets.lists,type=stars.spectral_type,magnitude=stars.magV,region',
    ),
  );
  test.skipIf(noCatalogues)('a load test', () =>
    examine(
      realCatalogue('haven/loadtest-10k.ndjson.gz'),
      `${MATERIALS},region,sentinel=sentinel|planets.sentinel,flora=planets.flora,base=planets.base_location`,
    ),
  );
});
