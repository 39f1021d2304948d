/** Writes the file of an output option: replaces a regular file as a whole, or writes through to a pipe. */
import { constants, createReadStream, createWriteStream, existsSync, fstatSync, openSync } from 'node:fs';
import { chmod, chown, open, rename } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ReaderGoneError } from '#pipeline/errors.ts';
import { flush } from './folder-store.ts';
import type { OutputTarget } from './output-target.ts';
import { Scratch } from './scratch.ts';
import { isSystemError, storeError } from './system-error.ts';

/** Interval for opening a pipe that has no reader yet. */
const RETRY_MS = 50;

/**
 * A regular file is written in a temporary folder beside its path, and renamed when it is complete and flushed; links
 * stay, and so do mode and owner of the replaced file. Pipes, devices and open files are written through. Waiting for
 * a reader, or for a slow one, does not block the thread.
 */
export class OutputFile {
  /** Folder for temporary files, until the output is closed. */
  readonly scratch: string;
  /**
   * The file that `commit` moves to the path of the output; for writers such as SQLite that cannot write a stream.
   */
  readonly growing: string;
  readonly #target: OutputTarget;
  readonly #name: string;
  readonly #scratch: Scratch;
  readonly #stdout: Writable;

  private constructor(target: OutputTarget, name: string, scratch: Scratch, stdout: Writable) {
    this.#target = target;
    this.#name = name === '-' ? 'standard output' : name;
    this.#scratch = scratch;
    this.#stdout = stdout;
    this.scratch = scratch.path;
    this.growing = join(scratch.path, 'output');
  }

  /**
   * @param name name for messages
   * @param stdout standard output
   * @throws StoreError if no temporary folder can be created
   */
  static async open(
    target: OutputTarget,
    name: string,
    stdout: Writable = process.stdout,
  ): Promise<OutputFile> {
    const parent = target.kind === 'file' ? dirname(target.path) : tmpdir();
    return new OutputFile(target, name, await Scratch.open(parent), stdout);
  }

  /**
   * Writes all content: directly to a pipe or device, otherwise to the growing file.
   * @throws StoreError, ReaderGoneError; errors of the content; the signal's reason
   */
  async write(
    content: AsyncIterable<string | Uint8Array> | Readable,
    transforms: readonly Transform[] = [],
    signal?: AbortSignal,
  ): Promise<void> {
    try {
      const out =
        this.#target.kind === 'file'
          ? createWriteStream(this.growing)
          : await writableOf(this.#target, this.#stdout, signal);
      const source = Readable.from(content, { objectMode: false });
      await pipeline([source, ...transforms, out], signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#failure(error);
    }
  }

  /**
   * Moves the growing file to its path; for a pipe, writes it through if there is one.
   * @throws StoreError, the signal's reason
   */
  async commit(signal?: AbortSignal): Promise<void> {
    if (this.#target.kind !== 'file') {
      if (existsSync(this.growing)) await this.write(createReadStream(this.growing), [], signal);
      return;
    }
    const { path, replaced } = this.#target;
    try {
      if (replaced) {
        // If the owner cannot be kept, the file belongs to this user, like any new file.
        await chown(this.growing, replaced.uid, replaced.gid).catch(() => {});
        await chmod(this.growing, replaced.mode & 0o7777);
      }
      const handle = await open(this.growing, 'r+');
      await handle.sync().finally(() => handle.close());
      signal?.throwIfAborted();
      await rename(this.growing, path);
      await flush(dirname(path));
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Removes all temporary files. */
  close(): Promise<void> {
    return this.#scratch.close();
  }

  #failure(error: unknown): unknown {
    if (isSystemError(error) && error.code === 'EPIPE') {
      return new ReaderGoneError(`the reader of ${this.#name} closed it`, { cause: error });
    }
    return storeError('cannot write', this.#name, error);
  }
}

/** @throws the signal's reason */
async function writableOf(
  target: Exclude<OutputTarget, { kind: 'file' }>,
  stdout: Writable,
  signal: AbortSignal | undefined,
): Promise<Writable> {
  if (target.kind === 'descriptor') return sharedWritable(target.descriptor, stdout);
  return target.kind === 'device' ? createWriteStream(target.path) : openPipe(target.path, signal);
}

/** Writes to an open file that stays open for others. */
function sharedWritable(descriptor: number, stdout: Writable): Writable {
  const standard = [undefined, stdout, process.stderr][descriptor];
  if (standard) return new Writable({ write: (chunk, _encoding, done) => void standard.write(chunk, done) });
  const stats = fstatSync(descriptor);
  const isPipe = stats.isFIFO() || stats.isSocket();
  return isPipe
    ? new Socket({ fd: descriptor, readable: false })
    : createWriteStream('', { fd: descriptor, autoClose: false });
}

/** Opens a pipe when it has a reader: an `open` that waits keeps a thread and cannot be interrupted. */
async function openPipe(path: string, signal: AbortSignal | undefined): Promise<Writable> {
  for (;;) {
    try {
      const { O_WRONLY, O_NONBLOCK } = constants;
      return new Socket({ fd: openSync(path, O_WRONLY | O_NONBLOCK), readable: false, writable: true });
    } catch (error) {
      if (!isSystemError(error) || error.code !== 'ENXIO') throw error;
      await delay(RETRY_MS, undefined, signal ? { signal } : {});
    }
  }
}
