/** Reads Haven's SQLite database as a catalogue: one record per row of its table `systems`. */
import { CorruptError } from '#client/errors.ts';
import { HavenDatabase } from '#client/providers/sqlite/haven-database.ts';
import { exactNumber } from '#client/providers/sqlite/select.ts';
import { InputError } from '#pipeline/errors.ts';
import { BATCH_RECORDS, Sink } from './sink.ts';
import { nowhere } from './source-location.ts';
import type { RawRecord, ReadOptions, SourceEvents } from './source-types.ts';

/** Bytes of records in a batch. */
const BATCH_BYTES = 1 << 16;

/**
 * The systems of a database in the order of row ids, as JSON with all digits of its integers. Unreadable systems, and
 * planets, moons and stations without a system, are rejected.
 * @throws InputError if the database is damaged or lacks Haven's tables, NotFoundError if it cannot be opened,
 *   NetworkError if it cannot be read at this time
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
    // One transaction: all rows come from one state of the database, even if others write to it.
    database.sqlite.exec('BEGIN');
    let batch: RawRecord[] = [];
    let size = 0;
    for (const { row, record, refusal } of database.systems(exactNumber)) {
      const location = { ...nowhere(path, index), offset: Number(row), path: `systems row ${row}` };
      if (refusal) {
        events.onReject?.({ location, ...refusal });
        continue;
      }
      const bytes = Buffer.from(JSON.stringify(record));
      size += bytes.length;
      sink.record(batch, { bytes, location });
      if (batch.length < BATCH_RECORDS && size < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      size = 0;
    }
    if (batch.length > 0) yield batch;
    for (const stray of database.strays()) events.onReject?.({ location: nowhere(path, index), ...stray });
    database.checkState();
  } catch (error) {
    // A database that was overwritten during the read may look damaged: report the change instead.
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
