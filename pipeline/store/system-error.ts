/** Turns errors of the operating system into messages that name the path and say what to do. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '#pipeline/errors.ts';

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space on this disk, or choose a folder on another one',
  EDQUOT: 'your quota on this disk is used up: free some space, or choose a folder on another disk',
  EFBIG:
    'a file would be larger than the limit of this process or disk: raise it, for example with `ulimit -f unlimited`',
  EMFILE: 'this process has reached its limit of open files: raise it, for example with `ulimit -n 4096`',
  ENFILE: 'this machine has reached its limit of open files: close other programs, or raise the limit',
  EROFS: 'the disk is mounted read-only: choose another folder',
  EACCES: 'permission is missing: change the owner or the mode of the folder, or choose another one',
  EPERM: 'permission is missing: change the owner or the mode of the folder, or choose another one',
  ENOENT: 'another process removed it: run the command again',
  ENOTDIR: 'a part of the path is a file: choose another path',
  EXDEV: 'it is on another file system than its folder: mount one file system for the whole folder',
};

/** True for an error of the operating system. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

/**
 * Converts an error of the operating system to a StoreError; returns any other error unchanged.
 * @param action the failed action, for example "cannot write"
 */
export function storeError(action: string, path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const advice = isWithoutFolders(error)
    ? 'the file system takes no new folders there: choose another folder'
    : ADVICE[error.code];
  return failedStore(action, path, error, advice);
}

/** Whether a new folder was refused although its parent exists, as /proc does. */
function isWithoutFolders({ code, syscall, path }: NodeJS.ErrnoException): boolean {
  const isNew = code === 'ENOENT' && (syscall === 'mkdir' || syscall === 'mkdtemp');
  return isNew && path !== undefined && existsSync(dirname(path));
}

/** Converts an error of the operating system that kept a temporary folder from being made in `parent` to a StoreError. */
export function temporaryFolderError(parent: string, error: unknown): unknown {
  const action = 'cannot make a temporary folder in';
  if (!isSystemError(error) || existsSync(parent)) return storeError(action, parent, error);
  const advice = 'the folder does not exist: name another one, for example with TMPDIR';
  return failedStore(action, parent, error, advice);
}

/** Result code of SQLite. */
const SQLITE_FULL = 13;

/** Converts an error of SQLite, which wrote a file, to a StoreError; returns any other error unchanged. */
export function databaseError(action: string, path: string, error: unknown): unknown {
  const { code, errcode } = error as { code?: string; errcode?: number };
  if (code !== 'ERR_SQLITE_ERROR') return error;
  return failedStore(action, path, error as Error, errcode === SQLITE_FULL ? ADVICE['ENOSPC'] : undefined);
}

function failedStore(action: string, path: string, cause: Error, advice: string | undefined): StoreError {
  const { message: reason } = cause;
  const text = `${action} ${path}: ${reason}${advice ? ` (${advice})` : ''}`;
  return new StoreError(text, { file: path, reason, cause });
}

/** Errors that any open or write can have, and that Node reports without a path. */
const RESOURCES = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EMFILE', 'ENFILE'];

/** Adds path and advice to an error about a full disk or too many open files; returns any other error unchanged. */
export function withAdvice(error: unknown, directory: string): unknown {
  const isResource = isSystemError(error) && RESOURCES.includes(error.code);
  return isResource ? storeError('cannot build', directory, error) : error;
}
