import {
  AmbiguousNameError,
  ArgumentError,
  CorruptError,
  GenerationGoneError,
  MissingIndexError,
  NetworkError,
  NotFoundError,
  TooManyResultsError,
  VersionError,
} from '#client/errors.ts';
import { EditConflictError, InputError, MemoryError, StoreError, UsageError } from '#pipeline/errors.ts';
import { isSystemError } from '#pipeline/store/system-error.ts';

/** Exit codes of the command line, as listed in its help. */
export const EXIT = {
  done: 0,
  /** Malformed input, or all records rejected; a set that is corrupt, newer, or lacks the index that is needed. */
  badData: 1,
  /** An unknown option, a missing argument, a value out of range, an input of a build that does not exist. */
  badCommand: 2,
  /** No set at the location, a missing file, no connection, a file that cannot be read or written, no memory. */
  io: 3,
  /** A query without a result. */
  none: 4,
  /** A fault of the program itself (EX_SOFTWARE of sysexits.h). */
  fault: 70,
} as const;

const CODES = [
  {
    code: EXIT.badData,
    kinds: [InputError, EditConflictError, CorruptError, VersionError, MissingIndexError],
  },
  { code: EXIT.badCommand, kinds: [UsageError, ArgumentError, AmbiguousNameError, TooManyResultsError] },
  { code: EXIT.io, kinds: [NetworkError, NotFoundError, GenerationGoneError, StoreError, MemoryError] },
];

/** The exit code for an error. */
export function exitCodeOf(error: unknown): number {
  // The first error led to the others, for example a failed clean-up.
  if (error instanceof AggregateError) return exitCodeOf(error.errors[0]);
  for (const { code, kinds } of CODES) if (kinds.some(kind => error instanceof kind)) return code;
  return isSystemError(error) ? EXIT.io : EXIT.fault;
}
