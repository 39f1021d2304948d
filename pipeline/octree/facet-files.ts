/** Writes the facet files of chunks and samples, and the facet pages of tree pages. */

import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { packFacetColumns } from '#format/facets/facet-file.ts';
import { type FacetPageContent, type FacetRef, packFacetPage } from '#format/facets/facet-page.ts';
import { type NumberedValues, numberedFields } from '#format/facets/numbered-values.ts';
import type { SetContext } from './set-context.ts';
import { withinLimit } from './value-limit.ts';

type FacetContext = Pick<SetContext, 'facetNames' | 'writer'>;

export const NO_FACETS: FacetPageContent = {
  ...{ nodes: [], chunks: [], previews: [], valueSamples: [], branches: [] },
};

/** Joins facet pages like their tree pages: one after another. */
export function joinFacetPages(pages: readonly FacetPageContent[]): FacetPageContent {
  return {
    nodes: pages.flatMap(page => page.nodes),
    chunks: pages.flatMap(page => page.chunks),
    previews: pages.flatMap(page => page.previews),
    valueSamples: pages.flatMap(page => page.valueSamples),
    branches: pages.flatMap(page => page.branches),
  };
}

/** Writes the facet values of some rows; undefined if there are none. */
export function writeFacetFile(rows: readonly FacetRow[], context: FacetContext): FacetRef {
  return writeFacetColumns(numberedFields(rows, context.facetNames.length), context);
}

/**
 * Writes the facet values of some rows, as `writeFacetFile` does.
 * @param columns the values of each field in all rows
 */
export function writeFacetColumns(
  columns: readonly NumberedValues[],
  { facetNames, writer }: FacetContext,
): FacetRef {
  const content = withinLimit(
    () => packFacetColumns(facetNames, columns),
    () => `the facets of ${columns[0]!.counts.length} systems`,
    'declare fewer facets, or give a lower chunk limit',
  );
  return content && writer.put('facets', content);
}

/** Writes the facet page of a tree page; undefined if its systems have no values. */
export function writeFacetPage(page: FacetPageContent, { facetNames, writer }: FacetContext): FacetRef {
  const content = packFacetPage(facetNames, page);
  return content && writer.put('facets', content);
}
