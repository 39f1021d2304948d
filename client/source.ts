import { ArgumentError } from './errors.ts';

/** How to get a file. */
export interface GetOptions {
  /** Ends the request; the promise then rejects with its `reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Asks the origin, past every cache, and replaces what caches hold: for `index.json`, the one file that changes, and
   * for a file that turned out to be damaged.
   */
  readonly fresh?: boolean | undefined;
  /** A source may stop reading beyond this many bytes and give what it has: the file is wrong anyway. */
  readonly maxBytes?: number | undefined;
}

/** Where the files of a chunk set are. Write your own for any other store; wrap one to add to it. */
export interface Source {
  /** Names the set in messages; no secrets. */
  readonly location: string;
  /**
   * The bytes of a file, or undefined where there is none. They belong to the source: read only.
   * @param path relative to the set, `/` between its parts
   * @throws NetworkError where the store cannot be read, whatever the reason
   */
  get(path: string, options?: GetOptions): Promise<Uint8Array | undefined>;
}

/**
 * Refuses a path that could leave the set (`..`, absolute, a drive, a scheme) or carry a query.
 * @throws ArgumentError
 */
export function checkPath(path: string): void {
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(path)) {
    throw new ArgumentError(`"${path}" is no path inside a chunk set: expected plain names joined by "/"`);
  }
}
