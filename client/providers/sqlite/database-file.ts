/**
 * Opens an SQLite file for reading without side effects: no file is created beside it, and its content is never
 * changed.
 *
 * Beside the file, SQLite keeps a log of changes that are not in the file yet (`-wal`, with its index `-shm`) or a
 * journal of changes to undo (`-journal`). For a database in WAL mode it creates log and index for any reader, and
 * does not remove them after a reader without write permission. (https://www.sqlite.org/wal.html,
 * https://www.sqlite.org/uri.html)
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
/** Time that a reader waits for a writer, in milliseconds. */
const PATIENCE = 2000;
/** Offset of the read version in the file header: 2 in WAL mode. */
const READ_VERSION = 19;

/** A read-only connection. */
export interface DatabaseFile {
  readonly sqlite: DatabaseSync;
  /** Bytes of the file and its log; an upper bound for the size of any value. */
  readonly bytes: number;
  /** True if others have changed the database and the connection cannot see the changes. */
  isOutdated(): boolean;
  /** True if others have changed the pages that the connection reads: its results may mix two states. */
  isTorn(): boolean;
  close(): void;
}

/**
 * Opens a database for reading, including its log:
 *
 * - in WAL mode without a log: as an immutable file, so that no files are created; `isOutdated` detects changes;
 * - with a log without index, or with a log or journal in a read-only folder: as a copy;
 * - otherwise as SQLite opens it, so that writers can continue.
 * @throws NotFoundError, CorruptError, NetworkError
 */
export function openDatabase(path: string): DatabaseFile {
  try {
    const log = sizeOf(`${path}-wal`);
    if (isInWalMode(path)) {
      const hasIndex = existsSync(`${path}-shm`);
      if (log > 0 && !hasIndex) return copied(path);
      // A user of the database creates the log first, then its index.
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
      throw new NetworkError(`${path} was changed while it was being copied: try again`, {
        file: path,
      });
    }
    // The copy is writable, so that SQLite can apply its log or journal.
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
    // SQLite reads the file only now.
    database.exec('SELECT 1 FROM sqlite_schema');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * True if a database is in WAL mode. False also for an unreadable file, whose error is reported when it is opened.
 */
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

/** The files of a database, as suffixes of its path. */
const PARTS = ['', '-wal', '-journal'];

/** A string that changes whenever one of the given files of a database changes. */
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
