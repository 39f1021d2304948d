import { checkPath, type Source } from '../source.ts';

/**
 * A chunk set in memory, for tests and embedded data.
 * @param files content by path; looked up at each call, so that later changes show
 * @param location names the set in messages
 */
export function memorySource(
  files: ReadonlyMap<string, Uint8Array> | Readonly<Record<string, Uint8Array>>,
  location = 'memory',
): Source {
  return {
    location,
    async get(path, { signal } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      if (files instanceof Map) return files.get(path);
      return Object.hasOwn(files, path) ? (files as Record<string, Uint8Array>)[path] : undefined;
    },
  };
}
