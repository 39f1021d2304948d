/** Writes a chunk set back as a catalogue. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Tileset } from '../../client/index.ts';
import { UsageError } from '../errors.ts';
import { csvLines } from './csv.ts';
import { type DatabaseLosses, writeDatabase } from './db.ts';
import { exportLines, keyedText } from './json.ts';
import type { ExportOptions } from './walk.ts';

export type { DatabaseLosses } from './db.ts';
export { exportLines } from './json.ts';
export type { ExportOptions } from './walk.ts';

export interface ExportSummary {
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
 * and `.db` is an SQLite database of Haven's schema.
 *
 * As a set of records a file of JSON equals what the set was built from, and a set built from it has the same systems;
 * record.ts says how. csv.ts and db.ts say what of a record stands where; a database may lack what its schema does not
 * know, which is counted. A file appears whole or not at all. Memory does not grow with the set, but for a bit a
 * system for the keys of `.json`.
 *
 * @throws UsageError for another ending, or a target that is no file; what reading a set throws; errors of the file
 *   system; the signal's reason when aborted
 */
export async function exportSet(
  tileset: Tileset,
  file: string,
  options: ExportOptions = {},
): Promise<ExportSummary> {
  const { signal } = options;
  const ending = ENDING.exec(file);
  if (!ending) {
    throw new UsageError(
      `"${file}" tells no shape: name it .json, .ndjson or .csv, with or without .gz, or .db`,
    );
  }
  const shape = ending[1]?.toLowerCase() as keyof typeof TEXTS | undefined;
  const target = await replaceable(file);
  const metas = (await tileset.meta({ signal })).length;
  const scratch = await mkdtemp(join(dirname(target), `.${basename(target)}.exporting-`));
  const whole = join(scratch, 'whole');
  let database: DatabaseLosses | undefined;
  try {
    if (shape === undefined) database = await writeDatabase(tileset, whole, file, options);
    else {
      const text = pieces(TEXTS[shape](tileset, options, scratch));
      await pipeline(
        [
          Readable.from(text, { objectMode: false }),
          ...(ending[2] ? [createGzip()] : []),
          createWriteStream(whole, { flush: true }),
        ],
        signal ? { signal } : {},
      );
    }
    await rename(whole, target);
  } catch (error) {
    signal?.throwIfAborted();
    // A failing write, unlike a failing open, does not say which file it was.
    const failure = error as NodeJS.ErrnoException;
    if (failure.syscall === 'write') failure.message += ` '${file}'`;
    throw failure;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  const metasLeftOut = Math.max(0, shape === 'json' ? metas - 1 : metas);
  return { systems: tileset.counts.systems, metasLeftOut, ...(database && { database }) };
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

/** The path to put a file at, behind a symbolic link; a device or a folder cannot be replaced by one. */
async function replaceable(file: string): Promise<string> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) {
    // So that the error names the folder that is missing.
    await stat(dirname(file));
    return file;
  }
  if (!found.isFile()) throw new UsageError(`"${file}" is there already, and is no file: name another`);
  return realpath(file);
}
