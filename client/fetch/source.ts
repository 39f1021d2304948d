import { invalid } from '#client/query/invalid.ts';

/** Options of `Source.get`. */
export interface GetOptions {
  /** Aborts the request; the promise then rejects with the signal's `reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Fetches from the origin, bypasses every cache, and replaces what caches hold. Used for `index.json`, the one file
   * that changes, and for a file that was damaged.
   */
  readonly fresh?: boolean | undefined;
  /** With `fresh`: an earlier copy will do if the origin confirms that it has not changed (by its ETag). */
  readonly revalidate?: boolean | undefined;
  /** After this many bytes a source may stop and return what it has: the file is invalid anyway. */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads the files of a chunk set. Implement it to read from any other store; wrap one to add a cache, for example.
 */
export interface Source {
  /** Name of the set in error messages; must hold no secrets. */
  readonly location: string;
  /**
   * Returns the bytes of a file, or undefined if there is no such file. The bytes belong to the source: do not change
   * them.
   * @param path relative to the set, with `/` between its parts
   * @throws NetworkError if the file cannot be read; ArgumentError for a path that could leave the set
   */
  get(path: string, options?: GetOptions): Promise<Uint8Array | undefined>;
}

/**
 * Rejects a path that could leave the set (`..`, absolute, a drive, a scheme) or has a query string.
 * @throws ArgumentError
 */
export function checkPath(path: string): void {
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path)) {
    throw invalid('path', path, 'names joined by "/"');
  }
}
