/**
 * Changes the octree of a set: the result is the one that a build makes of the edited systems. Only nodes whose systems
 * change are read, and what the files of their parents repeat of other nodes.
 */
import { mergeFacets, type NodeFacets } from '#format/facets/node-facet.ts';
import { boundsOf } from '#format/geometry/bounds.ts';
import { type Bounds, type Cell, cellOf, floorTo, octantOf, unionBounds } from '#format/geometry/cell.ts';
import { previewRows } from '#format/octree/sample.ts';
import { compareText } from '#format/utf8.ts';
import { Turns } from '#pipeline/store/turns.ts';
import { buildCell, isLeaf, openLeaf } from './build-cell.ts';
import { editCoincidentLeaf } from './edit-coincident-leaf.ts';
import { writeLeaves } from './leaf-files.ts';
import type { NodeReader } from './node-reader.ts';
import type { SampleFiles } from './previews.ts';
import { type Sampled, type SampleEdit, SampleEditor } from './sample-editor.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import {
  type StoredBranch,
  type StoredInner,
  type StoredLeaf,
  type StoredNode,
  sizeAbove,
  storedLeaves,
  storedTree,
  treePageOf,
} from './stored-node.ts';
import { addCounts, separatePages, writePage } from './subtree.ts';

/** Systems that leave a part of the octree, and systems that enter it; one that changes does both. */
export interface TreeEdit {
  readonly removed: readonly CountedSystem[];
  readonly added: readonly CountedSystem[];
}

/** A leaf that is not written: it may share a chunk with its siblings, or become part of a larger leaf. */
interface NewLeaf {
  readonly kind: 'new leaf';
  readonly bounds: Bounds;
  readonly systems: readonly CountedSystem[];
}

/** The tree of some systems. */
type Part = NewLeaf | StoredNode;

/** Systems that are built together: the event loop has no turn in that time, and signals wait for one. */
const MOST_TOGETHER = 4_096;

export class TreeEditor {
  readonly #reader: NodeReader;
  readonly #context: SetContext;
  readonly #samples: SampleEditor;
  readonly #turns: Turns;

  constructor(reader: NodeReader, context: SetContext, turns = new Turns(undefined)) {
    this.#reader = reader;
    this.#context = context;
    this.#samples = new SampleEditor(reader, context, turns);
    this.#turns = turns;
  }

