/** Queries and results of data providers. */

import type { FacetField } from '#format/facets/facet-field.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { SearchMode } from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { Plane } from './convex.ts';
import type { Usage } from './usage.ts';

/** Options of every query. */
export interface QueryOptions {
  /** Aborts the query, which then rejects with the signal's `reason`. */
  readonly signal?: AbortSignal | undefined;
  /** The query adds its cost to these numbers. */
  readonly usage?: Usage | undefined;
}

/**
 * Rows of a result: `for await` reads them one by one, and fewer files if the loop ends early; `toArray` reads all with
 * the fewest round trips.
 */
export interface Rows<T> extends AsyncIterable<T> {
  /**
   * Returns all rows.
   * @throws TooManyResultsError if there are more than `maxResults`
   */
  toArray(): Promise<T[]>;
}

/** A limit on the size of a result. */
export interface ResultBound {
  /** `toArray` throws TooManyResultsError if there are more rows; 1,000,000 by default. */
  readonly maxResults?: number | undefined;
}

/** Bounds of numbers, or of RFC 3339 dates as instants: one value of the system lies within all of them. */
export interface WhereRange {
  readonly gt?: number | string | undefined;
  readonly gte?: number | string | undefined;
  readonly lt?: number | string | undefined;
  readonly lte?: number | string | undefined;
}

/**
 * A condition on the values of a facet. A value: the system has it. An array: the system has at least one of its
 * values. `not`: the system has none of the values, or no value at all. Bounds: one value is within all of them.
 */
export type WhereCondition =
  | FacetValue
  | readonly FacetValue[]
  | { readonly not: FacetValue | readonly FacetValue[] }
  | WhereRange;

/**
 * Conditions by facet. A system matches if all are true. Each looks at the values of the system, its planets and its
 * moons, as the paths of the facet say. Two conditions need not hold on the same planet.
 */
export type Where = { readonly [facet: string]: WhereCondition };

/** Options of queries with a filter. Errors in it are ArgumentErrors when rows are read. */
export interface FilterOptions {
  /** Returns only systems that match all conditions. An array can have several conditions on one facet. */
  readonly where?: Where | readonly Where[] | undefined;
  /** Ignores case and Unicode normalisation when strings of `where` are compared; false by default. */
  readonly fold?: boolean | undefined;
}

/** A query for the systems around a point. Radii have the catalogue's unit; both ends are included. */
export interface SphereQuery extends QueryOptions, ResultBound, FilterOptions {
  readonly center: readonly [x: number, y: number, z: number];
  /** May be omitted if there are a `limit` or `planes`: then the query returns the nearest systems, however far. */
  readonly radius?: number | undefined;
  /** Only systems inside of all these planes, such as the six of a view frustum; all by default. */
  readonly planes?: readonly Plane[] | undefined;
  /** Excludes systems that are nearer than this; 0 by default. */
  readonly minRadius?: number | undefined;
  /** Maximum number of systems, nearest first; no limit by default. */
  readonly limit?: number | undefined;
  /** Adds the complete `record` to each row. */
  readonly details?: boolean | undefined;
}

/** A query for the systems nearest to a point. Radii have the catalogue's unit; both ends are included. */
export interface NearestQuery extends QueryOptions, ResultBound, FilterOptions {
  readonly center: readonly [x: number, y: number, z: number];
  /** Maximum number of systems, nearest first. */
  readonly count: number;
  /** Excludes systems that are nearer than this; 0 by default. */
  readonly minRadius?: number | undefined;
  /** Excludes systems that are farther than this; Infinity by default. */
  readonly maxRadius?: number | undefined;
  /** Only systems inside of all these planes, such as the six of a view frustum; all by default. */
  readonly planes?: readonly Plane[] | undefined;
  /** Adds the complete `record` to each row. */
  readonly details?: boolean | undefined;
}

/** A query for the systems in a box. All six sides are included. */
export interface BoxQuery extends QueryOptions, ResultBound, FilterOptions {
  /** Lowest coordinates. */
  readonly min: readonly [x: number, y: number, z: number];
  /** Highest coordinates; none may be below that of `min`. */
  readonly max: readonly [x: number, y: number, z: number];
  /** Maximum number of systems, those nearest to the centre of the box first; no limit by default. */
  readonly limit?: number | undefined;
  /** Adds the complete `record` to each row. */
  readonly details?: boolean | undefined;
}

/** A row of `sphere`, `nearest` and `box`. */
export interface SphereRow extends SystemRow {
  /** Distance from the centre of the query: `sqrt(dx*dx + dy*dy + dz*dz)` in float64. */
  readonly distance: number;
  /** The record of the catalogue, if the query has `details`. */
  readonly record?: JsonObject;
}

/**
 * Systems in columns: element i of each column belongs to the same system. A worker can be sent them as they are. They
 * take less time and memory than row objects.
 */
export interface SphereColumns {
  /** Number of systems. */
  readonly length: number;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[];
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
  /** Distance from the centre: `sqrt(dx*dx + dy*dy + dz*dz)` in float64. */
  readonly distance: Float64Array;
  /** Fields of the records that the set was built with as `summary`; absent if no system has any. */
  readonly fields?: readonly JsonObject[];
  /** The records of the catalogue, if the query has `details`. */
  readonly record?: readonly JsonObject[];
}

/** Rows of `sphere`, `nearest` and `box` of a chunk set, also in columns. */
export interface SphereRows extends Rows<SphereRow> {
  /**
   * Yields the same rows in the same order as `for await` over the rows, in batches as they become certain, for the same
   * requests.
   */
  columns(): AsyncIterable<SphereColumns>;
  /**
   * Returns all rows in columns, for the same requests as `toArray`.
   * @throws TooManyResultsError if there are more than `maxResults`
   */
  toColumns(): Promise<SphereColumns>;
}

