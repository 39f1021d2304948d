/** What every data provider is asked, and what it answers. */

import type { Bounds } from './format/cell.ts';
import type { SearchMode } from './format/index-json.ts';
import type { JsonObject } from './format/json.ts';
import type { SystemRow } from './format/row.ts';
import type { Usage } from './query/usage.ts';

/** What every question takes. */
export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
  /** Raised by what the question costs. */
  readonly usage?: Usage | undefined;
}

/** Answers one by one, to stop early, or all at once. */
export interface Rows<T> extends AsyncIterable<T> {
  /** @throws TooManyResultsError beyond the query's `maxResults`, ArgumentError where that makes no sense */
  toArray(): Promise<T[]>;
}

/** What `toArray` refuses beyond; 1,000,000 by default. */
export interface ResultBound {
  readonly maxResults?: number | undefined;
}

/** A question about what lies around a point; radii in the catalogue's own unit, both included. */
export interface SphereQuery extends QueryOptions, ResultBound {
  readonly center: readonly [x: number, y: number, z: number];
  /** All of space by default, if there is a `limit`: the nearest systems. */
  readonly radius?: number | undefined;
  /** Leaves out what is nearer; 0 by default. */
  readonly minRadius?: number | undefined;
  /** Most systems wanted, nearest first. */
  readonly limit?: number | undefined;
  /** Gives each row its whole `record`. */
  readonly details?: boolean | undefined;
}

/** A query for the systems nearest to a point; radii in the catalogue's own unit, both included. */
export interface NearestQuery extends QueryOptions, ResultBound {
  readonly center: readonly [x: number, y: number, z: number];
  /** Most systems wanted, nearest first. */
  readonly count: number;
  /** Leaves out what is nearer; 0 by default. */
  readonly minRadius?: number | undefined;
  /** Leaves out what is farther; Infinity by default. */
  readonly maxRadius?: number | undefined;
  /** Gives each row its whole `record`. */
  readonly details?: boolean | undefined;
}

/** A system found around a point. */
export interface SphereRow extends SystemRow {
  /** From the centre: `sqrt(dx² + dy² + dz²)` in float64. */
  readonly distance: number;
  /** The record as it came, where the query asked for details. */
  readonly record?: JsonObject;
}

/** A system with its whole record: planets, moons, station and all else, as it came. */
export interface SystemWithRecord extends SystemRow {
  readonly record: JsonObject;
}

export interface NameOptions extends QueryOptions {
  /** Takes names for the same that differ in case or Unicode normalisation only; false by default. */
  readonly ignoreCase?: boolean | undefined;
}

export interface SystemOptions extends NameOptions {
  /** Takes the first by (name, id) where several systems have the name, instead of throwing. */
  readonly first?: boolean | undefined;
}

export interface NamesQuery extends NameOptions {
  /** What the names begin with; "" for any. */
  readonly prefix?: string | undefined;
  /** Most names wanted; 10 by default. */
  readonly limit?: number | undefined;
}

/** Where a row stands among all rows by (name, id): any row is one. */
export interface RowKey {
  readonly name: string;
  readonly id: string;
}

export interface PageQuery extends QueryOptions {
  /** Of one region only. */
  readonly region?: string | undefined;
  /** From 1, which is the default. */
  readonly page?: number | undefined;
  /** Rows of a page, 100 by default. */
  readonly perPage?: number | undefined;
  /** Instead of `page`: the rows that follow this one, whatever was added or removed before it meanwhile. */
  readonly after?: RowKey | undefined;
}

/** Rows by (name, id) as UTF-8 bytes. */
export interface Page {
  readonly systems: readonly SystemRow[];
  /** Rows of all pages. */
  readonly total: number;
  /** The page that the first row is on; where it has none, the page asked for. */
  readonly page: number;
  readonly perPage: number;
  readonly totalPages: number;
}

/** A region with what it holds. */
export interface RegionRow {
  readonly region: string;
  /** Systems in it. */
  readonly count: number;
  /** Lowest and highest coordinates of its systems. */
  readonly bounds: Bounds;
}

export interface SearchOptions extends QueryOptions {
  /** Most systems wanted; 50 by default. */
  readonly limit?: number | undefined;
}

export interface SearchResult {
  /** By (name, id) where all that match are here; else the first that the index came to. */
  readonly systems: readonly SystemRow[];
  /** True where more systems match than are here. */
  readonly truncated: boolean;
  /** What a match is. */
  readonly mode: Exclude<SearchMode, 'none'>;
}
