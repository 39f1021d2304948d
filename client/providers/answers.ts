/** What providers that have all systems at hand share: checks of questions, and forms of answers. */
import { AmbiguousNameError, ArgumentError, TooManyResultsError } from '../errors.ts';
import { isCoordinate } from '../format/cell.ts';
import type { Page, PageQuery, QueryOptions, ResultBound, RowKey, Rows, SphereQuery } from '../queries.ts';
import type { SystemRow } from '../rows.ts';

const MAX_RESULTS = 1_000_000;
/** Ids that the error about an ambiguous name lists at most. */
const MAX_IDS = 100;

/**
 * Rows of something at hand: `find` is called anew for each use.
 * @param what names the rows in messages
 */
export function rowsOf<T>(
  find: () => Iterable<T>,
  { signal, maxResults = MAX_RESULTS }: QueryOptions & ResultBound,
  what: string,
): Rows<T> {
  return {
    async *[Symbol.asyncIterator]() {
      signal?.throwIfAborted();
      for (const row of find()) {
        yield row;
        signal?.throwIfAborted();
      }
    },
    async toArray() {
      signal?.throwIfAborted();
      return bounded(find(), maxResults, what);
    },
  };
}

/** @throws TooManyResultsError */
export function bounded<T>(rows: Iterable<T>, maxResults = MAX_RESULTS, what: string): T[] {
  const all: T[] = [];
  for (const row of rows) {
    if (all.length >= maxResults) {
      throw new TooManyResultsError(
        `there are more than ${maxResults} ${what}: ask for fewer, give a larger maxResults, or iterate`,
      );
    }
    all.push(row);
  }
  return all;
}

/**
 * The one system of a name, or the first of several.
 * @param systems all of that name, in order
 * @throws AmbiguousNameError
 */
export function oneOf<T extends { readonly id: string }>(
  systems: readonly T[],
  name: string,
  first = false,
): T | undefined {
  if (systems.length < 2 || first) return systems[0];
  const ids = systems.slice(0, MAX_IDS).map(({ id }) => id);
  throw new AmbiguousNameError(
    `${systems.length} systems are named ${JSON.stringify(name)}: take one by its id (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''}), or ask for the first`,
    ids,
  );
}

/** A checked question about a sphere, with all that it leaves out. */
export interface Sphere {
  readonly center: readonly [x: number, y: number, z: number];
  readonly radius: number;
  readonly minRadius: number;
  readonly limit: number;
}

/** @throws ArgumentError */
export function checkSphere(query: SphereQuery): Sphere {
  const { center, radius, minRadius = 0, limit = Number.POSITIVE_INFINITY } = query;
  if (center.length !== 3 || !center.every(isCoordinate)) {
    throw new ArgumentError(`center is ${JSON.stringify(center)}; give three finite numbers`);
  }
  // Written so that NaN fails too.
  if (!(radius >= 0)) throw new ArgumentError(`radius is ${radius}; give 0 or more`);
  if (!(minRadius >= 0)) throw new ArgumentError(`minRadius is ${minRadius}; give 0 or more`);
  if (limit !== Number.POSITIVE_INFINITY) checkWhole('limit', limit, 0);
  return { center, radius, minRadius, limit };
}

/** @throws ArgumentError unless the value is a whole number from a least one on */
export function checkWhole(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ArgumentError(`${what} is ${value}; give a whole number from ${least}`);
  }
}

/** A checked question about a page. */
export interface PageQuestion {
  readonly region: string | undefined;
  readonly after: RowKey | undefined;
  readonly page: number;
  readonly perPage: number;
}

/** @throws ArgumentError */
export function checkPage({ region, after, page = 1, perPage = 100 }: PageQuery): PageQuestion {
  checkWhole('page', page, 1);
  checkWhole('perPage', perPage, 1);
  return { region, after, page, perPage };
}

/** A page, where `start` of all rows come before its own. */
export function pageOf(
  systems: readonly SystemRow[],
  { page, perPage, after }: PageQuestion,
  start: number,
  total: number,
): Page {
  const nth = after ? Math.floor(start / perPage) + 1 : page;
  return { systems, total, page: nth, perPage, totalPages: Math.ceil(total / perPage) };
}

/** @throws ArgumentError */
export function checkText(text: string): string {
  if (text === '') throw new ArgumentError('the text to search for is empty; give at least one character');
  return text;
}

/** Calls at first use. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
