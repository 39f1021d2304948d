/** Reads a catalogue that Haven keeps in SQLite, as lines of NDJSON. */
import { CorruptError } from '../../client/errors.ts';
import { HavenDatabase, type Stray } from '../../client/node/haven-db.ts';
import { InputError } from '../errors.ts';

/** Characters of lines that are handed on together. */
const CHUNK_CHARS = 1 << 16;

/**
 * The systems of a database by row id, a line each.
 *
 * @param onStray told of the planets, moons and stations that belong to nothing that is there
 * @throws InputError where it is damaged or lacks Haven's tables, NotFoundError where it cannot be opened, NetworkError
 *   where it cannot be read now
 */
export async function* sqliteLines(
  path: string,
  onStray: (stray: Stray) => void = () => {},
): AsyncGenerator<Buffer> {
  try {
    const database = new HavenDatabase(path);
    try {
      // One state of the database from the first row to the last, whatever others write meanwhile.
      database.sqlite.exec('BEGIN');
      let lines = '';
      let isEmpty = true;
      for (const text of database.texts()) {
        lines += `${text}\n`;
        isEmpty = false;
        if (lines.length < CHUNK_CHARS) continue;
        yield Buffer.from(lines);
        lines = '';
      }
      for (const stray of database.strays()) onStray(stray);
      yield Buffer.from(isEmpty ? '[]' : lines);
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof CorruptError) throw new InputError(error.message, { cause: error });
    throw error;
  }
}
