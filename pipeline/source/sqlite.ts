/** Reads a catalogue that Haven keeps in SQLite, a record for each row of its table `systems`. */
import { CorruptError } from '../../client/errors.ts';
import { HavenDatabase } from '../../client/node/haven-db.ts';
import { exactNumber } from '../../client/node/select.ts';
import { InputError } from '../errors.ts';
import { nowhere } from './place.ts';
import { BATCH_RECORDS, Sink } from './sink.ts';
import type { RawRecord, ReadOptions, SourceEvents } from './types.ts';

/** Bytes of records that are handed on together. */
const BATCH_BYTES = 1 << 16;

/**
 * The systems of a database by row id, as JSON with all digits of its integers. Systems that cannot be read, and
 * planets, moons and stations that belong to nothing, are rejected.
 * @throws InputError where it is damaged or lacks Haven's tables, NotFoundError where it cannot be opened, NetworkError
 *   where it cannot be read now
 */
export async function* sqliteRecords(
  path: string,
  index: number,
  events: SourceEvents,
  options: ReadOptions = {},
): AsyncGenerator<RawRecord[], void, void> {
  const sink = new Sink({ file: path, index }, events, options);
  let database: HavenDatabase | undefined;
  try {
    database = new HavenDatabase(path);
    // One state of the database from the first row to the last, whatever others write meanwhile.
    database.sqlite.exec('BEGIN');
    let batch: RawRecord[] = [];
    let size = 0;
    for (const { row, record, refusal } of database.systems(exactNumber)) {
      const place = { ...nowhere(path, index), offset: Number(row), path: `systems row ${row}` };
      if (refusal) {
        events.onReject?.({ place, ...refusal });
        continue;
      }
      const bytes = Buffer.from(JSON.stringify(record));
      size += bytes.length;
      sink.record(batch, { bytes, place });
      if (batch.length < BATCH_RECORDS && size < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      size = 0;
    }
    if (batch.length > 0) yield batch;
    for (const stray of database.strays()) events.onReject?.({ place: nowhere(path, index), ...stray });
    database.checkState();
  } catch (error) {
    // What was overwritten meanwhile may look damaged.
    database?.checkState();
    if (error instanceof CorruptError) {
      const { message, reason } = error;
      throw new InputError(message, { file: path, reason, cause: error });
    }
    throw error;
  } finally {
    database?.close();
  }
}
