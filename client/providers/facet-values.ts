/** Values of facets, for catalogues without tables. */
import { ArgumentError } from '#client/errors.ts';
import type { FacetQuery, FacetValueCount, ListedValue } from '#client/query/types.ts';
import type { FacetField } from '#format/facets/facet-field.ts';
import { compareValues } from '#format/facets/facet-value.ts';
import { compareText } from '#format/utf8.ts';

/** @throws ArgumentError for a field that is not a facet */
export function facetOf(field: string, facets: readonly FacetField[]): FacetField {
  const facet = facets.find(own => own.field === field);
  if (facet) return facet;
  const known = facets.map(own => own.field).join(', ');
  throw new ArgumentError(`"${field}" is not a facet; the facets: ${known || 'none'}`, { found: field });
}

/** Selects the values that a query asks for, by the folds of their texts. */
export function completedValues(
  values: Iterable<ListedValue>,
  { prefix = '', limit = 10, after }: FacetQuery,
  fold: (text: string) => string,
): FacetValueCount[] {
  const start = fold(prefix);
  const named = Array.from(values, ({ value, systems }) => ({ text: fold(String(value)), value, systems }));
  const compare = (a: Pick<(typeof named)[number], 'text' | 'value'>, b: (typeof named)[number]) =>
    compareText(a.text, b.text) || compareValues(a.value, b.value);
  named.sort(compare);
  const last = after === undefined ? undefined : { text: fold(String(after)), value: after };
  return named
    .filter(own => own.text.startsWith(start) && !(last && compare(last, own) >= 0))
    .slice(0, limit)
    .map(({ value, systems }) => ({ value, systems }));
}

/** A value of `region` that is not a facet value: those are neither empty nor long. */
export function isFacetValue({ value }: ListedValue): boolean {
  return typeof value !== 'string' || (value !== '' && [...value].length <= 1024);
}
