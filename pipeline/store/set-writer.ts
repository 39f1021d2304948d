/** Writes content-addressed files: named by the hash of their uncompressed content, compressed, each once. */
import { hash as digest } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import pLimit from 'p-limit';
import { type FileKind, type FileRef, hexOf, pathOf } from '#format/file-ref.ts';
import { type Packable, pack } from '#format/pack.ts';
import { gzipMember } from './gzip-member.ts';
import { changedFile } from './run-file.ts';
import type { Store } from './store.ts';

/** Maximum number of concurrent writes. */
const AT_ONCE = 16;

/** Stores files. */
export interface FileSink {
  /** Stores a file and returns its reference. Bytes are content that is packed already. */
  put(kind: FileKind, content: Packable): FileRef;
}

/** The bytes of a file: its content is a map, so that bytes are not content. */
function bytesOf(content: Packable): Uint8Array {
  return content instanceof Uint8Array ? content : pack(content);
}

/** A number of files and their bytes as stored. */
export interface FileTotals {
  readonly files: number;
  readonly bytes: number;
}

/** Files of a set that a writer adds. */
export interface SetFiles extends FileSink {
  /**
   * Waits until all files are written.
   * @throws errors of writing
   */
  settle(): Promise<void>;
}

/** Files of a set: adds files, and reads those that are there. */
export interface WorkingSet extends SetFiles {
  /** Returns the content of a file of the set. */
  get(ref: FileRef): Promise<Uint8Array>;
}

/** The reference of a file with the given content. */
export function nameOf(kind: FileKind, bytes: Uint8Array): FileRef {
  return { kind, hash: hexOf(digest('sha256', bytes, 'buffer')), length: bytes.length };
}

/** A sink that computes the names of files without storing them. */
export const nameContent: FileSink = { put: (kind, content) => nameOf(kind, bytesOf(content)) };

/** Compresses on the thread that it is called on: a build has as many threads as it was given workers. */
export class SetWriter implements WorkingSet {
  readonly #store: Store;
  readonly #level: number;
  readonly #isThere: (path: string) => boolean;
  readonly #limit = pLimit(AT_ONCE);
  readonly #pending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;
  /** Path and stored bytes of every file. */
  readonly files = new Map<string, number>();

  /**
   * @param store destination of the files
   * @param level gzip level; it changes sizes, never names
   * @param isThere says which files are there already: they are not written
   */
  constructor(store: Store, level: number, isThere: (path: string) => boolean = () => false) {
    this.#store = store;
    this.#level = level;
    this.#isThere = isThere;
  }

  /** Writes a file; returns its reference immediately, the file exists after `settle`. */
  put(kind: FileKind, content: Packable): FileRef {
    const bytes = bytesOf(content);
    const ref = nameOf(kind, bytes);
    const path = pathOf(ref);
    if (this.files.has(path) || this.#isThere(path)) return ref;
    const member = gzipMember(bytes, this.#level);
    this.files.set(path, member.length);
    const work = this.#limit(() => this.#store.put(path, member))
      .catch(error => {
        this.#failure ??= { error };
      })
      .finally(() => this.#pending.delete(work));
    this.#pending.add(work);
    return ref;
  }

  /** Returns the content of a file of the store. @throws StoreError if it is missing or damaged */
  async get(ref: FileRef): Promise<Uint8Array> {
    await this.settle();
    const path = pathOf(ref);
    const member = await this.#store.get(path);
    if (!member) throw changedFile(this.#store, path, 'is missing');
    try {
      return gunzipSync(member, { maxOutputLength: Math.max(1, ref.length) });
    } catch {
      throw changedFile(this.#store, path, 'is damaged');
    }
  }

  /** Waits for all files. @throws the first error of a write, when no write is running any more */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#failure) throw this.#failure.error;
  }
}
