/**
 * Opens an SQLite file to read it, without a trace: nothing is made beside it, and its own content is never changed.
 *
 * SQLite keeps what is not in the file yet in a log beside it (`-wal`, with its index `-shm`) or what to undo in a
 * journal (`-journal`). It makes a log and its index for any reader of a database in WAL mode, and leaves those of a
 * reader that may not write. (https://www.sqlite.org/wal.html, https://www.sqlite.org/uri.html)
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { NetworkError, NotFoundError } from '#client/errors.ts';
import { loadSqlite, resultCode, sqliteError } from './node-sqlite.ts';

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const READONLY = 8;
const CANTOPEN = 14;
/** How long a reader waits for a writer to finish, in milliseconds. */
const PATIENCE = 2000;
/** Offset of the version that a reader must know: 2 in WAL mode. */
const READ_VERSION = 19;

/** A connection that only reads. */
export interface DatabaseFile {
  readonly sqlite: DatabaseSync;
  /** Bytes of the file and its log; no value of a row is longer. */
  readonly bytes: number;
  /** True where others have written since, and the connection cannot see it. */
  isOutdated(): boolean;
  /** True where others have changed the very pages that the connection reads: what it read may be of two states. */
  isTorn(): boolean;
  close(): void;
}

/**
 * Opens a database to read it, its log included:
 *
 * - in WAL mode without a log: as a file that nobody changes, which makes no files; `isOutdated` tells if it changes;
 * - with a log but without the log's index, or with a log or journal in a folder that may not be written: as a copy;
 * - else, as SQLite does it, so that writers may go on.
 * @throws NotFoundError, CorruptError, NetworkError
 */
export function openDatabase(path: string): DatabaseFile {
  try {
    const log = sizeOf(`${path}-wal`);
    if (isInWalMode(path)) {
      const hasIndex = existsSync(`${path}-shm`);
      if (log > 0 && !hasIndex) return copied(path);
      // Whoever uses the database makes the log first, then its index.
      if (log === 0 && !(hasIndex && existsSync(`${path}-wal`))) return unchanging(path);
    }
    try {
      return plain(path);
    } catch (error) {
      const code = resultCode(error);
      if ((code !== READONLY && code !== CANTOPEN) || !existsSync(path)) throw error;
      if (log > 0 || sizeOf(`${path}-journal`) > 0) return copied(path);
      return unchanging(path);
    }
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw new NotFoundError(`${path} is a folder: give the path of the database in it`, {
        file: path,
        cause: error,
      });
    }
    throw sqliteError(path, error);
  }
}

function plain(path: string): DatabaseFile {
  const sqlite = connect(path);
  const never = () => false;
  return { sqlite, bytes: bytesOf(path), isOutdated: never, isTorn: never, close: () => sqlite.close() };
}

function unchanging(path: string): DatabaseFile {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  const [before, file] = [stateOf(path), stateOf(path, [''])];
  const sqlite = connect(url);
  return {
    sqlite,
    bytes: bytesOf(path),
    isOutdated: () => stateOf(path) !== before,
    isTorn: () => stateOf(path, ['']) !== file,
    close: () => sqlite.close(),
  };
}

function copied(path: string): DatabaseFile {
  const folder = mkdtempSync(join(tmpdir(), 'haven-chunks-database-'));
  const copy = join(folder, 'copy.db');
  const before = stateOf(path);
  try {
    for (const part of PARTS) {
      if (existsSync(path + part)) copyFileSync(path + part, copy + part);
    }
    if (stateOf(path) !== before) {
      throw new NetworkError(`${path} was changed while it was copied to be read: try again`, {
        file: path,
      });
    }
    // This one may write, to undo or to take in what the copied log says.
    const sqlite = connect(copy, false);
    const close = () => {
      sqlite.close();
      rmSync(folder, { recursive: true, force: true });
    };
    const isOutdated = () => stateOf(path) !== before;
    return { sqlite, bytes: bytesOf(copy), isOutdated, isTorn: () => false, close };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function connect(path: string | URL, readOnly = true): DatabaseSync {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { readOnly, timeout: PATIENCE });
  try {
    // SQLite looks at the file no sooner than this.
    database.exec('SELECT 1 FROM sqlite_schema');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** False also for what cannot be read, which then says so when it is opened. */
function isInWalMode(path: string): boolean {
  const head = Buffer.alloc(READ_VERSION + 1);
  try {
    const file = openSync(path, 'r');
    try {
      return readSync(file, head, 0, head.length, 0) === head.length && head[READ_VERSION] === 2;
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

/** The parts of a database, by what follows its path. */
const PARTS = ['', '-wal', '-journal'];

/** A text that changes whenever somebody writes to some parts of a database. */
function stateOf(path: string, parts: readonly string[] = PARTS): string {
  return parts
    .map(part => statSync(path + part, { bigint: true, throwIfNoEntry: false }))
    .map(found => (found && found.size > 0n ? `${found.ino} ${found.size} ${found.mtimeNs}` : ''))
    .join();
}

function bytesOf(path: string): number {
  return sizeOf(path) + sizeOf(`${path}-wal`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
