import { randomUUID } from 'node:crypto';
import { type BigIntStats, closeSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { link, mkdir, open, opendir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { NetworkError } from '#client/errors.ts';
import { checkPath } from '#client/fetch/source.ts';
import { folderSource } from '#client/node/folder-source.ts';
import { ConflictError } from '#pipeline/errors.ts';
import { checkNames, type OptionNames } from './check-options.ts';
import { withCleanUp } from './clean-up.ts';
import { DiskPace } from './disk-pace.ts';
import type { Content, PutOptions, Store, StoredFile, StoreGetOptions } from './store.ts';
import { isSystemError, storeError } from './system-error.ts';

/** Options of `folderStore`. */
export interface FolderStoreOptions {
  /** Flushes every file and its folder before `put` returns, so that it survives a power cut; false by default. */
  readonly flush?: boolean | undefined;
}

const FOLDER_OPTIONS: OptionNames<FolderStoreOptions> = { flush: 1 };

/**
 * Returns a store in an existing folder. Several processes may use it at the same time: a file is written under a temporary
 * name beside its path, then renamed. `ifMatch` compares first and renames afterwards: its users must hold the
 * folder's lock.
 *
 * Subfolders are created when a file needs them, each once. If one is removed while the store is in use, that is an
 * error, because its files were removed too.
 */
export function folderStore(directory: string, options: FolderStoreOptions = {}): Store {
  checkNames(options, FOLDER_OPTIONS);
  const { flush: flushing = false } = options;
  const source = folderSource(directory);
  const folders = new Map<string, Promise<void>>();
  const pace = new DiskPace();

  /** Creates a subfolder of the store, and its parents. */
  function makeFolder(path: string): Promise<void> {
    if (path === '.') return Promise.resolve();
    let made = folders.get(path);
    if (!made) {
      made = makeFolder(dirname(path))
        .then(() => mkdir(join(directory, path)))
        .catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'EEXIST') throw error;
        });
      folders.set(path, made);
      made.catch(() => folders.delete(path));
    }
    return made;
  }

  async function put(path: string, content: Content, options: PutOptions = {}): Promise<void> {
    checkPath(path);
    options.signal?.throwIfAborted();
    const target = join(directory, path);
    const temporary = join(dirname(target), `.${basename(path)}.${temporaryEnd()}`);
    try {
      await makeFolder(dirname(path));
      const pooled = async () => {
        await writeWhole(temporary, content, flushing, options.signal);
        await moveInto(temporary, target, path, options);
      };
      // Conditions need more calls, and a flush takes long.
      if (!(content instanceof Uint8Array) || flushing || hasCondition(options)) await pooled();
      else {
        const here = () => {
          writeFileSync(temporary, content, { flag: 'wx' });
          renameSync(temporary, target);
        };
        await pace.call(content.length, here, pooled);
      }
      if (flushing) await flush(dirname(target));
    } catch (error) {
      // The first error is reported, even if the removal fails too.
      await rm(temporary, { force: true }).catch(() => {});
      throw storeError('cannot write', target, error);
    }
  }

  async function moveInto(
    temporary: string,
    target: string,
    path: string,
    { ifMatch, ifNoneMatch }: PutOptions,
  ): Promise<void> {
    if (ifMatch !== undefined && (await etagAt(target)) !== ifMatch) {
      throw new ConflictError(`${path} of ${directory} was changed by another writer`, { file: path });
    }
    if (!ifNoneMatch) return rename(temporary, target);
    try {
      await link(temporary, target);
      await rm(temporary);
    } catch (error) {
      if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
      throw new ConflictError(`${path} of ${directory} exists already`, { file: path });
    }
  }

  return {
    location: directory,
    get(path, options = {}) {
      return options.range
        ? readRange(pace, directory, path, options.range, options)
        : source.get(path, options);
    },
    put,
    async *list(prefix, { signal } = {}) {
      signal?.throwIfAborted();
      // All paths with the prefix are in or below its folder.
      const top = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      if (top !== '') checkPath(top.slice(0, -1));
      try {
        for await (const file of listFolder(directory, top, prefix)) {
          signal?.throwIfAborted();
          yield file;
        }
      } catch (error) {
        signal?.throwIfAborted();
        throw storeError('cannot list', directory, error);
      }
    },
    async delete(path, { signal } = {}) {
      checkPath(path);
      signal?.throwIfAborted();
      const target = join(directory, path);
      try {
        await rm(target);
      } catch (error) {
        if (!isMissing(error)) throw storeError('cannot delete', target, error);
      }
    },
  };
}

