import type { FacetValue } from '#format/facets/facet-value.ts';
import { checkOptions, ROWS_OPTIONS } from './options.ts';
import type { ListedValue, ListQuery, Page, QueryOptions, ResultBound, Rows } from './types.ts';

/**
 * Calls the form of `list` that its arguments after the field ask for: the values of the field, or a page of a value or
 * of no value.
 */
export function listForm(
  rest: readonly unknown[],
  values: (options: QueryOptions & ResultBound) => Rows<ListedValue>,
  page: (value: FacetValue | undefined, query: ListQuery) => Promise<Page>,
): Rows<ListedValue> | Promise<Page> {
  const [first, query = {}] = rest;
  // A value that is undefined is one too: the types of `list` promise a page for it.
  if (rest.length > (typeof first === 'object' ? 1 : 0))
    return page(first as FacetValue | undefined, query as ListQuery);
  const options = (first ?? {}) as QueryOptions & ResultBound;
  checkOptions(options, ROWS_OPTIONS);
  return values(options);
}
