/** The lock of a folder: one process at a time writes to it. */
import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LockedError, StoreError } from '#pipeline/errors.ts';
import { type FolderLock, takeLease } from './lease.ts';
import { isSystemError, storeError } from './system-error.ts';
import { userName } from './user-name.ts';

const LOCK = '.haven-chunks-lock';

/**
 * Takes the lock of a folder, or fails immediately. It is a kernel lock on a file in the folder, taken through
 * SQLite, which supports this on every platform: it excludes containers that share the folder, and ends with the
 * process, even after a kill. On file systems without locks, a lease replaces it.
 * @throws LockedError if another process has the lock, StoreError if the folder cannot be written
 */
export function lockFolder(directory: string): FolderLock {
  const path = join(directory, LOCK);
  try {
    for (;;) {
      const before = identityOf(path) ?? createAt(path);
      const database = openLocked(path);
      if (!isWritable(path)) {
        database.close();
        throw foreignLock(directory, path);
      }
      const held = identityOf(path);
      // The previous holder removes the file last: then this lock is on a file that no other process will find.
      if (held !== undefined && held === before) return lockOf(database, path, held, directory);
      database.close();
    }
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (isSystemError(error)) throw storeError('cannot write to', directory, error);
    if (!canLock(directory)) {
      const lease = takeLease(directory);
      rmSync(path, { force: true });
      return lease;
    }
    const code = resultCodeOf(error);
    if (code === BUSY) throw new LockedError(directory);
    if (code === CANTOPEN || code === READONLY) throw foreignLock(directory, path, error);
    throw new StoreError(`cannot lock ${directory} with ${path}: ${(error as Error).message}`, {
      file: directory,
      cause: error,
    });
  }
}

/** Checks that the file is writable: of a read-only file, SQLite takes a shared lock without an error. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    // If the previous holder has removed it, it is created again.
    return (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

/** @throws Error of SQLite if the file is locked, or not a database */
function openLocked(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Primary result code of SQLite: the file is locked by another process, or (on network file systems) cannot be
 * locked.
 */
const BUSY = 5;
/** The file may not be written, or not be opened at all. */
const READONLY = 8;
const CANTOPEN = 14;

function resultCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}

/** The error for a lock file of another user: that user's build may be running, which cannot be found out. */
function foreignLock(directory: string, path: string, cause?: unknown): StoreError {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  const belongs = owner === undefined ? '' : `, which belongs to ${userName(owner)},`;
  return new StoreError(
    `cannot lock ${directory}: its lock file ${path}${belongs} may not be opened: wait for that user's build; if none is running, remove the file`,
    { file: path, cause },
  );
}

/** True if a new file, which no other process knows, can be locked. */
function canLock(directory: string): boolean {
  const path = join(directory, `${LOCK}-probe-${randomBytes(6).toString('hex')}`);
  try {
    openLocked(path).close();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(path, { force: true });
  }
}

function lockOf(database: DatabaseSync, path: string, identity: string, directory: string): FolderLock {
  return {
    check() {
      if (identityOf(path) !== identity) {
        throw new StoreError(
          `${path} was removed or replaced: another process may be writing to ${directory}; run the command again`,
          { file: path },
        );
      }
    },
    release() {
      if (identityOf(path) === identity) rmSync(path, { force: true });
      database.close();
    },
  };
}

/**
 * Creates the file, but never opens an existing one: closing it would release a lock of this process on it (POSIX).
 */
function createAt(path: string): string | undefined {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return identityOf(path);
}

/** Identity of the file at a path; different for every file that was ever there. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}-${stats.ino}-${stats.birthtimeNs}`;
}
