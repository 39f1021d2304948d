import { checkPath, type GetOptions, type Source } from './source.ts';

/**
 * Keeps files of chunk sets beyond the life of a process or page. Files are named by the hash of their content, so a cache
 * serves any number of sets and generations, and its files never become outdated.
 */
export interface FileCache {
  /** Returns the bytes of a file, or undefined. */
  get(path: string): Promise<Uint8Array | undefined>;
  /** Keeps the bytes of a file, in place of those that it has for the path, and removes others if they are too many. */
  set(path: string, bytes: Uint8Array): Promise<void>;
}

/** A source with a cache before it. */
export interface CachedSource extends Source {
  /** Number of files that came from the cache, and from the source. */
  readonly hits: number;
  readonly misses: number;
}

/** Paths of files that never change. */
export const IMMUTABLE = /^[a-z]+\/[0-9a-f]{40}\.mpk$/;

/**
 * Puts a cache before a source. A file that is asked for with `fresh` comes from the source: the client does so when the
 * bytes of a cache are damaged, and they are replaced. If the cache fails, the source is read.
 */
export function withCache(source: Source, cache: FileCache): CachedSource {
  let hits = 0;
  let misses = 0;
  return {
    location: source.location,
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
    async get(path: string, options: GetOptions = {}) {
      checkPath(path);
      if (!IMMUTABLE.test(path)) return source.get(path, options);
      const { signal, fresh, maxBytes = Number.POSITIVE_INFINITY } = options;
      const kept = fresh ? undefined : await cache.get(path).catch(() => undefined);
      signal?.throwIfAborted();
      if (kept) {
        hits++;
        return kept;
      }
      misses++;
      const bytes = await source.get(path, options);
      // The answer does not wait for the cache. Longer bytes were cut.
      if (bytes && bytes.length <= maxBytes) cache.set(path, bytes).catch(() => {});
      return bytes;
    },
  };
}
