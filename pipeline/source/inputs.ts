import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import glob from 'fast-glob';
import { isSqlite } from '../../client/node/sqlite.ts';
import { UsageError } from '../errors.ts';
import { sqliteRecords } from './sqlite.ts';
import type { ByteRange, Input } from './types.ts';

const READ_BYTES = 1 << 20;

/**
 * Files, globs and `-` (standard input), in the order given; a glob's matches are sorted. A path that exists
 * is taken as it stands, even where it reads as a glob.
 *
 * @throws UsageError if a pattern matches nothing, names a directory, or `-` is there twice.
 */
export async function resolveInputs(patterns: readonly string[]): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const pattern of patterns) {
    if (pattern === '-') {
      if (inputs.some(input => input.file === STDIN))
        throw new UsageError('- (standard input) is there twice: name it once');
      inputs.push(standardInput(inputs.length));
      continue;
    }
    for (const path of await matches(pattern)) inputs.push(await fileInput(path, inputs.length));
  }
  return inputs;
}

async function matches(pattern: string): Promise<string[]> {
  if (await status(pattern)) return [pattern];
  if (!glob.isDynamicPattern(pattern)) {
    throw new UsageError(`"${pattern}" does not exist: check the path, it is relative to ${process.cwd()}`);
  }
  const found = await glob(pattern);
  if (found.length === 0)
    throw new UsageError(`no file matches "${pattern}": check the pattern, quote it in a shell`);
  return found.sort();
}

async function status(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * One file (or pipe, or device) as an input; an SQLite database, told by its first bytes, as the rows of its systems.
 *
 * @throws UsageError if it is a directory.
 */
export async function fileInput(path: string, index: number): Promise<Input> {
  const found = await stat(path);
  if (found.isDirectory())
    throw new UsageError(`"${path}" is a directory: name its files, say "${path}/*.json"`);
  const open = (signal?: AbortSignal, range?: ByteRange) => readFile(path, signal, range);
  if (!found.isFile()) return { file: path, index, open };
  // What cannot be read says so when it is read.
  const isDatabase = await isSqlite(path).catch(() => false);
  if (isDatabase) {
    return {
      ...{ file: path, index, path, open },
      records: (events, options) => sqliteRecords(path, index, events, options),
    };
  }
  return { file: path, index, path, size: found.size, open };
}

async function* readFile(path: string, signal?: AbortSignal, range?: ByteRange): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, {
      highWaterMark: READ_BYTES,
      ...(signal && { signal }),
      ...(range && { start: range.start, end: range.end - 1 }),
    });
  } catch (error) {
    // A failing read, unlike a failing open, does not say which file it was.
    const failure = error as NodeJS.ErrnoException;
    if (failure.syscall === 'read') failure.message += ` '${path}'`;
    throw failure;
  }
}

const STDIN = 'standard input';

/** Standard input, or a stream that stands for it. */
export function standardInput(index: number, stream: Readable = process.stdin): Input {
  return {
    file: STDIN,
    index,
    open: signal => (signal ? addAbortSignal(signal, stream) : stream),
  };
}
