/** Files of the map beside a set: `build --viewer` writes them, `publish` sends them, `gc` leaves them alone. */
import type { Store } from './store.ts';

/** The page; the scripts and styles in `map/` are named by hashes. */
export const MAP_PAGE = 'index.html';
const MAP_FILE = /^(index\.html|service-worker\.js|map\/[^/]+)$/;

/** Whether a path is that of a file of the map. */
export function isMapFile(path: string): boolean {
  return MAP_FILE.test(path);
}

/**
 * Paths of the files of the map in a store, the page last: readers of a page find its scripts. None if there is no map:
 * a page alone is one of the user.
 */
export async function mapFilesIn(store: Store): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of store.list('')) if (isMapFile(path)) paths.push(path);
  const isWhole = paths.includes(MAP_PAGE) && paths.some(path => path.startsWith('map/'));
  return isWhole ? paths.sort((a, b) => Number(a === MAP_PAGE) - Number(b === MAP_PAGE)) : [];
}
