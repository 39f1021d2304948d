/** Reads the files of a set as what they hold, with the memory that each takes. */

import type { Files, ReadOptions } from './files.ts';
import { type Chunk, unpackChunk } from './format/chunk.ts';
import { unpackDetails } from './format/details.ts';
import { weighed } from './format/heap.ts';
import type { JsonObject, JsonValue } from './format/json.ts';
import type { FileRef } from './format/ref.ts';
import { type TreeNode, unpackPage } from './format/tree.ts';
import { countField, unpack } from './format/unpack.ts';
import { unpackColumn } from './format/values.ts';

export function readChunk(files: Files, ref: FileRef, rows: number, options: ReadOptions): Promise<Chunk> {
  return files.read(
    ref,
    content =>
      weighed(() => {
        const chunk = unpackChunk(unpack(content));
        if (chunk.rows !== rows) throw new Error(`it has ${chunk.rows} rows, and the tree says ${rows}`);
        return chunk;
      }),
    options,
  );
}

export function readDetails(
  files: Files,
  ref: FileRef,
  rows: number,
  options: ReadOptions,
): Promise<JsonObject[]> {
  return files.read(
    ref,
    content =>
      weighed(() => {
        const fields = unpackDetails(unpack(content));
        if (fields.length !== rows)
          throw new Error(`it has ${fields.length} rows, and the tree says ${rows}`);
        return fields;
      }),
    options,
  );
}

export function readPage(files: Files, ref: FileRef, options: ReadOptions): Promise<TreeNode> {
  return files.read(ref, content => weighed(() => unpackPage(unpack(content))), options);
}

/** The sources' `_meta` values. */
export function readMeta(files: Files, ref: FileRef, options: ReadOptions): Promise<JsonValue[]> {
  return files.read(
    ref,
    content =>
      weighed(() => {
        const file = unpack(content);
        return unpackColumn(file['values'], countField(file, 'rows'));
      }),
    options,
  );
}
