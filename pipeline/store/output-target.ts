/** Finds and checks the target of an output option, before any work is done. */
import { accessSync, constants, existsSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isUrl } from '#client/node/node-location.ts';
import { UsageError } from '#pipeline/errors.ts';
import { isWithin, realTarget } from './links.ts';
import { isSystemError } from './system-error.ts';

export type OutputTarget =
  /** A regular file that exists or will be created; `path` has no links. */
  | { readonly kind: 'file'; readonly path: string; readonly replaced: Stats | undefined }
  /** A pipe or a device: output cannot be undone. */
  | { readonly kind: 'pipe' | 'device'; readonly path: string }
  /** An open file of this process, such as its standard output. */
  | { readonly kind: 'descriptor'; readonly descriptor: number };

/** Files that an output must not change. */
export interface Protected {
  /** A chunk set. */
  readonly set?: string | undefined;
  /** Files that are read. */
  readonly inputs?: readonly string[];
}

const DESCRIPTOR = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/;
const STANDARD: ReadonlyMap<string, number> = new Map([
  ['-', 1],
  ['/dev/stdout', 1],
  ['/dev/stderr', 2],
]);

/**
 * Returns the target of an output option.
 * @param option name for messages: `--to`
 * @throws UsageError if the target cannot be written, or would destroy protected files
 */
export function outputTarget(option: string, path: string, keep: Protected = {}): OutputTarget {
  const refuse = (reason: string) => new UsageError(`${option} ${path}: ${reason}`, { file: path, reason });
  const descriptor = STANDARD.get(path) ?? DESCRIPTOR.exec(path)?.[1];
  if (descriptor !== undefined) return { kind: 'descriptor', descriptor: Number(descriptor) };
  if (isUrl(path)) throw refuse('is a URL; give a file');
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw refuse('is a folder; give a file');
    if (found?.isFIFO()) return { kind: 'pipe', path };
    if (found?.isCharacterDevice()) return { kind: 'device', path };
    if (found && !found.isFile()) throw refuse('is neither a file nor a pipe; give a file');
    if (/[\\/]$/.test(path)) throw refuse('is the path of a folder; give a file');
    const target = realTarget(path);
    if (keep.set !== undefined && existsSync(dirname(resolve(keep.set)))) {
      const set = realTarget(keep.set);
      if (isWithin(set, target)) throw refuse('is inside the chunk set; give a file elsewhere');
    }
    if (found && keep.inputs?.some(input => isSame(input, found))) {
      throw refuse('is one of the inputs; give another file');
    }
    accessSync(dirname(target), constants.W_OK | constants.X_OK);
    if (found) accessSync(target, constants.W_OK);
    return { kind: 'file', path: target, replaced: found };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw refuse(REASONS[error.code] ?? `cannot be written (${error.message})`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist; create it first',
  ENOTDIR: 'its folder is a file; give another path',
  EACCES: 'permission to write is missing; give another file, or change its mode or that of its folder',
  EROFS: 'is on a disk that is mounted read-only; give a file elsewhere',
  ELOOP: 'is a circle of links; give another file',
};

function isSame(path: string, { dev, ino }: Stats): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.dev === dev && found.ino === ino;
}
