/**
 * Selects, without I/O, the rows of an octree that a viewer sees, and the files that are missing for it.
 *
 * The parts of the tree that lie in view are opened in order of the defect that they show, until the defect is below a
 * limit or a budget is exhausted. A part is shown by the finest piece that is loaded: until then by the rows that a
 * coarser piece has in its box. So there are no holes, and nothing is shown twice.
 */
import { heightIn, type Plane } from '#client/query/convex.ts';
import { type Bounds, nearestDistance } from '#format/geometry/cell.ts';
import type { BranchNode, InnerNode, LeafNode, TreeNode } from '#format/octree/tree-node.ts';
import { Heap } from './heap.ts';
import { type KnownTree, type Level, type ShowableFile, showableFile, type Want } from './known-tree.ts';
import { NearSystems } from './near-systems.ts';
import type { FilePiece } from './piece.ts';
import { type Budget, SelectionTarget } from './selection-target.ts';

/** From where, and how finely, a tree is looked at. */
export interface SelectionView {
  readonly position: readonly [number, number, number];
  readonly planes: readonly Plane[] | undefined;
  /** Undefined if nothing beyond the radius is shown. */
  readonly pixelsPerRadian: number | undefined;
  /** All systems within this distance are shown. */
  readonly radius: number;
  /** The nearest systems within the radius that are needed at most. */
  readonly limit: number;
  /** Maximum distance of points in pixels. */
  readonly spacing: number;
  /** Rows that were shown stay up to this multiple of the limits. */
  readonly hysteresis: number;
}

/** Rows `start` to `end` of a piece, which stand for a number of systems. */
export interface ShownRange {
  readonly start: number;
  readonly end: number;
  /** Number of systems in the part of space that the rows are in, those that do not match a filter included. */
  readonly systems: number;
}

export interface Selection {
  /** Ranges of the pieces that are shown, ascending. */
  readonly shown: ReadonlyMap<FilePiece, readonly ShownRange[]>;
  /** Files that are missing, the most urgent first. */
  readonly wants: readonly Want[];
  /** Hashes of pages, and keys of pieces, that must be kept. */
  readonly pages: ReadonlySet<string>;
  readonly pieces: ReadonlySet<string>;
  readonly levels: ReadonlyMap<TreeNode, Level>;
  /** Rows shown. */
  readonly rows: number;
  /** True if a budget keeps the view from being finer. */
  readonly isLimited: boolean;
  /** Distance within which all systems are shown, unless their files are wanted; at most the radius. */
  readonly reach: number;
}

/** A part of the tree that is shown by some rows. */
interface Part {
  readonly node: TreeNode;
  /** The piece that shows it; undefined if nothing that is loaded does. */
  readonly source: FilePiece | undefined;
  readonly start: number;
  readonly end: number;
  /** Distance between neighbouring rows of the source. */
  readonly gap: number;
  readonly urgency: Urgency;
  readonly nearest: number;
  /** Pixels between neighbouring rows. */
  readonly defect: number;
  /** Whether nothing may be read for it. */
  readonly isFree: boolean;
}

/** Parts within the radius come first, the nearest first; then those in view, then others. */
type Urgency = 0 | 1 | 2;
const NEAR = 0;
const IN_VIEW = 1;
const ASIDE = 2;

function compareUrgency(a: Part, b: Part): number {
  return a.urgency - b.urgency || (a.urgency === NEAR ? a.nearest - b.nearest : b.defect - a.defect);
}

export function select(tree: KnownTree, view: SelectionView, budget: Budget): Selection {
  return new Selector(tree, view, budget).run();
}

class Selector {
  readonly #tree: KnownTree;
  readonly #view: SelectionView;
  readonly #parts = new Heap<Part>(compareUrgency);
  readonly #shown = new Map<FilePiece, ShownRange[]>();
  readonly #wants = new Map<string, Want>();
  readonly #pages = new Set<string>();
  readonly #levels = new Map<TreeNode, Level>();
  readonly #target: SelectionTarget;
  readonly #near: NearSystems;
  #reach: number;

  constructor(tree: KnownTree, view: SelectionView, budget: Budget) {
    this.#tree = tree;
    this.#view = view;
    this.#target = new SelectionTarget(tree, budget);
    this.#near = new NearSystems(view.position, view.limit);
    this.#reach = view.radius;
  }

