/** SQLite as Node has it. */
import { open } from 'node:fs/promises';
import { ArgumentError, CorruptError, NetworkError, NotFoundError } from '#client/errors.ts';

/** What every SQLite file begins with, but an empty one. */
const MAGIC = Buffer.from('SQLite format 3\0');

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const CANTOPEN = 14;
/** BUSY, LOCKED, NOMEM, IOERR, FULL, PROTOCOL: the file may be as good as ever. */
const PASSING = [5, 6, 7, 10, 13, 15];

/**
 * The module, loaded by the first who needs it: some versions of Node warn of it as experimental.
 * @throws ArgumentError where Node is too old to have it
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

/** Whether a file is an SQLite database, by its first bytes. @throws errors of the file system */
export async function isSqlite(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAGIC.length), position: 0 });
    return bytesRead === MAGIC.length && buffer.equals(MAGIC);
  } finally {
    await file.close();
  }
}

/** What an error of SQLite means to whoever reads a file: a typed error; any other error as it is. */
export function sqliteError(path: string, cause: unknown): unknown {
  const code = resultCode(cause);
  if (code === undefined) return cause;
  const { message } = cause as Error;
  if (code === CANTOPEN) {
    return new NotFoundError(`${path} cannot be opened (${message}): check the path, and who may read it`, {
      file: path,
      reason: message,
      cause,
    });
  }
  if (PASSING.includes(code)) {
    return new NetworkError(`${path} cannot be read now (${message}): try again`, {
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

/** SQLite's primary result code of an error; undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: number };
  return code === 'ERR_SQLITE_ERROR' ? errcode! & 0xff : undefined;
}
