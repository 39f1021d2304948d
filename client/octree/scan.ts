/** Reads all systems of a set, file by file. */

import { CorruptError } from '#client/errors.ts';
import { readChunk, readDetails } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions } from '#client/query/types.ts';
import type { JsonObject } from '#format/json.ts';
import { joinRecord } from '#format/octree/record-fields.ts';
import type { ChunkFile, RowsFile, TreeNode } from '#format/octree/tree-node.ts';
import { type SystemRow, systemRow } from '#format/system-row.ts';
import { leavesBelow } from './walk.ts';

/** A system as `records` yields it. */
export interface SystemRecord extends SystemRow {
  /** Bits: 1 if the id is not the record's own string, 2 for the name, 4 for the region. */
  readonly derived: number;
  /** The record of the catalogue; absent if `details` is false. */
  readonly record?: JsonObject;
}

/** Options of `records`. */
export interface RecordsOptions extends QueryOptions {
  /** If false, no detail files are fetched and rows have no `record`; true by default. */
  readonly details?: boolean | undefined;
}

/** Rows `start` to `end` of a chunk, whose details are in one file. */
export interface ScanPart {
  readonly chunk: ChunkFile;
  readonly start: number;
  readonly end: number;
  readonly details: RowsFile | undefined;
}

/** Number of parts read concurrently. */
const AT_ONCE = 8;

/** All systems below a node, in the order of the tree, one batch per file. */
export async function* scanRecords(
  files: Files,
  top: TreeNode,
  options: RecordsOptions,
): AsyncGenerator<SystemRecord[], void, undefined> {
  let parts: ScanPart[] = [];
  for await (const leaf of leavesBelow(files, top, options)) {
    for (const { chunk, start } of leaf.spans) {
      // Leaves share chunks: each chunk is read at its first row.
      if (start > 0) continue;
      parts.push(...scanParts(chunk, files, options));
      for (; parts.length >= AT_ONCE; parts = parts.slice(AT_ONCE))
        yield* await readParts(files, parts.slice(0, AT_ONCE), options);
    }
  }
  yield* await readParts(files, parts, options);
}

export function scanParts(chunk: ChunkFile, files: Files, { details = true }: RecordsOptions): ScanPart[] {
  if (!details || chunk.details.length === 0)
    return [{ chunk, start: 0, end: chunk.rows, details: undefined }];
  let end = 0;
  const parts = chunk.details.map(file => {
    end += file.rows;
    return { chunk, start: end - file.rows, end, details: file };
  });
  if (end !== chunk.rows) {
    throw new CorruptError(
      `the tree of ${files.source.location} is corrupt: details of ${chunk.ref.hash} have ${end} rows, expected ${chunk.rows}; publish again`,
    );
  }
  return parts;
}

function readParts(
  files: Files,
  parts: readonly ScanPart[],
  options: RecordsOptions,
): Promise<SystemRecord[][]> {
  const reads = parts.map(part => (options: RecordsOptions) => readScanPart(files, part, options));
  return roundTrip(options, () => parallel(options, reads));
}

export async function readScanPart(
  files: Files,
  part: ScanPart,
  options: RecordsOptions,
): Promise<SystemRecord[]> {
  const { chunk, start, end, details } = part;
  const [columns, fields] = await Promise.all([
    readChunk(files, chunk.ref, chunk.rows, options),
    details && readDetails(files, details.ref, details.rows, options),
  ]);
  const hasRecord = options.details ?? true;
  return Array.from({ length: end - start }, (_, i) => {
    const row = start + i;
    return {
      ...systemRow(columns, row),
      derived: columns.derived?.[row] ?? 0,
      ...(hasRecord && { record: joinRecord(columns, row, fields?.[i] ?? {}) }),
    };
  });
}
