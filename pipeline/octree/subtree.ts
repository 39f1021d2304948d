/** Joins subtrees to larger ones; pages are cut off and written as soon as their rank is known. */

import type { FileRef } from '#format/file-ref.ts';
import { type Bounds, unionBounds } from '#format/geometry/cell.ts';
import { previewRows } from '#format/octree/sample.ts';
import type { TreePageContent } from '#format/octree/tree-node.ts';
import { packTreePage } from '#format/octree/tree-page.ts';
import type { Counts } from '#format/system.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
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
  /** The first systems below in the order of samples, up to the size of an overview. */
  readonly samples: readonly Sample[];
}

/** The tree of a set with a single leaf. */
export function leafTree({ leaves, chunks, samples }: Leaves): Subtree {
  const leaf = leaves[0]!;
  return { ...leaf, entries: 1, levels: 0, page: { nodes: [{ kind: 'leaf', ...leaf }], chunks }, samples };
}

/** A node over its leaf children and its other children, each in Morton order; some of these get pages of their own. */
export function innerTree(own: Leaves, others: readonly Subtree[], context: SetContext): Subtree {
  const { writer, options, shape } = context;
  const all = [...own.leaves, ...others];
  const bounds = all.map(child => child.bounds).reduce(unionBounds);
  const counts = all.map(child => child.counts).reduce(addCounts);
  const entries = others.reduce((sum, child) => sum + child.entries, 1 + own.leaves.length);
  const samples = mergeSamples([own.samples, ...others.map(child => child.samples)]);
  const preview = writePreview(samples, previewRows(counts.systems, options.preview), writer);
  const separate = separatePages(1 + own.leaves.length, entries, others, shape);
  const pages = others.map(child => (separate.has(child) ? branchPage(child, writer) : child.page));
  return {
    bounds,
    counts,
    entries,
    samples,
    levels: Math.max(0, ...others.map(child => child.levels + (separate.has(child) ? 1 : 0))),
    page: {
      nodes: [
        { kind: 'inner', bounds, counts, preview, children: all.length },
        ...own.leaves.map(leaf => ({ kind: 'leaf' as const, ...leaf })),
        ...pages.flatMap(page => page.nodes),
      ],
      chunks: [...own.chunks, ...pages.flatMap(page => page.chunks)],
    },
  };
}

/** Writes the top page of a subtree. */
export function writePage(tree: Subtree, writer: FileSink): FileRef {
  return writer.put('tree', packTreePage(tree.page));
}

function branchPage(tree: Subtree, writer: FileSink): TreePageContent {
  const { bounds, counts, entries, page } = tree;
  const top = page.nodes[0]!;
  const preview = top.kind === 'leaf' ? undefined : top.preview;
  const ref = writePage(tree, writer);
  return { nodes: [{ kind: 'branch', bounds, counts, preview, entries, ref }], chunks: [] };
}

/**
 * The children that get pages of their own. FORMAT.md, 17.7. Pages of the lowest level are subtrees of similar sizes;
 * above it, a child gets a page when the page of its parent would have too many nodes.
 * @param own number of nodes in the page of the parent that are not below `children`: itself and its leaves
 * @param entries number of nodes of its subtree
 */
function separatePages(
  own: number,
  entries: number,
  children: readonly Subtree[],
  { pageEntries, leastPage, pageNodes }: FormatConstants,
): ReadonlySet<Subtree> {
  const separate = new Set(
    children.filter(
      child => entries >= pageEntries && child.entries < pageEntries && child.entries >= leastPage,
    ),
  );
  // Few levels first: a page on a path costs a round trip.
  const others = children
    .filter(child => !separate.has(child) && child.page.nodes.length >= leastPage)
    .sort((a, b) => a.levels - b.levels || b.page.nodes.length - a.page.nodes.length);
  const nodes = () =>
    children.reduce((sum, child) => sum + (separate.has(child) ? 1 : child.page.nodes.length), own);
  while (others.length > 0 && nodes() > pageNodes) separate.add(others.shift()!);
  return separate;
}

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    systems: a.systems + b.systems,
    planets: a.planets + b.planets,
    moons: a.moons + b.moons,
    stations: a.stations + b.stations,
  };
}
