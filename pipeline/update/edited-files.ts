/** The files of the previous generation of a set, and those of the next, which is made from it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CorruptError } from '#client/errors.ts';
import { Files } from '#client/fetch/files.ts';
import type { Source } from '#client/fetch/source.ts';
import { nodeCodec } from '#client/node/index.ts';
import { type FileKind, type FileRef, pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { Packable } from '#format/pack.ts';
import { unpackContents, unpackPreload } from '#format/preload.ts';
import { unpack } from '#format/unpack.ts';
import type { NodeFiles } from '#pipeline/octree/node-reader.ts';
import { SetWriter, type WorkingSet } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';

/** Contents that are kept in memory. */
const CACHE_BYTES = 64 * 1024 * 1024;
/** A set may have records of many MiB. */
const MAX_FILE_BYTES = 2 ** 32;

export class EditedFiles implements WorkingSet, NodeFiles {
  readonly #writer: SetWriter;
  readonly #files: Files;
  readonly #location: string;
  readonly #signal: AbortSignal | undefined;
  /** Paths of files of the previous generation: they are not written again. */
  readonly #known = new Set<string>();
  /** Both generations. */
  readonly source: Source;
  /** Files of the previous generation that were read, and their bytes as stored. */
  readonly reads = { files: 0, bytes: 0 };

  /**
   * @param live the previous generation
   * @param staged receives the files that the next generation has besides
   * @param signal makes reads fail with its reason
   */
  constructor(live: Source, staged: Store, index: SetIndex, signal?: AbortSignal) {
    this.#writer = new SetWriter(staged, index.options.gzipLevel, path => this.#known.has(path));
    this.#location = live.location;
    this.#signal = signal;
    this.source = {
      location: live.location,
      get: async (path, options) => {
        if (this.#writer.files.has(path)) {
          await this.settle();
          return staged.get(path, options);
        }
        const bytes = await live.get(path, options);
        if (!bytes) return undefined;
        this.reads.files++;
        this.reads.bytes += bytes.length;
        return bytes;
      },
    };
    const options = { codec: nodeCodec, cacheBytes: CACHE_BYTES, maxFileBytes: MAX_FILE_BYTES };
    this.#files = new Files(this.source, options, { chunkLimit: index.options.chunkLimit });
    this.#files.know(unpackContents(index.contents));
    this.#known.add(pathOf({ kind: 'fold', ...index.fold }));
  }

  /** Reads the pages of the preload file: the update needs most of them, if only to write that file again. */
  async readPreload({ preload }: SetIndex): Promise<void> {
    if (preload) this.#files.know(await this.read({ kind: 'preload', ...preload }, unpackPreload));
  }

  /** Stored bytes of the files that were written, by path. */
  get written(): ReadonlyMap<string, number> {
    return this.#writer.files;
  }

  put(kind: FileKind, content: Packable): FileRef {
    return this.#writer.put(kind, content);
  }

  settle(): Promise<void> {
    return this.#writer.settle();
  }

  /** Returns the content of a file. @throws NotFoundError, CorruptError, StoreError, the signal's reason */
  async get(ref: FileRef): Promise<Uint8Array> {
    // Reads of cached files never leave this turn of the event loop: signals of the process would wait for the update.
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.note([ref]);
    return this.#files.read(ref, content => ({ value: content, cost: content.length }));
  }

  async read<T>(ref: FileRef, decode: (file: Record<string, unknown>) => T): Promise<T> {
    const content = await this.get(ref);
    try {
      return decode(unpack(content));
    } catch (cause) {
      throw this.#corrupt(pathOf(ref), (cause as Error).message, cause);
    }
  }

  note(files: readonly FileRef[]): void {
    for (const ref of files) {
      const path = pathOf(ref);
      if (!this.#writer.files.has(path)) this.#known.add(path);
    }
  }

  refuse(file: string, problem: string): never {
    throw this.#corrupt(file, problem);
  }

  #corrupt(file: string, reason: string, cause?: unknown): CorruptError {
    return new CorruptError(`${file} of ${this.#location} is corrupt: ${reason}; build the set again`, {
      file,
      reason,
      cause,
    });
  }
}
