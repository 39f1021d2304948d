/** Writes the facet files of chunks and samples, and the facet pages of tree pages. */

import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { packFacetFile } from '#format/facets/facet-file.ts';
import { type FacetPageContent, type FacetRef, packFacetPage } from '#format/facets/facet-page.ts';
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
export function writeFacetFile(rows: readonly FacetRow[], { facetNames, writer }: FacetContext): FacetRef {
  const content = withinLimit(
    () => packFacetFile(facetNames, rows),
    () => `the facets of ${rows.length} systems`,
    'declare fewer facets, or give a lower chunk limit',
  );
  return content && writer.put('facets', content);
}

/** Writes the facet page of a tree page; undefined if its systems have no values. */
export function writeFacetPage(page: FacetPageContent, { facetNames, writer }: FacetContext): FacetRef {
  const content = packFacetPage(facetNames, page);
  return content && writer.put('facets', content);
}
