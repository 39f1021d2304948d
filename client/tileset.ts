/** The public face of a chunk set. */
import { readChunk, readDetails, readMeta, readPage } from './content.ts';
import { ArgumentError, CorruptError, TooManyResultsError } from './errors.ts';
import { Files, type FilesOptions, type Usage } from './files.ts';
import type { Bounds } from './format/cell.ts';
import type { SetIndex, SetOptions } from './format/index-json.ts';
import type { JsonObject, JsonValue } from './format/json.ts';
import { joinRecord } from './format/record.ts';
import type { FileRef } from './format/ref.ts';
import type { Counts } from './format/system.ts';
import type { Leaf, TreeNode } from './format/tree.ts';
import { locate, rowOf, type SystemKey } from './locate.ts';
import { readIndex } from './open.ts';
import { type RecordsOptions, readRecords, type SystemRecord } from './records.ts';
import { type Hit, limitRadius, type Read, type Sphere, SphereSearch } from './search.ts';
import { sha256 } from './sha256.ts';
import type { Source } from './source.ts';
import { leavesBelow } from './walk.ts';

/** A question about what lies around a point; radii in the catalogue's own unit, both included. */
export interface SphereQuery {
  readonly center: readonly [x: number, y: number, z: number];
  /** Infinity for all of space, with a `limit`: the nearest systems. */
  readonly radius: number;
  /** Leaves out what is nearer; 0 by default. */
  readonly minRadius?: number | undefined;
  /** Most systems wanted, nearest first. */
  readonly limit?: number | undefined;
  /** Gives each row its whole `record`. */
  readonly details?: boolean | undefined;
  /** Most rows that `toArray` will give before it refuses; 1,000,000 by default. */
  readonly maxResults?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Raised by what the query costs. */
  readonly usage?: Usage | undefined;
}

/** A system as chunks hold it. */
export interface SystemRow extends SystemKey {
  readonly name: string;
  readonly region: string;
  /** Further summary fields, where the set has any and the record has them. */
  readonly fields?: JsonObject;
}

/** A system found in a sphere. */
export interface SphereRow extends SystemRow {
  /** From the centre: `sqrt(dx² + dy² + dz²)` in float64. */
  readonly distance: number;
  /** The record as it came, where the query asked for details. */
  readonly record?: JsonObject;
}

/** Rows nearest first, equal distances by id: iterate to stop early, or take all at once. */
export interface SphereRows extends AsyncIterable<SphereRow> {
  /** @throws TooManyResultsError beyond `maxResults` */
  toArray(): Promise<SphereRow[]>;
}

/** What a query would read. */
export interface SpherePlan {
  readonly pages: readonly FileRef[];
  /** Nearest first, with the systems that may count of each. */
  readonly chunks: readonly { readonly ref: FileRef; readonly nearest: number; readonly systems: number }[];
}

export interface TilesetOptions extends FilesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Raised by what opening costs. */
  readonly usage?: Usage | undefined;
}

/** Files read ahead while rows are taken one by one. */
const READ_AHEAD = 8;
const MAX_RESULTS = 1_000_000;

/**
 * Opens the chunk set at a source; one request.
 * @throws NotFoundError, CorruptError, VersionError, NetworkError
 */
export async function openSource(source: Source, options: TilesetOptions = {}): Promise<Tileset> {
  const { signal, usage } = options;
  const { index, bytes } = await readIndex(source, options.codec?.sha256 ?? sha256, signal);
  if (usage) {
    usage.requests++;
    usage.roundTrips++;
    usage.bytes += bytes;
  }
  return new Tileset(index, new Files(source, options));
}

