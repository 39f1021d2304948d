import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type FileCache, IMMUTABLE } from '#client/fetch/cached-source.ts';
import { CACHE_OPTIONS, type CacheOptions, MAX_CACHE_BYTES } from '#client/fetch/indexed-db-cache.ts';
import { checkPath } from '#client/fetch/source.ts';
import { checkOptions } from '#client/query/options.ts';
import { checkInteger } from '#client/query/validate.ts';

/** A file in the folder. */
interface CachedFile {
  readonly size: number;
  /** When its use was last noted in the folder: milliseconds since 1970. */
  readonly noted: number;
}

/** The time of a file is set at its first use after this time. */
const HOUR = 3_600_000;
/** Prefix of files that are being written. */
const PARTIAL = '.partial-';
let partials = 0;

/**
 * Returns a cache in a folder, for Node. The files that were not used for longest are removed when there are too many.
 * Processes may share a folder; each counts the files of the others when it starts. Files with names that are not those
 * of a chunk set are left alone.
 * @throws ArgumentError for an invalid option
 */
export function folderCache(folder: string, options: CacheOptions = {}): FileCache {
  checkOptions(options, CACHE_OPTIONS);
  const { maxBytes = MAX_CACHE_BYTES } = options;
  checkInteger('maxBytes', maxBytes, 0);
  let files: Promise<Map<string, CachedFile>> | undefined;
  let bytes = 0;

  /** The files by path, least recently used first. */
  function known(): Promise<Map<string, CachedFile>> {
    files ??= filesIn(folder).then(found => {
      for (const { size } of found.values()) bytes += size;
      return found;
    });
    return files;
  }

  function remove(all: Map<string, CachedFile>, path: string): void {
    bytes -= all.get(path)?.size ?? 0;
    all.delete(path);
  }

  return {
    async get(path) {
      checkPath(path);
      const all = await known();
      let found: Uint8Array;
      try {
        const { buffer, byteOffset, length } = await readFile(join(folder, path));
        found = new Uint8Array(buffer, byteOffset, length);
      } catch {
        remove(all, path);
        return undefined;
      }
      const now = Date.now();
      const noted = all.get(path)?.noted ?? 0;
      remove(all, path);
      bytes += found.length;
      all.set(path, { size: found.length, noted: now - noted < HOUR ? noted : now });
      if (now - noted >= HOUR) await utimes(join(folder, path), now / 1000, now / 1000).catch(() => {});
      return found;
    },
    async set(path, content) {
      checkPath(path);
      if (content.length > maxBytes) return;
      const all = await known();
      const target = join(folder, path);
      await makeFolder(dirname(target));
      const partial = join(folder, `${PARTIAL}${process.pid}-${partials++}`);
      try {
        await writeFile(partial, content);
        await rename(partial, target);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
      remove(all, path);
      all.set(path, { size: content.length, noted: Date.now() });
      bytes += content.length;
      for (const oldest of all.keys()) {
        if (bytes <= maxBytes) break;
        remove(all, oldest);
        await rm(join(folder, oldest), { force: true });
      }
    },
  };
}

/** A recursive mkdir never ends on a file system that takes no folders, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  if (existsSync(path)) return;
  await makeFolder(dirname(path));
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** The cached files of a folder by path, least recently used first. Those that were never completed are removed. */
async function filesIn(folder: string): Promise<Map<string, CachedFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: (CachedFile & { readonly path: string })[] = [];
  for (const entry of entries.filter(entry => entry.isFile())) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file).replaceAll('\\', '/');
    const isPartial = path.startsWith(PARTIAL);
    // Files of others are neither counted nor removed.
    if (!isPartial && !IMMUTABLE.test(path)) continue;
    const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }));
    if (!isPartial) found.push({ path, size, noted: mtimeMs });
    else if (Date.now() - mtimeMs > HOUR) await rm(file, { force: true });
  }
  found.sort((a, b) => a.noted - b.noted);
  return new Map(found.map(({ path, size, noted }) => [path, { size, noted }]));
}
