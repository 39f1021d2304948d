/**
 * Moves the files of a set from a staging folder into its destination.
 *
 * The order keeps the old set intact at every moment, and the new one after its success is reported: flush and move
 * the files, flush their folders, check that every file is there, then flush and move `index.json`, and flush its
 * folder. Flushes run concurrently: a disk does many at about the cost of one.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isHavenError } from '#client/errors.ts';
import { Files } from '#client/fetch/files.ts';
import { readIndex } from '#client/fetch/read-index.ts';
import { checkPath } from '#client/fetch/source.ts';
import { folderSource, nodeCodec } from '#client/node/index.ts';
import { pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import { StoreError } from '#pipeline/errors.ts';
import { withCleanUp } from './clean-up.ts';
import { concurrently } from './concurrently.ts';
import { DiskPace } from './disk-pace.ts';
import { flush } from './folder-store.ts';
import { type PageReader, pageReader, reachable } from './reachable.ts';
import { storeError } from './system-error.ts';
import { flushMarked, markUnflushed } from './unflushed.ts';

export interface Installed {
  /** Files of the new set that existed before and were left unchanged. */
  readonly unchanged: number;
}

export class Installation {
  readonly #directory: string;
  readonly #set: string;
  readonly #index: string;
  /**
   * Lists the files that did not exist at the destination before: they are removed if the installation does not
   * finish.
   */
  readonly #journal: string;
  readonly #files: ReadonlyMap<string, number>;
  readonly #addsTo: boolean;
  readonly #flushing: boolean;
  readonly #pace = new DiskPace();

  /**
   * @param staging has the new files in its folder `set`
   * @param files files of the new set, with their stored bytes
   * @param flushing whether to flush files and folders
   * @param addsTo whether the new set has further files, which are those of the live set
   */
  constructor(
    directory: string,
    staging: string,
    files: ReadonlyMap<string, number>,
    flushing: boolean,
    addsTo = false,
  ) {
    this.#directory = directory;
    this.#set = join(staging, 'set');
    this.#index = join(staging, 'index.json');
    this.#journal = join(staging, 'new-files.json');
    this.#files = files;
    this.#addsTo = addsTo;
    this.#flushing = flushing;
  }

