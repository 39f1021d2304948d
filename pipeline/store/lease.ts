/**
 * A lock for file systems that have none: files that only one can create, with a heartbeat. Leases are numbered; the
 * highest one that beats is held, and whoever finds it silent creates the next, which only one can.
 */
import { closeSync, fstatSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LockedError, StoreError } from '../errors.ts';
import type { FolderLock } from './folder-lock.ts';
import { storeError } from './system-error.ts';

const LEASE = /^\.haven-chunks-lease-(\d+)$/;
/** A lease beats every five seconds. One that missed a minute of them is abandoned. */
const BEAT_MS = 5_000;
const ABANDONED_MS = 60_000;

/**
 * @throws LockedError where somebody holds the folder, StoreError where it cannot be written
 */
export function takeLease(directory: string): FolderLock {
  try {
    const there = leasesIn(directory);
    const number = Math.max(0, ...there) + 1;
    const path = pathOf(directory, number);
    const file = create(path, directory);
    // The file system's clock, not this machine's, dates what follows.
    writeSync(file, '.', 0);
    const now = fstatSync(file).mtimeMs;
    for (const other of leasesIn(directory)) {
      if (other === number) continue;
      if (other < number && isAbandoned(pathOf(directory, other), now)) continue;
      closeSync(file);
      rmSync(path, { force: true });
      throw new LockedError(directory);
    }
    for (const other of there) rmSync(pathOf(directory, other), { force: true });
    return leaseOf(file, path, directory);
  } catch (error) {
    throw storeError('cannot lock', directory, error);
  }
}

function leaseOf(file: number, path: string, directory: string): FolderLock {
  const beat = setInterval(() => {
    try {
      writeSync(file, '.', 0);
    } catch {
      // The disk may come back; if not, `check` or the next write tells.
    }
  }, BEAT_MS);
  beat.unref();
  const { ino } = fstatSync(file);
  return {
    check() {
      if (statSync(path, { throwIfNoEntry: false })?.ino === ino) return;
      throw new StoreError(
        `${path} was removed: another process may be writing to ${directory}; run this again`,
        { file: path },
      );
    },
    release() {
      clearInterval(beat);
      closeSync(file);
      if (statSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
    },
  };
}

function create(path: string, directory: string): number {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new LockedError(directory);
    throw error;
  }
}

function leasesIn(directory: string): number[] {
  return readdirSync(directory).flatMap(name => {
    const [, number] = LEASE.exec(name) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

function isAbandoned(path: string, now: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return !stats || now - stats.mtimeMs > ABANDONED_MS;
}

function pathOf(directory: string, number: number): string {
  return join(directory, `.haven-chunks-lease-${number}`);
}
