/** Writes a chunk set back as a catalogue. */
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { Tileset } from '#client/index.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { OptionNames } from '#pipeline/store/check-options.ts';
import { withCleanUp } from '#pipeline/store/clean-up.ts';
import { OutputFile } from '#pipeline/store/output-file.ts';
import { type OutputTarget, outputTarget } from '#pipeline/store/output-target.ts';
import { checkExport, EXPORT_OPTIONS, type ExportOptions } from './all-systems.ts';
import type { DatabaseLosses } from './database-rows.ts';
import { csvLines } from './write-csv.ts';
import { writeDatabase } from './write-database.ts';
import { exportLines, keyedText } from './write-json.ts';

export type { ExportOptions } from './all-systems.ts';
export type { DatabaseLosses } from './database-rows.ts';
export { exportLines } from './write-json.ts';

/** Format of an exported catalogue. */
export type ExportShape = keyof typeof TEXT_WRITERS | 'db';

/** Options of `exportSet`. */
export interface ExportFileOptions extends ExportOptions {
  /** Folder of the set; the output must not be inside it. */
  readonly set?: string | undefined;
  /** Stream for `-`; standard output by default. */
  readonly stdout?: Writable | undefined;
}

const FILE_OPTIONS: OptionNames<ExportFileOptions> = { ...EXPORT_OPTIONS, set: 1, stdout: 1 };

/** Result of `exportSet`. */
export interface ExportSummary {
  readonly shape: ExportShape;
  readonly systems: number;
  /** Number of `_meta` values that the file lacks: `.json` has at most one, other shapes have none. */
  readonly metasLeftOut: number;
  /** Values that a database lacks or has in another type. */
  readonly database?: DatabaseLosses;
}

const ENDING = /\.(?:(json|ndjson|csv)(\.gz)?|db)$/i;
const TEXT_WRITERS = { json: keyedText, ndjson: exportLines, csv: csvLines };
const PIECE_CHARS = 1 << 16;

/**
 * Writes a set to a file, in the shape given by its file extension: `.ndjson` has one system per line, `.json` is
 * `{"_meta": …, "<name>": system, …}` like Haven's data.json, `.csv` has one system per row (each may be followed by
 * `.gz`), and `.db` is an SQLite database in Haven's schema. A pipe, a device or `-` without such an extension gets
 * NDJSON.
 *
 * A file of JSON has the same set of records as the input of the build, and a set built from it has the same systems.
 * A database lacks values that its schema has no column for; they are counted. A regular file appears complete or not
 * at all. Memory does not grow with the set, except for one bit per system for the keys of `.json`.
 *
 * @throws UsageError for another extension or a target that cannot be written, before the set is read; StoreError if
 *   writing fails; ReaderGoneError if the reader of a pipe closed it; errors from reading the set; the signal's
 *   reason when aborted
 */
export async function exportSet(
  tileset: Tileset,
  file: string,
  options: ExportFileOptions = {},
): Promise<ExportSummary> {
  checkExport(tileset, options, FILE_OPTIONS);
  const { set, stdout, ...reading } = options;
  const { signal } = reading;
  const target = outputTarget('--to', file, { set });
  const { shape, isGzip } = shapeOf(file, target);
  if (shape === 'db') checkNoJournal(file, target);
  const metas = (await tileset.meta({ signal })).length;
  const output = await OutputFile.open(target, file, stdout);
  const database = await withCleanUp(
    async () => {
      let losses: DatabaseLosses | undefined;
      if (shape === 'db') losses = await writeDatabase(tileset, output.growing, file, reading);
      else {
        const text = pieces(TEXT_WRITERS[shape](tileset, reading, output.scratch));
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
    `"${file}" has an unknown extension: use .json, .ndjson or .csv, with or without .gz, or .db`,
    { file },
  );
}

/** @throws UsageError if the old database has a journal, which SQLite would apply to the new one */
function checkNoJournal(file: string, target: OutputTarget): void {
  if (target.kind !== 'file') return;
  for (const journal of ['-wal', '-journal'].map(ending => target.path + ending)) {
    if (!existsSync(journal)) continue;
    throw new UsageError(
      `--to ${file}: ${journal} shows that the database is in use; close it, or give another file`,
      { file: journal },
    );
  }
}

/** Joins short strings to longer pieces. */
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
