/**
 * Tree pages: connected runs of octree nodes, with what leads from a leaf to its files.
 *
 * A page lists its nodes from its top down: a node, then those of its children that are leaves, in Morton order,
 * then each other child with all that is below it. The leaves' rows, taken in that order, are one sequence; chunks
 * cut that sequence into files, and detail files cut each chunk. A chunk holds sibling leaves, or a part of one leaf.
 */

import { packNumbers, unpackIntegers, unpackNumbers } from '#format/columns/numbers.ts';
import { packStrings, unpackStrings } from '#format/columns/strings.ts';
import { type FileKind, type FileRef, packHashes, unpackHashes } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import { take } from '#format/memory-cost.ts';
import type { Packable } from '#format/pack.ts';
import type { Counts } from '#format/system.ts';
import { countField } from '#format/unpack.ts';
import { OVERVIEW_ROWS } from './sample.ts';

/** A file of consecutive rows: a chunk or a detail file. */
export interface RowsFile {
  readonly ref: FileRef;
  readonly rows: number;
  /** Id of the first row if the file begins inside a leaf, else "". */
  readonly firstId: string;
}

/** A chunk and its detail files, which cover the same rows; there are none if no row has details. */
export interface ChunkFile extends RowsFile {
  readonly details: readonly RowsFile[];
}

/** Members of every node of the octree. */
export interface NodeBase {
  /** Lowest and highest coordinates of the systems below. The node's cell is `cellOf(bounds)`. */
  readonly bounds: Bounds;
  readonly counts: Counts;
}

/** Rows `start` to `end` of a chunk. */
export interface RowSpan {
  readonly chunk: ChunkFile;
  readonly start: number;
  readonly end: number;
}

/** A node without children; its systems are rows of chunks. */
export interface LeafNode extends NodeBase {
  readonly kind: 'leaf';
  /** The leaf's rows, in order. One span, except in a leaf of many systems on one point. */
  readonly spans: readonly RowSpan[];
}

/** A preview: a sample of a subtree's systems, encoded as a chunk. */
export interface PreviewFile {
  readonly ref: FileRef;
  readonly rows: number;
}

/** A node whose children are on the same page. */
export interface InnerNode extends NodeBase {
  readonly kind: 'inner';
  /** Undefined if the node has few systems. */
  readonly preview: PreviewFile | undefined;
  readonly children: readonly TreeNode[];
}

/** A subtree that has a page of its own. */
export interface BranchNode extends NodeBase {
  readonly kind: 'branch';
  /** The preview of its top node. */
  readonly preview: PreviewFile | undefined;
  /** Number of nodes in the subtree, its top included. */
  readonly entries: number;
  readonly ref: FileRef;
}

/** A node of a tree page; a branch is the top of another page. */
export type TreeNode = LeafNode | InnerNode | BranchNode;

/** Content of a tree page: its nodes in page order, and the chunks in the order of its leaves. */
export interface TreePageContent {
  readonly nodes: readonly (
    | (NodeBase & { readonly kind: 'leaf' })
    | (NodeBase & {
        readonly kind: 'inner';
        readonly preview: PreviewFile | undefined;
        readonly children: number;
      })
    | BranchNode
  )[];
  readonly chunks: readonly ChunkFile[];
}

/** About what a node, and a file that it names, take on the heap beside texts. */
const NODE_COST = 600;
const FILE_COST = 200;

const KINDS = ['leaf', 'inner', 'branch'] as const;

/** Returns the content of a tree page, for `pack`. */
export function packTreePage({ nodes, chunks }: TreePageContent): Packable {
  const inner = nodes.filter(node => node.kind === 'inner');
  const branches = nodes.filter(node => node.kind === 'branch');
  const previews = nodes.flatMap(node => (node.kind === 'leaf' ? [] : [node.preview]));
  const details = chunks.flatMap(chunk => chunk.details);
  return {
    nodes: nodes.length,
    kind: Uint8Array.from(nodes, node => KINDS.indexOf(node.kind)),
    children: packNumbers(inner.map(node => node.children)),
    systems: packNumbers(nodes.map(node => node.counts.systems)),
    planets: packNumbers(nodes.map(node => node.counts.planets)),
    moons: packNumbers(nodes.map(node => node.counts.moons)),
    stations: packNumbers(nodes.map(node => node.counts.stations)),
    min: [0, 1, 2].map(axis => packNumbers(nodes.map(node => node.bounds.min[axis]!))),
    max: [0, 1, 2].map(axis => packNumbers(nodes.map(node => node.bounds.max[axis]!))),
    branches: [
      packHashes(branches.map(branch => branch.ref.hash)),
      packNumbers(branches.map(branch => branch.ref.length)),
      packNumbers(branches.map(branch => branch.entries)),
    ],
    previews: packPreviews(previews),
    chunks: [chunks.length, ...packFiles(chunks), packNumbers(chunks.map(chunk => chunk.details.length))],
    details: packFiles(details),
  };
}

/** Rows of the preview of each node that is no leaf, 0 for none, then the files of those there are. */
function packPreviews(previews: readonly (PreviewFile | undefined)[]): Packable[] {
  const files = previews.filter(preview => preview !== undefined);
  return [
    packNumbers(previews.map(preview => preview?.rows ?? 0)),
    packHashes(files.map(({ ref }) => ref.hash)),
    packNumbers(files.map(({ ref }) => ref.length)),
  ];
}

