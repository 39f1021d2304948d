/** Checks of queries for listings. */
import { ArgumentError } from '#client/errors.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import { invalid } from './invalid.ts';
import { checkOptions } from './options.ts';
import { type CheckedPageQuery, checkPageQuery } from './results.ts';
import { FACET_OPTIONS, LIST_OPTIONS } from './table-options.ts';
import type { FacetQuery, ListQuery } from './types.ts';
import { checkInteger, checkText } from './validate.ts';

/**
 * Checks a query for the page of a value, or of all systems in order if `value` is undefined.
 * @throws ArgumentError
 */
export function checkList(field: string, value: FacetValue | undefined, query: ListQuery): CheckedPageQuery {
  checkOptions(query, LIST_OPTIONS);
  checkText('the field', field);
  if (value === undefined) {
    const { order, after } = query;
    if (order !== undefined && order !== 'asc' && order !== 'desc')
      throw invalid('order', order, 'asc or desc');
    if (after) throw new ArgumentError('a listing in order has no "after": give a page');
  } else {
    if (query.order !== undefined) throw new ArgumentError('order is for all systems: leave out the value');
    checkValue(value);
  }
  return checkPageQuery(query);
}

/** @throws ArgumentError */
export function checkFacet(field: string, query: FacetQuery): void {
  checkOptions(query, FACET_OPTIONS);
  const { prefix = '', limit = 10, after = '' } = query;
  checkText('the field', field);
  checkText('prefix', prefix);
  checkInteger('limit', limit, 0);
  checkValue(after);
}

function checkValue(value: FacetValue): void {
  if (typeof value === 'boolean' || Number.isFinite(value)) return;
  checkText('the value', value as string);
}
