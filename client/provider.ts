/** One interface to a catalogue, wherever it is kept, so that an application switches by configuration. */
import type { JsonObject } from './format/json.ts';
import type { SystemRow } from './format/row.ts';
import type { Counts } from './format/system.ts';
import type { SystemKey } from './locate.ts';
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

/** Kinds of catalogue; what `HAVEN_PROVIDER` may name. */
export const PROVIDER_KINDS = ['chunks', 'json', 'sqlite'] as const;
export type ProviderKind = (typeof PROVIDER_KINDS)[number];

/**
 * Reads a catalogue. All kinds give the same answers to the same questions over the same systems; a chunk set
 * (`Tileset`) reads files as it needs them, and a question to it may fail as reading them does.
 */
export interface DataProvider {
  readonly kind: ProviderKind;
  readonly counts: Counts;
  /** The systems in a sphere or shell, nearest first, ties by id. @throws ArgumentError */
  sphere(query: SphereQuery): Rows<SphereRow>;
  /** The systems nearest to a point, ties by id: `sphere` with a limit and any radius. @throws ArgumentError */
  nearest(query: NearestQuery): Rows<SphereRow>;
  /** The whole records of some systems, in their order; undefined for one that is not there. */
  details(systems: readonly SystemKey[], options?: QueryOptions): Promise<(JsonObject | undefined)[]>;
  /**
   * The system of a name; undefined where there is none.
   * @throws AmbiguousNameError where several systems have the name, unless told to take the first
   */
  system(name: string, options?: SystemOptions): Promise<SystemWithRecord | undefined>;
  /** All systems of a name, by (name, id). @throws TooManyResultsError */
  systemsByName(name: string, options?: NameOptions & ResultBound): Promise<SystemWithRecord[]>;
  /** The system of an id; undefined where there is none. */
  systemById(id: string, options?: QueryOptions): Promise<SystemWithRecord | undefined>;
  /**
   * Different names with a prefix, for autocomplete: in order of their UTF-8 bytes; where case is ignored, in order
   * of their folded forms, then of their own.
   * @throws ArgumentError
   */
  names(query?: NamesQuery): Promise<string[]>;
  /** Rows by (name, id), of all systems or of one region. @throws ArgumentError */
  page(query?: PageQuery): Promise<Page>;
  /** All regions, in order of their UTF-8 bytes. */
  regions(options?: QueryOptions & ResultBound): Rows<RegionRow>;
  /** The systems of a region, by (name, id). */
  inRegion(region: string, options?: QueryOptions & ResultBound): Rows<SystemRow>;
  /**
   * The systems that have a text in their name or another searched field, case and Unicode normalisation ignored;
   * `%` and `_` mean themselves. The first 1,024 characters of a text are searched, and a set limits the words of a system
   * (FORMAT.md, section 15).
   * @throws ArgumentError for an empty text or a bad limit, MissingIndexError where there is no index to search
   */
  search(text: string, options?: SearchOptions): Promise<SearchResult>;
  /** Lets go of files and connections. */
  close(): void;
}
