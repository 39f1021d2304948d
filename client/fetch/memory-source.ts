import { checkPath, type Source } from './source.ts';

/**
 * Returns the source of a chunk set in memory, for tests and embedded data.
 * @param files content of each file by path (`index.json`, `chunks/….mpk`); later changes of it are seen
 * @param location name of the set in error messages
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
