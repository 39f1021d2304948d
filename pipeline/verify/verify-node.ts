/** Rebuilds the nodes of a set from its files, and compares them. */

import { type FileRef, pathOf } from '#format/file-ref.ts';
import { cellOf, octantOf } from '#format/geometry/cell.ts';
import type { SetIndex, SetOptions } from '#format/index-json.ts';
import {
  type BranchNode,
  type LeafNode,
  type RowsFile,
  type TreeNode,
  type TreePageContent,
  treeOfPage,
} from '#format/octree/tree-node.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { checkTreePage } from '#format/octree/validate-page.ts';
import { compareText } from '#format/utf8.ts';
import { isLeaf, openLeaf } from '#pipeline/octree/build-cell.ts';
import { FORMAT_CONSTANTS } from '#pipeline/octree/format-constants.ts';
import { type Leaves, writeLeaves } from '#pipeline/octree/leaf-files.ts';
import { loadLeaves } from '#pipeline/octree/load-leaves.ts';
import type { CountedSystem, SetContext } from '#pipeline/octree/set-context.ts';
import { innerTree, leafTree, type Subtree, writePage } from '#pipeline/octree/subtree.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import type { CheckedReader } from './checked-reader.ts';
import { detached } from './detached.ts';
import { checkShape } from './node-limits.ts';
import { type OpenSample, SampleCheck } from './samples.ts';
import type { TableCheck } from './verify-tables.ts';

export const COUNTS = ['systems', 'planets', 'moons', 'stations'] as const;

export class NodeChecker {
  readonly #reader: CheckedReader;
  readonly #tables: TableCheck;
  readonly #context: SetContext;
  readonly #onProgress: (systems: number) => void;
  readonly #samples: SampleCheck;
  /** Number of systems checked. */
  systems = 0;

