/** What an error says in fields, beside its message; each is there where it applies. */
export interface ErrorFields {
  /** Path in the chunk set of the file that is wrong. */
  readonly file?: string | undefined;
  /** What is wrong, without the place. */
  readonly reason?: string | undefined;
  readonly expected?: unknown;
  readonly found?: unknown;
  /** HTTP status, where a response came at all. */
  readonly status?: number | undefined;
  /** Address of the request that failed, without its query string. */
  readonly url?: string | undefined;
}

/** Every error this library throws on purpose; catch a subclass to react, this one to log. */
export class HavenChunksError extends Error implements ErrorFields {
  override name = 'HavenChunksError';
  declare readonly file?: string;
  declare readonly reason?: string;
  declare readonly expected?: unknown;
  declare readonly found?: unknown;
  declare readonly status?: number;
  declare readonly url?: string;

  constructor(message: string, { cause, ...fields }: ErrorOptions & ErrorFields = {}) {
    super(message, cause === undefined ? undefined : { cause });
    Object.assign(this, fields);
  }
}

/** The location holds no chunk set, or a file of the set is gone: check the location, or publish again. */
export class NotFoundError extends HavenChunksError {
  override name = 'NotFoundError';
}

/** A file is not what its name or its parent says (cut, altered, an HTML page): purge caches or publish again. */
export class CorruptError extends HavenChunksError {
  override name = 'CorruptError';
}

/** The set was written in a newer version of the format than this reader knows: upgrade the reader. */
export class VersionError extends HavenChunksError {
  override name = 'VersionError';
  /** Version of the set. */
  declare readonly found: number;
  /** Newest version this reader knows. */
  readonly supported: number;
  constructor(message: string, found: number, supported: number) {
    super(message, { found, expected: supported });
    this.supported = supported;
  }
}

/** The transport failed (refused, timed out, cut, status 429 or 5xx) and retries did not help: try later. */
export class NetworkError extends HavenChunksError {
  override name = 'NetworkError';
}

/** A call's argument makes no sense (a negative radius, NaN): fix the caller. */
export class ArgumentError extends HavenChunksError {
  override name = 'ArgumentError';
}

/** The answer is larger than `maxResults`: narrow the query, raise the bound, or iterate. */
export class TooManyResultsError extends HavenChunksError {
  override name = 'TooManyResultsError';
}

/** Several systems have the name: pick one of `ids`, or ask for the first. */
export class AmbiguousNameError extends HavenChunksError {
  override name = 'AmbiguousNameError';
  /** Ids of the systems, in order; of very many, the first. */
  readonly ids: readonly string[];
  constructor(message: string, ids: readonly string[]) {
    super(message);
    this.ids = ids;
  }
}

/** The set was built without what the question needs (an index, a way to search): build it again with it. */
export class MissingIndexError extends HavenChunksError {
  override name = 'MissingIndexError';
}
