/** Writes a set as an SQLite database in Haven's schema. */
import type { SystemRecord, Tileset } from '#client/index.ts';
import { databaseError } from '#pipeline/store/system-error.ts';
import { type ExportOptions, systemBatches } from './all-systems.ts';
import { type DatabaseLosses, DatabaseRows } from './database-rows.ts';
import { DatabaseThread, hasDatabaseThread } from './database-thread.ts';

/** Smaller databases are written on the main thread: their steps are short enough to react to signals. */
const THREAD_SYSTEMS = 10_000;

/**
 * Writes a database file. Memory does not grow with the set: SQLite's cache, and some batches of records.
 * @param file path of a new file
 * @param target name for messages
 * @throws CorruptError for a repeated id; StoreError if SQLite cannot write; errors from reading the set
 */
export async function writeDatabase(
  tileset: Tileset,
  file: string,
  target: string,
  options: ExportOptions,
): Promise<DatabaseLosses> {
  const { signal } = options;
  const isLarge = tileset.counts.systems >= THREAD_SYSTEMS && hasDatabaseThread();
  let writer: DatabaseWriter | undefined;
  try {
    writer = isLarge ? new DatabaseThread(file, signal) : new DatabaseHere(file);
    for await (const batch of systemBatches(tileset, options)) await writer.add(batch);
    return await writer.finish();
  } catch (error) {
    signal?.throwIfAborted();
    throw databaseError('cannot write', target, error);
  } finally {
    writer?.close();
  }
}

/** Writes a database, on this thread or on another. */
export interface DatabaseWriter {
  add(systems: readonly SystemRecord[]): Promise<void>;
  finish(): Promise<DatabaseLosses>;
  close(): void;
}

class DatabaseHere implements DatabaseWriter {
  readonly #rows: DatabaseRows;

  constructor(file: string) {
    this.#rows = new DatabaseRows(file);
  }

  async add(systems: readonly SystemRecord[]): Promise<void> {
    for (const system of systems) this.#rows.addSystem(system);
  }

  async finish(): Promise<DatabaseLosses> {
    return this.#rows.finish();
  }

  close(): void {
    this.#rows.close();
  }
}
