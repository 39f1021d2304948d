/** Common code of providers: checks of queries, and forms of results. */

import { AmbiguousNameError, ArgumentError } from '#client/errors.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { Page, PageQuery, QueryOptions, ResultBound, RowKey, Rows } from './types.ts';
import { checkBound, checkInteger, checkText, tooMany } from './validate.ts';

/** Maximum number of ids in an AmbiguousNameError. */
export const MAX_IDS = 100;

/**
 * Rows of a result in memory; `find` is called for each iteration.
 * @param name name of the rows for messages
 */
export function rowsOf<T>(
  find: () => Iterable<T>,
  { signal, maxResults }: QueryOptions & ResultBound,
  name: string,
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
      return bounded(find(), { maxResults }, name);
    },
  };
}

/**
 * Collects rows in an array.
 * @param name name of the rows for messages
 * @throws TooManyResultsError beyond the bound, ArgumentError for an invalid bound
 */
export function bounded<T>(rows: Iterable<T>, bound: ResultBound, name: string): T[] {
  const maxResults = checkBound(bound);
  const all: T[] = [];
  for (const row of rows) {
    if (all.length >= maxResults) throw tooMany(maxResults, name);
    all.push(row);
  }
  return all;
}

/**
 * Yields batches of rows until there are too many rows.
 * @param name name of the rows for messages
 * @throws TooManyResultsError
 */
export async function* boundedBatches<T>(
  batches: AsyncIterable<T[]>,
  maxResults = Number.POSITIVE_INFINITY,
  name: string,
): AsyncGenerator<T[], void, undefined> {
  let rows = 0;
  for await (const batch of batches) {
    rows += batch.length;
    if (rows > maxResults) throw tooMany(maxResults, name);
    yield batch;
  }
}

/**
 * The only system with a name, or the first of several.
 * @param systems all systems with the name in order; the first ones if there are very many
 * @throws AmbiguousNameError
 */
export function oneOf<T extends { readonly id: string }>(
  systems: readonly T[],
  name: string,
  first = false,
): T | undefined {
  if (systems.length < 2 || first) return systems[0];
  const ids = systems.slice(0, MAX_IDS).map(({ id }) => id);
  const count = systems.length > MAX_IDS ? `more than ${MAX_IDS}` : systems.length;
  throw new AmbiguousNameError(
    `${count} systems are named ${JSON.stringify(name)}: take one by its id (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''}), or ask for the first`,
    ids,
  );
}

/** A checked query for a page. */
export interface CheckedPageQuery {
  readonly after: RowKey | undefined;
  readonly page: number;
  readonly perPage: number;
}

/** @throws ArgumentError */
export function checkPageQuery(query: PageQuery): CheckedPageQuery {
  const { region, after, page = 1, perPage = 100 } = query;
  checkInteger('page', page, 1);
  checkInteger('perPage', perPage, 1);
  if (region !== undefined) checkText('region', region);
  if (after) {
    checkText('after.name', after.name);
    checkText('after.id', after.id);
  }
  return { after, page, perPage };
}

/** A page; `start` is the number of rows before its first row. */
export function pageOf(
  systems: readonly SystemRow[],
  { page, perPage, after }: CheckedPageQuery,
  start: number,
  total: number,
): Page {
  const nth = after ? Math.floor(start / perPage) + 1 : page;
  return { systems, total, page: nth, perPage, totalPages: Math.ceil(total / perPage) };
}

/** @throws ArgumentError */
export function checkSearched(text: string): string {
  if (text === '') throw new ArgumentError('the search string is empty; give at least one character');
  return checkText('the search string', text);
}

/** Computes a value at first use. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
