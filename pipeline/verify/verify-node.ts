/** Rebuilds the nodes of a set from its files, and compares them. */

import type { FacetRef } from '#format/facets/facet-page.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { cellOf, octantOf } from '#format/geometry/cell.ts';
import type { RootRef, SetIndex, SetOptions } from '#format/index-json.ts';
import {
  type BranchNode,
  type TreeNode,
  type TreePageContent,
  treeOfPage,
} from '#format/octree/tree-node.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { checkTreePage } from '#format/octree/validate-page.ts';
import { type SetContext, setContext } from '#pipeline/octree/set-context.ts';
import { innerTree, leafTree, levelsBelow, type Subtree, writePage } from '#pipeline/octree/subtree.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import type { CheckedReader } from './checked-reader.ts';
import { FacetCheck, type StatedFacets } from './facet-check.ts';
import { checkShape } from './node-limits.ts';
import { type OpenSample, SampleCheck } from './samples.ts';
import {
  type CheckedPage,
  joinContents,
  LeafChecker,
  type NodeContent,
  type RebuiltLeaves,
} from './verify-leaves.ts';
import type { TableCheck } from './verify-tables.ts';

export const COUNTS = ['systems', 'planets', 'moons', 'stations'] as const;

/** A node, rebuilt from its systems. */
export interface Rebuilt extends NodeContent {
  /** Number of nodes in the subtree, in all its pages. */
  readonly entries: number;
  /** In a canonical set with its files. */
  readonly tree: Subtree | undefined;
}

