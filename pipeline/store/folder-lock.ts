/** The lock of a folder that is written to: one build, update, publish or clean-up at a time. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LockedError, StoreError } from '../errors.ts';
import { takeLease } from './lease.ts';
import { isSystemError, storeError } from './system-error.ts';

export interface FolderLock {
  /** @throws StoreError where the lock was lost: somebody removed it, or took it for abandoned */
  check(): void;
  release(): void;
}

const LOCK = '.haven-chunks-lock';

/**
 * Takes the lock of a folder, or fails at once. It is a lock of the kernel on a file of the folder, taken by SQLite,
 * which knows how to on every platform: it holds across containers that share the folder, and ends with the process,
 * however that ends. Where the file system does not lock, a lease stands in.
 * @throws LockedError where another process has it, StoreError where the folder cannot be written
 */
export function lockFolder(directory: string): FolderLock {
  const path = join(directory, LOCK);
  try {
    for (;;) {
      const before = identityOf(path) ?? createAt(path);
      const database = openLocked(path);
      const held = identityOf(path);
      // The holder before removes the file as its last act: then this lock is on a file that nobody else will find.
      if (held !== undefined && held === before) return lockOf(database, path, held, directory);
      database.close();
    }
  } catch (error) {
    if (isSystemError(error)) throw storeError('cannot write to', directory, error);
    if (!canLock(directory)) {
      const lease = takeLease(directory);
      rmSync(path, { force: true });
      return lease;
    }
    if (resultCodeOf(error) === BUSY) throw new LockedError(directory);
    throw new StoreError(`cannot lock ${directory} by ${path}: ${(error as Error).message}`, {
      file: directory,
      cause: error,
    });
  }
}

/** @throws Error of SQLite where the file is locked, or no database */
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

/** Primary result code of SQLite. It stands for "locked by another", and on network file systems for "cannot lock". */
const BUSY = 5;

function resultCodeOf(error: unknown): number | undefined {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? undefined : errcode & 0xff;
}

/** True where a file that nobody else knows can be locked. */
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
          `${path} was removed or replaced: another process may be writing to ${directory}; run this again`,
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

/** Never opens a file that is there: to close it again would end a lock that this process has on it (POSIX). */
function createAt(path: string): string | undefined {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return identityOf(path);
}

/** Differs between any two files that were ever at a path. */
function identityOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev}-${stats.ino}-${stats.birthtimeNs}`;
}
