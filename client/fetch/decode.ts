/** Reads the files of a set as what they hold, with the memory that each takes. */

import type { QueryOptions } from '#client/query/types.ts';
import { unpackColumn } from '#format/columns/values.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';
import { weighed } from '#format/memory-cost.ts';
import { type Chunk, unpackChunk } from '#format/octree/chunk.ts';
import { unpackDetails } from '#format/octree/details.ts';
import { type TreeNode, treeOfPage } from '#format/octree/tree-node.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { checkPage } from '#format/octree/validate-page.ts';
import type { Counts } from '#format/system.ts';
import { countField, unpack } from '#format/unpack.ts';
import type { Files } from './files.ts';

export function readChunk(files: Files, ref: FileRef, rows: number, options: QueryOptions): Promise<Chunk> {
  return files.read(
    ref,
    (content, budget) => weighed(budget, () => unpackChunk(fileOfRows(content, rows))),
    options,
  );
}

export function readDetails(
  files: Files,
  ref: FileRef,
  rows: number,
  options: QueryOptions,
): Promise<JsonObject[]> {
  return files.read(
    ref,
    (content, budget) => weighed(budget, () => unpackDetails(fileOfRows(content, rows))),
    options,
  );
}

/** The map of a file, once it is known to have as many rows as the tree says. */
function fileOfRows(content: Uint8Array, rows: number): Record<string, unknown> {
  const file = unpack(content);
  const found = countField(file, 'rows');
  if (found !== rows) throw new Error(`it has ${found} rows, and the tree says ${rows}`);
  return file;
}

/** What the page above, or the index, says of a page of the tree. */
export interface PageTop {
  readonly ref: FileRef;
  readonly bounds: Bounds;
  readonly counts: Counts;
}

/** The top node of a page, whose nodes agree with one another and with what leads to it. */
export function readPage(files: Files, top: PageTop, options: QueryOptions): Promise<TreeNode> {
  return files.read(
    top.ref,
    (content, budget) =>
      weighed(budget, () => {
        const node = treeOfPage(unpackTreePage(unpack(content)));
        checkPage(node, top, files.chunkLimit);
        return node;
      }),
    options,
  );
}

/** The sources' `_meta` values. */
export function readMeta(files: Files, ref: FileRef, options: QueryOptions): Promise<JsonValue[]> {
  return files.read(
    ref,
    (content, budget) =>
      weighed(budget, () => {
        const file = unpack(content);
        return unpackColumn(file['values'], countField(file, 'rows'));
      }),
    options,
  );
}
