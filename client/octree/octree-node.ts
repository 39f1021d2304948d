/** The octree of a set, for applications: walk it from coarse to fine; files are read only on demand. */
import { readChunk, readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import { checkOptions, QUERY_OPTIONS } from '#client/query/options.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import type { Counts } from '#format/system.ts';
import { type SystemRow, systemRow } from '#format/system-row.ts';

/** A node of the octree: a box, and the systems in it. Walk down from `Tileset.root`. */
export class OctreeNode {
  readonly #files: Files;
  readonly #node: TreeNode;

  /** @internal */
  constructor(files: Files, node: TreeNode) {
    this.#files = files;
    this.#node = node;
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
   * preview is also in the preview, or in the leaves, of the child that holds it.
   * @throws NotFoundError, CorruptError, NetworkError
   */
  async preview(options: QueryOptions = {}): Promise<SystemRow[]> {
    checkOptions(options, QUERY_OPTIONS);
    if (this.#node.kind === 'leaf' || !this.#node.preview) return [];
    const { ref, rows } = this.#node.preview;
    const chunk = await roundTrip(options, () => readChunk(this.#files, ref, rows, options));
    return Array.from({ length: rows }, (_, row) => systemRow(chunk, row));
  }

  /**
   * Returns the children, with at most one request; none for a leaf.
   * @throws NotFoundError, CorruptError, NetworkError
   */
  async children(options: QueryOptions = {}): Promise<OctreeNode[]> {
    checkOptions(options, QUERY_OPTIONS);
    const top = this.#node;
    const node =
      top.kind === 'branch' ? await roundTrip(options, () => readPage(this.#files, top, options)) : top;
    return node.kind === 'inner' ? node.children.map(child => new OctreeNode(this.#files, child)) : [];
  }

  /**
   * Returns all systems of a leaf, ordered by id; none for another node.
   * @throws NotFoundError, CorruptError, NetworkError
   */
  async systems(options: QueryOptions = {}): Promise<SystemRow[]> {
    checkOptions(options, QUERY_OPTIONS);
    if (this.#node.kind !== 'leaf') return [];
    const parts = this.#node.spans.map(
      ({ chunk: { ref, rows }, start, end }) =>
        async (options: QueryOptions) => {
          const chunk = await readChunk(this.#files, ref, rows, options);
          return Array.from({ length: end - start }, (_, i) => systemRow(chunk, start + i));
        },
    );
    return (await roundTrip(options, () => parallel(options, parts))).flat();
  }
}
