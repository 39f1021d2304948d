/** Writes a chunk set back as a catalogue. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { jsonText } from '../../client/format/json-text.ts';
import type { Tileset } from '../../client/index.ts';
import { UsageError } from '../errors.ts';
import { findKeys } from './keys.ts';
import { lineOf, memberOf } from './record.ts';

export interface ExportOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told the systems written so far. */
  readonly onProgress?: ((systems: number) => void) | undefined;
}

export interface ExportSummary {
  readonly systems: number;
  /** `_meta` values of the set that the file does not hold: a keyed file has room for one, lines for none. */
  readonly metasLeftOut: number;
}

const ENDING = /\.(json|ndjson)(\.gz)?$/i;
const PIECE_CHARS = 1 << 16;

/**
 * Writes a set to a file, in the shape that its name tells: `.ndjson` has a system a line, `.json` is
 * `{"_meta": …, "<name>": system, …}` as Haven's data.json, and either may end in `.gz`.
 *
 * As a set of records the file equals what the set was built from, and a set built from it has the same systems;
 * record.ts says how. It appears whole or not at all. Memory does not grow with the set, but for a bit a system.
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
    throw new UsageError(`"${file}" tells no shape: name it .json, .ndjson, .json.gz or .ndjson.gz`);
  }
  const keyed = ending[1]!.toLowerCase() === 'json';
  const target = await replaceable(file);
  const metas = (await tileset.meta({ signal })).length;
  const scratch = await mkdtemp(join(dirname(target), `.${basename(target)}.exporting-`));
  try {
    const whole = join(scratch, 'whole');
    const text = keyed ? keyedText(tileset, scratch, options) : exportLines(tileset, options);
    await pipeline(
      [
        Readable.from(pieces(text), { objectMode: false }),
        ...(ending[2] ? [createGzip()] : []),
        createWriteStream(whole, { flush: true }),
      ],
      signal ? { signal } : {},
    );
    await rename(whole, target);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { systems: tileset.counts.systems, metasLeftOut: Math.max(0, keyed ? metas - 1 : metas) };
}

/** The systems of a set as lines of NDJSON, each with its line feed. */
export async function* exportLines(
  tileset: Tileset,
  { signal, onProgress }: ExportOptions = {},
): AsyncGenerator<string, void, undefined> {
  let systems = 0;
  for await (const batch of tileset.records({ signal })) {
    for (const system of batch) yield `${lineOf(system)}\n`;
    systems += batch.length;
    onProgress?.(systems);
  }
}

async function* keyedText(
  tileset: Tileset,
  scratch: string,
  { signal, onProgress }: ExportOptions,
): AsyncGenerator<string, void, undefined> {
  const keyOf = await findKeys(tileset, scratch, signal);
  const [meta] = await tileset.meta({ signal });
  yield '{';
  let separator = '\n';
  if (meta !== undefined) {
    yield `${separator}"_meta":${jsonText(meta)}`;
    separator = ',\n';
  }
  let systems = 0;
  for await (const batch of tileset.records({ signal })) {
    for (const system of batch) {
      yield `${separator}${memberOf(system, keyOf(system, systems++))}`;
      separator = ',\n';
    }
    onProgress?.(systems);
  }
  yield '\n}\n';
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
