/** Joins subtrees to larger ones; pages are cut off and written as soon as their rank is known. */

import type { FacetPageContent, FacetRef } from '#format/facets/facet-page.ts';
import { mergeFacets } from '#format/facets/node-facet.ts';
import type { FileRef } from '#format/file-ref.ts';
import { type Bounds, unionBounds } from '#format/geometry/cell.ts';
import { previewRows } from '#format/octree/sample.ts';
import type { BranchNode, PageNode, TreePageContent } from '#format/octree/tree-node.ts';
import { packTreePage } from '#format/octree/tree-page.ts';
import type { Counts } from '#format/system.ts';
import { joinFacetPages, NO_FACETS, writeFacetPage } from './facet-files.ts';
import type { FormatConstants } from './format-constants.ts';
import type { Leaves } from './leaf-files.ts';
import { mergeSamples, type Sample, writePreview } from './previews.ts';
import type { SetContext } from './set-context.ts';

/** A node plus the part of its page that is not written yet. */
export interface Subtree {
  readonly bounds: Bounds;
  readonly counts: Counts;
  /** Number of nodes in the subtree, in all its pages. */
  readonly entries: number;
  /** Nodes and chunks of the page that is not written yet, this node first. */
  readonly page: TreePageContent;
  /** Number of levels of pages below that page. */
  readonly levels: number;
  /** The facet page of that page. */
  readonly facets: FacetPageContent;
  /** Systems below in the order of samples: all that a sample of this node or of one above can have. */
  readonly samples: readonly Sample[];
}

/** The tree of a set with a single leaf. */
export function leafTree({ leaves, chunks, facets, samples }: Leaves): Subtree {
  const leaf = leaves[0]!;
  const page = { nodes: [{ kind: 'leaf' as const, ...leaf }], chunks };
  return { ...leaf, entries: 1, levels: 0, page, facets, samples };
}

/** A node over its leaf children and its other children, each in Morton order; some of these get pages of their own. */
export function innerTree(own: Leaves, others: readonly Subtree[], context: SetContext): Subtree {
  const { options, constants } = context;
  const all = [...own.leaves, ...others];
  const bounds = all.map(child => child.bounds).reduce(unionBounds);
  const counts = all.map(child => child.counts).reduce(addCounts);
  const entries = others.reduce((sum, child) => sum + child.entries, 1 + own.leaves.length);
  const facets = mergeFacets([...own.facets.nodes, ...others.map(child => child.facets.nodes[0]!)]);
  const samples = mergeSamples([own.samples, ...others.map(child => child.samples)], () => facets, context);
  const sample = writePreview(samples, previewRows(counts.systems, options.preview), facets, context);
  const sizes = others.map(({ entries, page, levels }) => ({
    entries,
    pageNodes: page.nodes.length,
    levels,
  }));
  const isSeparate = separatePages(1 + own.leaves.length, entries, sizes, constants);
  const pages = others.map((child, i) => (isSeparate[i] ? branchPage(child, context) : child));
  return {
    bounds,
    counts,
    entries,
    samples,
    levels: Math.max(0, ...others.map((child, i) => child.levels + (isSeparate[i] ? 1 : 0))),
    page: {
      nodes: [
        { kind: 'inner', bounds, counts, preview: sample?.preview, children: all.length },
        ...own.leaves.map(leaf => ({ kind: 'leaf' as const, ...leaf })),
        ...pages.flatMap(({ page }) => page.nodes),
      ],
      chunks: [...own.chunks, ...pages.flatMap(({ page }) => page.chunks)],
    },
    facets: joinFacetPages([
      {
        ...NO_FACETS,
        nodes: [facets],
        previews: sample ? [sample.facets] : [],
        valueSamples: sample ? [sample.valueSample] : [],
      },
      own.facets,
      ...pages.map(({ facets }) => facets),
    ]),
  };
}

/** Writes the top page of a subtree, and its facet page. */
export function writePage(
  { page, facets }: Pick<Subtree, 'page' | 'facets'>,
  context: Pick<SetContext, 'facetNames' | 'writer'>,
): { readonly ref: FileRef; readonly facets: FacetRef } {
  const ref = context.writer.put('tree', packTreePage(page));
  return { ref, facets: writeFacetPage(facets, context) };
}

/** Number of levels of pages below the page that has the given nodes. */
export function levelsBelow(nodes: readonly PageNode[]): number {
  return Math.max(0, ...nodes.map(node => (node.kind === 'branch' ? node.levels + 1 : 0)));
}

/** The page of a parent for a subtree that has a page of its own. */
function branchPage(tree: Subtree, context: SetContext): Pick<Subtree, 'page' | 'facets'> {
  const { bounds, counts, entries, page, levels, facets } = tree;
  const pageNodes = page.nodes.length;
  const top = page.nodes[0]!;
  const preview = top.kind === 'leaf' ? undefined : top.preview;
  const { ref, facets: branch } = writePage(tree, context);
  return {
    page: {
      nodes: [{ kind: 'branch', bounds, counts, preview, ref, entries, pageNodes, levels }],
      chunks: [],
    },
    facets: {
      ...NO_FACETS,
      nodes: facets.nodes.slice(0, 1),
      previews: preview ? facets.previews.slice(0, 1) : [],
      valueSamples: preview ? facets.valueSamples.slice(0, 1) : [],
      branches: [branch],
    },
  };
}

/** A subtree: the numbers of its nodes, of those of its page, and of the levels of pages below that. */
export type PageSize = Pick<BranchNode, 'entries' | 'pageNodes' | 'levels'>;

/**
 * Returns for each child whether it gets a page of its own. FORMAT.md, 17.7. Pages of the lowest level are subtrees of
 * similar sizes; above it, a child gets a page when the page of its parent would have too many nodes.
 * @param own number of nodes in the page of the parent that are not below `children`: itself and its leaves
 * @param entries number of nodes of its subtree
 */
export function separatePages(
  own: number,
  entries: number,
  children: readonly PageSize[],
  { pageEntries, leastPage, pageNodes }: FormatConstants,
): boolean[] {
  const separate = new Set(
    children.filter(
      child => entries >= pageEntries && child.entries < pageEntries && child.entries >= leastPage,
    ),
  );
  // Few levels first: a page on a path costs a round trip.
  const others = children
    .filter(child => !separate.has(child) && child.pageNodes >= leastPage)
    .sort((a, b) => a.levels - b.levels || b.pageNodes - a.pageNodes);
  const nodes = () => children.reduce((sum, child) => sum + (separate.has(child) ? 1 : child.pageNodes), own);
  while (others.length > 0 && nodes() > pageNodes) separate.add(others.shift()!);
  return children.map(child => separate.has(child));
}

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    systems: a.systems + b.systems,
    planets: a.planets + b.planets,
    moons: a.moons + b.moons,
    stations: a.stations + b.stations,
  };
}
