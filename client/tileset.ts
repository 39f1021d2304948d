/** The public face of a chunk set. */
import type { Catalogue } from './catalogue.ts';
import { checkBound, checkNearest, checkSphere, type LimitedSphere } from './check.ts';
import { readChunk, readMeta, readPage } from './content.ts';
import { ArgumentError } from './errors.ts';
import { Files, type FilesOptions } from './files.ts';
import type { Bounds } from './format/cell.ts';
import type { SetIndex, SetOptions } from './format/index-json.ts';
import type { JsonObject, JsonValue } from './format/json.ts';
import type { FileRef } from './format/ref.ts';
import { type SystemRow, systemRow } from './format/row.ts';
import type { Counts } from './format/system.ts';
import type { TreeNode } from './format/tree.ts';
import type { SystemKey } from './locate.ts';
import type { OctreeNode } from './octree.ts';
import { readIndex } from './open.ts';
import { checkOptions, type OptionNames, QUERY_OPTIONS, ROWS_OPTIONS } from './options.ts';
import type { DataProvider } from './provider.ts';
import type {
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
  SystemOptions,
  SystemWithRecord,
} from './queries.ts';
import type { RecordsOptions, SystemRecord } from './records.ts';
import { sha256 } from './sha256.ts';
import type { Source } from './source.ts';
import { planSphere, readSphere, type SpherePlan } from './sphere.ts';
import { trip } from './trip.ts';
import { readWholes } from './wholes.ts';

export interface TilesetOptions extends FilesOptions, QueryOptions {}

const RECORDS_OPTIONS: OptionNames<RecordsOptions> = { ...QUERY_OPTIONS, details: 1 };

/**
 * Opens the chunk set at a source; one request.
 * @throws NotFoundError, CorruptError, VersionError, NetworkError, ArgumentError for what is no source
 */
export async function openSource(source: Source, options: TilesetOptions = {}): Promise<Tileset> {
  if (typeof source?.get !== 'function')
    throw new ArgumentError('the location is neither a URL nor a source');
  const { index } = await readIndex(source, options.codec?.sha256 ?? sha256, options);
  return new Tileset(index, new Files(source, options, index.options.chunkLimit));
}

/**
 * An open chunk set: its questions fetch the files that hold the answer, and no others. All of them fail with
 * NotFoundError, CorruptError or NetworkError where a file cannot be had as it was published, and with the signal's
 * reason when aborted; those by name, id, region or text with MissingIndexError where the set is without tables.
 */
export class Tileset implements DataProvider {
  readonly kind = 'chunks';
  /** `index.json` as it was when the set was opened; its files never change. */
  readonly index: SetIndex;
  readonly #files: Files;

  /** @internal */
  constructor(index: SetIndex, files: Files) {
    this.index = index;
    this.#files = files;
  }

  /** Names the set among all that were ever published. */
  get generation(): string {
    return this.index.generation;
  }

  get counts(): Counts {
    return this.index.counts;
  }

  /** Lowest and highest coordinates; undefined for an empty set. */
  get bounds(): Bounds | undefined {
    return this.index.bounds ?? undefined;
  }

  get options(): SetOptions {
    return this.index.options;
  }

