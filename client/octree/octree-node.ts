/** The octree of a set, for applications: walk it from coarse to fine; files are read only on demand. */
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import { checkOptions, QUERY_OPTIONS } from '#client/query/options.ts';
import type { QueryOptions } from '#client/query/types.ts';
import { bitAt } from '#format/facets/bits.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { ChunkFile, PreviewFile, TreeNode } from '#format/octree/tree-node.ts';
import type { Counts } from '#format/system.ts';
import { type SystemRow, systemRow } from '#format/system-row.ts';
import type { FacetFilter } from './facet-filter.ts';
import { readRows, readTreePage } from './filtered-reads.ts';

/**
 * A node of the octree: a box, and the systems in it. Walk down from `Tileset.root`. With a filter there, `children` has
 * the nodes that may hold matching systems, and `preview` and `systems` return matching systems; `bounds`, `counts` and
 * `previewRows` are of all systems.
 */
export class OctreeNode {
  readonly #files: Files;
  readonly #node: TreeNode;
  readonly #filter: FacetFilter | undefined;

  /** @internal */
  constructor(files: Files, node: TreeNode, filter?: FacetFilter) {
    this.#files = files;
    this.#node = node;
    this.#filter = filter;
  }

  /** Lowest and highest coordinates of the systems below the node. */
  get bounds(): Bounds {
    return this.#node.bounds;
  }

  /** Numbers of systems, planets, moons and stations below the node. */
  get counts(): Counts {
    return this.#node.counts;
  }

  /** True if the node has no children; its systems are in `systems`. */
  get isLeaf(): boolean {
    return this.#node.kind === 'leaf';
  }

  /** Number of rows that `preview` returns; 0 for a leaf, and for a node of so few systems that it needs no preview. */
  get previewRows(): number {
    return this.#node.kind === 'leaf' ? 0 : (this.#node.preview?.rows ?? 0);
  }

  /**
   * Returns a sample of the systems below, with at most one request. Previews are nested: a system of a node's
   * preview is also in the preview, or in the leaves, of the child that holds it. With a filter, the systems of the sample
   * that match, and of a value that few of them have the first 4 of the node, or all; with at most three requests.
   * @throws NotFoundError, CorruptError, NetworkError
   */
  async preview(options: QueryOptions = {}): Promise<SystemRow[]> {
    checkOptions(options, QUERY_OPTIONS);
    if (this.#node.kind === 'leaf' || !this.#node.preview) return [];
    const { preview } = this.#node;
    return roundTrip(options, () => this.#rowsOf(preview, 0, undefined, options));
  }

  /**
   * Returns the children, with at most one request; none for a leaf.
   * @throws NotFoundError, CorruptError, NetworkError
   */
  async children(options: QueryOptions = {}): Promise<OctreeNode[]> {
    checkOptions(options, QUERY_OPTIONS);
    const top = this.#node;
    const filter = this.#filter;
    const node =
      top.kind === 'branch'
        ? await roundTrip(options, () => readTreePage(this.#files, top, options, filter))
        : top;
    if (node.kind !== 'inner') return [];
    return node.children
      .filter(child => filter?.mayMatch(child) ?? true)
      .map(child => new OctreeNode(this.#files, child, filter));
  }

  /**
   * Returns all systems of a leaf, ordered by id; none for another node.
   * @throws NotFoundError, CorruptError, NetworkError
   */
  async systems(options: QueryOptions = {}): Promise<SystemRow[]> {
    checkOptions(options, QUERY_OPTIONS);
    if (this.#node.kind !== 'leaf') return [];
    const parts = this.#node.spans.map(
      ({ chunk, start, end }) =>
        (options: QueryOptions) =>
          this.#rowsOf(chunk, start, end, options),
    );
    return (await roundTrip(options, () => parallel(options, parts))).flat();
  }

  /** Rows from `start` to `end`, or to the last one, of a file; those that match if there is a filter. */
  async #rowsOf(
    file: ChunkFile | PreviewFile,
    start: number,
    end: number | undefined,
    options: QueryOptions,
  ): Promise<SystemRow[]> {
    const { chunk, matches } = await readRows(this.#files, file, options, this.#filter);
    const rows: SystemRow[] = [];
    for (let row = start; row < (end ?? chunk.rows); row++)
      if (!matches || bitAt(matches, row)) rows.push(systemRow(chunk, row));
    return rows;
  }
}
