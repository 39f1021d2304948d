/** Node's SQLite: loading, detection of files, and errors. */
import { open } from 'node:fs/promises';
import { ArgumentError, CorruptError, NetworkError, NotFoundError } from '#client/errors.ts';

/** First bytes of every SQLite file that is not empty. */
const MAGIC = Buffer.from('SQLite format 3\0');

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const CORRUPT = 11;
const CANTOPEN = 14;
/** BUSY, LOCKED, NOMEM, IOERR, FULL, PROTOCOL: the file may be intact. */
const PASSING = [5, 6, 7, 10, 13, 15];

/**
 * Loads the module at first use, without the warning of some versions of Node that it is experimental.
 * @throws ArgumentError if Node is too old
 */
export function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const module = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined;
    if (module) return module;
    throw new ArgumentError(`SQLite needs Node 22.18 or later; this is ${process.version}`);
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * Whether a file is an SQLite database, by its first bytes.
 * @throws errors of the file system
 */
export async function isSqlite(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAGIC.length), position: 0 });
    return bytesRead === MAGIC.length && buffer.equals(MAGIC);
  } finally {
    await file.close();
  }
}

/** Converts an error of SQLite to a typed error; returns any other error unchanged. */
export function sqliteError(path: string, cause: unknown): unknown {
  const code = resultCode(cause);
  if (code === undefined) return cause;
  const { message } = cause as Error;
  if (code === CANTOPEN) {
    return new NotFoundError(`${path} cannot be opened (${message}): check the path and its permissions`, {
      file: path,
      reason: message,
      cause,
    });
  }
  if (PASSING.includes(code)) {
    return new NetworkError(`${path} cannot be read at this time (${message}): try again`, {
      file: path,
      reason: message,
      cause,
    });
  }
  return new CorruptError(
    `${path} cannot be read as an SQLite database: ${message} (check it, or restore it)`,
    { file: path, reason: message, cause },
  );
}

/** The error for damage that only shows when answers of SQLite are compared. */
export function damageError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode: CORRUPT });
}

/** SQLite's primary result code of an error; undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: number };
  return code === 'ERR_SQLITE_ERROR' ? errcode! & 0xff : undefined;
}