export class NodeChecker {
  readonly #reader: CheckedReader;
  /** Options of the set, with a sink that names contents. */
  readonly context: SetContext;
  readonly #facets: FacetCheck;
  readonly #leaves: LeafChecker;
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
    this.context = setContext(options, nameContent);
    this.#facets = new FacetCheck(reader, this.context.facetNames);
    this.#samples = new SampleCheck(reader, this.context.summary, this.#facets);
    this.#leaves = new LeafChecker(reader, this.context, this.#facets, {
      compare: (leaf, made, page) => this.#compare(leaf, made, page),
      add: async systems => {
        for (const system of systems) {
          this.#samples.add(system);
          await tables.add(system);
        }
        this.systems += systems.length;
        onProgress(this.systems);
      },
    });
  }

  /** The octree of a set, rebuilt from its systems; undefined if a file of it is invalid. */
  async tree({ tree: root, overview, facets }: SetIndex): Promise<Rebuilt | undefined> {
    const isOwn = overview && !this.#reader.canonical;
    const sample = isOwn
      ? await this.#samples.begin(
          { ref: { kind: 'previews', ...overview }, rows: overview.rows },
          facetRef(facets?.overview),
        )
      : undefined;
    const valueSample = facets?.valueSample;
    const values =
      isOwn && valueSample
        ? await this.#samples.beginValues({ kind: 'previews', ...valueSample }, sample)
        : undefined;
    const tree = await this.#page({ kind: 'tree', ...root! }, facetRef(facets?.root));
    for (const own of [sample, values]) if (own) this.#samples.end(own, tree !== undefined);
    return tree;
  }

  /**
   * The subtree of a page, rebuilt from its systems; undefined if a file below it is invalid.
   * @param stated its facet page
   * @param branch the node that refers to the page
   */
  async #page(
    ref: FileRef,
    stated: StatedFacets,
    branch?: BranchNode,
    above?: OpenSample,
  ): Promise<Rebuilt | undefined> {
    const file = pathOf(ref);
    const page = await this.#reader.decode(ref, map => {
      const content = unpackTreePage(map);
      const node = treeOfPage(content);
      checkShape(node);
      checkTreePage(node, branch ?? node, this.context.options.chunkLimit);
      return { content, top: node };
    });
    if (!page) return undefined;
    const { content, top } = page;
    const facets = await this.#facets.page(stated, file, content, top);
    if (branch) {
      this.#same(file, branch, 'preview', nameOfPreview(branch), nameOfPreview(top));
      this.#same(file, branch, 'pageNodes', branch.pageNodes, content.nodes.length);
      this.#same(file, branch, 'levels', branch.levels, levelsBelow(content.nodes));
    }
    const tree = await this.#node(top, { file, facets }, above);
    if (tree?.tree) this.#comparePages(ref, stated, tree.tree);
    return tree;
  }

  #comparePages(ref: FileRef, stated: StatedFacets, tree: Subtree): void {
    const differs = 'the page differs from the one rebuilt from its systems';
    const made = writePage(tree, this.context);
    if (made.ref.hash !== ref.hash) this.#reader.note(pathOf(ref), differs);
    if (stated !== 'lost' && made.facets?.hash !== stated?.hash)
      this.#reader.note(pathOf(stated ?? ref), stated ? differs : 'lacks its facet page');
  }

  /** The rebuilt subtree of a node; compares it with the node in the page. */
  async #node(node: TreeNode, page: CheckedPage, above?: OpenSample): Promise<Rebuilt | undefined> {
    if (node.kind === 'leaf') return this.#build(node, page);
    const { file, facets } = page;
    const { canonical } = this.#reader;
    // A branch has the preview of the top of its page; its rows are checked there.
    const isOwn = node.kind === 'inner' && !canonical;
    const values = facets ? facets.preview(node) : 'lost';
    const sample = isOwn && node.preview ? await this.#samples.begin(node.preview, values) : undefined;
    const valueSample = facets?.valueSample(node);
    const further = isOwn ? await this.#samples.beginValues(valueSample, sample) : undefined;
    if (above && sample) this.#samples.checkNested(above, sample, node.bounds);
    const tree = await this.#build(node, page, node.kind === 'branch' ? above : sample);
    for (const own of [sample, further]) if (own) this.#samples.end(own, tree !== undefined);
    if (node.preview) await this.#reader.check(node.preview.ref);
    if (values && values !== 'lost') await this.#reader.check(values);
    if (valueSample) await this.#reader.check(valueSample);
    if (!tree) return undefined;
    this.#compare(node, tree, page);
    if (tree.tree)
      this.#same(file, node, 'preview', nameOfPreview(node), nameOfPreview(tree.tree.page.nodes[0]!));
    if (node.kind === 'branch') this.#same(file, node, 'entries', node.entries, tree.entries);
    return tree;
  }

  async #build(node: TreeNode, page: CheckedPage, sample?: OpenSample): Promise<Rebuilt | undefined> {
    const { file, facets } = page;
    if (node.kind === 'branch')
      return this.#page(node.ref, facets ? facets.branch(node) : 'lost', node, sample);
    if (node.kind === 'leaf') {
      const own = await this.#leaves.check([node], page);
      return own && { ...own.nodes[0]!, entries: 1, tree: own.files && leafTree(own.files) };
    }
    if (this.#reader.canonical) this.#checkChildren(node.children, file);
    const leaves = node.children.filter(child => child.kind === 'leaf');
    const own = await this.#leaves.check(leaves, page);
    const others: Rebuilt[] = [];
    for (const child of node.children) {
      if (child.kind === 'leaf') continue;
      const tree = await this.#node(child, page, sample);
      if (tree) others.push(tree);
    }
    if (!own || others.length + leaves.length < node.children.length) return undefined;
    return this.#join(own, others);
  }

  #join(own: RebuiltLeaves, others: readonly Rebuilt[]): Rebuilt {
    return {
      ...joinContents([...own.nodes, ...others]),
      entries: others.reduce((sum, { entries }) => sum + entries, 1 + own.nodes.length),
      tree:
        own.files &&
        innerTree(
          own.files,
          others.map(({ tree }) => tree!),
          this.context,
        ),
    };
  }

  #compare(node: TreeNode, made: NodeContent, { file, facets }: CheckedPage): void {
    this.#same(file, node, 'bounds.min', node.bounds.min, made.bounds.min);
    this.#same(file, node, 'bounds.max', node.bounds.max, made.bounds.max);
    for (const body of COUNTS) this.#same(file, node, body, node.counts[body], made.counts[body]);
    facets?.compare(node, made.facets);
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
    const { chunkLimit } = this.context.options;
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
}

function facetRef(root: RootRef | null | undefined): FacetRef {
  return root ? { kind: 'facets', ...root } : undefined;
}

/** Path of the preview of a node, read or rebuilt; null if it has none. */
function nameOfPreview(node: TreeNode | TreePageContent['nodes'][number]): string | null {
  return node.kind === 'leaf' || !node.preview ? null : pathOf(node.preview.ref);
}
