/** Caches that outlive pages and processes. */
import { ArgumentError } from './errors.ts';
import { type CachedSource, type FileCache, withCache } from './fetch/cached-source.ts';
import { type HttpOptions, httpSource } from './fetch/http-source.ts';
import { INDEXED_DB_OPTIONS, type IndexedDbOptions, indexedDbCache } from './fetch/indexed-db-cache.ts';
import type { Source } from './fetch/source.ts';
import { checkOptions, type OptionNames } from './query/options.ts';

export type { CachedSource, FileCache } from './fetch/cached-source.ts';
export { type CacheOptions, type IndexedDbOptions, indexedDbCache } from './fetch/indexed-db-cache.ts';

/** Options of `cachedSource`. */
export interface CachedSourceOptions extends IndexedDbOptions {
  /** The cache; that of IndexedDB by default. In Node: `folderCache` of `haven-chunks/node`. */
  readonly cache?: FileCache | undefined;
  /** How to send requests; used if the location is an address. */
  readonly http?: HttpOptions | undefined;
}

const CACHED_SOURCE_OPTIONS: OptionNames<CachedSourceOptions> = { ...INDEXED_DB_OPTIONS, cache: 1, http: 1 };

/**
 * Returns the source of a chunk set with a persistent cache before it: `openTileset(cachedSource(url))`. Files are kept by
 * their hashes, so they serve all generations of all sets; damaged ones are fetched again. Each opening asks for
 * `index.json`. `usage` counts a file of the cache as a request; `hits` and `misses` tell them apart.
 * @param location URL of the set's folder or of its `index.json`, or a source
 * @throws ArgumentError
 */
export function cachedSource(
  location: string | URL | Source,
  options: CachedSourceOptions = {},
): CachedSource {
  checkOptions(options, CACHED_SOURCE_OPTIONS);
  const { cache, http, ...database } = options;
  const isAddress = typeof location === 'string' || location instanceof URL;
  const source = isAddress ? httpSource(location, http) : location;
  if (!cache && typeof indexedDB === 'undefined') {
    throw new ArgumentError('IndexedDB does not exist here: give a cache, in Node folderCache(path)');
  }
  return withCache(source, cache ?? indexedDbCache(database));
}

/**
 * Lets this page work offline: registers the service worker of the package, its file `dist/service-worker.js`, which the page
 * must host, and has it keep the files that the page has loaded so far. Resolves when it has; at once where pages have no
 * service workers (over plain http).
 * @param script address of the worker, relative to the page; `?max=` and `?assets=` are its options (see client/README.md)
 * @throws the errors of `register`
 */
export async function workOffline(script: string | URL): Promise<void> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  if (!serviceWorker) return;
  await serviceWorker.register(script);
  const { active } = await serviceWorker.ready;
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  const { port1, port2 } = new MessageChannel();
  const kept = new Promise<void>(resolve => {
    port1.onmessage = () => resolve();
  });
  active!.postMessage([location.href, ...loaded], [port2]);
  await kept;
  port1.close();
}