  /**
   * Edits a tree, and writes the files that the new one has, except its root page.
   * @param root undefined for an empty set
   * @returns the new tree; undefined if it has no systems
   */
  async edit(root: StoredNode | undefined, { removed, added }: TreeEdit): Promise<StoredNode | undefined> {
    await this.#samples.compare({ removed, added });
    const part = root ? await this.#edit(root, removed, added) : await this.#build(added);
    if (part?.kind !== 'new leaf' && part?.kind !== 'leaf') return part;
    return (await this.#leaves([part]))[0];
  }

  /** A node without and with some systems; undefined if none is left. */
  async #edit(
    node: StoredNode,
    removed: readonly CountedSystem[],
    added: readonly CountedSystem[],
  ): Promise<Part | undefined> {
    if (removed.length === 0 && added.length === 0) return node;
    if (this.#turns.areDue) await this.#turns.take();
    if (node.kind === 'branch') return this.#edit(await this.#reader.open(node), removed, added);
    if (node.kind === 'leaf') return this.#editLeaf(node, removed, added);
    const cell = cellOf(node.bounds);
    const isInside = insideOf(cell, node.bounds);
    const inside = added.filter(isInside);
    const children = new Map(node.children.map(child => [octantOf(cell, ...child.bounds.min), child]));
    const [removedBy, addedBy] = [byOctant(cell, removed), byOctant(cell, inside)];
    const parts: Part[] = [];
    for (const octant of removedBy.keys()) {
      const child = children.get(octant);
      if (!child && removedBy[octant]!.length > 0)
        this.#reader.missing(removedBy[octant]!.map(({ id }) => id));
      const part = child
        ? await this.#edit(child, removedBy[octant]!, addedBy[octant]!)
        : await this.#build(addedBy[octant]!);
      if (part) parts.push(part);
    }
    const { sample, facets } = node;
    const joined = await this.#join(parts, sampled =>
      this.#samples.edited(sample, { removed, added: inside, facets }, this.#rows(sampled), sampled),
    );
    return inside.length < added.length
      ? this.#place(
          joined,
          added.filter(system => !isInside(system)),
        )
      : joined;
  }

  /** Number of rows of the preview of the node above some nodes. */
  #rows({ nodes }: Sampled): number {
    return previewRows(systemsOf(nodes), this.#context.options.preview);
  }

  async #editLeaf(
    leaf: StoredLeaf,
    removed: readonly CountedSystem[],
    added: readonly CountedSystem[],
  ): Promise<Part | undefined> {
    const [x, y, z] = leaf.bounds.min;
    const isOnPoint = (system: CountedSystem) => system.x === x && system.y === y && system.z === z;
    const onPoint = added.filter(isOnPoint);
    const systems = leaf.counts.systems - removed.length + onPoint.length;
    if (!this.#isOverLimit(leaf) || systems <= this.#context.options.chunkLimit)
      return this.#build([...(await this.#left(leaf, removed)), ...added]);
    const edit = { removed, added: onPoint };
    const edited = await editCoincidentLeaf(leaf, edit, this.#reader, this.#context);
    const others = added.filter(system => !isOnPoint(system));
    return others.length > 0 ? this.#place(edited, others) : edited;
  }

  /** Whether a leaf has more coincident systems than the chunk limit: then its systems are not loaded all at once. */
  #isOverLimit({ counts }: StoredLeaf): boolean {
    return counts.systems > this.#context.options.chunkLimit;
  }

  /** The systems of a leaf without removed ones. */
  async #left(leaf: StoredLeaf, removed: readonly CountedSystem[]): Promise<CountedSystem[]> {
    const ids = new Set(removed.map(({ id }) => id));
    const left: CountedSystem[] = [];
    for (const span of leaf.spans)
      for (const system of await this.#reader.systemsIn(span)) if (!ids.has(system.id)) left.push(system);
    if (leaf.counts.systems - left.length < ids.size) this.#reader.missing([...ids]);
    return left;
  }

  /** The tree of systems that are all in memory. */
  async #build(systems: readonly CountedSystem[]): Promise<Part | undefined> {
    if (systems.length === 0) return undefined;
    const bounds = boundsOf(systems);
    if (isLeaf(systems.length, bounds, this.#context.options))
      return { kind: 'new leaf', bounds, systems: systems.toSorted((a, b) => compareText(a.id, b.id)) };
    if (systems.length > MOST_TOGETHER) {
      const parts: Part[] = [];
      for (const own of byOctant(cellOf(bounds), systems)) {
        const part = await this.#build(own);
        if (part) parts.push(part);
      }
      return this.#join(parts, sampled => this.#samples.first(this.#rows(sampled), sampled));
    }
    if (this.#turns.areDue) await this.#turns.take();
    const built = buildCell(systems, this.#context, bounds);
    if (built.kind !== 'tree')
      throw new Error(`expected a subtree of ${systems.length} systems, found a leaf`);
    return storedTree(built.tree.page, built.tree.facets);
  }

  /** Adds systems that lie outside of the cell of a tree. */
  async #place(part: Part | undefined, added: readonly CountedSystem[]): Promise<Part | undefined> {
    if (!part) return this.#build(added);
    if (part.kind === 'new leaf') return this.#build([...part.systems, ...added]);
    if (part.kind === 'leaf' && !this.#isOverLimit(part))
      return this.#build([...(await this.#reader.systems(part)), ...added]);
    const cell = cellOf(unionBounds(part.bounds, boundsOf(added)));
    const own = octantOf(cell, ...part.bounds.min);
    const parts: Part[] = [];
    for (const [octant, systems] of byOctant(cell, added).entries()) {
      const placed =
        octant !== own
          ? await this.#build(systems)
          : systems.length > 0
            ? await this.#place(part, systems)
            : part;
      if (placed) parts.push(placed);
    }
    return this.#join(parts, sampled => this.#samples.first(this.#rows(sampled), sampled));
  }

  /**
   * The tree of parts that lie in different octants of their cell, in Morton order.
   * @param sampleOf returns the sample of a node with the given children
   */
  async #join(
    parts: readonly Part[],
    sampleOf: (children: Sampled) => Promise<StoredInner['sample']>,
  ): Promise<Part | undefined> {
    if (parts.length < 2) return parts[0];
    const bounds = parts.map(part => part.bounds).reduce(unionBounds);
    const count = parts.reduce((sum, part) => sum + countOf(part), 0);
    const leaves = parts.filter(part => part.kind === 'new leaf' || part.kind === 'leaf');
    if (isLeaf(count, bounds, this.#context.options)) {
      const systems: CountedSystem[] = [];
      for (const leaf of leaves) systems.push(...(await this.#systems(leaf)));
      return this.#build(systems);
    }
    const others = parts.filter(part => part.kind === 'inner' || part.kind === 'branch');
    const own = await this.#leaves(leaves);
    const children = [...own, ...(await this.#paged(own, others))];
    const below: NodeFacets[] = [];
    for (const child of children) below.push(await this.#reader.facets(child));
    const facets = mergeFacets(below);
    return {
      kind: 'inner',
      bounds,
      counts: children.map(child => child.counts).reduce(addCounts),
      facets,
      sample: await sampleOf({ nodes: children, facets }),
      children,
      ...sizeAbove(children),
    };
  }

  async #systems(leaf: NewLeaf | StoredLeaf): Promise<readonly CountedSystem[]> {
    return leaf.kind === 'leaf' ? this.#reader.systems(leaf) : leaf.systems;
  }

  /** Writes sibling leaves, given in Morton order. Chunks that have the same leaves as before are kept. */
  async #leaves(leaves: readonly (NewLeaf | StoredLeaf)[]): Promise<StoredLeaf[]> {
    const { options, constants } = this.#context;
    const groups: (NewLeaf | StoredLeaf)[][] = [];
    let rows = Number.POSITIVE_INFINITY;
    for (const leaf of leaves) {
      const count = countOf(leaf);
      if (rows + count > options.chunkLimit * constants.grouping) {
        groups.push([]);
        rows = 0;
      }
      groups.at(-1)!.push(leaf);
      rows += count;
    }
    const stored: StoredLeaf[] = [];
    for (const group of groups) stored.push(...(isWritten(group) ? group : await this.#writeGroup(group)));
    return stored;
  }

  /** Writes leaves that share a chunk. */
  async #writeGroup(group: readonly (NewLeaf | StoredLeaf)[]): Promise<StoredLeaf[]> {
    const open = [];
    for (const leaf of group) open.push(openLeaf(await this.#systems(leaf)));
    const { leaves, chunks, facets } = writeLeaves(open, this.#context);
    return storedLeaves(
      leaves.map((leaf, i) => ({ ...leaf, facets: facets.nodes[i]! })),
      chunks.map((file, i) => ({ file, facets: facets.chunks[i] })),
    );
  }

  /** Gives those children pages of their own that a build gives, and takes the others into the page of their parent. */
  async #paged(
    leaves: readonly StoredLeaf[],
    others: readonly (StoredInner | StoredBranch)[],
  ): Promise<StoredNode[]> {
    const { entries } = sizeAbove([...leaves, ...others]);
    const isSeparate = separatePages(1 + leaves.length, entries, others, this.#context.constants);
    const children: StoredNode[] = [];
    for (const [i, child] of others.entries()) {
      if (isSeparate[i]) children.push(child.kind === 'branch' ? child : await this.#branch(child));
      else children.push(child.kind === 'branch' ? await this.#reader.open(child) : child);
    }
    return children;
  }

  /** Writes the page of a node, and its facet page. */
  async #branch(node: StoredInner): Promise<StoredBranch> {
    const { bounds, counts, sample, entries, pageNodes, levels } = node;
    const facets = await this.#reader.facets(node);
    const { ref, facetPage } = await this.page(node);
    return { kind: 'branch', bounds, counts, facets, sample, ref, facetPage, entries, pageNodes, levels };
  }

  /**
   * The overview of the edited set.
   * @param sample the one before; undefined if the set was empty
   */
  async overview(
    sample: SampleFiles | undefined,
    edit: SampleEdit,
    rows: number,
    root: StoredNode,
  ): Promise<SampleFiles | undefined> {
    const facets = await this.#reader.facets(root);
    return this.#samples.edited(sample, edit, rows, { nodes: [root], facets });
  }

  /** The page of a node and its facet page, which are written unless they are there. */
  async page(node: StoredNode): Promise<Pick<StoredBranch, 'ref' | 'facetPage'>> {
    if (node.kind === 'branch') return node;
    const { ref, facets } = writePage(treePageOf(await this.#reader.listed(node)), this.#context);
    return { ref, facetPage: facets };
  }
}

function countOf(part: Part): number {
  return part.kind === 'new leaf' ? part.systems.length : part.counts.systems;
}

function systemsOf(nodes: readonly StoredNode[]): number {
  return nodes.reduce((sum, node) => sum + node.counts.systems, 0);
}

/** Whether leaves are all rows of the same chunk, or one leaf is all rows of its chunks. */
function isWritten(group: readonly (NewLeaf | StoredLeaf)[]): group is StoredLeaf[] {
  const stored = group.filter(leaf => leaf.kind === 'leaf');
  if (stored.length < group.length) return false;
  const chunks = new Set(stored.flatMap(leaf => leaf.spans.map(({ chunk }) => chunk)));
  const rows = [...chunks].reduce((sum, { file }) => sum + file.rows, 0);
  return (group.length === 1 || chunks.size === 1) && rows === systemsOf(stored);
}

/** Returns a test whether a position is in the cell of a box. A world cube has room for all positions. */
function insideOf(cell: Cell, { min, max }: Bounds): (system: CountedSystem) => boolean {
  if (min.some((low, axis) => low < 0 && max[axis]! >= 0)) return () => true;
  const { exponent } = cell;
  return ({ x, y, z }) =>
    floorTo(x, exponent) === cell.x && floorTo(y, exponent) === cell.y && floorTo(z, exponent) === cell.z;
}

function byOctant(cell: Cell, systems: readonly CountedSystem[]): CountedSystem[][] {
  const octants: CountedSystem[][] = [[], [], [], [], [], [], [], []];
  for (const system of systems) octants[octantOf(cell, system.x, system.y, system.z)]!.push(system);
  return octants;
}
