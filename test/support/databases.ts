/** SQLite files for tests. */
import { readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Makes a database. */
export function database(path: string, statements: string): string {
  const made = new DatabaseSync(path);
  made.exec(statements);
  made.close();
  return path;
}

/** The files of a database, as far as SQLite makes them. */
export function filesOf(path: string): string[] {
  return readdirSync(dirname(path)).filter(name => name.startsWith(basename(path)));
}
