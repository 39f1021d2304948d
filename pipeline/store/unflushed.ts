/**
 * The mark of a folder that has files which were never flushed. `--no-flush` leaves it; the next command that flushes
 * its own files flushes all others first, because its index or a kept generation may lead to them.
 */
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { concurrently } from './concurrently.ts';
import { flush, folderStore } from './folder-store.ts';
import { MAP_PREFIXES } from './map-beside-set.ts';
import { SET_FOLDERS } from './set-folders.ts';

const MARK = '.haven-chunks-unflushed';
const NOTE =
  'A command with --no-flush has written files here. The next command without it flushes the files of the set and its map, and removes this one.\n';
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
    for await (const { path } of store.list(prefix, { signal })) {
      files.push(path);
      for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder);
    }
  }
  for (const folder of foldersAbove(directory, readFileSync(mark, 'utf8'))) folders.add(folder);
  for (const paths of [files, folders]) {
    await concurrently(paths, path => {
      signal?.throwIfAborted();
      return flush(resolve(directory, path));
    });
  }
  removeMark(directory);
}

/** The folders above a marked one whose entries may not be flushed. */
function foldersAbove(directory: string, note: string): string[] {
  const all: string[] = [];
  for (let folder = resolve(directory); folder !== dirname(folder); folder = dirname(folder))
    all.push(dirname(folder));
  const [text, made] = note.split(ABOVE);
  if (text === NOTE && /^\d+\n$/.test(made ?? '') && Number(made) <= all.length)
    return all.slice(0, Number(made));
  // The mark is damaged, as a power cut can leave it: any of them may be new.
  return all.filter(isReadable);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
