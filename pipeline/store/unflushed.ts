/**
 * The mark of a folder that has files which were never flushed. `--no-flush` leaves it; the next command that flushes
 * its own files flushes all others first, because its index or a kept generation may lead to them.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { concurrently } from './concurrently.ts';
import { flush, folderStore } from './folder-store.ts';
import { MAP_PREFIXES } from './map-beside-set.ts';
import { SET_FOLDERS } from './set-folders.ts';

const MARK = '.haven-chunks-unflushed';
const NOTE =
  'A command with --no-flush has written files here. The next command without it flushes all files, and removes this one.\n';
const ABOVE = 'New folders above, with this one: ';

/**
 * Marks a folder before the first file is written to it without a flush.
 * @param made number of folders that were made for it, with itself
 */
export function markUnflushed(directory: string, made: number): void {
  const mark = join(directory, MARK);
  // An earlier command may have made the folder.
  if (!existsSync(mark)) writeFileSync(mark, `${NOTE}${ABOVE}${made}\n`);
}

export function removeMark(directory: string): void {
  rmSync(join(directory, MARK), { force: true });
}

/**
 * Flushes all files and folders of the set in a marked folder, and the folders above that were made for it. Then removes
 * the mark; call it while holding its lock.
 */
export async function flushMarked(directory: string, signal: AbortSignal | undefined): Promise<void> {
  const mark = join(directory, MARK);
  if (!existsSync(mark)) return;
  const files: string[] = [];
  const folders = new Set(['.']);
  const store = folderStore(directory);
  for (const prefix of ['index.json', ...MAP_PREFIXES, ...SET_FOLDERS.map(folder => `${folder}/`)]) {
    for await (const { path } of store.list(prefix)) {
      files.push(path);
      for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
    }
  }
  const made = Number(readFileSync(mark, 'utf8').split(ABOVE)[1] ?? 0);
  for (let level = 1; level <= made; level++) folders.add('../'.repeat(level));
  for (const paths of [files, folders]) {
    await concurrently(paths, path => {
      signal?.throwIfAborted();
      return flush(resolve(directory, path));
    });
  }
  removeMark(directory);
}
