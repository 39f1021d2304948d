/** Filters systems by the facet values of their records, for catalogues without facet files. */
import { ArgumentError } from '#client/errors.ts';
import type { FilterOptions } from '#client/query/types.ts';
import { compileWhere, isMatch } from '#client/query/where.ts';
import { type FacetSource, facetExtractor } from '#format/facets/facet-extractor.ts';
import { canonicalFacets, DEFAULT_FACETS, type FacetField } from '#format/facets/facet-field.ts';

/**
 * Returns the declared facets in canonical form.
 * @throws ArgumentError for an invalid name or path
 */
export function checkFacets(facets: readonly FacetField[] = DEFAULT_FACETS): FacetField[] {
  try {
    return canonicalFacets(facets);
  } catch (cause) {
    throw new ArgumentError((cause as Error).message, { cause, found: facets });
  }
}

/**
 * Returns the test for systems that a query asks for; undefined if it has no filter.
 * @throws ArgumentError for an invalid filter
 */
export function recordFilter(
  { where, fold: isFolded }: FilterOptions,
  facets: readonly FacetField[],
  fold: (text: string) => string,
): ((system: FacetSource) => boolean) | undefined {
  if (where === undefined) return undefined;
  const names = facets.map(({ field }) => field);
  const conditions = compileWhere(where, names, isFolded ? fold : undefined);
  const used = facets.filter(({ field }) => conditions.some(condition => condition.field === field));
  const valuesOf = facetExtractor(used);
  const fieldOf = conditions.map(condition => used.findIndex(({ field }) => field === condition.field));
  return system => {
    const values = valuesOf(system);
    return conditions.every((condition, i) => isMatch(condition, values[fieldOf[i]!]!));
  };
}
