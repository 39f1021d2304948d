/** The folder that a build fills: it is never replaced, so that mount points, links, mode and owner stay. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  type Stats,
  statSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FORMAT_NAME } from '../../client/format/index-json.ts';
import { FILE_KINDS } from '../../client/format/ref.ts';
import { withCleanUp } from '../clean-up.ts';
import { StoreError, UsageError } from '../errors.ts';
import { folderStore } from './folder.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { Installation, type Installed } from './install.ts';
import { followLink } from './links.ts';
import type { Store } from './store.ts';
import { storeError } from './system-error.ts';

export interface DestinationOptions {
  /** Flushes files, folders and index, so that a set that counts as written outlives a power cut; true by default. */
  readonly flush?: boolean | undefined;
}

const INDEX = 'index.json';
/** Staging folders, of this run and of those that were killed. */
const STAGING = /^\.building-[^-]{6}$/;
/** What a new file system has at its root. */
const FOREIGN_NAMES = ['lost+found'];

export class Destination {
  readonly directory: string;
  /** True where a set was there before. */
  readonly replaced: boolean;
  /** Where the files of the new set grow, inside the destination. */
  readonly set: Store;
  /** A folder for what is needed only while the set is made. */
  readonly scratch: string;
  readonly #staging: string;
  readonly #lock: FolderLock;
  readonly #flush: boolean;
  /** Folders that were made for the destination, itself included, the uppermost first. */
  readonly #made: readonly string[];
  #installed = false;

  private constructor(directory: string, made: readonly string[], lock: FolderLock, flush: boolean) {
    this.directory = directory;
    this.replaced = existsSync(join(directory, INDEX));
    this.#made = made;
    this.#lock = lock;
    this.#flush = flush;
    this.#staging = mkdtempSync(join(directory, '.building-'));
    const set = join(this.#staging, 'set');
    mkdirSync(set);
    this.set = folderStore(set);
    this.scratch = join(this.#staging, 'scratch');
    mkdirSync(this.scratch);
  }

  /**
   * Makes the folder if need be, takes its lock and removes what killed runs left in it.
   * @throws UsageError where it is neither absent, nor empty, nor a chunk set; LockedError where another process
   *   writes to it; StoreError where it cannot be written
   */
  static async open(path: string, { flush = true }: DestinationOptions = {}): Promise<Destination> {
    const made: string[] = [];
    let lock: FolderLock | undefined;
    let opened: Destination | undefined;
    try {
      return await withCleanUp(
        async () => {
          // A circle of links shows itself here.
          const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
          const directory = followLink(resolve(path));
          // A killed run may have left a folder that is no set only until its leftovers are removed.
          if (isThere && abandonedIn(path, directory).length === 0) checkDestination(path, directory);
          makeFolders(directory, made);
          lock = lockFolder(directory);
          for (const staging of abandonedIn(path, directory)) await removeAbandoned(directory, staging);
          checkDestination(path, directory);
          opened = new Destination(directory, made, lock, flush);
          return opened;
        },
        () => {
          if (opened) return;
          lock?.release();
          removeEmpty(made);
        },
      );
    } catch (error) {
      throw storeError('cannot write to', path, error);
    }
  }

  /**
   * Moves the finished set in: its files first, `index.json`, which alone decides what the set is, last. Files that
   * the live set has too are left as they are; those that only older sets have stay, for clients that read them.
   * @param text of `index.json`
   * @param files all files of the set in `set`, with their bytes as stored
   * @throws StoreError where a file is missing or was altered, or cannot be written: the old set is whole then
   */
  async install(text: string, files: ReadonlyMap<string, number>, signal?: AbortSignal): Promise<Installed> {
    this.#lock.check();
    const installation = new Installation(this.directory, this.#staging, files, this.#flush);
    const parents = this.#made.map(path => dirname(path));
    const installed = await installation.run(text, parents, signal);
    this.#installed = true;
    return installed;
  }

  /** Removes all that was not installed, and gives the folder free. */
  close(): Promise<void> {
    return withCleanUp(
      async () => {
        try {
          await rm(this.#staging, { recursive: true, force: true, maxRetries: 3 });
        } catch (error) {
          throw storeError('cannot remove', this.#staging, error);
        }
      },
      () => {
        this.#lock.release();
        if (!this.#installed) removeEmpty(this.#made);
      },
    );
  }
}

/** @throws UsageError where the folder cannot become a set, StoreError where its folders cannot be written */
function checkDestination(path: string, directory: string): void {
  const names = readdirSync(directory).filter(name => !name.startsWith('.') && !FOREIGN_NAMES.includes(name));
  if (names.length === 0) return;
  if (!names.includes(INDEX) || !(isIndex(join(directory, INDEX)) || isSet(names))) {
    throw new UsageError(
      `--out ${path}: holds other files and no chunk set; name an empty or a new folder, so that nothing is mixed`,
      { file: directory },
    );
  }
  const stats = statSync(directory);
  for (const kind of FILE_KINDS) if (names.includes(kind)) checkKind(join(directory, kind), stats);
}

/** Files are renamed into the folders of a set: each must be a folder of the same file system that may be written. */
function checkKind(path: string, destination: Stats): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) {
    throw new StoreError(`${path}: is not a folder; remove it, or name another destination`, { file: path });
  }
  if (stats.dev !== destination.dev) {
    throw new StoreError(
      `${path}: lies on another file system than the folder above it; mount one file system for the whole set`,
      { file: path },
    );
  }
  accessSync(path, constants.W_OK | constants.X_OK);
}

function isIndex(path: string): boolean {
  return statSync(path).isFile() && readFileSync(path, 'utf8').includes(`"format":"${FORMAT_NAME}"`);
}

/** Whether a folder holds what a set does, and nothing else: it is one, even where its index is damaged. */
function isSet(names: readonly string[]): boolean {
  const others = names.filter(name => name !== INDEX);
  return others.length > 0 && others.every(name => (FILE_KINDS as readonly string[]).includes(name));
}

/**
 * Makes a folder and those above it, one by one: a recursive mkdir reports a read-only disk as a missing folder.
 * @param made gets what was not there, the uppermost first
 */
function makeFolders(directory: string, made: string[]): void {
  const missing: string[] = [];
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      mkdirSync(path);
      made.push(path);
    } catch (error) {
      // Another build to the same folder was faster: the lock decides.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Removes folders from the lowest up, as long as they are empty. */
function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders.toReversed()) rmdirSync(folder);
  } catch {
    // Somebody else has put something there meanwhile: it stays.
  }
}

/**
 * Staging folders of killed runs, once the lock is held.
 * @throws UsageError where the destination is no folder
 */
function abandonedIn(path: string, directory: string): string[] {
  if (!statSync(directory).isDirectory()) throw new UsageError(`--out ${path}: is a file; name a folder`);
  return readdirSync(directory).filter(name => STAGING.test(name));
}

async function removeAbandoned(directory: string, name: string): Promise<void> {
  const staging = join(directory, name);
  await new Installation(directory, staging, new Map(), false).withdraw();
  await rm(staging, { recursive: true, force: true });
}
