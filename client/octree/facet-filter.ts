/** A filter of one query: which nodes may hold matching systems, and which rows of a chunk match. */
import { CorruptError } from '#client/errors.ts';
import { readFacetPage } from '#client/fetch/decode-facets.ts';
import type { Files } from '#client/fetch/files.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { FacetCondition } from '#client/query/where.ts';
import type { FacetFile } from '#format/facets/facet-file.ts';
import type { FacetPage, FacetPageColumn, FacetRefs } from '#format/facets/facet-page.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Position } from '#format/geometry/bounds.ts';
import { boundsHold } from '#format/geometry/cell.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { ChunkFile, PreviewFile, TreeNode } from '#format/octree/tree-node.ts';
import { type FacetFiles, readFacetedRows } from './faceted-rows.ts';
import { MatchShare } from './match-share.ts';
import { matchingRows } from './matching-rows.ts';

/** A file of rows that has a facet file beside it, if one of its rows has a value. */
type RowsWithFacets = ChunkFile | PreviewFile;

/** Rows of a file. */
export interface FilteredRows {
  readonly chunk: Chunk;
  /** Undefined without a filter, or if no row has a value. */
  readonly facets?: FacetFile | undefined;
  /** Rows that match the filter, if there is one: bit `row & 7` of byte `row >> 3`. */
  readonly matches?: Uint8Array | undefined;
}

export class FacetFilter {
  readonly #files: Files;
  readonly #conditions: readonly FacetCondition[];
  /** Nodes that may hold matching systems. */
  readonly #possible = new WeakSet<TreeNode>();
  /** Facet files of chunks and previews, facet pages of branches. */
  readonly #refs = new WeakMap<object, FileRef>();
  readonly #valueSamples = new WeakMap<RowsWithFacets, FileRef>();
  readonly #share = new MatchShare();
  #among: readonly Position[] | undefined;

  constructor(files: Files, conditions: readonly FacetCondition[]) {
    this.#files = files;
    this.#conditions = conditions;
  }

  /** Reads the facet page of the tree page of a branch. */
  async readPage(branch: TreeNode, options: QueryOptions): Promise<FacetPage | undefined> {
    const ref = this.#refs.get(branch);
    return ref && readFacetPage(this.#files, ref, options);
  }

  /**
   * Adds the nodes of a tree page.
   * @param top the top node of the page
   * @param page its facet page; undefined if none of its systems has a value
   * @throws CorruptError if the pages disagree
   */
  addPage(top: TreeNode, page: FacetPage | undefined): void {
    const tests = this.#conditions.map(condition => nodeTest(condition, page));
    const files = {
      chunks: new Set<ChunkFile>(),
      previews: new Set<PreviewFile>(),
      branches: new Set<TreeNode>(),
    };
    let nodes = 0;
    // The order of the page: a node before its children.
    const visit = (node: TreeNode) => {
      const index = nodes++;
      const isPossible = tests.every(test => test(index));
      if (isPossible) this.#possible.add(node);
      if (node.kind === 'leaf') for (const { chunk } of node.spans) files.chunks.add(chunk);
      else if (node.preview) files.previews.add(node.preview);
      if (node.kind === 'branch') files.branches.add(node);
      if (node.kind === 'inner') node.children.forEach(visit);
      else this.#share.addNode(node.counts.systems, isPossible);
    };
    visit(top);
    if (!page) return;
    if (page.nodes !== nodes) throw this.#disagreement('nodes', nodes, page.nodes);
    const add = <T extends object>(
      kind: keyof FacetRefs,
      items: ReadonlySet<T>,
      refs: WeakMap<T, FileRef>,
    ) => {
      if (page[kind].length !== items.size) throw this.#disagreement(kind, items.size, page[kind].length);
      let next = 0;
      for (const item of items) {
        const ref = page[kind][next++];
        if (ref) refs.set(item, ref);
      }
    };
    add('chunks', files.chunks, this.#refs);
    add('previews', files.previews, this.#refs);
    add('branches', files.branches, this.#refs);
    add('valueSamples', files.previews, this.#valueSamples);
  }

  /** Adds a file of rows that is in no tree page. */
  addFile(file: RowsWithFacets, { facets, valueSample }: FacetFiles): void {
    if (facets) this.#refs.set(file, facets);
    if (valueSample) this.#valueSamples.set(file, valueSample);
  }

  /** Leaves out nodes without one of some positions. */
  restrict(positions: readonly Position[]): void {
    this.#among = positions;
  }

  /** False if no system below a node matches. */
  mayMatch(node: TreeNode): boolean {
    if (!this.#possible.has(node)) return false;
    return this.#among?.some(({ x, y, z }) => boundsHold(node.bounds, x, y, z)) ?? true;
  }

  /** Expected number of matching systems among those of a node that may match. */
  expected(systems: number): number {
    return this.#share.expected(systems);
  }

  /** The facet page of a branch, or the facet file of a chunk or preview; undefined if there is none. */
  facetsOf(file: TreeNode | RowsWithFacets): FileRef | undefined {
    return this.#refs.get(file);
  }

  /** Reads the rows of a chunk or a preview, and which of them match. */
  async readRows(file: RowsWithFacets, options: QueryOptions): Promise<FilteredRows> {
    const beside = neededFiles(this.#conditions, {
      facets: this.#refs.get(file),
      valueSample: this.#valueSamples.get(file),
    });
    const { chunk, facets } = await readFacetedRows(this.#files, file, beside, options);
    const matches = matchingRows(this.#conditions, facets, chunk.rows);
    this.#share.addRows(chunk.rows, matches);
    return { chunk, facets, matches };
  }

  #disagreement(kind: string, expected: number, found: number): CorruptError {
    const reason = `a facet page has ${found} ${kind}, expected ${expected} as in its tree page`;
    return new CorruptError(`${this.#files.source.location} is corrupt: ${reason}; publish again`, {
      file: 'index.json',
      reason,
      expected,
      found,
    });
  }
}

/** The files beside a file of rows that conditions need: a value sample has rows of rare values. */
export function neededFiles(
  conditions: readonly FacetCondition[],
  { facets, valueSample }: FacetFiles,
): FacetFiles {
  return { facets, valueSample: conditions.every(({ isNot }) => isNot) ? undefined : valueSample };
}

/** The test for the nodes of a page whether one of their systems may satisfy a condition. */
function nodeTest(condition: FacetCondition, page: FacetPage | undefined): (node: number) => boolean {
  // Systems without the facet satisfy it, and those of any node may be of that kind.
  if (condition.isNot) return () => true;
  const column = page?.fields.get(condition.field);
  if (!column) return () => false;
  const accepted = column.values.flatMap((value, index) => (condition.accepts(value) ? [index] : []));
  return node =>
    column.any(node) ? anyMeets(condition, column, node) : accepted.some(value => column.has(value, node));
}

/** Whether a node whose values are not listed may have one that a condition accepts. */
function anyMeets({ bounds }: FacetCondition, column: FacetPageColumn, node: number): boolean {
  if (!bounds) return true;
  const range = column[bounds.kind](node);
  return range !== undefined && bounds.meets(...range);
}
