/** The public face of a chunk set. */
import type { TableQueries } from './btree/table-queries.ts';
import { readChunk, readMeta, topOf } from './fetch/decode.ts';
import { type Files, setOfIndex } from './fetch/files.ts';
import { roundTrip } from './fetch/parallel.ts';
import { readPreload } from './fetch/read-preload.ts';
import type { FacetValue } from './format/facets/facet-value.ts';
import type { Bounds } from './format/geometry/cell.ts';
import type { SetIndex, SetOptions } from './format/index-json.ts';
import type { JsonObject, JsonValue } from './format/json.ts';
import type { TreeNode } from './format/octree/tree-node.ts';
import { unpackContents } from './format/preload.ts';
import type { Counts } from './format/system.ts';
import { type SystemRow, systemRow } from './format/system-row.ts';
import type { ComparedSet } from './octree/compare-sets.ts';
import { lookupSystems, readKeyedRecords, readRoot } from './octree/lookup.ts';
import type { OctreeNode } from './octree/octree-node.ts';
import type { RecordsOptions, SystemRecord } from './octree/scan.ts';
import type { VolumePlan } from './octree/volume-plan.ts';
import { filteredRoot, planOf, volumeRows } from './octree/volume-queries.ts';
import { listForm } from './query/list-form.ts';
import { checkOptions, type OptionNames, QUERY_OPTIONS, ROWS_OPTIONS } from './query/options.ts';
import type { DataProvider } from './query/provider.ts';
import { rowsOfBatches } from './query/row-batches.ts';
import type {
  BoxQuery,
  FacetInfo,
  FacetQuery,
  FacetValueCount,
  FilterOptions,
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
  SphereRows,
  SystemKey,
  SystemOptions,
  SystemWithRecord,
} from './query/types.ts';
import {
  BOX_OPTIONS,
  checkNearest,
  checkPositions,
  checkSphere,
  type LimitedSphere,
} from './query/validate.ts';
import type { GenerationChange, WatchOptions } from './watch.ts';

const FILTERED_OPTIONS: OptionNames<QueryOptions & FilterOptions> = { ...QUERY_OPTIONS, where: 1, fold: 1 };
const RECORDS_OPTIONS: OptionNames<RecordsOptions> = { ...QUERY_OPTIONS, details: 1 };

/** Opens a set whose index was read. */
export async function openIndex(
  index: SetIndex,
  files: Files,
  hasPreload: boolean,
  options: QueryOptions,
): Promise<Tileset> {
  files.know(unpackContents(index.contents));
  const { preload } = index;
  if (hasPreload && preload) await readPreload(files, { kind: 'preload', ...preload }, options);
  return new Tileset(index, files, hasPreload);
}

/**
 * An open chunk set. Each query fetches only the files that its answer needs, and keeps them in a cache of
 * `cacheBytes`. Every query can fail with NotFoundError, CorruptError or NetworkError if a file of the set is missing,
 * invalid or unreachable, and with the reason of its signal when aborted; queries by name, id, region or text also
 * with MissingIndexError if the set has no such table. The positions, radii and distances have the unit of the
 * catalogue.
 *
 * A tileset is one generation of the set, for ever: its answers do not change when the set is published again, until
 * garbage collection removes files that it needs; then its queries fail with GenerationGoneError. `refresh` returns the
 * live generation, `watch` every new one.
 */
export class Tileset implements DataProvider {
  readonly kind = 'chunks';
  /** `index.json` as it was when the set was opened; its files never change. */
  readonly index: SetIndex;
  readonly #files: Files;
  readonly #hasPreload: boolean;

  /** @internal */
  constructor(index: SetIndex, files: Files, hasPreload: boolean) {
    this.index = index;
    this.#files = files;
    this.#hasPreload = hasPreload;
  }

  /** SHA-256 of `index.json` in hex: identifies this state of the set. */
  get generation(): string {
    return this.index.generation;
  }

