/** One interface to catalogues in any storage, so that an application can switch by configuration. */

import type { FacetValue } from '#format/facets/facet-value.ts';
import type { JsonObject } from '#format/json.ts';
import type { Counts } from '#format/system.ts';
import type { SystemRow } from '#format/system-row.ts';
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
} from './types.ts';

/** Kinds of catalogue, also the values of `HAVEN_PROVIDER`. */
export const PROVIDER_KINDS = ['chunks', 'json', 'sqlite'] as const;
/** Kind of a catalogue: a chunk set, JSON in memory, an SQLite database. */
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/**
 * A catalogue: a chunk set, a JSON file or an SQLite database. All kinds return the same results for the same systems. A
 * chunk set (`Tileset`) fetches files when a query needs them, so each of its queries can fail with the errors of
 * `Tileset`.
 */
export interface DataProvider {
  readonly kind: ProviderKind;
  /** Numbers of systems, planets, moons and stations. */
  readonly counts: Counts;
  /**
   * Returns the systems in a sphere or shell, nearest first, ties by id.
   * @throws ArgumentError
   */
  sphere(query: SphereQuery): Rows<SphereRow>;
  /**
   * Returns the `count` systems nearest to a point, nearest first, ties by id.
   * @throws ArgumentError
   */
  nearest(query: NearestQuery): Rows<SphereRow>;
  /**
   * Returns the systems in a box, its sides included: those nearest to its centre, `(min + max) / 2`, first, ties by id.
   * @throws ArgumentError at once for an unknown option, for others while rows are read
   */
  box(query: BoxQuery): Rows<SphereRow>;
  /**
   * Returns the records of some systems, in their order; undefined for a system that does not exist, or that is at another
   * position.
   * @throws ArgumentError for values without a position
   */
  details(systems: readonly SystemKey[], options?: QueryOptions): Promise<(JsonObject | undefined)[]>;
  /**
   * Returns the system that has a name, with its record; undefined if there is none.
   * @throws AmbiguousNameError if several systems have the name, unless `first` is set
   */
  system(name: string, options?: SystemOptions): Promise<SystemWithRecord | undefined>;
  /**
   * Returns all systems that have a name, ordered by (name, id).
   * @throws TooManyResultsError
   */
  systemsByName(name: string, options?: NameOptions & ResultBound): Promise<SystemWithRecord[]>;
  /** Returns the system that has an id, with its record; undefined if there is none. */
  systemById(id: string, options?: QueryOptions): Promise<SystemWithRecord | undefined>;
  /**
   * Returns the different names that begin with a prefix, for completion: ordered by their UTF-8 bytes; with
   * `ignoreCase` by their folded forms, then by their own.
   * @throws ArgumentError
   */
  names(query?: NamesQuery): Promise<string[]>;
  /**
   * Returns one page of all systems, or of those of one region, ordered by (name, id).
   * @throws ArgumentError
   */
  page(query?: PageQuery): Promise<Page>;
  /** Returns all regions with their counts and bounds, ordered by their UTF-8 bytes. */
  regions(options?: QueryOptions & ResultBound): Rows<RegionRow>;
  /** Returns the systems of a region, ordered by (name, id). */
  inRegion(region: string, options?: QueryOptions & ResultBound): Rows<SystemRow>;
  /**
   * Returns the values of a field with the number and the bounds of their systems: false, true, the numbers, the strings.
   * With a value, returns one page of its systems, ordered by (name, id). With `undefined` as the value, returns one page
   * of all systems in the order of the field: numbers, then RFC 3339 dates, then all others.
   * @throws ArgumentError, MissingIndexError if a chunk set has no such listing
   */
  list(field: string): Rows<ListedValue>;
  list(field: string, options: QueryOptions & ResultBound): Rows<ListedValue>;
  list(field: string, value: FacetValue | undefined, query?: ListQuery): Promise<Page>;
  /** Returns the facets of the catalogue, ordered by their names, with the number of different values of each. */
  facets(options?: QueryOptions): Promise<FacetInfo[]>;
  /**
   * Returns values of a facet with the numbers of their systems, for completion: those whose text begins with the prefix,
   * ordered by their texts without case.
   * @throws ArgumentError for a field that is not a facet
   */
  facet(field: string, query?: FacetQuery): Promise<FacetValueCount[]>;
  /**
   * Returns the systems whose name, or another searched field, contains a string, the best first: names that are the
   * string, that begin with it, that have a word which begins with it, that contain it, then values of other fields. Case,
   * accents and Unicode normalisation are ignored; `%` and `_` mean themselves. A string is searched between its ", ",
   * and in the first 1,024 characters of each part; the searched values of a system are limited (FORMAT.md, section 15).
   * @throws ArgumentError for an empty string or an invalid limit, MissingIndexError if there is no search index
   */
  search(text: string, options?: SearchOptions): Promise<SearchResult>;
  /** Closes files and connections. */
  close(): void;
}

/**
 * A catalogue that can be changed; `openWritableProvider` of `haven-chunks/pipeline` opens one. Each write is complete, and
 * survives a crash, when its promise resolves; queries that begin after that see it. Writes of one provider are made one
 * after the other. Every write can fail with the errors of queries, and with EditConflictError, InputError for a record
 * that cannot be stored, LockedError if another process writes for 30 seconds, and StoreError if the files cannot be written; then
 * the catalogue is as before.
 */
export interface WritableProvider extends DataProvider {
  /**
   * Adds a system and returns its id. A record without an id gets the hash of its content as its `id`.
   * @throws EditConflictError if the id is taken
   */
  addSystem(record: JsonObject): Promise<string>;
  /**
   * Merges fields into the record of a system: others stay as they are, `planets` and other nested values are replaced.
   * The id stays.
   * @throws EditConflictError if there is no such system
   */
  updateSystem(id: string, updates: JsonObject): Promise<void>;
  /**
   * Deletes a system with its planets, moons and stations.
   * @throws EditConflictError if there is no such system
   */
  deleteSystem(id: string): Promise<void>;
}