/** A system with its record. */
export interface SystemWithRecord extends SystemRow {
  /** The record as it was in the catalogue: planets, moons, station and all other fields. */
  readonly record: JsonObject;
}

/** Options of queries by name. */
export interface NameOptions extends QueryOptions {
  /** Ignores case and Unicode normalisation when names are compared; false by default. */
  readonly ignoreCase?: boolean | undefined;
}

/** Options of `system`. */
export interface SystemOptions extends NameOptions {
  /** Returns the first by (name, id) if several systems have the name, instead of throwing; false by default. */
  readonly first?: boolean | undefined;
}

/** A query for names, for completion. */
export interface NamesQuery extends NameOptions {
  /** Prefix of the names; "" by default, for all names. */
  readonly prefix?: string | undefined;
  /** Maximum number of names; 10 by default. */
  readonly limit?: number | undefined;
}

/** Position of a row in the order by (name, id): pass any row. */
export interface RowKey {
  readonly name: string;
  readonly id: string;
}

/** A query for one page of rows. */
export interface PageQuery extends QueryOptions {
  /** Only systems of this region. */
  readonly region?: string | undefined;
  /** Number of the page, from 1; 1 by default. */
  readonly page?: number | undefined;
  /** Rows per page; 100 by default. */
  readonly perPage?: number | undefined;
  /** Instead of `page`: the rows that follow this one, also if rows before it were added or removed since. */
  readonly after?: RowKey | undefined;
}

/** A query for one page of a listing. */
export interface ListQuery extends QueryOptions {
  /** Number of the page, from 1; 1 by default. */
  readonly page?: number | undefined;
  /** Rows per page; 100 by default. */
  readonly perPage?: number | undefined;
  /** Instead of `page`: the rows that follow this one, in the listing of a value. */
  readonly after?: RowKey | undefined;
  /** Which of two listings in order, if the field has both: ascending by default. */
  readonly order?: 'asc' | 'desc' | undefined;
}

/** A value of a listed field. */
export interface ListedValue {
  readonly value: FacetValue;
  /** Number of systems that have it. */
  readonly systems: number;
  /** Lowest and highest coordinates of these systems. */
  readonly bounds: Bounds;
}

/** A facet: a field that systems can be filtered by. */
export interface FacetInfo extends FacetField {
  /** Number of different values. */
  readonly values: number;
}

/** A query for values of a facet, for completion. */
export interface FacetQuery extends QueryOptions {
  /** Prefix of the values, in any case; "" by default, for all values. */
  readonly prefix?: string | undefined;
  /** Maximum number of values; 10 by default. */
  readonly limit?: number | undefined;
  /** Only values that follow this one in the order of the result. */
  readonly after?: FacetValue | undefined;
}

/** A value of a facet. */
export interface FacetValueCount {
  readonly value: FacetValue;
  /** Number of systems that have it. */
  readonly systems: number;
}

/** One page of rows. */
export interface Page {
  /** Ordered by (name, id), both compared as UTF-8 bytes; a listing in order by its field first. */
  readonly systems: readonly SystemRow[];
  /** Number of rows of all pages. */
  readonly total: number;
  /** Number of the page that the first row is on; if there is no row, the requested number. */
  readonly page: number;
  readonly perPage: number;
  readonly totalPages: number;
}

/** A row of `regions`. */
export interface RegionRow {
  readonly region: string;
  /** Number of its systems. */
  readonly systems: number;
  /** Lowest and highest coordinates of its systems. */
  readonly bounds: Bounds;
}

/** Options of `search`. */
export interface SearchOptions extends QueryOptions {
  /** Maximum number of systems; 50 by default. */
  readonly limit?: number | undefined;
}

/**
 * How a system matches a search, the best first: its name is the text, or begins with it; a word of its name begins with
 * it; its name has it anywhere; a value of a facet or another searched field has it.
 */
export type SearchMatch = NameMatch | 'value';

/** How a string has another one: it is it, begins with it, has a word that begins with it, or has it anywhere. */
export type NameMatch = 'exact' | 'prefix' | 'word' | 'inside';

/** A row of a search. It has no summary fields. */
export interface SearchHit extends Omit<SystemRow, 'fields'> {
  readonly match: SearchMatch;
  /** For the match `value`: the facet or, if no facet has the text, the first searched field that has it. */
  readonly field?: string;
  /** The best value of a facet that has the text, for the match `value`. */
  readonly value?: string;
}

/** A value of a facet that matches a search. */
export interface SearchValue {
  readonly field: string;
  readonly value: string;
  readonly match: NameMatch;
  /** Number of systems that have the value. */
  readonly systems: number;
}

/** Result of `search`. */
export interface SearchResult {
  /**
   * The systems that match, the best first. Those whose names are or begin with the text are ordered by folded name, name
   * and id, others by (name, id). If more systems match than the limit, others are those that were found first.
   */
  readonly systems: readonly SearchHit[];
  /** True if more systems match. */
  readonly truncated: boolean;
  /**
   * Values of facets that match, the best first, at most `limit`: `where` finds the nearest of their systems, a listing all
   * of them. Those of one match are ordered by field, then by folded value.
   */
  readonly values: readonly SearchValue[];
  /** True if more values match. Then some of them may be better than some of `values`. */
  readonly moreValues: boolean;
  /** `infix`: the string may stand anywhere; `words`: at the beginning of a word. */
  readonly mode: Exclude<SearchMode, 'none'>;
}

/** Identifies a system: its id and its position. Every row is one. */
export interface SystemKey {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}