  /** The `_meta` values of the catalogues that the set was built from. */
  async meta(options: QueryOptions = {}): Promise<JsonValue[]> {
    checkOptions(options, QUERY_OPTIONS);
    const { meta } = this.index;
    return meta ? trip(options, () => readMeta(this.#files, { kind: 'meta', ...meta }, options)) : [];
  }

  /**
   * The systems in a sphere or shell, exactly those for which `minRadius <= distance <= radius`.
   * @throws ArgumentError at once, all else while rows are taken
   */
  sphere(query: SphereQuery): Rows<SphereRow> {
    return this.#nearestFirst(checkSphere(query), query);
  }

  /**
   * The systems nearest to a point, nearest first, ties by id. Costs at most about twice what `sphere` costs with the
   * distance of the last one as its radius, and a round trip or two more.
   * @throws ArgumentError at once, all else while rows are taken
   */
  nearest(query: NearestQuery): Rows<SphereRow> {
    return this.#nearestFirst(checkNearest(query), query);
  }

  /**
   * A sample of the whole set in one request, the first picture of a map; its rows are the first of the order that
   * all previews share.
   */
  async overview(options: QueryOptions = {}): Promise<SystemRow[]> {
    checkOptions(options, QUERY_OPTIONS);
    const { overview } = this.index;
    if (!overview) return [];
    const { rows, ...ref } = overview;
    const chunk = await trip(options, () =>
      readChunk(this.#files, { kind: 'previews', ...ref }, rows, options),
    );
    return Array.from({ length: rows }, (_, row) => systemRow(chunk, row));
  }

  /** The top of the octree, to walk down from; undefined for an empty set. */
  async root(options: QueryOptions = {}): Promise<OctreeNode | undefined> {
    checkOptions(options, QUERY_OPTIONS);
    const root = await this.#root(options);
    if (!root) return undefined;
    const { OctreeNode } = await import('./octree.ts');
    return new OctreeNode(this.#files, root);
  }

  /**
   * The files that may hold an answer of `sphere` or `nearest`; reads pages of the tree, no chunk. Without a limit
   * these are the files that the query reads. With one, they hold enough systems wherever those lie in their boxes, and
   * the query stops earlier as a rule.
   * @throws ArgumentError
   */
  async plan(query: SphereQuery | NearestQuery): Promise<SpherePlan> {
    const sphere = query && 'count' in query ? checkNearest(query) : checkSphere(query);
    const root = await this.#root(query);
    if (!root) return { pages: [], chunks: [] };
    const { pages, chunks } = await planSphere(this.#files, root, sphere, query);
    return { pages: [this.#rootRef!, ...pages], chunks };
  }

  /**
   * The whole records of some systems, in their order, as they were in the catalogue. Rows of any query will do, and
   * so will an id with its position from elsewhere.
   * @returns undefined for a system that the set does not have
   */
  async details(
    systems: readonly SystemKey[],
    options: QueryOptions = {},
  ): Promise<(JsonObject | undefined)[]> {
    checkOptions(options, QUERY_OPTIONS);
    return this.#recordsOf(systems, options);
  }

  /**
   * The system of a name; undefined where there is none.
   * @throws AmbiguousNameError where several have it, unless told to take the first
   */
  async system(name: string, options: SystemOptions = {}): Promise<SystemWithRecord | undefined> {
    return (await this.#catalogue(options)).system(name, options);
  }

  /** All systems of a name, by (name, id). @throws TooManyResultsError, ArgumentError */
  async systemsByName(name: string, options: NameOptions & ResultBound = {}): Promise<SystemWithRecord[]> {
    return (await this.#catalogue(options)).systemsByName(name, options);
  }

  /** The system of an id; undefined where there is none. */
  async systemById(id: string, options: QueryOptions = {}): Promise<SystemWithRecord | undefined> {
    return (await this.#catalogue(options)).systemById(id, options);
  }

  /** Different names with a prefix, for autocomplete. @throws ArgumentError */
  async names(query: NamesQuery = {}): Promise<string[]> {
    return (await this.#catalogue(query)).names(query);
  }

  /** Rows by (name, id), of all systems or of one region: any page costs the same. @throws ArgumentError */
  async page(query: PageQuery = {}): Promise<Page> {
    return (await this.#catalogue(query)).page(query);
  }

  /** All regions with what they hold, in order of their UTF-8 bytes. */
  regions(options: QueryOptions & ResultBound = {}): Rows<RegionRow> {
    checkOptions(options, ROWS_OPTIONS);
    return this.#tableRows((catalogue, maxResults) => catalogue.regions(options, maxResults), options);
  }

  /** The systems of a region, by (name, id); none for a region that there is not. */
  inRegion(region: string, options: QueryOptions & ResultBound = {}): Rows<SystemRow> {
    checkOptions(options, ROWS_OPTIONS);
    return this.#tableRows(
      (catalogue, maxResults) => catalogue.inRegion(region, options, maxResults),
      options,
    );
  }

  /**
   * The systems that have a text in their name or another searched field; case and Unicode normalisation are
   * ignored. Where more match than are wanted, these are the first that the index comes to.
   * @throws ArgumentError for an empty text or a bad limit, MissingIndexError where the set was built without an index
   *   to search
   */
  async search(text: string, options: SearchOptions = {}): Promise<SearchResult> {
    return (await this.#catalogue(options)).search(text, options);
  }

  async #recordsOf(
    systems: readonly SystemKey[],
    options: QueryOptions,
  ): Promise<(JsonObject | undefined)[]> {
    const wholes = await readWholes(this.#files, systems, options, of => this.#root(of));
    return wholes.map(whole => whole?.record);
  }

  /** Nothing is held open; decoded files are let go with the tileset itself. */
  close(): void {}

  /** What answers one question from tables; loaded when the first is asked. */
  async #catalogue(options: QueryOptions | null): Promise<Catalogue> {
    // Some queries have an answer without reading anything. It is the catalogue that refuses options of null.
    options?.signal?.throwIfAborted();
    const { Catalogue } = await import('./catalogue.ts');
    let root: Promise<TreeNode | undefined> | undefined;
    const top = (options: QueryOptions) => {
      root ??= this.#root(options);
      return root;
    };
    return new Catalogue(this.#files, this.index, {
      top,
      wholes: (systems, options) => readWholes(this.#files, systems, options, top),
    });
  }

  #tableRows<T>(
    read: (catalogue: Catalogue, maxResults?: number) => AsyncIterable<readonly T[]>,
    options: QueryOptions & ResultBound,
  ): Rows<T> {
    const batches = async function* (tileset: Tileset, maxResults?: number) {
      yield* read(await tileset.#catalogue(options), maxResults);
    };
    return rowsOfBatches(maxResults => batches(this, maxResults), options);
  }

  /** All systems of the set, in batches, in an order that is the same each time: in bounded memory, however many. */
  async *records(options: RecordsOptions = {}): AsyncGenerator<SystemRecord[], void, undefined> {
    checkOptions(options, RECORDS_OPTIONS);
    const root = await this.#root(options);
    if (!root) return;
    const { readRecords } = await import('./records.ts');
    yield* readRecords(this.#files, root, options);
  }

  get #rootRef(): FileRef | undefined {
    const { tree } = this.index;
    return tree ? { kind: 'tree', ...tree } : undefined;
  }

  async #root(options: QueryOptions): Promise<TreeNode | undefined> {
    const ref = this.#rootRef;
    if (!ref) return undefined;
    const top = { ref, bounds: this.index.bounds!, counts: this.counts };
    return trip(options, () => readPage(this.#files, top, options));
  }

  #nearestFirst(sphere: LimitedSphere, query: SphereQuery | NearestQuery): Rows<SphereRow> {
    return rowsOfBatches(maxResults => this.#spheres(sphere, query, maxResults), query);
  }

  async *#spheres(
    sphere: LimitedSphere,
    query: SphereQuery | NearestQuery,
    maxResults: number | undefined,
  ): AsyncGenerator<readonly SphereRow[], void, undefined> {
    // An empty set has an answer without reading anything.
    query.signal?.throwIfAborted();
    const root = await this.#root(query);
    if (!root) return;
    for await (const rows of readSphere(this.#files, root, sphere, query, maxResults)) {
      const records = query.details ? await this.#recordsOf(rows, query) : [];
      yield query.details ? rows.map((row, i) => ({ ...row, record: records[i]! })) : rows;
    }
  }
}

/**
 * Rows that come in batches.
 * @param read is given the most rows that are taken where all of them are wanted at once, and nothing where they are
 *   taken one by one
 */
function rowsOfBatches<T>(
  read: (maxResults?: number) => AsyncIterable<readonly T[]>,
  query: QueryOptions & ResultBound,
): Rows<T> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const batch of read()) {
        for (const row of batch) {
          yield row;
          query.signal?.throwIfAborted();
        }
      }
    },
    async toArray() {
      const rows: T[] = [];
      for await (const batch of read(checkBound(query))) for (const row of batch) rows.push(row);
      return rows;
    },
  };
}
