/** Writes a chunk set back as a catalogue. */
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Tileset } from '../../client/index.ts';
import { withCleanUp } from '../clean-up.ts';
import { UsageError } from '../errors.ts';
import { OutputFile } from '../store/output-file.ts';
import { type OutputTarget, outputTarget } from '../store/output-target.ts';
import { csvLines } from './csv.ts';
import { writeDatabase } from './db.ts';
import type { DatabaseLosses } from './db-rows.ts';
import { exportLines, keyedText } from './json.ts';
import type { ExportOptions } from './walk.ts';

export type { DatabaseLosses } from './db-rows.ts';
export { exportLines } from './json.ts';
export type { ExportOptions } from './walk.ts';

export type ExportShape = keyof typeof TEXTS | 'db';

export interface ExportFileOptions extends ExportOptions {
  /** The folder of the set, which no output may change. */
  readonly set?: string | undefined;
  /** Where `-` leads; standard output by default. */
  readonly stdout?: Writable;
}

export interface ExportSummary {
  readonly shape: ExportShape;
  readonly systems: number;
  /** `_meta` values of the set that the file does not hold: a keyed file has room for one, other shapes for none. */
  readonly metasLeftOut: number;
  /** What a database does not hold as it came. */
  readonly database?: DatabaseLosses;
}

const ENDING = /\.(?:(json|ndjson|csv)(\.gz)?|db)$/i;
const TEXTS = { json: keyedText, ndjson: exportLines, csv: csvLines };
const PIECE_CHARS = 1 << 16;

/**
 * Writes a set to a file, in the shape that its name tells: `.ndjson` has a system a line, `.json` is
 * `{"_meta": …, "<name>": system, …}` as Haven's data.json, `.csv` a system a row, each of these may end in `.gz`;
 * and `.db` is an SQLite database of Haven's schema. A pipe, a device or `-` without such an ending gets NDJSON.
 *
 * As a set of records a file of JSON equals what the set was built from, and a set built from it has the same systems;
 * record.ts says how. csv.ts and db.ts say what of a record stands where; a database may lack what its schema does not
 * know, which is counted. A regular file appears whole or not at all. Memory does not grow with the set, but for a bit a
 * system for the keys of `.json`.
 *
 * @throws UsageError for another ending, or where nothing can be written, before the set is read; StoreError where
 *   writing fails, ReaderGoneError where the reader of a pipe has gone; what reading a set throws; the signal's reason
 *   when aborted
 */
export async function exportSet(
  tileset: Tileset,
  file: string,
  options: ExportFileOptions = {},
): Promise<ExportSummary> {
  const { signal, set, stdout } = options;
  const target = outputTarget('--to', file, { set });
  const { shape, isGzip } = shapeOf(file, target);
  if (shape === 'db') checkDatabase(file, target);
  const metas = (await tileset.meta({ signal })).length;
  const output = await OutputFile.open(target, file, stdout);
  const database = await withCleanUp(
    async () => {
      let losses: DatabaseLosses | undefined;
      if (shape === 'db') losses = await writeDatabase(tileset, output.growing, file, options);
      else {
        const text = pieces(TEXTS[shape](tileset, options, output.scratch));
        await output.write(text, isGzip ? [createGzip()] : [], signal);
      }
      await output.commit(signal);
      return losses;
    },
    () => output.close(),
  );
  const metasLeftOut = Math.max(0, shape === 'json' ? metas - 1 : metas);
  return { shape, systems: tileset.counts.systems, metasLeftOut, ...(database && { database }) };
}

function shapeOf(file: string, target: OutputTarget): { shape: ExportShape; isGzip: boolean } {
  const ending = ENDING.exec(file);
  if (ending) {
    const shape = (ending[1]?.toLowerCase() ?? 'db') as ExportShape;
    return { shape, isGzip: ending[2] !== undefined };
  }
  if (target.kind !== 'file') return { shape: 'ndjson', isGzip: false };
  throw new UsageError(
    `"${file}" tells no shape: name it .json, .ndjson or .csv, with or without .gz, or .db`,
    { file },
  );
}

/** A journal beside a database belongs to it: SQLite would apply it to the new one. */
function checkDatabase(file: string, target: OutputTarget): void {
  if (target.kind !== 'file') return;
  for (const journal of ['-wal', '-journal'].map(ending => target.path + ending)) {
    if (!existsSync(journal)) continue;
    throw new UsageError(
      `--to ${file}: ${journal} shows that the database is in use; close it, or name another file`,
      { file: journal },
    );
  }
}

/** Small texts joined to larger ones. */
async function* pieces(texts: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
