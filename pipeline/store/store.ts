/** Stores of files: one interface, and a driver for each kind of store. */
import type { GetOptions, Source } from '#client/fetch/source.ts';

/** Options of `Store.get`. */
export interface StoreGetOptions extends GetOptions {
  /**
   * Reads only these bytes; fewer if the file ends earlier. For the large files of a running build: published sets
   * are read file by file, because servers, proxies and caches break ranges. A folder reads them to `into`, of the same
   * length, and returns that memory; other stores may return other memory.
   */
  readonly range?:
    | { readonly offset: number; readonly length: number; readonly into?: Uint8Array }
    | undefined;
}

/** Options of `Store.put`. */
export interface PutOptions {
  /** Writes only if the file exists and has this `etag` (from `list`). */
  readonly ifMatch?: string | undefined;
  /** Writes only if the file does not exist. */
  readonly ifNoneMatch?: '*' | undefined;
  /**
   * `etag` of the file as it was listed. If it is that of the content, a bucket may copy the file onto itself instead of
   * receiving its bytes; the file counts as written either way. Not with a condition.
   */
  readonly renew?: string | undefined;
  /** HTTP headers for serving the file (`Content-Type`, `Cache-Control`); a folder ignores them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of `Store.list`. */
export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Options of `Store.delete`. */
export interface DeleteOptions {
  readonly signal?: AbortSignal | undefined;
}

/** A file of a store. */
export interface StoredFile {
  readonly path: string;
  /** Stored size in bytes. */
  readonly size: number;
  /** Changes whenever other content is written; a bucket has the same one for the same content. */
  readonly etag: string;
  /** Time of the last write in milliseconds since 1970, by the clock of the store. */
  readonly modified: number;
}

/**
 * Files by path: relative, `/` between the parts, no part beginning with a dot (`checkPath`). Every method throws
 * ArgumentError for another path, and the reason of a signal that is aborted.
 *
 * Names that begin with a dot belong to the drivers (temporary files, locks): no method returns or accepts them. The
 * reading half is a `Source`, so the client can open any store.
 */
export interface Store extends Source {
  /**
   * Returns the bytes of a file, or undefined if there is none. They belong to the store: do not change them.
   * @throws NetworkError if the store cannot be read
   */
  get(path: string, options?: StoreGetOptions): Promise<Uint8Array | undefined>;
  /**
   * Writes a file, or replaces an older one. Readers see the old file or the new one, never a part; a `put` that
   * fails or is killed leaves the old file.
   * @param content the bytes, or their parts in order; a folder has only one part at a time in memory. Their memory may
   *   be used again after `put` has returned, that of a part when the next one is requested
   * @throws ConflictError if `ifMatch` or `ifNoneMatch` does not hold, StoreError if the file cannot be written
   */
  put(path: string, content: Content, options?: PutOptions): Promise<void>;
  /**
   * Lists all files whose path begins with `prefix` ("" for all), in any order. Files that are written or deleted
   * during the listing may be included or not.
   * @throws StoreError if the store cannot be read
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<StoredFile>;
  /** Deletes a file; does nothing if there is none. @throws StoreError if it cannot be deleted */
  delete(path: string, options?: DeleteOptions): Promise<void>;
}

/** Content of a file: its bytes, or parts of them in order. */
export type Content = Uint8Array | AsyncIterable<Uint8Array>;