  /**
   * Returns the live generation of the set: this tileset if it is still live, else a new one, with the same options, that
   * shares its cache. Costs one request, for `index.json`; if the set was opened with `preload` and has changed, a
   * second one. Queries under way, and later ones to this tileset, have the answers of its own generation.
   * @throws NotFoundError, CorruptError, VersionError, NetworkError
   */
  async refresh(options: QueryOptions = {}): Promise<Tileset> {
    checkOptions(options, QUERY_OPTIONS);
    const { index } = await this.#files.readIndex(options);
    if (index.generation === this.generation) return this;
    return openIndex(index, this.#files.ofGeneration(setOfIndex(index)), this.#hasPreload, options);
  }

  /**
   * Yields each new generation of the set, with the one before: counts and generations of both are there, `changes`
   * gives the systems that differ. It asks for `index.json` after each interval. Generations that were live only
   * between two requests are left out.
   * @throws ArgumentError; without `onError` the errors of `refresh`; the signal's reason when aborted
   */
  async *watch(options: WatchOptions = {}): AsyncGenerator<GenerationChange<Tileset>, void, undefined> {
    const { watchGenerations } = await import('./watch.ts');
    yield* watchGenerations<Tileset>(this, options);
  }

  /**
   * Returns the same generation with the same cache, whose queries never wait for requests of this one: for hosts such as
   * Cloudflare Workers, where the handler of one request must not use the I/O of another one.
   */
  isolated(): Tileset {
    return new Tileset(this.index, this.#files.isolated(), this.#hasPreload);
  }

  /** Numbers of systems, planets, moons and stations in the set. */
  get counts(): Counts {
    return this.index.counts;
  }

  /** Lowest and highest coordinates of all systems; undefined for an empty set. */
  get bounds(): Bounds | undefined {
    return this.index.bounds ?? undefined;
  }

  /** Options that the set was built with. */
  get options(): SetOptions {
    return this.index.options;
  }

  /** Returns the `_meta` values of the catalogues that the set was built from, one for each that has one. */
  async meta(options: QueryOptions = {}): Promise<JsonValue[]> {
    checkOptions(options, QUERY_OPTIONS);
    const { meta } = this.index;
    return meta ? roundTrip(options, () => readMeta(this.#files, { kind: 'meta', ...meta }, options)) : [];
  }

  /**
   * Returns the systems in a sphere or shell: all with `minRadius <= distance <= radius`, nearest first, ties by id. With
   * `planes` the part of it, or of all space, that is inside of all planes: a view frustum, for example.
   * @throws ArgumentError at once, for planes while rows are read, as other errors
   */
  sphere(query: SphereQuery): SphereRows {
    return this.#rows(query, checkSphere(query));
  }

  /**
   * Returns the `count` systems nearest to a point, nearest first, ties by id. It costs at most about twice the requests
   * and bytes of the sphere that holds the same systems, and one or two round trips more.
   * @throws ArgumentError at once; other errors while rows are read
   */
  nearest(query: NearestQuery): SphereRows {
    return this.#rows(query, checkNearest(query));
  }

  /**
   * Returns the systems in a box, its sides included: those nearest to its centre, `(min + max) / 2`, first, ties by id.
   * @throws ArgumentError at once for an unknown option; other errors while rows are read
   */
  box(query: BoxQuery): SphereRows {
    checkOptions(query, BOX_OPTIONS);
    return this.#rows(query);
  }

  /**
   * Returns a sample of up to 4,096 systems of the whole set with one request: the first view of a map. They are the
   * first systems in the order that the option `preview` of the build gives. With a filter, those of them that match,
   * and of each value that few of them have the first 4 systems of the set, or all.
   */
  async overview(options: QueryOptions & FilterOptions = {}): Promise<SystemRow[]> {
    checkOptions(options, FILTERED_OPTIONS);
    if (options.where !== undefined) {
      const { filteredOverview } = await import('./octree/open-filter.ts');
      return filteredOverview(this.#files, this.index, options);
    }
    const { overview } = this.index;
    if (!overview) return [];
    const { rows, ...ref } = overview;
    const chunk = await roundTrip(options, () =>
      readChunk(this.#files, { kind: 'previews', ...ref }, rows, options),
    );
    return Array.from({ length: rows }, (_, row) => systemRow(chunk, row));
  }

  /** Returns the root node of the octree, to walk all of it or what a filter leaves; undefined for an empty set. */
  async root(options: QueryOptions & FilterOptions = {}): Promise<OctreeNode | undefined> {
    checkOptions(options, FILTERED_OPTIONS);
    const { root, filter } = await filteredRoot(this.#files, this.index, options);
    if (!root) return undefined;
    const { OctreeNode } = await import('./octree/octree-node.ts');
    return new OctreeNode(this.#files, root, filter);
  }

  /**
   * Returns the files that a query of `sphere`, `nearest` or `box` may read; fetches tree pages, but no chunk. Without a
   * limit the query reads exactly these files. With a limit it usually stops before it has read all of them.
   * With a limit and a filter on a rare value it reads the systems of that value from a table instead.
   * @throws ArgumentError
   */
  plan(query: SphereQuery | NearestQuery | BoxQuery): Promise<VolumePlan> {
    return planOf(this.#files, this.index, query);
  }

  /**
   * Returns the records of some systems as they were in the catalogue, in the order of `systems`.
   * @param systems rows of any query, or ids with their positions
   * @returns undefined for a system that is not in the set, or not at that position
   * @throws ArgumentError for values without a position
   */
  async details(
    systems: readonly SystemKey[],
    options: QueryOptions = {},
  ): Promise<(JsonObject | undefined)[]> {
    checkOptions(options, QUERY_OPTIONS);
    checkPositions(systems);
    return this.recordsOf(systems, options);
  }

  /**
   * Returns the system that has a name, with its record; undefined if there is none.
   * @throws AmbiguousNameError if several systems have the name, unless `first` is set
   */
  async system(name: string, options: SystemOptions = {}): Promise<SystemWithRecord | undefined> {
    return (await this.#catalogue(options)).system(name, options);
  }

  /**
   * Returns all systems that have a name, ordered by (name, id).
   * @throws TooManyResultsError, ArgumentError
   */
  async systemsByName(name: string, options: NameOptions & ResultBound = {}): Promise<SystemWithRecord[]> {
    return (await this.#catalogue(options)).systemsByName(name, options);
  }

  /** Returns the system that has an id, with its record; undefined if there is none. */
  async systemById(id: string, options: QueryOptions = {}): Promise<SystemWithRecord | undefined> {
    return (await this.#catalogue(options)).systemById(id, options);
  }

  /**
   * Returns the different names that begin with a prefix, for completion: ordered by their UTF-8 bytes; with
   * `ignoreCase` by their folded forms, then by their own.
   * @throws ArgumentError
   */
  async names(query: NamesQuery = {}): Promise<string[]> {
    return (await this.#catalogue(query)).names(query);
  }

  /**
   * Returns one page of all systems, or of those of one region, ordered by (name, id). Every page costs the same.
   * @throws ArgumentError
   */
  async page(query: PageQuery = {}): Promise<Page> {
    return (await this.#catalogue(query)).page(query);
  }

  /** Returns all regions with their counts and bounds, ordered by their UTF-8 bytes. */
  regions(options: QueryOptions & ResultBound = {}): Rows<RegionRow> {
    checkOptions(options, ROWS_OPTIONS);
    return this.#tableRows((catalogue, maxResults) => catalogue.regions(options, maxResults), options);
  }

  /** Returns the systems of a region, ordered by (name, id); none if there is no such region. */
  inRegion(region: string, options: QueryOptions & ResultBound = {}): Rows<SystemRow> {
    checkOptions(options, ROWS_OPTIONS);
    return this.#tableRows(
      (catalogue, maxResults) => catalogue.inRegion(region, options, maxResults),
      options,
    );
  }

  /**
   * Returns the values of a listed field with the number and the bounds of their systems: false, true, the numbers, the
   * strings. With a value, returns one page of its systems, ordered by (name, id). With `undefined` as the value, returns
   * one page of all systems in the order of a field that was listed with `:asc` or `:desc`. Every page costs the same.
   * @throws ArgumentError, MissingIndexError if the set was built without the listing
   */
  list(field: string): Rows<ListedValue>;
  list(field: string, options: QueryOptions & ResultBound): Rows<ListedValue>;
  list(field: string, value: FacetValue | undefined, query?: ListQuery): Promise<Page>;
  list(field: string, ...rest: readonly unknown[]): Rows<ListedValue> | Promise<Page> {
    return listForm(
      rest,
      options => this.#tableRows((catalogue, most) => catalogue.values(field, options, most), options),
      async (value, query) => (await this.#catalogue(query)).list(field, value, query),
    );
  }

  /** Returns the facets of the set, ordered by their names, with the number of different values of each. */
  async facets(options: QueryOptions = {}): Promise<FacetInfo[]> {
    return (await this.#catalogue(options)).facets(options);
  }

  /**
   * Returns values of a facet with the numbers of their systems, for completion: those whose text begins with the prefix,
   * ordered by their texts without case.
   * @throws ArgumentError for a field that is not a facet
   */
  async facet(field: string, query: FacetQuery = {}): Promise<FacetValueCount[]> {
    return (await this.#catalogue(query)).facet(field, query);
  }

  /**
   * Returns the systems whose name, or another searched field, contains a string, the best matches first: names equal to
   * it, names that begin with it, names with a word that does, names that contain it, then other fields. Case, accents
   * and Unicode normalisation are ignored. If more systems match than `limit`, `truncated` is true, and the last three
   * classes have the first systems that the search found.
   * @throws ArgumentError for an empty string or an invalid limit, MissingIndexError if the set was built without a
   *   search index
   */
  async search(text: string, options: SearchOptions = {}): Promise<SearchResult> {
    return (await this.#catalogue(options)).search(text, options);
  }

  /**
   * @internal The records of systems.
   * @param only fields to decode: the records may lack others; all if undefined
   */
  async recordsOf(
    systems: readonly SystemKey[],
    options: QueryOptions,
    only?: readonly string[],
  ): Promise<(JsonObject | undefined)[]> {
    return readKeyedRecords(this.#files, this.index, systems, options, only);
  }

  /** Does nothing: a chunk set keeps nothing open, and the garbage collector frees its cache. */
  close(): void {}

  /** Answers one query from tables; loaded at the first such query. */
  async #catalogue(options: QueryOptions | null): Promise<TableQueries> {
    // Some queries need no file. The catalogue refuses null, and a signal that is none.
    options?.signal?.throwIfAborted?.();
    const { TableQueries } = await import('./btree/table-queries.ts');
    let root: Promise<TreeNode | undefined> | undefined;
    const top = (options: QueryOptions) => {
      root ??= readRoot(this.#files, this.index, options);
      return root;
    };
    return new TableQueries(this.#files, this.index, {
      top,
      lookup: (systems, options) => lookupSystems(this.#files, systems, options, top),
      withValue: (field, value, count, { signal, usage }) =>
        this.nearest({ center: this.bounds!.min, count, where: { [field]: value }, signal, usage }).toArray(),
    });
  }

  /** @param sphere undefined for a box */
  #rows(query: SphereQuery | NearestQuery | BoxQuery, sphere?: LimitedSphere): SphereRows {
    return volumeRows(this.#files, this.index, query, sphere, options => this.#catalogue(options));
  }

  #tableRows<T>(
    read: (queries: TableQueries, maxResults?: number) => AsyncIterable<readonly T[]>,
    options: QueryOptions & ResultBound,
  ): Rows<T> {
    const batches = async function* (tileset: Tileset, maxResults?: number) {
      yield* read(await tileset.#catalogue(options), maxResults);
    };
    return rowsOfBatches(maxResults => batches(this, maxResults), options);
  }

  /** Yields all systems of the set in batches, in the same order each time, in bounded memory. */
  async *records(options: RecordsOptions = {}): AsyncGenerator<SystemRecord[], void, undefined> {
    checkOptions(options, RECORDS_OPTIONS);
    const root = await readRoot(this.#files, this.index, options);
    if (!root) return;
    const { scanRecords } = await import('./octree/scan.ts');
    yield* scanRecords(this.#files, root, options);
  }

  /** @internal The files and the root page, for `changes` and trackers. */
  get compared(): ComparedSet {
    return { files: this.#files, root: topOf(this.index) };
  }
}
