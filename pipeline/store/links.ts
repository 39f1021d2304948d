import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/**
 * The path that symbolic links lead to, even if it does not exist. Call `stat` first: a circle of links never ends.
 */
export function followLink(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  return followLink(resolve(realpathSync(dirname(path)), readlinkSync(path)));
}

/** The real path of a file that exists or may be created; its folder must exist. */
export function realTarget(path: string): string {
  const target = followLink(resolve(path));
  const folder = dirname(target);
  return folder === target ? target : join(realpathSync(folder), basename(target));
}

/** Whether a real path is the folder or is below it. */
export function isWithin(folder: string, path: string): boolean {
  const steps = relative(folder, path);
  return steps !== '..' && !steps.startsWith(`..${sep}`) && !isAbsolute(steps);
}
