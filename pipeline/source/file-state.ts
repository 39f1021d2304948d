/** Notices that an input file is changed before its reading has ended. */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StoreError } from '#pipeline/errors.ts';
import type { Input } from './source-types.ts';

/**
 * Size and time of last change of a file, in one string. Device and inode are left out: on network mounts, and between a
 * build and its continuation, they change while the file does not.
 */
export async function stateOf(path: string): Promise<string> {
  return stateIn(await stat(path, { bigint: true }));
}

/** The same of a file that was examined. */
export function stateIn({ size, mtimeNs }: BigIntStats): string {
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
    `${path}: ${reason}, so its records may be of two states: run the command again when no process writes to it`,
    { file: path, reason },
  );
}

/**
 * Yields the items that are read from an input. A file that is changed during the read may look malformed: the change is
 * reported instead. A database is checked by its reader.
 * @throws StoreError if the file was changed, replaced or removed; errors of reading
 */
export async function* unchanged<T>(
  { path, records }: Input,
  items: AsyncIterable<T>,
): AsyncGenerator<T, void, void> {
  if (path === undefined || records) return yield* items;
  // A file that has vanished cannot be opened either.
  const before = await stateOf(path).catch(() => '');
  try {
    yield* items;
  } catch (error) {
    await checkState(path, before);
    throw error;
  }
  await checkState(path, before);
}
