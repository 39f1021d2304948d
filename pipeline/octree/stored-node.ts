/** Nodes of the octree as files hold them: what an update keeps, joins to larger nodes, and writes to pages again. */
import { bitAt } from '#format/facets/bits.ts';
import type { FacetPage, FacetPageContent, FacetRef } from '#format/facets/facet-page.ts';
import type { NodeFacet } from '#format/facets/node-facet.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { ChunkFile, NodeBase, PageNode, TreeNode, TreePageContent } from '#format/octree/tree-node.ts';
import { treeOfPage } from '#format/octree/tree-node.ts';
import { compareText } from '#format/utf8.ts';
import type { SampleFiles } from './previews.ts';
import type { PageSize } from './subtree.ts';

/** The values of one field in a node. */
export interface StoredFacet extends NodeFacet {
  /** The node has few values, but its page does not list them, because those of all its nodes are too heavy. */
  readonly isUnlisted?: true;
}

interface StoredBase extends NodeBase {
  /** By field; undefined for a field without values. */
  readonly facets: readonly (StoredFacet | undefined)[];
}

/** A chunk and the facet file of its rows. */
export interface StoredChunk {
  readonly file: ChunkFile;
  readonly facets: FacetRef;
}

/** Rows of a chunk. */
export interface StoredSpan {
  readonly chunk: StoredChunk;
  readonly start: number;
  readonly end: number;
}

export interface StoredLeaf extends StoredBase {
  readonly kind: 'leaf';
  readonly spans: readonly StoredSpan[];
}

/** A node whose children are on the same page: leaves, then others, each in Morton order. */
export interface StoredInner extends StoredBase, PageSize {
  readonly kind: 'inner';
  readonly sample: SampleFiles | undefined;
  readonly children: readonly StoredNode[];
}

/** A subtree with a page of its own. */
export interface StoredBranch extends StoredBase, PageSize {
  readonly kind: 'branch';
  readonly sample: SampleFiles | undefined;
  readonly ref: FileRef;
  /** The facet page of that page. */
  readonly facetPage: FacetRef;
}

export type StoredNode = StoredLeaf | StoredInner | StoredBranch;

/** The facets of the nodes of a page, and the files of its facet page. */
export interface StoredPageFacets extends Omit<FacetPageContent, 'nodes'> {
  readonly nodes: readonly StoredBase['facets'][];
}

/**
 * The facets of the nodes of a page.
 * @param page undefined if no node of the page has a value
 * @param many the result of `unpackManyValues`
 * @param names fields of the set
 */
export function pageFacets(
  { nodes, chunks }: TreePageContent,
  page: FacetPage | undefined,
  many: ReadonlyMap<string, Uint8Array | undefined>,
  names: readonly string[],
): StoredPageFacets {
  const { chunks: files = chunks.map(() => undefined), previews = [], branches = [] } = page ?? {};
  const { valueSamples = [] } = page ?? {};
  const columns = names.map(name => {
    const column = page?.fields.get(name);
    const over = many.get(name);
    return (node: number): StoredFacet | undefined => {
      if (!column) return undefined;
      const [numbers, dates] = [column.numbers(node), column.dates(node)];
      const ranges = { ...(numbers && { numbers }), ...(dates && { dates }) };
      if (column.any(node)) {
        const isMany = !over || bitAt(over, node);
        return isMany
          ? { any: true, values: [], ...ranges }
          : { any: false, values: [], isUnlisted: true, ...ranges };
      }
      const values = column.values.filter((_, value) => column.has(value, node));
      return values.length > 0 ? { any: false, values, ...ranges } : undefined;
    };
  });
  return {
    nodes: nodes.map((_, node) => columns.map(facet => facet(node))),
    ...{ chunks: files, previews, valueSamples, branches },
  };
}

