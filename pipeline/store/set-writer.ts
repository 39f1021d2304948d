/** Writes content-addressed files: named by their uncompressed content, compressed, each once. */
import { hash as digest } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import pLimit from 'p-limit';
import {
  type FileKind,
  type FileRef,
  hexOf,
  type Packable,
  pack,
  pathOf,
} from '../../client/format/index.ts';
import type { FileSink } from '../context.ts';
import type { Store } from './store.ts';

const compress = promisify(gzip);

/** Contents that may wait for the compressor at once, in bytes: it bounds memory, and keeps every thread busy. */
const BACKLOG_BYTES = 8 * 1024 * 1024;
/** Compressors at work: enough for every thread, few enough that their windows take little memory. */
const COMPRESSORS = 2 * availableParallelism();

/** The reference of a file of some content. */
export function nameOf(kind: FileKind, bytes: Uint8Array): FileRef {
  return { kind, hash: hexOf(digest('sha256', bytes, 'buffer')), length: bytes.length };
}

export class SetWriter implements FileSink {
  readonly #store: Store;
  readonly #level: number;
  readonly #pending = new Map<string, Promise<void>>();
  readonly #limit = pLimit(COMPRESSORS);
  #backlog = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;
  /** Every file written so far: its path and its bytes as stored. */
  readonly files = new Map<string, number>();

  /**
   * @param store where the files go
   * @param level gzip level; it changes sizes, never names
   */
  constructor(store: Store, level: number) {
    this.#store = store;
    this.#level = level;
  }

  /** Takes a file's content; its reference is known at once, the file is there after `drain`. */
  put(kind: FileKind, content: Packable): FileRef {
    const bytes = pack(content);
    const ref = nameOf(kind, bytes);
    const path = pathOf(ref);
    if (this.files.has(path) || this.#pending.has(path)) return ref;
    this.#backlog += bytes.length;
    const work = this.#limit(() => this.#write(path, bytes))
      .catch(error => {
        this.#failure ??= error;
      })
      .finally(() => {
        this.#backlog -= bytes.length;
        this.#pending.delete(path);
        if (this.#backlog <= BACKLOG_BYTES) this.#wake?.();
      });
    this.#pending.set(path, work);
    return ref;
  }

  /** Waits while too much is under way. @throws what a write has thrown */
  async ready(): Promise<void> {
    if (this.#backlog > BACKLOG_BYTES) {
      // One waiter, woken once: a race over all that is pending would cost its square.
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits for all files. @throws what a write has thrown */
  async drain(): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until no write is under way any more, whatever became of them. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending.values());
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const member = await compress(bytes, { level: this.#level });
    // The header's flags and operating system differ between zlib builds; the format fixes both.
    member[8] = 0;
    member[9] = 255;
    await this.#store.put(path, member);
    this.files.set(path, member.length);
  }
}
