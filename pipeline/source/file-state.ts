/** Notices that an input file is changed between its planning and the end of its reading. */
import { stat } from 'node:fs/promises';
import { StoreError } from '#pipeline/errors.ts';

/**
 * Size and time of last change of a file. Device and inode are left out: on network mounts, and between a build and its
 * continuation, they change while the file does not.
 */
export async function stateOf(path: string): Promise<string> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return [size, mtimeNs].join();
}

/**
 * Compares a file that has been read with its state before.
 * @throws StoreError if it was changed, replaced or removed since
 */
export async function checkState(path: string, before: string): Promise<void> {
  const now = await stateOf(path).catch(() => undefined);
  if (now === before) return;
  const reason = now === undefined ? 'it was removed while it was read' : 'it was changed while it was read';
  throw new StoreError(
    `${path}: ${reason}, so its records may be of two states: build again when no process writes to it`,
    { file: path, reason },
  );
}
