/**
 * The folder of a run that can be resumed: files between its tasks, files of its set until they are installed, and
 * the journal. It survives a kill, an interruption and a full disk. After bad data, or with a pipe as input, there is
 * nothing to resume.
 */
import { createHash } from 'node:crypto';
import { copyFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '#pipeline/errors.ts';
import type { OptionNames } from '#pipeline/store/check-options.ts';
import { makeFolders } from '#pipeline/store/destination.ts';
import { folderStore } from '#pipeline/store/folder-store.ts';
import { checkTemp } from '#pipeline/store/scratch.ts';
import type { Store } from '#pipeline/store/store.ts';
import { isSystemError, storeError } from '#pipeline/store/system-error.ts';
import { Journal } from './journal.ts';
import type { RunPlaces } from './local.ts';

/** Where a build keeps what it needs while it runs. */
export interface RunFolderOptions {
  /**
   * Folder for the intermediate files of a build; by default they are in `out`. Those of a build that was killed or
   * interrupted stay in `temp`, so that `resume` can continue it.
   */
  readonly temp?: string | undefined;
  /** Continues a build with the same inputs and options that was killed, if `temp` has one. */
  readonly resume?: boolean | undefined;
}

export const RUN_FOLDER_OPTIONS: OptionNames<RunFolderOptions> = { temp: 1, resume: 1 };

/** @throws UsageError for options that exclude each other, or a missing folder */
export function checkRunFolder({ temp, resume }: RunFolderOptions, fingerprint: string | null): void {
  if (temp !== undefined) checkTemp(temp);
  if (!resume) return;
  if (temp === undefined) {
    throw new UsageError(
      '--resume needs the folder of the interrupted run: give --temp DIR, the same each time',
    );
  }
  if (fingerprint === null) {
    throw new UsageError('--resume cannot read a pipe again: give files instead of standard input');
  }
}

export class RunFolder {
  readonly path: string;
  readonly places: RunPlaces;

  private constructor(path: string, places: RunPlaces) {
    this.path = path;
    this.places = places;
  }

  /**
   * Opens the folder for builds of a destination, whose lock the caller must hold.
   * @param fingerprint fingerprint of inputs and options
   * @throws UsageError for resuming a run with other inputs or options
   */
  static async open(
    temp: string,
    destination: string,
    fingerprint: string,
    resume: boolean,
  ): Promise<RunFolder> {
    const name = createHash('sha256').update(destination).digest('hex').slice(0, 16);
    const path = join(temp, `haven-chunks-run-${name}`);
    try {
      if (!resume) await rm(path, { recursive: true, force: true });
      const [run, set] = [join(path, 'run'), join(path, 'set')];
      for (const folder of [run, set]) makeFolders(folder, []);
      const stores = { run: folderStore(run), set: folderStore(set) };
      const known = await Journal.fingerprintOf(stores.run);
      if (known !== undefined && known !== fingerprint) {
        throw new UsageError(
          `--resume: the run in ${path} had other inputs or options, or its inputs have changed; leave --resume out to start from the beginning`,
        );
      }
      const journal = await Journal.open(stores.run, stores.set, fingerprint);
      return new RunFolder(path, { ...stores, journal, areShared: true });
    } catch (error) {
      throw storeError('cannot use', path, error);
    }
  }

  /**
   * Moves files of the set to another folder, or copies them if it is on another file system.
   * @throws StoreError, the signal's reason
   */
  async moveTo(target: Store, files: Iterable<string>, signal: AbortSignal | undefined): Promise<void> {
    const { set } = this.places;
    const folders = new Set<string>();
    for (const path of files) {
      signal?.throwIfAborted();
      const [from, to] = [join(set.location, path), join(target.location, path)];
      try {
        if (!folders.has(dirname(to))) makeFolders(dirname(to), []);
        folders.add(dirname(to));
        await move(from, to);
      } catch (error) {
        throw storeError('cannot move', from, error);
      }
    }
  }

  /** @throws StoreError */
  async remove(): Promise<void> {
    try {
      await rm(this.path, { recursive: true, force: true });
    } catch (error) {
      throw storeError('cannot remove', this.path, error);
    }
  }
}

async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EXDEV') throw error;
    await copyFile(from, to);
  }
}
