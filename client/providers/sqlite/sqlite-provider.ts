/** Provider for Haven's SQLite database: the queries of Haven's migration guide in SQL, with exact results. */

import { RecordFacets } from '#client/providers/record-facets.ts';
import { checkFacets, recordFilter } from '#client/providers/record-filter.ts';
import { searchRecords } from '#client/providers/search-records.ts';
import { checkBox } from '#client/query/box.ts';
import { listForm } from '#client/query/list-form.ts';
import { checkList } from '#client/query/list-query.ts';
import { checkOptions, type OptionNames, QUERY_OPTIONS, ROWS_OPTIONS } from '#client/query/options.ts';
import type { DataProvider } from '#client/query/provider.ts';
import { bounded, checkPageQuery, oneOf, rowsOf } from '#client/query/results.ts';
import {
  NAMES_OPTIONS,
  PAGE_OPTIONS,
  SYSTEM_OPTIONS,
  SYSTEMS_BY_NAME_OPTIONS,
} from '#client/query/table-options.ts';
import type {
  BoxQuery,
  FacetInfo,
  FacetQuery,
  FacetValueCount,
  ListedValue,
  ListQuery,
  NameOptions,
  NamesQuery,
  NearestQuery,
  Page,
  PageQuery,
  QueryOptions,
  RegionRow,
  ResultBound,
  Rows,
  SearchOptions,
  SearchResult,
  SphereQuery,
  SphereRow,
  SystemKey,
  SystemOptions,
  SystemWithRecord,
} from '#client/query/types.ts';
import {
  BOX_OPTIONS,
  checkInteger,
  checkNearest,
  checkPositions,
  checkSphere,
  checkText,
  isAt,
} from '#client/query/validate.ts';
import { indexedValues, SEARCHED_FIELDS } from '#format/btree/searched-texts.ts';
import type { FacetSource } from '#format/facets/facet-extractor.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { REGION_LISTING } from '#format/facets/listing.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { JsonObject } from '#format/json.ts';
import type { Counts } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
import { compareText } from '#format/utf8.ts';
import { listedValues, pageInOrder, pageOfValue, pageWithin, systemsOfValue } from './sql-listings.ts';
import { boxSpace, rowsInSpace, type Space, sphereSpace } from './sql-space.ts';
import { BY_ID, BY_NAME, IN_REGION, SystemsDatabase } from './systems-database.ts';

/** Options of `sqliteProvider`. */
export interface SqliteProviderOptions {
  /** Maps strings that differ in case or Unicode normalisation only to one string; see `standardFold`. */
  readonly fold: Fold;
  /**
   * Fields that `search` searches beside the values of facets, also those of planets, moons and stations
   * (`planets.name`); the name by default. Missing columns are ignored.
   */
  readonly searchFields?: readonly string[] | undefined;
  /** Facets for `where` and `list`, with the paths to their values; those of a build without `--facets` by default. */
  readonly facets?: readonly FacetField[] | undefined;
}

const SQLITE_OPTIONS: OptionNames<SqliteProviderOptions> = { fold: 1, searchFields: 1, facets: 1 };

/** A catalogue in a database. Queries see what other processes write. */
export interface SqliteProvider extends DataProvider {
  readonly kind: 'sqlite';
  /**
   * Number of rows that were rejected: without an id or a valid position, or with a string, also of their planets, moons
   * and stations, that is not valid in the database's encoding. No result contains them.
   */
  readonly rejected: number;
}

/**
 * Returns a provider of an SQLite database in any version of Haven's schema. The first query after a change of the
 * database reads all of it, to find strings that are not valid in its encoding.
 * @throws NotFoundError if the file cannot be opened; NetworkError if it cannot be read at present and CorruptError
 *   if it is not a database of this schema, which queries throw as well
 */
export function sqliteProvider(path: string, options: SqliteProviderOptions): SqliteProvider {
  checkOptions(options, SQLITE_OPTIONS);
  const { fold, searchFields = SEARCHED_FIELDS } = options;
  const facets = checkFacets(options.facets);
  const fields = searchFields.toSorted(compareText);
  return new Provider(() => new SystemsDatabase(path, fold, fields), fold, fields, facets);
}

class Provider implements SqliteProvider {
  readonly kind = 'sqlite';
  readonly #open: () => SystemsDatabase;
  readonly #fold: Fold;
  readonly #searchFields: readonly string[];
  readonly #facets: RecordFacets;
  #current: SystemsDatabase;
  #counts: Counts | undefined;

