/** A filter of one query: which nodes may hold matching systems, and which rows of a chunk match. */
import { CorruptError } from '#client/errors.ts';
import { readFacetFile, readFacetPage } from '#client/fetch/decode-facets.ts';
import type { Files } from '#client/fetch/files.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { FacetCondition } from '#client/query/where.ts';
import type { FacetPage, FacetPageColumn } from '#format/facets/facet-page.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Position } from '#format/geometry/bounds.ts';
import { boundsHold } from '#format/geometry/cell.ts';
import type { ChunkFile, PreviewFile, TreeNode } from '#format/octree/tree-node.ts';
import { MatchShare } from './match-share.ts';
import { matchingRows } from './matching-rows.ts';

/** A file of rows that has a facet file beside it, if one of its rows has a value. */
type RowsWithFacets = ChunkFile | PreviewFile;

export class FacetFilter {
  readonly #files: Files;
  readonly #conditions: readonly FacetCondition[];
  /** Nodes that may hold matching systems. */
  readonly #possible = new WeakSet<TreeNode>();
  /** Facet files of chunks and previews, facet pages of branches. */
  readonly #refs = new WeakMap<object, FileRef>();
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
    for (const kind of ['chunks', 'previews', 'branches'] as const) {
      if (page[kind].length !== files[kind].size)
        throw this.#disagreement(kind, files[kind].size, page[kind].length);
      let next = 0;
      for (const file of files[kind]) {
        const ref = page[kind][next++];
        if (ref) this.#refs.set(file, ref);
      }
    }
  }

  /** Adds a file of rows that is in no tree page, with its facet file. */
  addFile(file: RowsWithFacets, facets: FileRef): void {
    this.#refs.set(file, facets);
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

  /** Reads which rows of a chunk or preview match: bit `row & 7` of byte `row >> 3`. */
  async readMatches(file: RowsWithFacets, options: QueryOptions): Promise<Uint8Array> {
    const ref = this.#refs.get(file);
    const facets = ref && (await readFacetFile(this.#files, ref, file.rows, options));
    const matches = matchingRows(this.#conditions, facets, file.rows);
    this.#share.addRows(file.rows, matches);
    return matches;
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
