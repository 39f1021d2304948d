/** Reads complete systems: rows with their records. */

import { CorruptError } from '#client/errors.ts';
import { readChunk, readDetails, readPage, topOf } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions, SystemKey, SystemWithRecord } from '#client/query/types.ts';
import { isAt } from '#client/query/validate.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { JsonObject } from '#format/json.ts';
import { joinRecord } from '#format/octree/record-fields.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import { systemRow } from '#format/system-row.ts';
import { addTo, locate, rowIndexOf } from './locate.ts';

/**
 * Reads systems, in the order of their keys; undefined for a system that the set does not have.
 * @param top reads the root node of the octree, undefined for an empty set
 * @param only fields to decode: the records may lack others; all if undefined
 * @throws NotFoundError, CorruptError, NetworkError, and the signal's reason
 */
export async function lookupSystems(
  files: Files,
  systems: readonly SystemKey[],
  options: QueryOptions,
  top: (options: QueryOptions) => Promise<TreeNode | undefined>,
  only?: readonly string[],
): Promise<(SystemWithRecord | undefined)[]> {
  options.signal?.throwIfAborted();
  const rows: (SystemWithRecord | undefined)[] = systems.map(() => undefined);
  const root = systems[0] && (await top(options));
  if (!root) return rows;
  const found = await locate(files, root, systems, options);
  // Those of one chunk and detail file together.
  const groups = new Map<FileRef, number[]>();
  found.forEach((one, i) => {
    if (one) addTo(groups, (one.details ?? one.chunk).ref, i);
  });
  const reads = [...groups.values()].map(indexes => async (options: QueryOptions) => {
    const { chunk, details } = found[indexes[0]!]!;
    const [columns, fields] = await Promise.all([
      readChunk(files, chunk.ref, chunk.rows, options),
      details && readDetails(files, details.ref, details.rows, options, only),
    ]);
    for (const i of indexes) {
      const { start, end } = found[i]!;
      const row = rowIndexOf(columns, systems[i]!.id, start, end);
      if (row < 0) continue;
      const system = systemRow(columns, row);
      if (!isAt(system, systems[i]!)) continue;
      const own = details ? fields![row - details.start] : {};
      if (!own) {
        const file = pathOf(details!.ref);
        const reason = `${file} lacks row ${row}`;
        const message = `the tree of ${files.source.location} is corrupt: ${reason}; publish again`;
        throw new CorruptError(message, { file, reason });
      }
      rows[i] = { ...system, record: joinRecord(columns, row, own) };
    }
  });
  await roundTrip(options, () => parallel(options, reads));
  return rows;
}

/** Reads the root node; undefined for an empty set. */
export async function readRoot(
  files: Files,
  index: SetIndex,
  options: QueryOptions,
): Promise<TreeNode | undefined> {
  const top = topOf(index);
  return top && roundTrip(options, () => readPage(files, top, options));
}

/**
 * Reads the records of systems; undefined for a system that the set does not have.
 * @param only fields to decode: the records may lack others; all if undefined
 */
export async function readKeyedRecords(
  files: Files,
  index: SetIndex,
  systems: readonly SystemKey[],
  options: QueryOptions,
  only?: readonly string[],
): Promise<(JsonObject | undefined)[]> {
  const found = await lookupSystems(
    files,
    systems,
    options,
    options => readRoot(files, index, options),
    only,
  );
  return found.map(system => system?.record);
}