  constructor(
    open: () => SystemsDatabase,
    fold: Fold,
    searchFields: readonly string[],
    facets: readonly FacetField[],
  ) {
    this.#open = open;
    this.#fold = fold;
    this.#searchFields = searchFields;
    this.#facets = new RecordFacets(facets, fold, facet => listedValues(this.#database, facet));
    this.#current = open();
  }

  /** The current state of the database. */
  get #database(): SystemsDatabase {
    if (this.#current.isOutdated) {
      const next = this.#open();
      this.#current.retire();
      this.#current = next;
      this.#counts = undefined;
    }
    return this.#current;
  }

  get counts(): Counts {
    const database = this.#database;
    this.#counts ??= database.counts();
    return this.#counts;
  }

  get rejected(): number {
    const database = this.#database;
    return database.count('systems') - database.count('usable');
  }

  sphere(query: SphereQuery): Rows<SphereRow> {
    const sphere = checkSphere(query);
    return this.#nearestFirst(() => sphereSpace(sphere, query.planes || []), query, 'systems in the sphere');
  }

  nearest(query: NearestQuery): Rows<SphereRow> {
    const sphere = checkNearest(query);
    return this.#nearestFirst(() => sphereSpace(sphere, query.planes || []), query, 'systems in the sphere');
  }

  box(query: BoxQuery): Rows<SphereRow> {
    checkOptions(query, BOX_OPTIONS);
    return this.#nearestFirst(() => boxSpace(checkBox(query)), query, 'systems in the box');
  }

  async details(
    systems: readonly SystemKey[],
    options: QueryOptions = {},
  ): Promise<(JsonObject | undefined)[]> {
    checkOptions(options, QUERY_OPTIONS);
    const { signal } = options;
    signal?.throwIfAborted();
    checkPositions(systems);
    const records = this.#database.recordsOf(systems.map(({ id }) => id));
    return systems.map(key => {
      const record = records.get(key.id);
      return record && isAt(record as unknown as SystemKey, key) ? record : undefined;
    });
  }

  async system(name: string, options: SystemOptions = {}): Promise<SystemWithRecord | undefined> {
    checkOptions(options, SYSTEM_OPTIONS);
    const { first, ...query } = options;
    return oneOf(await this.systemsByName(name, query), name, first);
  }

  async systemsByName(name: string, options: NameOptions & ResultBound = {}): Promise<SystemWithRecord[]> {
    checkOptions(options, SYSTEMS_BY_NAME_OPTIONS);
    const { signal, ignoreCase } = options;
    signal?.throwIfAborted();
    checkText('name', name);
    const database = this.#database;
    const found = ignoreCase
      ? database.systems(`WHERE fold(name) = :name ${database.byName}`, { name: this.#fold(name) })
      : database.systems(`WHERE ${BY_NAME} ${database.byName}`, { name });
    return [...database.whole(bounded(found, options, 'systems of that name'))];
  }

  async systemById(id: string, options: QueryOptions = {}): Promise<SystemWithRecord | undefined> {
    checkOptions(options, QUERY_OPTIONS);
    const { signal } = options;
    signal?.throwIfAborted();
    checkText('id', id);
    const database = this.#database;
    const [system] = database.whole(database.systems(`WHERE ${BY_ID}`, { id }));
    return system;
  }

  async names(query: NamesQuery = {}): Promise<string[]> {
    checkOptions(query, NAMES_OPTIONS);
    const { prefix = '', limit = 10, ignoreCase, signal } = query;
    signal?.throwIfAborted();
    checkInteger('limit', limit, 0);
    checkText('prefix', prefix);
    const database = this.#database;
    const { sortKey } = database;
    const rows = ignoreCase
      ? database.rows(
          `SELECT name FROM usable WHERE instr(fold(name), :prefix) = 1
           GROUP BY name ORDER BY ${sortKey('fold(name)', 'name')} LIMIT :limit`,
          { prefix: this.#fold(prefix), limit },
        )
      : database.rows(
          `SELECT DISTINCT name FROM usable WHERE instr(name, :prefix) = 1
           ORDER BY ${sortKey('name')} LIMIT :limit`,
          { prefix, limit },
        );
    return Array.from(rows, ({ name }) => name as string);
  }

  async page(query: PageQuery = {}): Promise<Page> {
    checkOptions(query, PAGE_OPTIONS);
    query.signal?.throwIfAborted();
    const { region } = query;
    const pageQuery = checkPageQuery(query);
    if (region === undefined) return pageWithin(this.#database, 'true', {}, pageQuery);
    return pageWithin(this.#database, IN_REGION, { region: checkText('region', region) }, pageQuery);
  }

  regions(options: QueryOptions & ResultBound = {}): Rows<RegionRow> {
    checkOptions(options, ROWS_OPTIONS);
    return rowsOf(() => regionsOf(this.#database), options, 'regions');
  }

  inRegion(region: string, options: QueryOptions & ResultBound = {}): Rows<SystemRow> {
    checkOptions(options, ROWS_OPTIONS);
    const find = () => {
      const database = this.#database;
      return database.systems(`WHERE ${IN_REGION} ${database.byName}`, {
        region: checkText('region', region),
      });
    };
    return rowsOf(find, options, 'systems in the region');
  }

  list(field: string): Rows<ListedValue>;
  list(field: string, options: QueryOptions & ResultBound): Rows<ListedValue>;
  list(field: string, value: FacetValue | undefined, query?: ListQuery): Promise<Page>;
  list(field: string, ...rest: readonly unknown[]): Rows<ListedValue> | Promise<Page> {
    const find = () => listedValues(this.#database, this.#facets.listedField(field));
    return listForm(
      rest,
      options => rowsOf(find, options, `values of "${field}"`),
      (value, query) => this.#listPage(field, value, query),
    );
  }

  async facets(options: QueryOptions = {}): Promise<FacetInfo[]> {
    return this.#facets.all(options);
  }

  async facet(field: string, query: FacetQuery = {}): Promise<FacetValueCount[]> {
    return this.#facets.values(field, query);
  }

  async #listPage(field: string, value: FacetValue | undefined, query: ListQuery): Promise<Page> {
    const pageQuery = checkList(field, value, query);
    query.signal?.throwIfAborted();
    const facet = this.#facets.listedField(field);
    const database = this.#database;
    if (value === undefined) return pageInOrder(database, facet, query.order ?? 'asc', pageQuery);
    return pageOfValue(database, facet, value, pageQuery);
  }

  async search(text: string, options: SearchOptions = {}): Promise<SearchResult> {
    const [database, fold] = [this.#database, this.#fold];
    return searchRecords(text, options, {
      fold,
      fields: this.#searchFields,
      facets: this.#facets,
      *recordsOf(query) {
        for (const { system: row, texts } of database.searched(query)) {
          const values = texts.map(own => own.flatMap(text => fold.search(text).split(', ')));
          yield { row, name: fold.search(row.name), values: indexedValues(row, values) };
        }
      },
      systemsOf: (facet, value) => systemsOfValue(database, facet, value),
    });
  }

  #nearestFirst(
    spaceOf: () => Space,
    query: SphereQuery | NearestQuery | BoxQuery,
    name: string,
  ): Rows<SphereRow> {
    const find = () => {
      const database = this.#database;
      const space = spaceOf();
      const isWanted = recordFilter(query, this.#facets.fields, this.#fold);
      if (isWanted) return filtered(database, space, isWanted, query.details);
      const rows = rowsInSpace(database, space);
      return query.details ? database.whole(rows) : rows;
    };
    return rowsOf<SphereRow>(find, query, name);
  }

  close(): void {
    this.#current.close();
  }
}

/** The rows of a space that a filter wants; records are read in order of distance until there are enough. */
function* filtered(
  database: SystemsDatabase,
  space: Space,
  isWanted: (system: FacetSource) => boolean,
  details = false,
): Generator<SphereRow> {
  let left = space.limit;
  if (left === 0) return;
  for (const row of database.whole(rowsInSpace(database, { ...space, limit: Number.POSITIVE_INFINITY }))) {
    const { record, ...bare } = row;
    if (!isWanted({ region: row.region, fields: record })) continue;
    yield details ? row : bare;
    if (--left === 0) return;
  }
}

function* regionsOf(database: SystemsDatabase): Generator<RegionRow> {
  for (const { value, systems, bounds } of listedValues(database, REGION_LISTING))
    yield { region: `${value}`, systems, bounds };
}
