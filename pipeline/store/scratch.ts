/** Temporary folders that are under a lock while somebody uses them. */
import { existsSync, mkdtempSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LockedError, UsageError } from '../errors.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { storeError } from './system-error.ts';

const PREFIX = '.haven-chunks-scratch-';
const NAME = /^\.haven-chunks-scratch-[^-]{6}$/;

/** @throws UsageError where the folder that `--temp` names is not there */
export function checkTemp(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--temp ${path}: is not a folder; make it first, or name another`);
}

export class Scratch {
  readonly path: string;
  readonly #lock: FolderLock;

  private constructor(path: string, lock: FolderLock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes a temporary folder in another one, and removes those that killed runs left there: what nobody has locked is
   * abandoned, whatever machine or process made it.
   * @throws StoreError where the folder cannot be written
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
      throw storeError('cannot make a temporary folder in', parent, error);
    }
  }

  /** Removes the folder and all in it. @throws StoreError */
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

/** The lock of a folder just made; undefined where another run took it for abandoned in the meantime. */
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
      // In use, of another user, or gone.
    } finally {
      lock?.release();
    }
  }
}
