/** Finds systems by position and id: down the tree to the leaf, its chunk, and the detail file of the row. */

import { readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions, SystemKey } from '#client/query/types.ts';
import { boundsHold } from '#format/geometry/cell.ts';
import type { Chunk } from '#format/octree/chunk.ts';
import type { ChunkFile, LeafNode, RowSpan, RowsFile, TreeNode } from '#format/octree/tree-node.ts';
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
  const located: (Located | undefined)[] = new Array(keys.length).fill(undefined);
  let open = [{ node: root, indexes: keys.map((_, i) => i) }];
  while (open.length > 0) {
    const branches: { node: TreeNode & { kind: 'branch' }; indexes: number[] }[] = [];
    for (const { node, indexes } of open) {
      for (const key of indexes) {
        const end = descend(node, keys[key]!);
        if (end?.kind === 'leaf') located[key] = inLeaf(end, keys[key]!.id);
        if (end?.kind !== 'branch') continue;
        const branch = branches.find(other => other.node === end);
        if (branch) branch.indexes.push(key);
        else branches.push({ node: end, indexes: [key] });
      }
    }
    const reads = branches.map(
      ({ node }) =>
        (options: QueryOptions) =>
          readPage(files, node, options),
    );
    const pages = await roundTrip(options, () => parallel(options, reads));
    open = branches.map(({ indexes }, i) => ({ node: pages[i]!, indexes }));
  }
  return located;
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

function inLeaf(leaf: LeafNode, id: string): Located {
  const span = lastUpTo(leaf.spans, id, ({ chunk, start }) => (start === 0 ? chunk.firstId : ''));
  const { chunk, start, end } = span;
  return { chunk, start, end, details: detailFile(span, id) };
}

function detailFile({ chunk, start, end }: RowSpan, id: string): DetailFile | undefined {
  let row = 0;
  const files = chunk.details.map(file => {
    row += file.rows;
    return { ...file, start: row - file.rows };
  });
  const among = files.filter(file => file.start < end && file.start + file.rows > start);
  return among.length === 0
    ? undefined
    : lastUpTo(among, id, file => (file.start > start ? file.firstId : ''));
}

/** The last file whose first id is at most the given id; the first file begins before all ids. */
function lastUpTo<T extends object>(files: readonly T[], id: string, firstId: (file: T) => string): T {
  let found = files[0]!;
  for (const file of files) if (compareText(firstId(file), id) <= 0) found = file;
  return found;
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
