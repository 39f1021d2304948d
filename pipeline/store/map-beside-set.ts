/** Files of the map beside a set: `build --viewer` writes them, `publish` sends them, `gc` leaves them alone. */
import { UsageError } from '#pipeline/errors.ts';
import type { Store } from './store.ts';

/** The page; the scripts and styles in `map/` are named by hashes. */
export const MAP_PAGE = 'index.html';
/** The script of the page; its name has a hash. */
const MAP_SCRIPT = /^map\/index-[\w-]+\.js$/;
const MAP_FILE = /^(index\.html|service-worker\.js|map\/[^/]+)$/;

/** Whether a path is that of a file of the map. */
export function isMapFile(path: string): boolean {
  return MAP_FILE.test(path);
}

/** Beginnings of the paths of all files of a map. */
export const MAP_PREFIXES = [MAP_PAGE, 'service-worker.js', 'map/'];

/**
 * Paths of the files of the map in a store. None if there is no map: a page that does not load the script of the map is
 * one of the user, even beside a folder `map`.
 */
export async function mapFilesIn(store: Store, signal: AbortSignal | undefined): Promise<string[]> {
  const paths = await pathsIn(store, signal);
  return (await isMap(store, paths, signal)) ? paths : [];
}

/** @throws UsageError if a map would replace a page of the user */
export async function checkNoOtherPage(store: Store, signal?: AbortSignal): Promise<void> {
  const paths = await pathsIn(store, signal);
  if (!paths.includes(MAP_PAGE) || (await isMap(store, paths, signal))) return;
  throw new UsageError(
    `${store.location} has an ${MAP_PAGE} that is not the map, and would be replaced: give another folder, or remove it`,
    { file: MAP_PAGE },
  );
}

async function pathsIn(store: Store, signal: AbortSignal | undefined): Promise<string[]> {
  const paths: string[] = [];
  for (const prefix of MAP_PREFIXES)
    for await (const { path } of store.list(prefix, { signal })) if (isMapFile(path)) paths.push(path);
  return paths;
}

async function isMap(
  store: Store,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const page = paths.includes(MAP_PAGE) ? await store.get(MAP_PAGE, { signal }) : undefined;
  const text = Buffer.from(page ?? []).toString();
  return paths.some(path => MAP_SCRIPT.test(path) && text.includes(path));
}
