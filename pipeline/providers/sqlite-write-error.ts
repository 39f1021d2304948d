import { resultCode, sqliteError } from '#client/providers/sqlite/node-sqlite.ts';
import { EditConflictError, InputError, LockedError, StoreError } from '#pipeline/errors.ts';

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const CONSTRAINT = 19;
/** PERM, READONLY, IOERR, FULL, CANTOPEN: the file or its folder cannot be written. */
const UNWRITABLE = [3, 8, 10, 13, 14];

/** Converts an error of SQLite to a typed error; returns any other error unchanged. */
export function writeError(path: string, error: unknown): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const { message } = error as Error;
  const fields = { file: path, reason: message, cause: error };
  if (code === BUSY || code === LOCKED) return new LockedError(path);
  if (UNWRITABLE.includes(code)) {
    const advice = 'check the permissions of the file and its folder, and the space on the disk';
    return new StoreError(`${path} cannot be written (${message}): ${advice}`, fields);
  }
  const [, kind, , field] = /^(UNIQUE|NOT NULL) constraint failed: (\w+)\.(\w+)/.exec(message) ?? [];
  if (kind === 'UNIQUE') {
    return new EditConflictError(
      `${path}: another system has the same ${field} (${message}): choose another`,
      {
        ...fields,
        field,
      },
    );
  }
  if (code === CONSTRAINT || code === 1) {
    return new InputError(`${path}: the schema of the database refuses the system: ${message}`, {
      ...fields,
      field,
    });
  }
  return sqliteError(path, error);
}
