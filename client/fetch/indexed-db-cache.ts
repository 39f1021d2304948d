import { checkOptions, type OptionNames } from '#client/query/options.ts';
import { checkInteger } from '#client/query/validate.ts';
import type { FileCache } from './cached-source.ts';

/** Options of a persistent cache. */
export interface CacheOptions {
  /** Maximum size in bytes of the files that are kept; 256 MiB by default. */
  readonly maxBytes?: number | undefined;
}

/** Options of `indexedDbCache`. */
export interface IndexedDbOptions extends CacheOptions {
  /** Name of the database, which pages of an origin share; `haven-chunks` by default. */
  readonly name?: string | undefined;
}

export const CACHE_OPTIONS: OptionNames<CacheOptions> = { maxBytes: 1 };
export const INDEXED_DB_OPTIONS: OptionNames<IndexedDbOptions> = { ...CACHE_OPTIONS, name: 1 };
export const MAX_CACHE_BYTES = 256 << 20;

/** A file in the index of the database. */
interface KeptFile {
  readonly path: string;
  readonly size: number;
  /** When it was used last: milliseconds since 1970. */
  readonly used: number;
}

/** Uses that are noted together: a write for each read would double its time. */
const USES = 64;
/** After a removal this part of the budget is free. */
const FREE = 0.1;

/**
 * Returns a cache in IndexedDB, for pages and workers. The files that were not used for longest are removed when there are
 * too many. (In Chromium IndexedDB is twice as fast as the Cache API for files of this size, and knows their sizes.)
 * @throws ArgumentError for an invalid option
 */
export function indexedDbCache(options: IndexedDbOptions = {}): FileCache {
  checkOptions(options, INDEXED_DB_OPTIONS);
  const { name = 'haven-chunks', maxBytes = MAX_CACHE_BYTES } = options;
  checkInteger('maxBytes', maxBytes, 0);
  let opened: Promise<IDBDatabase> | undefined;
  const used = new Set<string>();
  /** Bytes that were added since the files were counted; undefined before the first count. */
  let bytes: number | undefined;

  function database(): Promise<IDBDatabase> {
    const forget = () => {
      opened = undefined;
    };
    opened ??= open(name, forget).catch(error => {
      forget();
      throw error;
    });
    return opened;
  }

  async function writing(): Promise<IDBTransaction> {
    return (await database()).transaction(['bytes', 'files'], 'readwrite', { durability: 'relaxed' });
  }

  async function noteUses(): Promise<void> {
    const paths = [...used];
    used.clear();
    const transaction = await writing();
    const files = transaction.objectStore('files');
    for (const path of paths) {
      const file = (await resultOf(files.get(path))) as KeptFile | undefined;
      if (file) files.put({ ...file, used: Date.now() });
    }
    await endOf(transaction);
  }

  /** Removes the files that were not used for longest, if there are too many bytes. */
  async function trim(): Promise<void> {
    const transaction = await writing();
    const files = transaction.objectStore('files');
    const all = (await resultOf(files.index('used').getAll())) as KeptFile[];
    // Other pages add files too: the sum is counted each time.
    bytes = all.reduce((sum, { size }) => sum + size, 0);
    if (bytes > maxBytes) {
      for (const { path, size } of all) {
        if (bytes <= maxBytes * (1 - FREE)) break;
        files.delete(path);
        transaction.objectStore('bytes').delete(path);
        bytes -= size;
      }
    }
    await endOf(transaction);
  }

  return {
    async get(path) {
      const transaction = (await database()).transaction('bytes');
      const found = (await resultOf(transaction.objectStore('bytes').get(path))) as Uint8Array | undefined;
      if (found) {
        used.add(path);
        if (used.size >= USES) noteUses().catch(() => {});
      }
      return found;
    },
    async set(path, content) {
      if (content.length > maxBytes) return;
      const transaction = await writing();
      transaction.objectStore('bytes').put(content, path);
      transaction.objectStore('files').put({ path, size: content.length, used: Date.now() });
      await endOf(transaction);
      bytes = (bytes ?? maxBytes) + content.length;
      if (bytes > maxBytes) await trim();
    },
  };
}

/** @param onClosed called when the connection has ended; the next use opens another one */
function open(name: string, onClosed: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('bytes');
    request.result.createObjectStore('files', { keyPath: 'path' }).createIndex('used', 'used');
  };
  return resultOf(request).then(database => {
    // Another page may delete the database, and a user all data of the site.
    database.onversionchange = () => {
      database.close();
      onClosed();
    };
    database.onclose = onClosed;
    return database;
  });
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
