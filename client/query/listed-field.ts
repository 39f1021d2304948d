/** The fields that providers without an index list: facets by name, and paths. */
import { ArgumentError } from '#client/errors.ts';
import { type FacetField, facetPath } from '#format/facets/facet-field.ts';

/** Returns the facet with a name, or a field whose only path is the name. */
export function listedField(name: string, facets: readonly FacetField[]): FacetField {
  const facet = facets.find(({ field }) => field === name);
  if (facet) return facet;
  try {
    facetPath(name);
  } catch (error) {
    throw new ArgumentError((error as Error).message, { found: name });
  }
  return { field: name, paths: [name] };
}
