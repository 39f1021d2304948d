/** The destination folder of a build. It is filled, never replaced: mount points, links, mode and owner stay. */
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
import { FILE_KINDS } from '#format/file-ref.ts';
import { FORMAT_NAME } from '#format/index-json.ts';
import { StoreError, UsageError } from '#pipeline/errors.ts';
import type { OptionNames } from './check-options.ts';
import { withCleanUp } from './clean-up.ts';
import { lockFolder } from './folder-lock.ts';
import { folderStore } from './folder-store.ts';
import { Installation, type Installed } from './install.ts';
import type { FolderLock } from './lease.ts';
import { followLink } from './links.ts';
import { SET_FOLDERS } from './set-folders.ts';
import type { Store } from './store.ts';
import { storeError } from './system-error.ts';
import { flushMarked, removeMark } from './unflushed.ts';

/** How the files of a set are written. */
export interface DestinationOptions {
  /** Flushes files, folders and index, so that a finished set survives a power cut; true by default. */
  readonly flush?: boolean | undefined;
}

export const DESTINATION_OPTIONS: OptionNames<DestinationOptions> = { flush: 1 };

const INDEX = 'index.json';
/** Staging folders of this run and of killed runs. */
const STAGING = /^\.building-[^-]{6}$/;
/** Names at the root of a new file system. */
const FOREIGN_NAMES = ['lost+found'];

export class Destination {
  readonly directory: string;
  /** True if the folder was a set before. */
  readonly replaced: boolean;
  /** Store for the files of the new set, inside the destination. */
  readonly set: Store;
  /** Folder for temporary files of the build. */
  readonly scratch: string;
  readonly #staging: string;
  readonly #lock: FolderLock;
  readonly #flush: boolean;
  /** Folders created for the destination, including itself, outermost first. */
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
   * Creates the folder if needed, takes its lock and removes the staging folders of killed runs.
   * @throws UsageError if the folder has content other than a chunk set; LockedError if another process writes to it;
   *   StoreError if it cannot be written
   */
  static async open(path: string, { flush = true }: DestinationOptions = {}): Promise<Destination> {
    const made: string[] = [];
    let lock: FolderLock | undefined;
    let opened: Destination | undefined;
    try {
      return await withCleanUp(
        async () => {
          // `statSync` throws for a circle of links.
          const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
          const directory = followLink(resolve(path));
          // With leftovers of a killed run, the folder may not look like a set yet: it is checked after their
          // removal.
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

  /** Leaves the live set as it is, but flushes the files that an earlier command has not flushed. */
  async keep(signal?: AbortSignal): Promise<void> {
    if (this.#flush) await flushMarked(this.directory, signal);
  }

  /**
   * Moves the files of the next generation of the live set into the folder, and `index.json` last.
   * @param files those in `set`, with their stored bytes; all others that it has are in the folder
   * @throws StoreError as `install` does
   */
  async add(text: string, files: ReadonlyMap<string, number>, signal?: AbortSignal): Promise<void> {
    this.#lock.check();
    await new Installation(this.directory, this.#staging, files, this.#flush, true).run(text, [], signal);
  }

  /**
   * Moves the finished set into the folder: its files first, and `index.json`, which makes it the live set, last.
   * Files that the live set has too are left unchanged; files of older sets stay, for clients that still read them.
   * @param text content of `index.json`
   * @param files all files of the set in `set`, with their stored bytes
   * @throws StoreError if a file is missing, was changed, or cannot be written; the old set is intact then
   */
  async install(text: string, files: ReadonlyMap<string, number>, signal?: AbortSignal): Promise<Installed> {
    this.#lock.check();
    const installation = new Installation(this.directory, this.#staging, files, this.#flush);
    const parents = this.#made.map(path => dirname(path));
    const installed = await installation.run(text, parents, signal);
    this.#installed = true;
    return installed;
  }

  /** Removes the files that were not installed, and releases the lock. */
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
        const isNew = !this.#installed && this.#made.length > 0;
        if (isNew) removeMark(this.directory);
        this.#lock.release();
        if (isNew) removeEmpty(this.#made);
      },
    );
  }
}

/**
 * Checks that a folder is empty, a chunk set, or the beginning of one.
 * @param option name before the path in messages
 * @throws UsageError if the folder must not become a set, StoreError if its subfolders cannot be written
 */
export function checkDestination(path: string, directory: string, option = '--out '): void {
  const names = readdirSync(directory).filter(name => !name.startsWith('.') && !FOREIGN_NAMES.includes(name));
  if (names.length === 0) return;
  const isOwn = names.includes(INDEX)
    ? isIndex(join(directory, INDEX)) || isSet(names)
    : isSet(names) && isBegun(directory);
  if (!isOwn) {
    throw new UsageError(
      `${option}${path}: the folder contains other files and is not a chunk set; give an empty or new folder`,
      { file: directory },
    );
  }
  const stats = statSync(directory);
  for (const kind of FILE_KINDS) if (names.includes(kind)) checkKind(join(directory, kind), stats);
}

/** Checks a subfolder: files are renamed into it, so it must be a writable folder on the same file system. */
function checkKind(path: string, destination: Stats): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) {
    throw new StoreError(`${path} is not a folder; remove it, or give another destination`, { file: path });
  }
  if (stats.dev !== destination.dev) {
    throw new StoreError(
      `${path} is on another file system than its parent folder; mount one file system for the whole set`,
      { file: path },
    );
  }
  accessSync(path, constants.W_OK | constants.X_OK);
}

function isIndex(path: string): boolean {
  return statSync(path).isFile() && readFileSync(path, 'utf8').includes(`"format":"${FORMAT_NAME}"`);
}

/** Whether a folder contains only names that a set has: it counts as a set, even if its index is damaged. */
function isSet(names: readonly string[]): boolean {
  const others = names.filter(name => name !== INDEX);
  return others.length > 0 && others.every(name => SET_FOLDERS.includes(name));
}

/** Whether a first publish to a folder was stopped: its record comes first, `index.json` last. */
function isBegun(directory: string): boolean {
  const history = join(directory, 'history');
  if (!statSync(history, { throwIfNoEntry: false })?.isDirectory()) return false;
  return readdirSync(history).every(name => name.startsWith('.') || name.startsWith('publish-'));
}

/**
 * Creates a folder and its missing parents one by one: a recursive mkdir reports a read-only disk as a missing
 * folder, and never ends on a file system that takes no folders, such as /proc.
 * @param made receives the created folders, outermost first
 */
export function makeFolders(directory: string, made: string[]): void {
  const missing: string[] = [];
  for (let path = directory; !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      mkdirSync(path);
      made.push(path);
    } catch (error) {
      // Another build to the same folder was faster: the lock decides which one continues.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Removes empty folders, innermost first. */
export function removeEmpty(folders: readonly string[]): void {
  try {
    for (const folder of folders.toReversed()) rmdirSync(folder);
  } catch {
    // Another process has put files there: they stay.
  }
}

/**
 * Staging folders of killed runs; call it while holding the lock.
 * @throws UsageError if the destination is not a folder
 */
function abandonedIn(path: string, directory: string): string[] {
  if (!statSync(directory).isDirectory()) throw new UsageError(`--out ${path} is a file; give a folder`);
  return readdirSync(directory).filter(name => STAGING.test(name));
}

async function removeAbandoned(directory: string, name: string): Promise<void> {
  const staging = join(directory, name);
  await new Installation(directory, staging, new Map(), false).withdraw();
  await rm(staging, { recursive: true, force: true });
}
