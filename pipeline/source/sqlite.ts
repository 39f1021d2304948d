/** Reads a catalogue that Haven keeps in SQLite, as lines of NDJSON. */
import { CorruptError } from '../../client/errors.ts';
import { HavenDatabase } from '../../client/node/haven-db.ts';
import { InputError } from '../errors.ts';

/** Characters of lines that are handed on together. */
const CHUNK_CHARS = 1 << 16;

/**
 * The systems of a database by row id, a line each; then, as records of their own, the planets, moons and stations
 * that belong to nothing that is there: they are rejected for want of a position, and so not lost in silence.
 *
 * @throws InputError where it is damaged or lacks Haven's tables, NotFoundError where it cannot be opened, NetworkError
 *   where it cannot be read now
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
