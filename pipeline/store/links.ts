import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

/** The path that symbolic links lead to, even where there is nothing yet. A circle of links never ends: stat first. */
export function followLink(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  return followLink(resolve(realpathSync(dirname(path)), readlinkSync(path)));
}

/** The one path of what lies at a path, or would lie there: its folder must exist. */
export function realTarget(path: string): string {
  const target = followLink(resolve(path));
  const folder = dirname(target);
  return folder === target ? target : join(realpathSync(folder), basename(target));
}

/** Whether a real path is a folder or lies below it. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
