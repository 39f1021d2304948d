/** Errors of the pipeline: one class for each reaction that a caller can have. */
import { HavenChunksError } from '#client/errors.ts';

/**
 * The input data is bad (malformed, duplicate ids, all records rejected): correct it. `file`, `line`, `column` and
 * `field` say where; several rejected records are listed in the message, and the fields are those of the first.
 */
export class InputError extends HavenChunksError {
  override name = 'InputError';
}

/** An option or argument is invalid (unknown, out of range, or in conflict with another): correct the call. */
export class UsageError extends HavenChunksError {
  override name = 'UsageError';
}

/**
 * A store cannot be read or written (disk full, no permission, removed by others): exit code 3. The message names the
 * path.
 */
export class StoreError extends HavenChunksError {
  override name = 'StoreError';
}

/** A thread needs more memory than it may have: exit code 3. The message says which option gives it more. */
export class MemoryError extends HavenChunksError {
  override name = 'MemoryError';
}

/** Another writer changed a file of a store after it was read: read it again, then decide. */
export class ConflictError extends StoreError {
  override name = 'ConflictError';
}

/**
 * A system cannot be edited: the id that is to be added is taken, or there is no system with the id (`found`). Read it
 * again, then decide.
 */
export class EditConflictError extends HavenChunksError {
  override name = 'EditConflictError';
}

/** The reader of an output closed it, as `head` does; this is not a failure. */
export class ReaderGoneError extends HavenChunksError {
  override name = 'ReaderGoneError';
}

/** Another process is writing to the folder `file`: wait until it ends, or choose another folder. */
export class LockedError extends StoreError {
  override name = 'LockedError';

  constructor(directory: string) {
    super(
      `${directory} is in use: another process is writing to it; wait until it ends, or choose another folder`,
      { file: directory },
    );
  }
}
