/** Finds systems by position and id: down the tree to the leaf, its chunk, and the detail file of the row. */

import { readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions, SystemKey } from '#client/query/types.ts';
import { boundsHold } from '#format/geometry/cell.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { ChunkFile, LeafNode, RowsFile, TreeNode } from '#format/octree/tree-node.ts';
import { compareText } from '#format/utf8.ts';

/** The chunk of a system, if the set has the system, and the detail file of its row, if there is one. */
export interface Located {
  readonly chunk: ChunkFile;
  /** Range of rows to search for the id, ordered by id. */
  readonly start: number;
  readonly end: number;
  readonly details: DetailFile | undefined;
}

export interface DetailFile extends RowsFile {
  /** Row of the chunk that is the first row of the file. */
  readonly start: number;
}

/** Locates systems, in the order of `keys`; undefined for a position where the set has no leaf. */
export async function locate(
  files: Files,
  root: TreeNode,
  keys: readonly SystemKey[],
  options: QueryOptions,
): Promise<(Located | undefined)[]> {
  const located: (Located | undefined)[] = keys.map(() => undefined);
  let open: [TreeNode, number[]][] = [[root, keys.map((_, i) => i)]];
  while (open.length > 0) {
    const branches = new Map<TreeNode & { kind: 'branch' }, number[]>();
    for (const [node, indexes] of open) {
      for (const key of indexes) {
        const end = descend(node, keys[key]!);
        if (end?.kind === 'leaf') located[key] = inLeaf(end, keys[key]!.id);
        else if (end) addTo(branches, end, key);
      }
    }
    const reads = [...branches.keys()].map(node => (options: QueryOptions) => readPage(files, node, options));
    const pages = await roundTrip(options, () => parallel(options, reads));
    open = [...branches.values()].map((indexes, i) => [pages[i]!, indexes]);
  }
  return located;
}

/** Adds an index to those of a key. */
export function addTo<K>(groups: Map<K, number[]>, key: K, index: number): void {
  const group = groups.get(key) ?? [];
  group.push(index);
  groups.set(key, group);
}

/**
 * Descends to the last node of the page that contains a position. Boxes of siblings never intersect, so the path is
 * unique.
 */
function descend(node: TreeNode, { x, y, z }: SystemKey): Exclude<TreeNode, { kind: 'inner' }> | undefined {
  let at: TreeNode | undefined = node;
  while (at?.kind === 'inner') at = at.children.find(child => boundsHold(child.bounds, x, y, z));
  return at && boundsHold(at.bounds, x, y, z) ? at : undefined;
}

/** Leaves and detail files have the first id of each part but the first: the last one up to an id may have the id. */
function inLeaf({ spans }: LeafNode, id: string): Located {
  let span = spans[0]!;
  for (const next of spans) if (next.start > 0 || compareText(next.chunk.firstId, id) <= 0) span = next;
  const { chunk, start, end } = span;
  let details: DetailFile | undefined;
  let first = 0;
  for (const file of chunk.details) {
    const last = first + file.rows;
    const isInSpan = first < end && last > start;
    if (isInSpan && (first <= start || compareText(file.firstId, id) <= 0))
      details = { ...file, start: first };
    first = last;
  }
  return { chunk, start, end, details };
}

/** Index of the row with an id, in a range of rows ordered by id, or -1. */
export function rowIndexOf(chunk: Chunk, id: string, start: number, end: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareText(chunk.id[middle]!, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low < end && chunk.id[low] === id ? low : -1;
}