  constructor(
    options: SetOptions,
    reader: CheckedReader,
    tables: TableCheck,
    onProgress: (systems: number) => void,
  ) {
    this.#reader = reader;
    this.#tables = tables;
    this.#context = {
      options,
      summary: new Set(options.summary),
      writer: nameContent,
      shape: FORMAT_CONSTANTS,
    };
    this.#onProgress = onProgress;
    this.#samples = new SampleCheck(reader, this.#context.summary);
  }

  /** The octree of a set, rebuilt from its systems; undefined if a file of it is invalid. */
  async tree({ tree: root, overview }: SetIndex): Promise<Subtree | undefined> {
    let sample: OpenSample | undefined;
    if (overview && !this.#reader.canonical)
      sample = await this.#samples.begin({ ref: { kind: 'previews', ...overview }, rows: overview.rows });
    const tree = await this.#page({ kind: 'tree', ...root! });
    if (sample) this.#samples.end(sample, tree !== undefined);
    return tree;
  }

  /**
   * The subtree of a page, rebuilt from its systems; undefined if a file below it is invalid.
   * @param branch the node that refers to the page
   */
  async #page(ref: FileRef, branch?: BranchNode, above?: OpenSample): Promise<Subtree | undefined> {
    const file = pathOf(ref);
    const top = await this.#reader.decode(ref, map => {
      const node = treeOfPage(unpackTreePage(map));
      checkShape(node);
      checkTreePage(node, branch ?? node, this.#context.options.chunkLimit);
      return node;
    });
    if (!top) return undefined;
    if (branch) this.#same(file, branch, 'preview', nameOfPreview(branch), nameOfPreview(top));
    const tree = await this.#node(top, file, above);
    if (tree && this.#reader.canonical && writePage(tree, nameContent).hash !== ref.hash) {
      this.#reader.note(file, 'the page differs from the one rebuilt from its systems');
    }
    return tree;
  }

  /** The rebuilt subtree of a node; compares it with the node in the page. */
  async #node(node: TreeNode, file: string, above?: OpenSample): Promise<Subtree | undefined> {
    if (node.kind === 'leaf') return this.#build(node, file);
    const { canonical } = this.#reader;
    // A branch has the preview of the top of its page; its rows are checked there.
    const isOwn = node.kind === 'inner' && !canonical;
    const sample = isOwn && node.preview ? await this.#samples.begin(node.preview) : undefined;
    if (above && sample) this.#samples.checkNested(above, sample, node.bounds);
    const tree = await this.#build(node, file, node.kind === 'branch' ? above : sample);
    if (sample) this.#samples.end(sample, tree !== undefined);
    if (node.preview) await this.#reader.check(node.preview.ref);
    if (!tree) return undefined;
    this.#compare(node, tree, file);
    if (canonical) this.#same(file, node, 'preview', nameOfPreview(node), nameOfPreview(tree.page.nodes[0]!));
    if (node.kind === 'branch') this.#same(file, node, 'entries', node.entries, tree.entries);
    return tree;
  }

  async #build(node: TreeNode, file: string, sample?: OpenSample): Promise<Subtree | undefined> {
    if (node.kind === 'branch') return this.#page(node.ref, node, sample);
    if (node.kind === 'leaf') {
      const [systems] = (await this.#leaves([node], file)) ?? [];
      return systems && leafTree(this.#writeLeaves([systems]));
    }
    if (this.#reader.canonical) this.#checkChildren(node.children, file);
    const leaves = node.children.filter(child => child.kind === 'leaf');
    const systems = await this.#leaves(leaves, file);
    const others: Subtree[] = [];
    for (const child of node.children) {
      if (child.kind === 'leaf') continue;
      const tree = await this.#node(child, file, sample);
      if (tree) others.push(tree);
    }
    if (!systems || others.length + leaves.length < node.children.length) return undefined;
    return innerTree(this.#writeLeaves(systems), others, this.#context);
  }

  /** Rebuilds leaves. Their samples, which go up the tree, are copied, so that they keep no file in memory. */
  #writeLeaves(leaves: readonly (readonly CountedSystem[])[]): Leaves {
    const written = writeLeaves(leaves.map(openLeaf), this.#context);
    return { ...written, samples: written.samples.map(detached) };
  }

  #compare(node: TreeNode, made: Pick<Subtree, 'bounds' | 'counts'>, file: string): void {
    this.#same(file, node, 'bounds.min', node.bounds.min, made.bounds.min);
    this.#same(file, node, 'bounds.max', node.bounds.max, made.bounds.max);
    for (const body of COUNTS) this.#same(file, node, body, node.counts[body], made.counts[body]);
  }

  #same(file: string, node: TreeNode, field: string, found: unknown, expected: unknown): void {
    const [actual, rebuilt] = [JSON.stringify(found), JSON.stringify(expected)];
    if (actual === rebuilt) return;
    const { kind, counts } = node;
    this.#reader.note(
      file,
      `${field} is ${actual}, expected ${rebuilt} (${kind} node of ${counts.systems} systems)`,
    );
  }

  /**
   * Checks that children lie in different octants of the node's cell: leaves first, then the others, each in Morton
   * order.
   */
  #checkChildren(children: readonly TreeNode[], file: string): void {
    const { chunkLimit } = this.#context.options;
    const min = [0, 1, 2].map(axis => Math.min(...children.map(child => child.bounds.min[axis]!)));
    const max = [0, 1, 2].map(axis => Math.max(...children.map(child => child.bounds.max[axis]!)));
    const cell = cellOf({ min: min as [number, number, number], max: max as [number, number, number] });
    const order = children.map(child => {
      const low = octantOf(cell, ...child.bounds.min);
      if (low !== octantOf(cell, ...child.bounds.max)) this.#reader.note(file, 'a node lies in two octants');
      return (child.kind === 'leaf' ? 0 : 8) + low;
    });
    if (new Set(order.map(index => index % 8)).size !== order.length) {
      this.#reader.note(file, 'two nodes lie in the same octant');
    }
    if (order.some((index, i) => i > 0 && index <= order[i - 1]!)) {
      this.#reader.note(file, 'nodes are not in Morton order');
    }
    const systems = children.reduce((sum, child) => sum + child.counts.systems, 0);
    if (systems <= chunkLimit)
      this.#reader.note(file, `a node of ${systems} systems is divided, expected a leaf`);
  }

  /** The systems of sibling leaves, which share chunks; undefined if a file is invalid. */
  async #leaves(leaves: readonly LeafNode[], file: string): Promise<CountedSystem[][] | undefined> {
    const loaded = await loadLeaves(leaves, this.#reader, this.#context.summary);
    for (const [i, systems] of (loaded ?? []).entries()) {
      this.#checkLeaf(leaves[i]!, systems, file);
      for (const system of systems) {
        this.#samples.add(system);
        await this.#tables.add(system);
      }
      this.systems += systems.length;
      this.#onProgress(this.systems);
    }
    return loaded;
  }

  #checkLeaf(leaf: LeafNode, systems: readonly CountedSystem[], file: string): void {
    const { chunkLimit } = this.#context.options;
    this.#compare(leaf, openLeaf(systems), file);
    this.#checkFirstIds(leaf, systems, file);
    if (systems.some((system, i) => i > 0 && compareText(systems[i - 1]!.id, system.id) >= 0)) {
      this.#reader.note(file, 'the ids of a leaf are not in ascending order');
    }
    if (!isLeaf(systems.length, leaf.bounds, this.#context.options)) {
      this.#reader.note(file, `a leaf has ${systems.length} systems, the maximum is ${chunkLimit}`);
    }
  }

  /** Files that begin inside a leaf say with which id; a leaf of several spans is alone in its chunks. */
  #checkFirstIds({ spans }: LeafNode, systems: readonly CountedSystem[], file: string): void {
    const expect = (rows: RowsFile, row: number) => {
      const firstId = row === 0 ? '' : systems[row]!.id;
      if (rows.firstId === firstId) return;
      this.#reader.note(
        file,
        `the first id of ${pathOf(rows.ref)} is "${rows.firstId}", expected "${firstId}"`,
      );
    };
    let row = 0;
    for (const { chunk, start, end } of spans) {
      if (spans.length > 1 && end - start < chunk.rows)
        this.#reader.note(file, 'a leaf of several chunks shares one of them');
      if (start === 0) expect(chunk, row);
      let first = 0;
      for (const details of chunk.details) {
        if (first >= start && first < end) expect(details, row + first - start);
        first += details.rows;
      }
      row += end - start;
    }
  }
}

/** Path of the preview of a node, read or rebuilt; null if it has none. */
function nameOfPreview(node: TreeNode | TreePageContent['nodes'][number]): string | null {
  return node.kind === 'leaf' || !node.preview ? null : pathOf(node.preview.ref);
}