  /**
   * @param text content of `index.json`
   * @param parents further folders to flush: the parents of new folders
   * @throws StoreError, or the signal's reason; nothing is installed then
   */
  async run(text: string, parents: readonly string[], signal: AbortSignal | undefined): Promise<Installed> {
    try {
      await this.#checkComplete(JSON.parse(text));
      const unchanged = this.#addsTo ? new Set<string>() : await this.#unchangedFiles(signal);
      const changed = [...this.#files.keys()].filter(path => !unchanged.has(path));
      if (this.#flushing) {
        await flushMarked(this.#directory, signal);
        await concurrently([...this.#files.keys()], path => {
          signal?.throwIfAborted();
          return flush(join(unchanged.has(path) ? this.#directory : this.#set, path));
        });
      }
      signal?.throwIfAborted();
      if (!this.#flushing) markUnflushed(this.#directory, parents.length);
      await this.#move(text, changed, parents, signal);
      return { unchanged: unchanged.size };
    } catch (error) {
      throw storeError('cannot install the set in', this.#directory, error);
    }
  }

  /**
   * Removes the files that an unfinished installation has added to the destination; does nothing after a finished
   * one, or before files were moved.
   */
  async withdraw(): Promise<void> {
    const fresh = this.#readJournal();
    const live = fresh.length > 0 ? await liveFiles(this.#directory) : undefined;
    // If the live set cannot be read, it may need any of the files.
    if (!live) return;
    const paths = fresh.filter(path => !live.has(path));
    for (const path of paths) rmSync(join(this.#directory, path), { force: true });
    for (const folder of new Set(paths.map(path => dirname(path))))
      removeEmpty(join(this.#directory, folder));
  }

  async #move(
    text: string,
    changed: readonly string[],
    parents: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const kinds = new Set([...this.#files.keys()].map(path => dirname(path)));
    const folders = [...kinds].map(kind => join(this.#directory, kind));
    const fresh = changed.filter(path => !existsSync(join(this.#directory, path)));
    let ended = false;
    await withCleanUp(
      async () => {
        writeFileSync(this.#journal, JSON.stringify(fresh), { flush: this.#flushing });
        for (const folder of folders) if (!existsSync(folder)) mkdirSync(folder);
        await concurrently(changed, path => {
          signal?.throwIfAborted();
          const [from, to] = [join(this.#set, path), join(this.#directory, path)];
          return this.#pace.call(
            0,
            () => renameSync(from, to),
            () => rename(from, to),
          );
        });
        await concurrently([...this.#files], ([path, size]) => this.#checkPlace(path, size));
        if (this.#flushing) await concurrently([...folders, this.#directory, ...parents], flush);
        signal?.throwIfAborted();
        writeFileSync(this.#index, text, { flush: this.#flushing });
        renameSync(this.#index, join(this.#directory, 'index.json'));
        ended = true;
        if (this.#flushing) await flush(this.#directory);
      },
      () => (ended ? undefined : this.withdraw()),
    );
  }

  /** @throws StoreError if the index leads to a file that was not written, or a page was changed */
  async #checkComplete(index: SetIndex): Promise<void> {
    try {
      const read = pageReader(newReader(this.#set));
      // Pages of the live set lead to its files.
      const readNew: PageReader = async (ref, decode) =>
        this.#files.has(pathOf(ref)) ? read(ref, decode) : undefined;
      for await (const { ref } of reachable(index, this.#addsTo ? readNew : read)) {
        const path = pathOf(ref);
        if (this.#files.has(path)) continue;
        if (this.#addsTo && existsSync(join(this.#directory, path))) continue;
        throw new StoreError(`${path} was not written`, { file: path });
      }
    } catch (error) {
      if (!isHavenError(error) || error instanceof StoreError) throw error;
      const { file, message } = error;
      throw new StoreError(`the set was changed during the build: ${message}`, { file, cause: error });
    }
  }

  /**
   * Files that the live set has too, with equal bytes. Unreachable files do not count: they may be deleted at any
   * time.
   */
  async #unchangedFiles(signal: AbortSignal | undefined): Promise<Set<string>> {
    const unchanged = new Set<string>();
    const live = (await liveFiles(this.#directory)) ?? new Set();
    await concurrently(
      [...this.#files.keys()].filter(path => live.has(path)),
      async path => {
        signal?.throwIfAborted();
        if (await isSame(join(this.#directory, path), join(this.#set, path))) unchanged.add(path);
      },
    );
    return unchanged;
  }

  async #checkPlace(path: string, size: number): Promise<void> {
    const target = join(this.#directory, path);
    const { size: found } = await this.#pace.call<Stats>(
      0,
      () => statSync(target),
      () => stat(target),
    );
    if (found !== size) {
      throw new StoreError(
        `${target} has ${found} bytes, expected ${size}: another process changed it; run the command again`,
        { file: target, expected: size, found },
      );
    }
  }

  /** Paths in the journal; none if there is no journal, or if it was lost in a power cut. */
  #readJournal(): string[] {
    try {
      const paths: string[] = JSON.parse(readFileSync(this.#journal, 'utf8'));
      // The paths are deleted: none may lead out of the destination.
      for (const path of paths) checkPath(path);
      return paths;
    } catch {
      return [];
    }
  }
}

/** Paths of all files of the live set; empty if there is no set, undefined if the set cannot be read. */
async function liveFiles(directory: string): Promise<Set<string> | undefined> {
  const paths = new Set<string>();
  try {
    const { index } = await readIndex(folderSource(directory), nodeCodec.sha256, {});
    for await (const { ref } of reachable(index, pageReader(newReader(directory)))) paths.add(pathOf(ref));
    return paths;
  } catch {
    return existsSync(join(directory, 'index.json')) ? undefined : paths;
  }
}

function newReader(directory: string): Files {
  return new Files(folderSource(directory), { codec: nodeCodec, cacheBytes: 0 });
}

async function isSame(one: string, other: string): Promise<boolean> {
  if (!existsSync(one) || statSync(one).size !== statSync(other).size) return false;
  return (await readFile(one)).equals(await readFile(other));
}

function removeEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