/** The top node of a page. */
export function storedTree(content: TreePageContent, facets: StoredPageFacets): StoredNode {
  const chunks = new Map(content.chunks.map((file, i) => [file, { file, facets: facets.chunks[i] }]));
  let [nextNode, nextPreview, nextBranch] = [0, 0, 0];
  const stored = (node: TreeNode): StoredNode => {
    const { bounds, counts } = node;
    const base = { bounds, counts, facets: facets.nodes[nextNode++] ?? [] };
    if (node.kind === 'leaf') {
      const spans = node.spans.map(({ chunk, start, end }) => ({ chunk: chunks.get(chunk)!, start, end }));
      return { kind: 'leaf', ...base, spans };
    }
    const { preview } = node;
    const sample = preview && {
      preview,
      facets: facets.previews[nextPreview],
      valueSample: facets.valueSamples[nextPreview++],
    };
    if (node.kind === 'inner') {
      const children = node.children.map(stored);
      return { kind: 'inner', ...base, sample, children, ...sizeAbove(children) };
    }
    const { ref, entries, pageNodes, levels } = node;
    const facetPage = facets.branches[nextBranch++];
    return { kind: 'branch', ...base, sample, ref, facetPage, entries, pageNodes, levels };
  };
  return stored(treeOfPage(content));
}

/** The size of the node above some children. */
export function sizeAbove(children: readonly StoredNode[]): PageSize {
  let [entries, pageNodes, levels] = [1, 1, 0];
  for (const child of children) {
    entries += child.kind === 'leaf' ? 1 : child.entries;
    pageNodes += child.kind === 'inner' ? child.pageNodes : 1;
    if (child.kind !== 'leaf') levels = Math.max(levels, child.levels + (child.kind === 'branch' ? 1 : 0));
  }
  return { entries, pageNodes, levels };
}

/** The page with a node as its top, and its facet page: the inverse of `storedTree`. All values must be listed. */
export function treePageOf(top: StoredNode): {
  readonly page: TreePageContent;
  readonly facets: FacetPageContent;
} {
  const nodes: PageNode[] = [];
  const chunks: StoredChunk[] = [];
  const facets = {
    nodes: [] as StoredBase['facets'][],
    previews: [] as FacetRef[],
    valueSamples: [] as FacetRef[],
    branches: [] as FacetRef[],
  };
  const add = (node: StoredNode) => {
    const { bounds, counts } = node;
    facets.nodes.push(node.facets);
    if (node.kind === 'leaf') {
      nodes.push({ kind: 'leaf', bounds, counts });
      for (const { chunk } of node.spans) if (chunk !== chunks.at(-1)) chunks.push(chunk);
      return;
    }
    const preview = node.sample?.preview;
    if (node.sample) {
      facets.previews.push(node.sample.facets);
      facets.valueSamples.push(node.sample.valueSample);
    }
    if (node.kind === 'inner') {
      nodes.push({ kind: 'inner', bounds, counts, preview, children: node.children.length });
      for (const child of node.children) add(child);
      return;
    }
    const { ref, entries, pageNodes, levels } = node;
    nodes.push({ kind: 'branch', bounds, counts, preview, ref, entries, pageNodes, levels });
    facets.branches.push(node.facetPage);
  };
  add(top);
  return {
    page: { nodes, chunks: chunks.map(({ file }) => file) },
    facets: { ...facets, chunks: chunks.map(({ facets }) => facets) },
  };
}

/** Leaves that are children of one node, from consecutive rows of chunks. */
export function storedLeaves(
  leaves: readonly (NodeBase & Pick<StoredBase, 'facets'>)[],
  chunks: readonly StoredChunk[],
): StoredLeaf[] {
  let [chunk, row] = [0, 0];
  return leaves.map(leaf => {
    const spans: StoredSpan[] = [];
    for (let left = leaf.counts.systems; left > 0; ) {
      const own = chunks[chunk]!;
      const end = Math.min(own.file.rows, row + left);
      spans.push({ chunk: own, start: row, end });
      left -= end - row;
      row = end;
      if (end < own.file.rows) continue;
      chunk++;
      row = 0;
    }
    return { kind: 'leaf', ...leaf, spans };
  });
}

/** Systems, or keys of them, by the span of a leaf that has, or would have, their ids. */
export function bySpan<T extends { readonly id: string }>(
  spans: readonly StoredSpan[],
  items: readonly T[],
): T[][] {
  const own: T[][] = spans.map(() => []);
  for (const item of items) {
    let [low, high] = [0, spans.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (compareText(spans[middle]!.chunk.file.firstId, item.id) <= 0) low = middle;
      else high = middle;
    }
    own[low]!.push(item);
  }
  return own;
}
