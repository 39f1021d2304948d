/** The information of an error in fields, beside its message; a field that does not apply is absent. */
export interface ErrorFields {
  /** The file or folder that is wrong: a path in the chunk set, or the path of an input, an output or a folder. */
  readonly file?: string | undefined;
  /** Line in that file, from 1. */
  readonly line?: number | undefined;
  /** Column in that line, from 1, in bytes. */
  readonly column?: number | undefined;
  /** Field of the record that is wrong. */
  readonly field?: string | undefined;
  /** The reason, without the location. */
  readonly reason?: string | undefined;
  /** The expected value: a hash, a length in bytes, a version, or a description. */
  readonly expected?: unknown;
  /** The value found instead. */
  readonly found?: unknown;
  /** HTTP status of the response, if there was one. */
  readonly status?: number | undefined;
  /** URL of the failed request, without its query string. */
  readonly url?: string | undefined;
}

/** Names of all errors of the package, of the pipeline too. */
export type HavenErrorName =
  | 'AmbiguousNameError'
  | 'ArgumentError'
  | 'ConflictError'
  | 'CorruptError'
  | 'EditConflictError'
  | 'GenerationGoneError'
  | 'InputError'
  | 'LockedError'
  | 'MemoryError'
  | 'MissingIndexError'
  | 'NetworkError'
  | 'NotFoundError'
  | 'ReaderGoneError'
  | 'StoreError'
  | 'TooManyResultsError'
  | 'UsageError'
  | 'VersionError';

/** Shared by all copies of the package and all realms of a program. */
const BRAND = Symbol.for('haven-chunks.error');

/** Base class of all errors that this package throws on purpose. */
export class HavenChunksError extends Error implements ErrorFields {
  override name = 'HavenChunksError';
  declare readonly file?: string;
  declare readonly line?: number;
  declare readonly column?: number;
  declare readonly field?: string;
  declare readonly reason?: string;
  declare readonly expected?: unknown;
  declare readonly found?: unknown;
  declare readonly status?: number;
  declare readonly url?: string;

  constructor(message: string, { cause, ...fields }: ErrorOptions & ErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, fields);
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }
}

/**
 * True for an error of this package, also one of another copy of it or of another realm, where `instanceof` fails.
 * Clones that worker threads send are not recognised.
 * @param name name of the class; a LockedError is not a StoreError here
 */
export function isHavenError<N extends HavenErrorName>(error: unknown, name?: N): error is HavenError<N> {
  const known = error as HavenChunksError | null | undefined;
  return known?.[BRAND] === true && (name === undefined || known.name === name);
}

/** The error class of a name. */
export type HavenError<N extends HavenErrorName> = [N] extends ['AmbiguousNameError']
  ? AmbiguousNameError
  : [N] extends ['GenerationGoneError']
    ? GenerationGoneError
    : [N] extends ['VersionError']
      ? VersionError
      : HavenChunksError;

/** There is no chunk set at the location, or a file of the set is missing: check the location, or publish again. */
export class NotFoundError extends HavenChunksError {
  override name = 'NotFoundError';
}

/**
 * A file of this generation is missing or damaged, and the set has a newer generation: garbage collection has removed
 * the older one. Call `refresh()`, and query the tileset that it returns. `expected` is the generation of this tileset,
 * `found` the live one, `cause` the error of the file.
 */
export class GenerationGoneError extends HavenChunksError {
  override name = 'GenerationGoneError';
  declare readonly expected: string;
  declare readonly found: string;
}

/**
 * A file does not have the content that its name or its parent promises (truncated, altered, an HTML page): purge
 * caches, or publish again.
 */
export class CorruptError extends HavenChunksError {
  override name = 'CorruptError';
}

/** The set has a newer version of the format than this reader knows: upgrade the package. */
export class VersionError extends HavenChunksError {
  override name = 'VersionError';
  /** Version of the set. */
  declare readonly found: number;
  /** Newest version that this reader knows; `expected` as well. */
  readonly supported: number;
  constructor(message: string, found: number, supported: number) {
    super(message, { found, expected: supported });
    this.supported = supported;
  }
}

/** A request or a read failed (refused, timed out, cut off, status 429 or 5xx), retries included: try again later. */
export class NetworkError extends HavenChunksError {
  override name = 'NetworkError';
}

/** An argument is invalid (a negative radius, NaN, an unknown option): correct the call. */
export class ArgumentError extends HavenChunksError {
  override name = 'ArgumentError';
}

/** There are more results than `maxResults`: narrow the query, raise `maxResults`, or iterate. */
export class TooManyResultsError extends HavenChunksError {
  override name = 'TooManyResultsError';
}

/** Several systems have the name: choose one of `ids`, or pass `{ first: true }`. */
export class AmbiguousNameError extends HavenChunksError {
  override name = 'AmbiguousNameError';
  /** Ids of the systems in order; if there are very many, the first of them. */
  readonly ids: readonly string[];
  constructor(message: string, ids: readonly string[]) {
    super(message);
    this.ids = ids;
  }
}

/** The set was built without an index that the query needs: build it again with that index. */
export class MissingIndexError extends HavenChunksError {
  override name = 'MissingIndexError';
}
