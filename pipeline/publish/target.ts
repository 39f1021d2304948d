/** The place that a set is published to, and the exclusion of other writers there. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { NotFoundError } from '#client/errors.ts';
import { UsageError } from '#pipeline/errors.ts';
import type { OptionNames } from '#pipeline/store/check-options.ts';
import { checkDestination, makeFolders, removeEmpty } from '#pipeline/store/destination.ts';
import { lockFolder } from '#pipeline/store/folder-lock.ts';
import { flush, folderStore, removeTemporary } from '#pipeline/store/folder-store.ts';
import type { FolderLock } from '#pipeline/store/lease.ts';
import { followLink } from '#pipeline/store/links.ts';
import { folderOf, openStore } from '#pipeline/store/open-store.ts';
import { isBucket, S3_STORE_OPTIONS, type S3StoreOptions } from '#pipeline/store/s3-store.ts';
import type { Store } from '#pipeline/store/store.ts';
import { storeError } from '#pipeline/store/system-error.ts';
import { flushMarked, markUnflushed } from '#pipeline/store/unflushed.ts';

/** A set that can be changed: a path, `s3://bucket/prefix`, or any store. */
export type TargetLocation = string | Store;

export interface Target {
  readonly store: Store;
  /** No other process can write: a folder is locked. Writers to other stores see each other by their records. */
  readonly isExclusive: boolean;
  /** @throws StoreError if the lock of the folder was lost */
  check(): void;
  /** Releases the lock. */
  close(): void;
}

/** How a published set is reached and written. */
export interface TargetOptions extends S3StoreOptions {
  /** Flushes files of a folder, so that they survive a power cut; true by default. */
  readonly flush?: boolean | undefined;
}

export const TARGET_OPTIONS: OptionNames<TargetOptions> = { ...S3_STORE_OPTIONS, flush: 1 };

/** Opens a set for reading only. */
export function readTarget(location: TargetLocation, options: TargetOptions): Store {
  return typeof location === 'string' ? openStore(location, options) : location;
}

/**
 * Opens a set for writing. A folder is locked, and files that killed writers left in it are removed.
 * @param create creates the folder if it does not exist
 * @throws LockedError, StoreError; UsageError for a folder that is not a chunk set, NotFoundError if there is none
 */
export async function openTarget(
  location: TargetLocation,
  options: TargetOptions,
  create: boolean,
  signal: AbortSignal | undefined,
): Promise<Target> {
  if (typeof location !== 'string' || isBucket(location)) {
    return { store: readTarget(location, options), isExclusive: false, check() {}, close() {} };
  }
  const path = folderOf(location);
  const made: string[] = [];
  let lock: FolderLock | undefined;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && !found.isDirectory())
      throw new UsageError(`${path} is a file; give a folder`, { file: path });
    if (!found && !create) throw new NotFoundError(`${path} does not exist: give the folder of a chunk set`);
    const directory = followLink(resolve(path));
    makeFolders(directory, made);
    lock = lockFolder(directory);
    checkDestination(path, directory, '');
    await removeTemporary(directory);
    const { check, release } = lock;
    const flushing = options.flush ?? true;
    if (flushing) {
      await flushMarked(directory, signal);
      // The store flushes the entries of this folder, but not this folder as an entry of its parent.
      for (const path of made) await flush(dirname(path));
    } else markUnflushed(directory, made.length);
    const store = folderStore(directory, { flush: flushing });
    return { store, isExclusive: true, check, close: release };
  } catch (error) {
    lock?.release();
    removeEmpty(made);
    throw storeError('cannot write to', path, error);
  }
}
