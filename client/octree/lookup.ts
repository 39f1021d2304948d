/** Reads complete systems: rows with their records. */

import { CorruptError } from '#client/errors.ts';
import { readChunk, readDetails } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel, roundTrip } from '#client/fetch/parallel.ts';
import type { QueryOptions, SystemKey, SystemWithRecord } from '#client/query/types.ts';
import { joinRecord } from '#format/octree/record-fields.ts';
import type { TreeNode } from '#format/octree/tree-node.ts';
import { systemRow } from '#format/system-row.ts';
import { type Located, locate, rowIndexOf } from './locate.ts';

/**
 * Reads systems, in the order of their keys; undefined for a system that the set does not have.
 * @param top reads the root node of the octree, undefined for an empty set
 * @throws NotFoundError, CorruptError, NetworkError, and the signal's reason
 */
export async function lookupSystems(
  files: Files,
  systems: readonly SystemKey[],
  options: QueryOptions,
  top: (options: QueryOptions) => Promise<TreeNode | undefined>,
): Promise<(SystemWithRecord | undefined)[]> {
  options.signal?.throwIfAborted();
  const root = systems.length > 0 ? await top(options) : undefined;
  if (!root) return systems.map(() => undefined);
  const located = await locate(files, root, systems, options);
  const reads = located.map(
    (found, i) => async (options: QueryOptions) => found && readWhole(files, systems[i]!.id, found, options),
  );
  return roundTrip(options, () => parallel(options, reads));
}

async function readWhole(
  files: Files,
  id: string,
  { chunk, start, end, details }: Located,
  options: QueryOptions,
): Promise<SystemWithRecord | undefined> {
  const [columns, fields] = await Promise.all([
    readChunk(files, chunk.ref, chunk.rows, options),
    details && readDetails(files, details.ref, details.rows, options),
  ]);
  const row = rowIndexOf(columns, id, start, end);
  if (row < 0) return undefined;
  const own = details && fields ? fields[row - details.start] : {};
  if (!own) {
    throw new CorruptError(
      `the tree of ${files.source.location} is corrupt: details/${details?.ref.hash} lacks row ${row}; publish again`,
      { file: `details/${details?.ref.hash}.mpk`, reason: `row ${row} is missing` },
    );
  }
  return { ...systemRow(columns, row), record: joinRecord(columns, row, own) };
}
