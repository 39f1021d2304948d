/** Puts the files of the map beside a set: `build --viewer`. */
import { readFile } from 'node:fs/promises';
import { UsageError } from '#pipeline/errors.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { checkNoOtherPage, MAP_PAGE } from '#pipeline/store/map-beside-set.ts';
import { folderOf } from '#pipeline/store/open-store.ts';
import { findMap } from './serve/map-files.ts';

/**
 * Finds the map of this package.
 * @param out folder of a set, which need not exist
 * @param flush whether the files must survive a power cut
 * @returns a function that writes the files of the map into the folder, the page last
 * @throws UsageError if the map is not built, as in a fresh clone, or if the folder has a page of the user
 */
export async function openMapFiles(out: string, flush: boolean): Promise<() => Promise<void>> {
  const files = findMap(undefined);
  if (!files) throw new UsageError('the map is not built: run npm run build first, or leave out --viewer');
  const store = folderStore(folderOf(out), { flush });
  await checkNoOtherPage(store);
  return async () => {
    const paths = [...files.keys()].map(path => path.slice(1)).filter(path => path !== '');
    for (const path of paths.sort((a, b) => Number(a === MAP_PAGE) - Number(b === MAP_PAGE)))
      await store.put(path, await readFile(files.get(`/${path}`)!));
  };
}
