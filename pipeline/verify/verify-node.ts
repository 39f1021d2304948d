/** Rebuilds the nodes of a set from its files, and compares them. */

import { type FacetExtractor, facetExtractor } from '#format/facets/facet-extractor.ts';
import type { FacetRef } from '#format/facets/facet-page.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { cellOf, octantOf } from '#format/geometry/cell.ts';
import type { RootRef, SetIndex, SetOptions } from '#format/index-json.ts';
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
import { type Leaves, writeLeaves } from '#pipeline/octree/leaf-files.ts';
import { loadLeaves } from '#pipeline/octree/load-leaves.ts';
import { type CountedSystem, type SetContext, setContext } from '#pipeline/octree/set-context.ts';
import { innerTree, leafTree, levelsBelow, type Subtree, writePage } from '#pipeline/octree/subtree.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import type { CheckedReader } from './checked-reader.ts';
import { detached } from './detached.ts';
import { FacetCheck, type PageFacets, type StatedFacets } from './facet-check.ts';
import { checkShape } from './node-limits.ts';
import { type OpenSample, SampleCheck } from './samples.ts';
import type { TableCheck } from './verify-tables.ts';

export const COUNTS = ['systems', 'planets', 'moons', 'stations'] as const;

/** The tree page that is checked: its path, and its facet page, unless that is lost. */
interface CheckedPage {
  readonly file: string;
  readonly facets: PageFacets | undefined;
}

export class NodeChecker {
  readonly #reader: CheckedReader;
  readonly #tables: TableCheck;
  /** Options of the set, with a sink that names contents. */
  readonly context: SetContext;
  readonly #onProgress: (systems: number) => void;
  readonly #facets: FacetCheck;
  readonly #facetsOf: FacetExtractor;
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
    this.context = setContext(options, nameContent);
    this.#onProgress = onProgress;
    this.#facets = new FacetCheck(reader, this.context.facetNames);
    this.#facetsOf = facetExtractor(options.facets);
    this.#samples = new SampleCheck(reader, this.context.summary, this.#facets);
  }

  /** The octree of a set, rebuilt from its systems; undefined if a file of it is invalid. */
  async tree({ tree: root, overview, facets }: SetIndex): Promise<Subtree | undefined> {
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
  ): Promise<Subtree | undefined> {
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
    if (tree && this.#reader.canonical) this.#comparePages(ref, stated, tree);
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
  async #node(node: TreeNode, page: CheckedPage, above?: OpenSample): Promise<Subtree | undefined> {
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
    this.#compare(node, tree, file);
    facets?.compare(node, tree.facets.nodes[0]!);
    if (canonical) this.#same(file, node, 'preview', nameOfPreview(node), nameOfPreview(tree.page.nodes[0]!));
    if (node.kind === 'branch') this.#same(file, node, 'entries', node.entries, tree.entries);
    return tree;
  }

  async #build(node: TreeNode, page: CheckedPage, sample?: OpenSample): Promise<Subtree | undefined> {
    const { file, facets } = page;
    if (node.kind === 'branch')
      return this.#page(node.ref, facets ? facets.branch(node) : 'lost', node, sample);
    if (node.kind === 'leaf') {
      const [systems] = (await this.#leaves([node], page)) ?? [];
      return systems && leafTree(this.#writeLeaves([systems]));
    }
    if (this.#reader.canonical) this.#checkChildren(node.children, file);
    const leaves = node.children.filter(child => child.kind === 'leaf');
    const systems = await this.#leaves(leaves, page);
    const others: Subtree[] = [];
    for (const child of node.children) {
      if (child.kind === 'leaf') continue;
      const tree = await this.#node(child, page, sample);
      if (tree) others.push(tree);
    }
    if (!systems || others.length + leaves.length < node.children.length) return undefined;
    return innerTree(this.#writeLeaves(systems), others, this.context);
  }

  /** Rebuilds leaves. Their samples, which go up the tree, are copied, so that they keep no file in memory. */
  #writeLeaves(leaves: readonly (readonly CountedSystem[])[]): Leaves {
    const written = writeLeaves(leaves.map(openLeaf), this.context);
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

  /** The systems of sibling leaves, which share chunks; undefined if a file is invalid. */
  async #leaves(leaves: readonly LeafNode[], page: CheckedPage): Promise<CountedSystem[][] | undefined> {
    const { file, facets } = page;
    const loaded = await loadLeaves(leaves, this.#reader, this.context.summary, this.#facetsOf);
    await this.#facets.leaves(leaves, loaded, facets);
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
    const { chunkLimit } = this.context.options;
    this.#compare(leaf, openLeaf(systems), file);
    this.#checkFirstIds(leaf, systems, file);
    if (systems.some((system, i) => i > 0 && compareText(systems[i - 1]!.id, system.id) >= 0)) {
      this.#reader.note(file, 'the ids of a leaf are not in ascending order');
    }
    if (!isLeaf(systems.length, leaf.bounds, this.context.options)) {
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

function facetRef(root: RootRef | null | undefined): FacetRef {
  return root ? { kind: 'facets', ...root } : undefined;
}

/** Path of the preview of a node, read or rebuilt; null if it has none. */
function nameOfPreview(node: TreeNode | TreePageContent['nodes'][number]): string | null {
  return node.kind === 'leaf' || !node.preview ? null : pathOf(node.preview.ref);
}
