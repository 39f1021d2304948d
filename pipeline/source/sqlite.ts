/** Reads a catalogue that Haven keeps in SQLite, as lines of NDJSON. */
import { open } from 'node:fs/promises';
import { CorruptError } from '../../client/index.ts';
import { HavenDatabase } from '../../client/node/haven-db.ts';
import { InputError } from '../errors.ts';

/** What every SQLite file begins with, but an empty one. */
const MAGIC = Buffer.from('SQLite format 3\0');
const CHUNK_CHARS = 1 << 16;

/** Whether a file is an SQLite database, by its first bytes. */
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
 * The systems of a database by row id, a line each; then, as records of their own, the planets, moons and stations
 * that belong to nothing that is there: they are rejected for want of a position, and so not lost in silence.
 *
 * @throws InputError where it is damaged or lacks Haven's tables, NetworkError where it cannot be read now
 */
export async function* sqliteLines(path: string): AsyncGenerator<Buffer> {
  try {
    const database = new HavenDatabase(path);
    try {
      // One state of the database from the first row to the last, whatever others write meanwhile.
      database.sqlite.exec('BEGIN');
      let lines = '';
      let isEmpty = true;
      for (const texts of [database.texts(), database.strayTexts()]) {
        for (const text of texts) {
          lines += `${text}\n`;
          isEmpty = false;
          if (lines.length < CHUNK_CHARS) continue;
          yield Buffer.from(lines);
          lines = '';
        }
      }
      yield Buffer.from(isEmpty ? '[]' : lines);
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof CorruptError) throw new InputError(error.message, { cause: error });
    throw error;
  }
}