  run(): Selection {
    const { root, overview } = this.#tree;
    const isFitting =
      overview !== undefined && this.#target.add([overview], this.#tree.sizeOf(overview).rows);
    const source = isFitting ? this.#tree.piece(overview.key) : undefined;
    if (isFitting && !source) this.#want(overview, 0);
    const end = source?.length ?? 0;
    const top = { node: root, source, start: 0, end, gap: gapOf(root.bounds, end) };
    if (isFitting && overview.kind === 'exact') this.#show(top);
    else if (this.#tree.mayMatch(root)) this.#add(top, false);
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      if (part.urgency === NEAR && this.#near.areEnoughWithin(part.nearest)) this.#leaveOut(part);
      else this.#open(part);
    }
    let rows = 0;
    for (const ranges of this.#shown.values()) {
      joinRanges(ranges);
      for (const { start, end } of ranges) rows += end - start;
    }
    return {
      shown: this.#shown,
      wants: [...this.#wants.values()],
      pages: this.#pages,
      pieces: this.#target.files,
      levels: this.#levels,
      rows,
      isLimited: this.#target.isLimited,
      reach: Math.min(this.#reach, this.#near.reach),
    };
  }

  /** Leaves out systems within the radius. */
  #leaveOut({ nearest }: Part): void {
    this.#reach = Math.min(this.#reach, nearest);
    this.#target.isLimited = true;
  }

  #add(part: Pick<Part, 'node' | 'source' | 'start' | 'end' | 'gap'>, isFree: boolean): void {
    const { node, start, end, gap } = part;
    const { position, planes, pixelsPerRadian, radius, hysteresis } = this.#view;
    const nearest = nearestDistance(node.bounds, ...position);
    let urgency: Urgency = NEAR;
    if (nearest > radius) {
      if (pixelsPerRadian === undefined && nearest > radius * hysteresis) return;
      const isInView =
        pixelsPerRadian !== undefined && (!planes || heightIn(planes, node.bounds.min, node.bounds.max) >= 0);
      urgency = isInView ? IN_VIEW : ASIDE;
    }
    const defect = this.#defect(node, end - start, gap, nearest);
    this.#parts.push({ ...part, urgency, nearest, defect, isFree: isFree || urgency === ASIDE });
  }

  /** Pixels between neighbouring rows of a part. Where no row is shown, the gap between those around it counts. */
  #defect({ bounds }: TreeNode, rows: number, gap: number, nearest: number): number {
    const { pixelsPerRadian = 0 } = this.#view;
    const own = gapOf(bounds, rows);
    const apart = rows === 0 ? Math.max(own, gap) : own;
    return apart === 0 ? 0 : (pixelsPerRadian * apart) / nearest;
  }

  #open(part: Part): void {
    const { node, urgency, defect } = part;
    const level = this.#tree.levelOf(node);
    // Out of view, nothing is read; parts that were open stay so.
    if (urgency === ASIDE && level === 0) {
      this.#show(part);
      return;
    }
    const isFine = this.#view.pixelsPerRadian !== undefined && defect <= this.#limit(level > 0);
    if (urgency !== NEAR && isFine) {
      this.#show(part);
      return;
    }
    if (node.kind === 'leaf') {
      this.#openLeaf(part, node);
      return;
    }
    const preview = this.#previewOf(node);
    if (urgency === NEAR || !preview) {
      this.#split(part, node);
      return;
    }
    const shown = part.end - part.start;
    const own = this.#tree.piece(preview.key);
    const rows = own?.length ?? preview.file.rows;
    const isUseful = rows > shown || (this.#tree.isFiltered && !own);
    const ownDefect = this.#defect(node, Math.max(rows, shown), part.gap, part.nearest);
    const needsMore = ownDefect > this.#limit(level === 2);
    // A sample that is already there fills gaps until finer pieces are.
    const isAdded = isUseful && (own || !needsMore) && this.#target.add([preview], rows - shown);
    const best = isAdded && own ? this.#replace(part, own) : part;
    if (needsMore || !isUseful) {
      this.#split(best, node);
      return;
    }
    if (!isAdded || own) {
      if (isAdded) this.#levels.set(node, 1);
      this.#show(best);
      return;
    }
    this.#levels.set(node, 1);
    if (!part.isFree) this.#want(preview, part.nearest);
    // Finer pieces stay until the coarser one is there.
    if (level === 2) this.#split({ ...part, isFree: true }, node);
    else this.#show(part);
  }

