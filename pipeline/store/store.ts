/** Where files are kept: one interface, and a driver for each kind of place. */
import type { GetOptions, Source } from '../../client/source.ts';

export interface StoreGetOptions extends GetOptions {
  /**
   * Reads only these bytes; fewer where the file ends earlier. For the large files of a running build: published
   * sets are read file by file, because servers, proxies and caches break ranges.
   */
  readonly range?: { readonly offset: number; readonly length: number } | undefined;
}

export interface PutOptions {
  /** Writes only if the file exists with this `etag` (of `list`). */
  readonly ifMatch?: string | undefined;
  /** Writes only if there is no such file. */
  readonly ifNoneMatch?: '*' | undefined;
  /** HTTP headers to be sent with the file later (`Content-Type`, `Cache-Control`); a folder has no room for them. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StoredFile {
  readonly path: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Changes whenever the file is written again. */
  readonly etag: string;
}

/**
 * Files by path: relative, `/` between the parts, no part beginning with a dot (`checkPath`). Every method throws
 * ArgumentError for another path, and the reason of a signal that is aborted.
 *
 * Names that begin with a dot are the drivers' own (temporary files, locks): no method shows or takes them.
 * The reading half is a `Source`, so the client can open any store.
 */
export interface Store extends Source {
  /**
   * The bytes of a file, or undefined where there is none. They belong to the store: read only.
   * @throws NetworkError where the store cannot be read
   */
  get(path: string, options?: StoreGetOptions): Promise<Uint8Array | undefined>;
  /**
   * Writes a file, in place of an older one. Readers see the old file or the new one, never a part; a `put` that
   * fails or is killed leaves the old one.
   * @param content the bytes, or parts of them in order, which are then held one at a time
   * @throws ConflictError where `ifMatch` or `ifNoneMatch` does not hold, StoreError where it cannot be written
   */
  put(path: string, content: Content, options?: PutOptions): Promise<void>;
  /**
   * All files whose path begins with `prefix` ("" for all), in no order. Files that are put or deleted meanwhile may
   * be in it or not.
   * @throws StoreError where the store cannot be read
   */
  list(prefix: string): AsyncIterable<StoredFile>;
  /**
   * Deletes a file; does nothing where there is none.
   * @throws StoreError where it cannot be deleted
   */
  delete(path: string): Promise<void>;
}

export type Content = Uint8Array | AsyncIterable<Uint8Array>;
