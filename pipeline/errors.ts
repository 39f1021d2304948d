/** The input data is bad (malformed, duplicate ids, everything rejected): exit code 1. Names file, place, field and cure. */
export class InputError extends Error {
  override name = 'InputError';
}

/** The command is wrong (unknown option, no such combination): exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