  /** The greatest defect of a part that is not opened further. */
  #limit(wasOpened: boolean): number {
    const { spacing, hysteresis } = this.#view;
    return wasOpened ? spacing / hysteresis : spacing;
  }

  #openLeaf(part: Part, leaf: LeafNode): void {
    const contents = leaf.spans.map(({ chunk }) => showableFile('exact', chunk));
    const pieces = contents.map(({ key }) => this.#tree.piece(key));
    const isLoaded = !pieces.includes(undefined);
    if (part.isFree && !isLoaded) {
      this.#show(part);
      return;
    }
    const ranges = leaf.spans.map(({ start, end }, i) => pieces[i]?.rangeOf(start, end) ?? [start, end]);
    const rows = ranges.reduce((sum, [start, end]) => sum + end - start, 0) - (part.end - part.start);
    if (!this.#target.add(contents, rows)) {
      if (part.urgency === NEAR) this.#leaveOut(part);
      this.#show(part);
      return;
    }
    this.#levels.set(leaf, 1);
    if (!isLoaded) {
      contents.forEach((content, i) => {
        if (!pieces[i]) this.#want(content, part.nearest);
      });
      if (!this.#tree.isFiltered) this.#near.addLeaf(leaf);
      this.#show(part);
      return;
    }
    ranges.forEach(([start, end], i) => {
      this.#near.addRows(pieces[i]!, start, end);
      const systems = leaf.spans[i]!.end - leaf.spans[i]!.start;
      this.#show({ source: pieces[i], start, end, systems });
    });
  }

  #split(part: Part, node: InnerNode | BranchNode): void {
    let top: TreeNode = node;
    if (node.kind === 'branch') {
      const key = node.ref.hash;
      const page = this.#tree.page(node);
      if (!page) {
        if (!part.isFree) this.#wants.set(key, { kind: 'page', key, branch: node, nearest: part.nearest });
        this.#show(part);
        return;
      }
      this.#pages.add(key);
      top = page;
    }
    this.#levels.set(node, 2);
    const { source, gap, isFree } = part;
    for (const child of top.kind === 'inner' ? top.children : [top]) {
      const [start, end] = source?.rowsBelow(child, part.start, part.end) ?? [0, 0];
      if (this.#tree.mayMatch(child)) this.#add({ node: child, source, start, end, gap }, isFree);
    }
  }

  /** The part with the rows of a piece of its own. */
  #replace(part: Part, source: FilePiece): Part {
    const gap = gapOf(part.node.bounds, source.length);
    return { ...part, source, start: 0, end: source.length, gap };
  }

  #previewOf(node: InnerNode | BranchNode): ShowableFile | undefined {
    if (this.#view.pixelsPerRadian === undefined || !node.preview) return undefined;
    return showableFile('sample', node.preview);
  }

  #want(content: ShowableFile, nearest: number): void {
    const { key } = content;
    if (!this.#wants.has(key)) this.#wants.set(key, { kind: 'content', key, content, nearest });
  }

  #show(part: Pick<Part, 'source' | 'start' | 'end'> & { node?: TreeNode; systems?: number }): void {
    const { source, start, end } = part;
    if (!source || start === end) return;
    const ranges = this.#shown.get(source);
    const range = { start, end, systems: part.systems ?? part.node!.counts.systems };
    if (ranges) ranges.push(range);
    else this.#shown.set(source, [range]);
  }
}

/** Distance between neighbouring rows, as if they were spread over the largest side of a box in a plane. */
function gapOf({ min, max }: Bounds, rows: number): number {
  const size = Math.max(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
  return size / Math.sqrt(Math.max(1, rows));
}

/** Sorts ranges, and joins those that touch. */
function joinRanges(ranges: ShownRange[]): void {
  ranges.sort((a, b) => a.start - b.start);
  let last = 0;
  for (const range of ranges.slice(1)) {
    const before = ranges[last]!;
    if (before.end === range.start)
      ranges[last] = { start: before.start, end: range.end, systems: before.systems + range.systems };
    else ranges[++last] = range;
  }
  ranges.length = Math.min(ranges.length, last + 1);
}
