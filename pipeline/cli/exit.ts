import {
  ArgumentError,
  CorruptError,
  MissingIndexError,
  NetworkError,
  NotFoundError,
  TooManyResultsError,
  VersionError,
} from '../../client/index.ts';
import { InputError, StoreError, UsageError } from '../errors.ts';

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
  { code: EXIT.badData, of: [InputError, CorruptError, VersionError, MissingIndexError] },
  { code: EXIT.badCommand, of: [UsageError, ArgumentError, TooManyResultsError] },
  { code: EXIT.io, of: [NetworkError, NotFoundError, StoreError] },
];

/** The exit code that an error leads to. */
export function exitCodeOf(error: unknown): number {
  for (const { code, of } of CODES) if (of.some(kind => error instanceof kind)) return code;
  return isSystemError(error) ? EXIT.io : EXIT.fault;
}

/** True for what the operating system refused. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}
