/**
 * Tree pages: connected octree nodes, with the references from leaves to their files.
 *
 * A page lists its nodes from its top down: a node, then those of its children that are leaves, in Morton order, then
 * each other child with its descendants. The rows of the leaves in this order are one sequence; chunks divide it into
 * files, and detail files divide each chunk. A chunk has the rows of sibling leaves, or a part of one leaf.
 */

import { packNumbers, unpackIntegers, unpackNumbers } from '#format/columns/numbers.ts';
import { packStrings, unpackStrings } from '#format/columns/strings.ts';
import { type FileKind, type FileRef, packHashes, unpackHashes } from '#format/file-ref.ts';
import { take } from '#format/memory-cost.ts';
import type { Packable } from '#format/pack.ts';
import { countField } from '#format/unpack.ts';
import { OVERVIEW_ROWS } from './sample.ts';
import type {
  BranchNode,
  ChunkFile,
  NodeBase,
  PageNode,
  PreviewFile,
  RowsFile,
  TreePageContent,
} from './tree-node.ts';

/** Approximate memory of a node with the reference of its file, without strings. */
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
      packNumbers(branches.map(branch => branch.pageNodes)),
      packNumbers(branches.map(branch => branch.levels)),
    ],
    previews: packPreviews(previews),
    chunks: [chunks.length, ...packFiles(chunks), packNumbers(chunks.map(chunk => chunk.details.length))],
    details: packFiles(details),
  };
}

/** Number of rows of the preview of each node that is not a leaf (0 for none), then the files of the previews. */
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
  const files = rows.filter(rowCount => rowCount > 0).length;
  const refs = unpackRefs('previews', packed.slice(1), files);
  let next = 0;
  return Array.from(rows, rowCount => {
    if (rowCount === 0) return undefined;
    return { ref: refs[next++]!, rows: rowCount };
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
 * Decodes a tree page: the inverse of `packTreePage`.
 * @throws Error if it is not valid
 */
export function unpackTreePage(file: Record<string, unknown>): TreePageContent {
  const count = countField(file, 'nodes');
  const kinds = file['kind'];
  if (!(kinds instanceof Uint8Array) || kinds.length !== count)
    throw new Error(`a tree page lacks its ${count} kinds of nodes`);
  const integers = (field: string) => unpackIntegers(file[field], count);
  take(NODE_COST * count);
  const axes = (field: string) => [0, 1, 2].map(axis => unpackNumbers(list(file[field])[axis], count));
  const counts = [integers('systems'), integers('planets'), integers('moons'), integers('stations')];
  const min = axes('min');
  const max = axes('max');
  const children = unpackIntegers(file['children'], kinds.filter(kind => kind === 1).length, 2);
  const branches = unpackBranches(list(file['branches']), kinds.filter(kind => kind === 2).length);
  const previews = unpackPreviews(list(file['previews']), kinds.filter(kind => kind !== 0).length);
  const chunks = unpackChunks(file);

  let nextInner = 0;
  let nextBranch = 0;
  let nextPreview = 0;
  const nodes = Array.from(kinds, (kind, i): PageNode => {
    const base: NodeBase = {
      bounds: { min: [min[0]![i]!, min[1]![i]!, min[2]![i]!], max: [max[0]![i]!, max[1]![i]!, max[2]![i]!] },
      counts: {
        systems: counts[0]![i]!,
        planets: counts[1]![i]!,
        moons: counts[2]![i]!,
        stations: counts[3]![i]!,
      },
    };
    const name = KINDS[kind];
    if (!name) throw new Error(`a node has the unknown kind ${kind}`);
    if (name === 'leaf') return { kind: name, ...base };
    const preview = previews[nextPreview++];
    return name === 'inner'
      ? { kind: name, ...base, preview, children: children[nextInner++]! }
      : { kind: name, ...base, preview, ...branches[nextBranch++]! };
  });
  return { nodes, chunks };
}

function unpackBranches(
  packed: unknown[],
  count: number,
): Omit<BranchNode, 'kind' | 'preview' | keyof NodeBase>[] {
  const [entries, pageNodes, levels] = [2, 3, 4].map(column => unpackIntegers(packed[column], count));
  return unpackRefs('tree', packed, count).map((ref, i) => ({
    ...{ ref, entries: entries![i]!, pageNodes: pageNodes![i]!, levels: levels![i]! },
  }));
}

function unpackChunks(file: Record<string, unknown>): ChunkFile[] {
  const [count, ...packed] = list(file['chunks']);
  const chunks = unpackFiles('chunks', packed, count as number);
  const parts = unpackIntegers(packed[4], chunks.length);
  let total = 0;
  for (const part of parts) total += part;
  const details = unpackFiles('details', list(file['details']), total);
  let end = 0;
  return chunks.map((chunk, i) => {
    end += parts[i]!;
    return { ...chunk, details: details.slice(end - parts[i]!, end) };
  });
}

function unpackFiles(kind: FileKind, packed: unknown[], count: number): RowsFile[] {
  const refs = unpackRefs(kind, packed, count);
  const rows = unpackIntegers(packed[2], count, 1);
  const firstIds = unpackStrings(packed[3], count);
  take(FILE_COST * count);
  return refs.map((ref, i) => ({ ref, rows: rows[i]!, firstId: firstIds[i]! }));
}

/** The files of a kind, whose hashes and lengths are packed. */
function unpackRefs(kind: FileKind, [hashes, lengths]: unknown[], count: number): FileRef[] {
  const bytes = unpackIntegers(lengths, count);
  return unpackHashes(hashes, count).map((hash, i) => ({ kind, hash, length: bytes[i]! }));
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('a tree page lacks an array');
  return value;
}
