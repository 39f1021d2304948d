/**
 * The mark of a folder that has files which were never flushed. `--no-flush` leaves it; the next command that flushes
 * its own files flushes all others first, because its index or a kept generation may lead to them.
 */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { concurrently } from './concurrently.ts';
import { flush, folderStore } from './folder-store.ts';

const MARK = '.haven-chunks-unflushed';
const NOTE =
  'A command with --no-flush has written files here. The next command without it flushes all files, and removes this one.\n';

/** Marks a folder before the first file is written to it without a flush. */
export function markUnflushed(directory: string): void {
  writeFileSync(join(directory, MARK), NOTE);
}

export function removeMark(directory: string): void {
  rmSync(join(directory, MARK), { force: true });
}

/** Flushes all files and folders of a marked folder, and removes the mark; call it while holding its lock. */
export async function flushMarked(directory: string, signal: AbortSignal | undefined): Promise<void> {
  if (!existsSync(join(directory, MARK))) return;
  const files: string[] = [];
  const folders = new Set(['.']);
  for await (const { path } of folderStore(directory).list('')) {
    files.push(path);
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
  }
  for (const paths of [files, folders]) {
    await concurrently(paths, path => {
      signal?.throwIfAborted();
      return flush(join(directory, path));
    });
  }
  removeMark(directory);
}
