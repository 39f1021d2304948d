/** Temporary folders that are locked while in use. */
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LockedError, UsageError } from '#pipeline/errors.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock } from './lease.ts';
import { storeError, temporaryFolderError } from './system-error.ts';

const PREFIX = '.haven-chunks-scratch-';
const NAME = /^\.haven-chunks-scratch-[^-]{6}$/;

/** @throws UsageError if the folder of `--temp` does not exist */
export function checkTemp(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--temp ${path} is not a folder; create it first, or give another`);
}

export class Scratch {
  readonly path: string;
  readonly #lock: FolderLock;

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Creates a temporary folder in `parent`, and removes those of killed runs there: a folder without a lock is
   * abandoned, whichever machine or process created it.
   * @throws StoreError if `parent` cannot be written
   */
  static async open(parent: string): Promise<Scratch> {
    try {
      await removeAbandoned(parent);
      for (;;) {
        const path = mkdtempSync(join(parent, PREFIX));
        const lock = lockNew(path);
        if (lock) return new Scratch(path, lock);
      }
    } catch (error) {
      throw temporaryFolderError(parent, error);
    }
  }

  /** Removes the folder and its content. @throws StoreError */
  async close(): Promise<void> {
    try {
      await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      throw storeError('cannot remove', this.path, error);
    } finally {
      this.#lock.release();
    }
  }
}

/** The lock of a new folder; undefined if another run has removed the folder as abandoned. */
function lockNew(path: string): FolderLock | undefined {
  try {
    const lock = lockFolder(path);
    if (existsSync(path)) return lock;
    lock.release();
    return undefined;
  } catch (error) {
    if (error instanceof LockedError || !existsSync(path)) return undefined;
    throw error;
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    if (!NAME.test(name)) continue;
    const path = join(parent, name);
    let lock: FolderLock | undefined;
    try {
      lock = lockFolder(path);
      await rm(path, { recursive: true, force: true });
    } catch {
      // In use, owned by another user, or removed already.
    } finally {
      lock?.release();
    }
  }
}
