/** A small file system, on which a disk is really full. */
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProcessSync, succeeds } from './run-command.ts';
import { inFolder } from './temporary.ts';

const MEBIBYTES = 16;

/** This process may mount file systems. */
export const HAS_DISK = await inFolder(folder => {
  const isMounted = mount(folder);
  if (isMounted) unmount(folder);
  return isMounted;
});

/** Mounts a file system in memory. */
function mount(folder: string): boolean {
  return (
    process.platform === 'linux' &&
    succeeds('mount', ['-t', 'tmpfs', '-o', `size=${MEBIBYTES}m`, 'tmpfs', folder])
  );
}

/** Unmounts it, also while a process that was killed has a file open. */
function unmount(folder: string): void {
  const { code, stderr } = runProcessSync('umount', ['--lazy', folder]);
  if (code !== 0) throw new Error(stderr);
}

/** An empty disk. */
export interface SmallDisk {
  readonly path: string;
  /** Fills the disk up to some free kibibytes. */
  fill(free: number): void;
  /** Removes what fills it. */
  free(): void;
}

/** Runs with a small disk, which is removed afterwards. */
export function onSmallDisk<T>(use: (disk: SmallDisk) => Promise<T>): Promise<T> {
  return inFolder(async path => {
    if (!mount(path)) throw new Error(`no file system can be mounted at ${path}`);
    const filler = join(path, '.filler');
    const free = () => rmSync(filler, { force: true });
    const fill = (kibibytes: number) => {
      free();
      const { bavail, bsize } = statfsSync(path);
      writeFileSync(filler, new Uint8Array(Math.max(0, bavail * bsize - 1024 * kibibytes)));
    };
    try {
      return await use({ path, fill, free });
    } finally {
      unmount(path);
    }
  });
}
