/** Reads and decodes the files of a set, and weighs the memory of the results. */

import type { QueryOptions } from '#client/query/types.ts';
import { unpackColumn } from '#format/columns/values.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';
import { weighed } from '#format/memory-cost.ts';
import { type Chunk, unpackChunk } from '#format/octree/chunk.ts';
import { unpackDetails } from '#format/octree/details.ts';
import { type TreeNode, treeOfPage } from '#format/octree/tree-node.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { checkTreePage } from '#format/octree/validate-page.ts';
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

/** @param only the fields to decode; all if undefined */
export function readDetails(
  files: Files,
  ref: FileRef,
  rows: number,
  options: QueryOptions,
  only?: readonly string[],
): Promise<JsonObject[]> {
  return files.read(
    ref,
    (content, budget) => weighed(budget, () => unpackDetails(fileOfRows(content, rows), only)),
    options,
    only && JSON.stringify(only),
  );
}

/** The map of a file, after checking its number of rows. */
function fileOfRows(content: Uint8Array, rows: number): Record<string, unknown> {
  const file = unpack(content);
  const found = countField(file, 'rows');
  if (found !== rows) throw new Error(`it has ${found} rows, expected ${rows}`);
  return file;
}

/** Properties of a tree page according to its parent page or the index. */
export interface PageTop {
  readonly ref: FileRef;
  readonly bounds: Bounds;
  readonly counts: Counts;
}

/** The root page of the octree of a set; undefined for an empty set. */
export function topOf({ tree, bounds, counts }: SetIndex): PageTop | undefined {
  return tree ? { ref: { kind: 'tree', ...tree }, bounds: bounds!, counts } : undefined;
}

/** The top node of a page, after checking its nodes against one another and against the parent. */
export function readPage(files: Files, top: PageTop, options: QueryOptions): Promise<TreeNode> {
  return files.read(
    top.ref,
    (content, budget) =>
      weighed(budget, () => {
        const node = treeOfPage(unpackTreePage(unpack(content)));
        checkTreePage(node, top, files.chunkLimit);
        return node;
      }),
    options,
  );
}

/** The `_meta` values of the inputs. */
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
