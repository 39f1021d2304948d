/** SQLite as Node has it. */
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { ArgumentError, CorruptError, NetworkError, NotFoundError } from '../errors.ts';

/** What every SQLite file begins with, but an empty one. */
const MAGIC = Buffer.from('SQLite format 3\0');

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const READONLY = 8;
const CANTOPEN = 14;
/** BUSY, LOCKED, NOMEM, IOERR, FULL, PROTOCOL: the file may be as good as ever. */
const PASSING = [5, 6, 7, 10, 13, 15];
/** How long a reader waits for a writer to finish, in milliseconds. */
const PATIENCE = 2000;

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

/**
 * Opens a database to read it. One in WAL mode needs files beside it, which SQLite makes where they are missing;
 * where it may not, and no log holds anything, the file is read as it stands.
 * @throws NotFoundError, CorruptError, NetworkError
 */
export function openDatabase(path: string): DatabaseSync {
  try {
    return opened(path);
  } catch (error) {
    const unwritable = [READONLY, CANTOPEN].includes(resultCode(error) ?? 0);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      throw new NotFoundError(`${path} is a folder: give the path of the database in it`, { cause: error });
    }
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    if (!unwritable || !found?.isFile() || (log?.size ?? 0) > 0) throw sqliteError(path, error);
  }
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  try {
    return opened(url);
  } catch (error) {
    throw sqliteError(path, error);
  }
}

function opened(path: string | URL): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { readOnly: true, timeout: PATIENCE });
  try {
    // SQLite looks at the file no sooner than this.
    database.exec('SELECT 1 FROM sqlite_schema');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What an error of SQLite means to whoever reads a file: a typed error; any other error as it is. */
export function sqliteError(path: string, cause: unknown): unknown {
  const code = resultCode(cause);
  if (code === undefined) return cause;
  const { message } = cause as Error;
  if (code === CANTOPEN) {
    return new NotFoundError(`${path} cannot be opened (${message}): check the path, and who may read it`, {
      cause,
    });
  }
  if (PASSING.includes(code)) {
    return new NetworkError(`${path} cannot be read now (${message}): try again`, { cause });
  }
  return new CorruptError(
    `${path} cannot be read as an SQLite database: ${message} (check it, or restore it)`,
    {
      cause,
    },
  );
}

/** SQLite's primary result code of an error; undefined for any other error. */
function resultCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: number };
  return code === 'ERR_SQLITE_ERROR' ? errcode! & 0xff : undefined;
}