export class Tileset {
  /** `index.json` as it was when the set was opened; its files never change. */
  readonly index: SetIndex;
  readonly #files: Files;

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
  async meta(options: { signal?: AbortSignal | undefined } = {}): Promise<JsonValue[]> {
    const { meta } = this.index;
    return meta ? readMeta(this.#files, { kind: 'meta', ...meta }, options) : [];
  }

  /**
   * The systems in a sphere or shell, exactly those for which `minRadius <= distance <= radius`.
   * @throws ArgumentError at once; while rows are taken NotFoundError, CorruptError, NetworkError, and the signal's
   *   reason when aborted
   */
  sphere(query: SphereQuery): SphereRows {
    const sphere = checkSphere(query);
    return {
      [Symbol.asyncIterator]: () => this.#rows(sphere, query, READ_AHEAD),
      toArray: async () => {
        const { maxResults = MAX_RESULTS } = query;
        const rows: SphereRow[] = [];
        for await (const row of this.#rows(sphere, query, Number.POSITIVE_INFINITY, maxResults))
          rows.push(row);
        return rows;
      },
    };
  }

  /** All leaves of the octree with their bounds and counts; reads every page of the tree, no chunk. */
  async *leaves(
    options: { signal?: AbortSignal | undefined; usage?: Usage | undefined } = {},
  ): AsyncGenerator<Leaf> {
    const root = await this.#root(options);
    if (root) yield* leavesBelow(this.#files, root, options);
  }

  /**
   * The files that may hold an answer of `sphere`; reads pages of the tree, no chunk. Without a limit these are the
   * files that it reads; with one it stops earlier as a rule, and may read a neighbour or two ahead.
   */
  async plan(query: SphereQuery): Promise<SpherePlan> {
    const sphere = checkSphere(query);
    const search = new SphereSearch({ ...sphere, limit: Number.POSITIVE_INFINITY });
    const root = await this.#root(query);
    if (root) search.addNode(root);
    const pages: FileRef[] = root ? [this.#rootRef!] : [];
    let open: Read[] = [];
    for (;;) {
      open.push(...search.next(Number.POSITIVE_INFINITY));
      const radius = limitRadius(open, sphere);
      open = open.filter(read => read.nearest <= radius);
      const wave = open.filter(read => read.kind === 'page');
      if (wave.length === 0) break;
      open = open.filter(read => read.kind === 'chunk');
      if (query.usage) query.usage.roundTrips++;
      await Promise.all(wave.map(read => this.#read(search, read, query)));
      pages.push(...wave.map(read => read.ref));
    }
    open.sort((a, b) => a.nearest - b.nearest);
    return { pages, chunks: open.map(({ ref, nearest, systems }) => ({ ref, nearest, systems })) };
  }

  /**
   * The whole records of some systems, in their order, as they were in the catalogue. Rows of any query will do, and
   * so will an id with its position from elsewhere.
   * @returns undefined for a system that the set does not have
   * @throws NotFoundError, CorruptError, NetworkError
   */
  async details(
    systems: readonly SystemKey[],
    options: { signal?: AbortSignal | undefined; usage?: Usage | undefined } = {},
  ): Promise<(JsonObject | undefined)[]> {
    const { usage } = options;
    const root = await this.#root(options);
    if (!root) return systems.map(() => undefined);
    const located = await locate(this.#files, root, systems, options, () => {
      if (usage) usage.roundTrips++;
    });
    const before = usage?.requests ?? 0;
    const records = await Promise.all(
      located.map(async (place, i) => {
        if (!place) return undefined;
        const { chunk, start, end, details } = place;
        const [columns, fields] = await Promise.all([
          readChunk(this.#files, chunk.ref, chunk.rows, options),
          details && readDetails(this.#files, details.ref, details.rows, options),
        ]);
        const row = rowOf(columns, systems[i]!.id, start, end);
        if (row < 0) return undefined;
        const own = details && fields ? fields[row - details.start] : {};
        if (!own)
          throw new CorruptError(`${details?.ref.hash} of ${this.#files.source.location} misses row ${row}`);
        return joinRecord(columns, row, own);
      }),
    );
    if (usage && usage.requests > before) usage.roundTrips++;
    return records;
  }

  /**
   * All systems of the set, in batches, in an order that is the same each time: in bounded memory, however many.
   * @throws NotFoundError, CorruptError, NetworkError, and the signal's reason when aborted
   */
  async *records(options: RecordsOptions = {}): AsyncGenerator<SystemRecord[], void, undefined> {
    const root = await this.#root(options);
    if (root) yield* readRecords(this.#files, root, options);
  }

  get #rootRef(): FileRef | undefined {
    const { tree } = this.index;
    return tree ? { kind: 'tree', ...tree } : undefined;
  }

  async #root(options: {
    signal?: AbortSignal | undefined;
    usage?: Usage | undefined;
  }): Promise<TreeNode | undefined> {
    const { usage } = options;
    const ref = this.#rootRef;
    if (!ref) return undefined;
    const before = usage?.requests;
    const root = await readPage(this.#files, ref, options);
    if (usage && usage.requests !== before) usage.roundTrips++;
    return root;
  }

  async *#rows(
    sphere: Sphere,
    query: SphereQuery,
    readAhead: number,
    maxResults = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<SphereRow, void, undefined> {
    const { usage, signal } = query;
    signal?.throwIfAborted();
    const search = new SphereSearch(sphere);
    const root = await this.#root(query);
    if (!root) return;
    search.addNode(root);
    let given = 0;
    for (;;) {
      const reads = search.next(readAhead);
      const before = usage?.requests ?? 0;
      await Promise.all(reads.map(read => this.#read(search, read, query)));
      if (usage && usage.requests > before) usage.roundTrips++;
      const tooMany = Math.max(given, Math.min(search.certain, sphere.limit)) > maxResults;
      const hits = tooMany ? [] : [...search.take()];
      given += hits.length;
      if (tooMany || given > maxResults) {
        throw new TooManyResultsError(
          `the sphere holds more than ${maxResults} systems: give a smaller radius, a limit or a larger maxResults, or iterate`,
        );
      }
      if (query.details) yield* await this.#withRecords(hits, query);
      else for (const hit of hits) yield rowOfHit(hit);
      if (reads.length === 0) return;
    }
  }

  async #withRecords(hits: readonly Hit[], query: SphereQuery): Promise<SphereRow[]> {
    const rows = hits.map(rowOfHit);
    const records = await this.details(rows, query);
    return rows.map((row, i) => ({ ...row, record: records[i]! }));
  }

  async #read(search: SphereSearch, read: Read, query: SphereQuery): Promise<void> {
    if (read.kind === 'page') search.addNode(await readPage(this.#files, read.ref, query), read);
    else search.addChunk(await readChunk(this.#files, read.ref, read.file.rows, query), read);
  }
}

function rowOfHit({ chunk, row, distance }: Hit): SphereRow {
  return {
    id: chunk.id[row]!,
    name: chunk.name[row]!,
    x: chunk.x[row]!,
    y: chunk.y[row]!,
    z: chunk.z[row]!,
    region: chunk.region[row]!,
    ...(chunk.fields && { fields: chunk.fields[row]! }),
    distance,
  };
}

function checkSphere({
  center,
  radius,
  minRadius = 0,
  limit = Number.POSITIVE_INFINITY,
}: SphereQuery): Sphere {
  if (center.length !== 3 || !center.every(value => Math.abs(value) < 2 ** 500)) {
    throw new ArgumentError(`center is ${JSON.stringify(center)}; give three finite numbers`);
  }
  // Written so that NaN fails too.
  if (!(radius >= 0)) throw new ArgumentError(`radius is ${radius}; give 0 or more`);
  if (!(minRadius >= 0)) throw new ArgumentError(`minRadius is ${minRadius}; give 0 or more`);
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isInteger(limit) && limit >= 0)) {
    throw new ArgumentError(`limit is ${limit}; give a whole number from 0`);
  }
  return { center, radius, minRadius, limit };
}
