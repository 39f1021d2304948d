/** Reads the files of a set as what they hold, with an estimate of the memory that each takes. */

import type { Files, ReadOptions } from './files.ts';
import { type Chunk, unpackChunk } from './format/chunk.ts';
import { unpackDetails } from './format/details.ts';
import type { JsonObject, JsonValue } from './format/json.ts';
import type { FileRef } from './format/ref.ts';
import { type TreeNode, unpackPage } from './format/tree.ts';
import { countField, unpack } from './format/unpack.ts';
import { unpackColumn } from './format/values.ts';

/** Bytes of a decoded row beside its texts: three coordinates and three references. */
const ROW_COST = 48;
/** A decoded value takes about so many times the bytes it has in its file. */
const TEXT_GROWTH = 3;
const OBJECT_GROWTH = 8;

export function readChunk(files: Files, ref: FileRef, rows: number, options: ReadOptions): Promise<Chunk> {
  return files.read(
    ref,
    content => {
      const value = unpackChunk(unpack(content));
      if (value.rows !== rows) throw new Error(`it has ${value.rows} rows, and the tree says ${rows}`);
      return { value, cost: TEXT_GROWTH * content.length + ROW_COST * rows };
    },
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
    content => {
      const value = unpackDetails(unpack(content));
      if (value.length !== rows) throw new Error(`it has ${value.length} rows, and the tree says ${rows}`);
      return { value, cost: OBJECT_GROWTH * content.length };
    },
    options,
  );
}

export function readPage(files: Files, ref: FileRef, options: ReadOptions): Promise<TreeNode> {
  return files.read(
    ref,
    content => ({ value: unpackPage(unpack(content)), cost: OBJECT_GROWTH * content.length }),
    options,
  );
}

/** The sources' `_meta` values. */
export function readMeta(files: Files, ref: FileRef, options: ReadOptions): Promise<JsonValue[]> {
  return files.read(
    ref,
    content => {
      const file = unpack(content);
      return {
        value: unpackColumn(file['values'], countField(file, 'rows')),
        cost: OBJECT_GROWTH * content.length,
      };
    },
    options,
  );
}
