/** The input data is bad (malformed, duplicate ids, everything rejected): exit code 1. Names file, place, field and cure. */
export class InputError extends Error {
  override name = 'InputError';
}

/** The command is wrong (unknown option, no such combination): exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A store cannot be read or written (disk full, no permission, removed meanwhile): exit code 3. Names the path. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/** A file of a store was changed by another writer since it was read: read it again, then decide: exit code 3. */
export class ConflictError extends StoreError {
  override name = 'ConflictError';
}

/** The reader of an output closed it, as `head` does; this is not a failure. */
export class ReaderGoneError extends Error {
  override name = 'ReaderGoneError';
}

/** Another process is writing to the folder: exit code 3. Wait until it ends, or choose another folder. */
export class LockedError extends StoreError {
  override name = 'LockedError';

  constructor(directory: string) {
    super(
      `${directory} is in use: another process is writing to it; wait until it ends, or choose another folder`,
    );
  }
}
