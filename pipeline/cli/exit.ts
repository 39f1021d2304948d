import {
  ArgumentError,
  CorruptError,
  MissingIndexError,
  NetworkError,
  NotFoundError,
  TooManyResultsError,
  VersionError,
} from '../../client/errors.ts';
import { InputError, StoreError, UsageError } from '../errors.ts';
import { isSystemError } from '../store/system-error.ts';

/** Exit codes of the command line, as its help lists them. */
export const EXIT = {
  done: 0,
  /** Input that is malformed or wholly rejected; a set that is corrupt, newer, or without the index needed. */
  badData: 1,
  /** An unknown option, a missing argument, a value out of range, an input of a build that is not there. */
  badCommand: 2,
  /** No set at the location, a file of it missing, no connection, a file that cannot be read or written. */
  io: 3,
  /** A query without a result. */
  none: 4,
  /** A fault of the program itself (EX_SOFTWARE of sysexits.h). */
  fault: 70,
} as const;

const CODES = [
  { code: EXIT.badData, kinds: [InputError, CorruptError, VersionError, MissingIndexError] },
  { code: EXIT.badCommand, kinds: [UsageError, ArgumentError, TooManyResultsError] },
  { code: EXIT.io, kinds: [NetworkError, NotFoundError, StoreError] },
];

/** The exit code that an error leads to. */
export function exitCodeOf(error: unknown): number {
  // Of several errors, the first led to the others: a clean-up that failed as well.
  if (error instanceof AggregateError) return exitCodeOf(error.errors[0]);
  for (const { code, kinds } of CODES) if (kinds.some(kind => error instanceof kind)) return code;
  return isSystemError(error) ? EXIT.io : EXIT.fault;
}
