import { type BigIntStats, constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { open as openFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { isSqlite } from '#client/providers/sqlite/node-sqlite.ts';
import { compareText } from '#format/utf8.ts';
import { UsageError } from '#pipeline/errors.ts';
import { stateIn } from './file-state.ts';
import { FORMATS } from './magic.ts';
import { isPostgres, namedPostgresInput, postgresInput } from './postgres-records.ts';
import { isChunkSet, SetFinder } from './set-member.ts';
import { shellWord } from './shell-word.ts';
import type { ByteRange, Input } from './source-types.ts';
import { sqliteRecords } from './sqlite-records.ts';

const READ_BYTES = 1 << 20;

/** Bytes read at a time from the smallest files, which may have grown. */
const LEAST_READ_BYTES = 1 << 14;

interface FoundFile {
  readonly path: string;
  readonly found: BigIntStats;
}

/** A file that matches a pattern but is not read, and the reason. */
export interface LeftOutFile {
  readonly file: string;
  readonly reason: string;
}

/**
 * Resolves files, globs, URLs of PostgreSQL and `-` (standard input), in the order given. An existing path is taken
 * literally, whatever characters it has. Globs follow the shell: braces, sorted matches, no hidden files; links are followed except below
 * `**`. Leaves out files that were given before, by any path, and files of chunk sets that a glob matches.
 *
 * @throws UsageError if a pattern matches no file, names a folder, a URL or a file of a chunk set, or if `-` is given
 *   twice.
 */
export async function resolveInputs(
  patterns: readonly string[],
  onLeftOut: (file: LeftOutFile) => void = () => {},
): Promise<Input[]> {
  const inputs: Input[] = [];
  const sets = new SetFinder();
  /** Path by device and inode. */
  const given = new Map<string, string>();
  for (const pattern of patterns) {
    if (pattern === '') throw new UsageError('an input is the empty string: give the path of a file');
    if (pattern === '-') {
      if (inputs.some(input => input.file === STANDARD_INPUT))
        throw new UsageError('- (standard input) is given twice: give it once');
      // Node reads a directory as an empty file.
      if (fstatSync(0).isDirectory())
        throw new UsageError('standard input is a directory: redirect it from a file, or name the file');
      inputs.push(standardInput(inputs.length));
      continue;
    }
    if (isPostgres(pattern)) {
      const input = postgresInput(pattern, inputs.length);
      if (inputs.some(({ file }) => file === input.file))
        onLeftOut({ file: input.file, reason: 'it is given twice' });
      else inputs.push(input);
      continue;
    }
    const named = await status(pattern);
    for await (const { path, found } of named
      ? [{ path: pattern, found: named }]
      : matches(pattern, onLeftOut)) {
      const isRegular = found.isFile();
      const set = isRegular ? await sets.setOf(path) : undefined;
      if (set !== undefined) {
        if (named) {
          const folder = basename(path) === 'index.json' ? dirname(path) : set;
          throw new UsageError(asSet(path, folder), { file: path });
        }
        onLeftOut({ file: path, reason: `it is a file of the chunk set ${set}` });
        continue;
      }
      const identity = `${found.dev}:${found.ino}`;
      const first = isRegular ? given.get(identity) : undefined;
      if (first !== undefined) {
        onLeftOut({
          file: path,
          reason: first === path ? 'it is given twice' : `it is the same file as ${first}`,
        });
        continue;
      }
      given.set(identity, path);
      inputs.push(await foundInput(path, inputs.length, found));
    }
  }
  if (inputs.length === 0 && patterns.length > 0)
    throw new UsageError(
      `${patterns.map(pattern => `"${pattern}"`).join(', ')}: all files belong to chunk sets: give a catalogue`,
    );
  return inputs;
}

async function* matches(
  pattern: string,
  onLeftOut: (file: LeftOutFile) => void,
): AsyncGenerator<FoundFile, void, undefined> {
  // Most builds name their files: the module takes as long to load as a small build.
  const { default: glob } = await import('fast-glob');
  if (!glob.isDynamicPattern(pattern)) throw new UsageError(noFile(pattern), { file: pattern });
  const paths = await glob(pattern, { onlyFiles: false, followSymbolicLinks: !pattern.includes('**') });
  let hasFile = false;
  for (const path of paths.filter(path => !isHidden(path, pattern)).sort(compareText)) {
    const found = await status(path);
    if (!found) onLeftOut({ file: path, reason: 'it is a broken link' });
    else if (!found.isDirectory()) {
      hasFile = true;
      yield { path, found };
    }
  }
  if (hasFile) return;
  throw new UsageError(
    paths.length > 0
      ? `"${pattern}" matches only folders: name their files, such as "${pattern.replace(/\/$/, '')}/*.json"`
      : `no file matches "${pattern}": check the pattern, quote it in a shell`,
    { file: pattern },
  );
}

/** Whether a name in a path begins with a dot, and its part of the pattern does not (`[!a]*`). */
function isHidden(path: string, pattern: string): boolean {
  const names = path.split('/');
  const parts = pattern.split('/');
  const hasDot = (part: string | undefined) => part !== undefined && /(?:^|[{,])\./.test(part);
  return names.some(
    (name, i) => /^\.[^.]/.test(name) && !hasDot(parts[i]) && !hasDot(parts[parts.length - names.length + i]),
  );
}

function noFile(path: string): string {
  if (/^[a-z]+:\/\//i.test(path))
    return `${path} is a URL, but build reads local files (${FORMATS}) or standard input. Download a catalogue first; if it is a chunk set, export it: haven-chunks export ${shellWord(path)} --to catalogue.ndjson`;
  return `"${path}" does not exist: check the path, it is relative to ${process.cwd()}`;
}

function asSet(path: string, set: string): string {
  return `"${path}" is a chunk set, not a catalogue. Export it first: haven-chunks export ${shellWord(set)} --to catalogue.ndjson`;
}

async function status(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

/**
 * One file (or pipe, or device) as an input; an SQLite database, detected by its first bytes, gives the rows of its
 * systems.
 *
 * @throws UsageError if it is a directory or a socket.
 */
export async function fileInput(path: string, index: number): Promise<Input> {
  return foundInput(path, index, await stat(path, { bigint: true }));
}

async function foundInput(path: string, index: number, found: BigIntStats): Promise<Input> {
  if (found.isDirectory()) {
    if (await isChunkSet(path)) throw new UsageError(asSet(path, path), { file: path });
    throw new UsageError(`"${path}" is a directory: name its files, such as "${path}/*.json"`, {
      file: path,
    });
  }
  if (found.isSocket())
    throw new UsageError(`"${path}" is a socket, which has no content: name a file, a pipe or a device`, {
      file: path,
    });
  if (found.isFIFO() && process.platform === 'linux') {
    return { file: path, index, open: signal => readPipe(path, signal) };
  }
  if (!found.isFile()) return { file: path, index, open: signal => readStream(path, signal) };
  const text = { ...textFile(path, index, Number(found.size)), state: stateIn(found) };
  // An unreadable file is reported when it is read.
  const isDatabase = await isSqlite(path).catch(() => false);
  if (isDatabase) {
    const { size: _size, state: _state, ...file } = text;
    return { ...file, records: (events, options) => sqliteRecords(path, index, events, options) };
  }
  return text;
}

/** A regular file with text, of `size` bytes when it was found. */
export function textFile(path: string, index: number, size: number): Input {
  return { file: path, index, path, size, open: (signal, range) => readFile(path, size, signal, range) };
}

/** The bytes of a regular file of about `size` bytes; the next chunk is read while the last one is used. */
async function* readFile(
  path: string,
  size: number,
  signal?: AbortSignal,
  range?: ByteRange,
): AsyncGenerator<Buffer> {
  const file = await openFile(path);
  const { start, end } = range ?? { start: 0, end: Infinity };
  // Two buffers for all chunks: memory that is written for the first time costs more than the read.
  const chunk = Math.max(LEAST_READ_BYTES, Math.min(READ_BYTES, Math.min(size, end) - start));
  let [bytes, next] = [Buffer.allocUnsafeSlow(chunk), Buffer.allocUnsafeSlow(chunk)];
  const read = async (into: Buffer, at: number) =>
    (await file.read(into, 0, Math.min(chunk, end - at), at)).bytesRead;
  let pending: Promise<number> | undefined = read(bytes, start);
  try {
    for (let at = start; pending; ) {
      const count: number = await pending;
      signal?.throwIfAborted();
      at += count;
      pending = count > 0 && at < end ? read(next, at) : undefined;
      // Its error is thrown when its bytes are needed.
      pending?.catch(() => {});
      if (count > 0) yield bytes.subarray(0, count);
      [bytes, next] = [next, bytes];
    }
  } catch (error) {
    throw withPath(error, path);
  } finally {
    await pending?.catch(() => {});
    await file.close();
  }
}

/** The bytes of a device or a pipe. */
async function* readStream(path: string, signal?: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: READ_BYTES, ...(signal && { signal }) });
  } catch (error) {
    throw withPath(error, path);
  }
}

/** The error of a failed read, unlike that of a failed open, does not name the file. */
function withPath(error: unknown, path: string): unknown {
  const failure = error as NodeJS.ErrnoException;
  if (failure.syscall === 'read') failure.message += ` '${path}'`;
  return failure;
}

/** Opens a pipe without blocking: an `open` that waits for a writer keeps a thread and cannot be interrupted. */
function readPipe(path: string, signal: AbortSignal | undefined): Readable {
  const { O_RDONLY, O_NONBLOCK } = constants;
  const pipe = new Socket({ fd: openSync(path, O_RDONLY | O_NONBLOCK), readable: true, writable: false });
  return signal ? addAbortSignal(signal, pipe) : pipe;
}

/** An input by the name that `resolveInputs` gave it: its path, `standard input`, or the URL of a database. */
export function inputOf(name: string, index: number): Promise<Input> | Input {
  if (name === STANDARD_INPUT) return standardInput(index);
  return isPostgres(name) ? namedPostgresInput(name, index) : fileInput(name, index);
}

/** The name of standard input in messages. */
export const STANDARD_INPUT = 'standard input';

/** Standard input, or a stream in its place. */
export function standardInput(index: number, stream: Readable = process.stdin): Input {
  return {
    file: STANDARD_INPUT,
    index,
    open: signal => (signal ? addAbortSignal(signal, stream) : stream),
  };
}