function hasCondition({ ifMatch, ifNoneMatch }: PutOptions): boolean {
  return ifMatch !== undefined || ifNoneMatch !== undefined;
}

/** Random digits. Node makes identifiers in advance, many at a time: other random bytes cost more than a small file. */
function temporaryEnd(): string {
  return randomUUID().slice(-12);
}

const TEMPORARY = /^\..+\.[0-9a-f]{12}$/;

/** Removes the files that killed writers have left in a folder and its subfolders; call it while holding its lock. */
export async function removeTemporary(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith('.')) await removeTemporary(path);
    else if (entry.isFile() && TEMPORARY.test(entry.name)) await rm(path, { force: true });
  }
}

/** Error codes of file systems that cannot flush a folder, such as some network mounts. */
const UNSUPPORTED = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Flushes the content of a file, or the entries of a folder, so that it survives a power cut. A folder is passed over
 * if its file system cannot flush folders.
 */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    const isUnsupported = isSystemError(error) && UNSUPPORTED.includes(error.code);
    if (!isUnsupported || !(await handle.stat()).isDirectory()) throw error;
  } finally {
    await handle.close();
  }
}

async function writeWhole(
  path: string,
  content: Content,
  flushing: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const handle = await open(path, 'wx');
  const write = async () => {
    if (content instanceof Uint8Array) await handle.writeFile(content, signal ? { signal } : {});
    else {
      for await (const part of content) {
        signal?.throwIfAborted();
        await handle.writeFile(part);
      }
    }
    if (flushing) await handle.sync();
  };
  try {
    await withCleanUp(write, () => handle.close());
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function readRange(
  pace: DiskPace,
  directory: string,
  path: string,
  { offset, length, into = new Uint8Array(length) }: NonNullable<StoreGetOptions['range']>,
  { signal }: StoreGetOptions,
): Promise<Uint8Array | undefined> {
  checkPath(path);
  signal?.throwIfAborted();
  try {
    const file = join(directory, path);
    const end = await pace.call(
      length,
      () => fillNow(file, into, offset),
      () => fill(file, into, offset, signal),
    );
    signal?.throwIfAborted();
    return into.subarray(0, end);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    if (!isSystemError(cause)) throw cause;
    throw new NetworkError(`${path} of ${directory} cannot be read: ${cause.message}`, {
      file: path,
      reason: cause.message,
      cause,
    });
  }
}

/** Fills memory with the bytes of a file from an offset on; returns their number, less where the file ends. */
async function fill(
  path: string,
  into: Uint8Array,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const file = await open(path, 'r');
  try {
    let end = 0;
    while (end < into.length) {
      const { bytesRead } = await file.read(into, end, into.length - end, offset + end);
      signal?.throwIfAborted();
      if (bytesRead === 0) break;
      end += bytesRead;
    }
    return end;
  } finally {
    await file.close();
  }
}

/** The same on this thread. */
function fillNow(path: string, into: Uint8Array, offset: number): number {
  const file = openSync(path, 'r');
  try {
    let end = 0;
    while (end < into.length) {
      const bytesRead = readSync(file, into, end, into.length - end, offset + end);
      if (bytesRead === 0) break;
      end += bytesRead;
    }
    return end;
  } finally {
    closeSync(file);
  }
}

/** Lists files lazily, so that memory does not grow with the folder. Links to files are followed. */
async function* listFolder(directory: string, folder: string, prefix: string): AsyncGenerator<StoredFile> {
  for await (const entry of await openFolder(join(directory, folder))) {
    const path = folder + entry.name;
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) {
      if (path.startsWith(prefix)) yield* listFolder(directory, `${path}/`, prefix);
      continue;
    }
    if (!path.startsWith(prefix)) continue;
    const stats = await statOf(join(directory, path));
    if (stats?.isFile()) yield entryOf(path, stats);
  }
}

async function openFolder(path: string) {
  try {
    return await opendir(path);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function etagAt(path: string): Promise<string | undefined> {
  const stats = await statOf(path);
  return stats && etagOf(stats);
}

function entryOf(path: string, stats: BigIntStats): StoredFile {
  const { size, mtimeNs } = stats;
  return { path, size: Number(size), etag: etagOf(stats), modified: Number(mtimeNs) / 1e6 };
}

function etagOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`;
}

function isMissing(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