function unpackPreviews(packed: unknown[], count: number): (PreviewFile | undefined)[] {
  const rows = unpackIntegers(packed[0], count, 0, OVERVIEW_ROWS);
  const files = rows.filter(of => of > 0).length;
  const hashes = unpackHashes(packed[1], files);
  const lengths = unpackIntegers(packed[2], files);
  let next = 0;
  return Array.from(rows, of => {
    if (of === 0) return undefined;
    const i = next++;
    return { ref: { kind: 'previews', hash: hashes[i]!, length: lengths[i]! }, rows: of };
  });
}

function packFiles(files: readonly RowsFile[]): Packable[] {
  return [
    packHashes(files.map(file => file.ref.hash)),
    packNumbers(files.map(file => file.ref.length)),
    packNumbers(files.map(file => file.rows)),
    packStrings(files.map(file => file.firstId)),
  ];
}

/**
 * Decodes a tree page and returns its top node, with all nodes of the page below it.
 * @throws Error if it is not valid
 */
export function unpackTreePage(file: Record<string, unknown>): TreeNode {
  const count = countField(file, 'nodes');
  const kinds = file['kind'];
  if (!(kinds instanceof Uint8Array) || kinds.length !== count)
    throw new Error(`a page has no ${count} kinds`);
  const wholes = (field: string) => unpackIntegers(file[field], count);
  take(NODE_COST * count);
  const axes = (field: string) => [0, 1, 2].map(axis => unpackNumbers(list(file[field])[axis], count));
  const counts = [wholes('systems'), wholes('planets'), wholes('moons'), wholes('stations')];
  const min = axes('min');
  const max = axes('max');
  const children = unpackIntegers(file['children'], kinds.filter(kind => kind === 1).length, 2);
  const branches = unpackBranches(list(file['branches']), kinds.filter(kind => kind === 2).length);
  const previews = unpackPreviews(list(file['previews']), kinds.filter(kind => kind !== 0).length);
  const rows = new RowSequence(unpackChunks(file));

  let next = 0;
  let nextInner = 0;
  let nextBranch = 0;
  let nextPreview = 0;
  const read = (): TreeNode => {
    if (next === count) throw new Error('a page ends before the children of its nodes');
    const i = next++;
    const base: NodeBase = {
      bounds: { min: [min[0]![i]!, min[1]![i]!, min[2]![i]!], max: [max[0]![i]!, max[1]![i]!, max[2]![i]!] },
      counts: {
        systems: counts[0]![i]!,
        planets: counts[1]![i]!,
        moons: counts[2]![i]!,
        stations: counts[3]![i]!,
      },
    };
    switch (KINDS[kinds[i]!]) {
      case 'leaf':
        return { kind: 'leaf', ...base, spans: rows.take(base.counts.systems) };
      case 'inner':
        return {
          kind: 'inner',
          ...base,
          preview: previews[nextPreview++],
          children: Array.from({ length: children[nextInner++]! }, read),
        };
      case 'branch':
        return { kind: 'branch', ...base, preview: previews[nextPreview++], ...branches[nextBranch++]! };
      default:
        throw new Error(`a node has the unknown kind ${kinds[i]}`);
    }
  };
  const top = read();
  if (next !== count) throw new Error(`${count - next} nodes of a page are nobody's children`);
  rows.end();
  return top;
}

/** Deals the rows of a page's chunks out to its leaves, one after the other. */
class RowSequence {
  readonly #chunks: ChunkFile[];
  #chunk = 0;
  #row = 0;

  constructor(chunks: ChunkFile[]) {
    this.#chunks = chunks;
  }

  take(rows: number): RowSpan[] {
    const spans: RowSpan[] = [];
    for (let left = rows; left > 0; ) {
      const chunk = this.#chunks[this.#chunk];
      if (!chunk) throw new Error('the leaves of a page have more rows than its chunks');
      const start = this.#row;
      const end = Math.min(chunk.rows, start + left);
      spans.push({ chunk, start, end });
      left -= end - start;
      this.#row = end;
      if (end === chunk.rows) {
        this.#chunk++;
        this.#row = 0;
      }
    }
    return spans;
  }

  /** @throws Error where rows are left */
  end(): void {
    if (this.#chunk < this.#chunks.length)
      throw new Error('the chunks of a page have more rows than its leaves');
  }
}

function unpackBranches(packed: unknown[], count: number): { ref: FileRef; entries: number }[] {
  const hashes = unpackHashes(packed[0], count);
  const lengths = unpackIntegers(packed[1], count);
  const entries = unpackIntegers(packed[2], count);
  return hashes.map((hash, i) => ({
    ref: { kind: 'tree', hash, length: lengths[i]! },
    entries: entries[i]!,
  }));
}

function unpackChunks(file: Record<string, unknown>): ChunkFile[] {
  const [count, ...packed] = list(file['chunks']);
  const chunks = unpackFiles('chunks', packed, count as number);
  const parts = unpackIntegers(packed[4], chunks.length);
  let total = 0;
  for (const of of parts) total += of;
  const details = unpackFiles('details', list(file['details']), total);
  let end = 0;
  return chunks.map((chunk, i) => {
    end += parts[i]!;
    return { ...chunk, details: details.slice(end - parts[i]!, end) };
  });
}

function unpackFiles(kind: FileKind, packed: unknown[], count: number): RowsFile[] {
  const hashes = unpackHashes(packed[0], count);
  const lengths = unpackIntegers(packed[1], count);
  const rows = unpackIntegers(packed[2], count, 1);
  const firstIds = unpackStrings(packed[3], count);
  take(FILE_COST * count);
  return hashes.map((hash, i) => ({
    ref: { kind, hash, length: lengths[i]! },
    rows: rows[i]!,
    firstId: firstIds[i]!,
  }));
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('a page lacks a list');
  return value;
}
