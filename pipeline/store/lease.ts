/**
 * A lock for file systems without locks: numbered lease files, which only one process can create, with a heartbeat.
 * The lease with the highest number is held while its heart beats; after that, one process can create the next.
 */
import { closeSync, fstatSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { LockedError, StoreError } from '#pipeline/errors.ts';
import { storeError } from './system-error.ts';

export interface FolderLock {
  /** @throws StoreError if the lock was lost: its file was removed, or another process took over the folder */
  check(): void;
  release(): void;
}

const LEASE = /^\.haven-chunks-lease-(\d+)$/;
/** A lease beats every five seconds. After a minute without a beat, it is abandoned. */
const BEAT_MS = 5_000;
const ABANDONED_MS = 60_000;

/** @throws LockedError if another process holds the folder, StoreError if it cannot be written */
export function takeLease(directory: string): FolderLock {
  try {
    const earlier = leasesIn(directory);
    const number = Math.max(0, ...earlier) + 1;
    const path = pathOf(directory, number);
    const file = create(path, directory);
    try {
      // Times are compared by the clock of the file system, not of this machine.
      writeSync(file, '.', 0);
      const now = fstatSync(file).mtimeMs;
      for (const other of leasesIn(directory)) {
        const isOlder = other < number && isAbandoned(pathOf(directory, other), now);
        if (other !== number && !isOlder) throw new LockedError(directory);
      }
      for (const other of earlier) rmSync(pathOf(directory, other), { force: true });
      return leaseOf(file, path, directory);
    } catch (error) {
      // Others would wait for it until it counts as abandoned.
      closeSync(file);
      rmSync(path, { force: true });
      throw error;
    }
  } catch (error) {
    throw storeError('cannot lock', directory, error);
  }
}

function leaseOf(file: number, path: string, directory: string): FolderLock {
  const beat = setInterval(() => {
    try {
      writeSync(file, '.', 0);
    } catch {
      // The disk may recover; if not, `check` or the next write fails.
    }
  }, BEAT_MS);
  beat.unref();
  const { ino } = fstatSync(file);
  return {
    check() {
      if (statSync(path, { throwIfNoEntry: false })?.ino === ino) return;
      throw new StoreError(
        `${path} was removed: another process may be writing to ${directory}; run the command again`,
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
