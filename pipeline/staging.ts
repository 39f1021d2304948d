/** A folder beside the destination where a set grows unseen, and from where it is put in place in one step. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { FORMAT_NAME } from '../client/format/index.ts';
import { FILE_KINDS } from '../client/format/ref.ts';
import { UsageError } from './errors.ts';

export class Staging {
  /** Where the set is to be. */
  readonly destination: string;
  /** The set in the making. */
  readonly set: string;
  /** For what is needed only while it is made. */
  readonly scratch: string;
  readonly #root: string;

  /**
   * @throws UsageError where the destination is neither absent, nor empty, nor a chunk set
   */
  constructor(destination: string) {
    const path = resolve(destination);
    checkDestination(path);
    this.destination = linked(path);
    const parent = dirname(this.destination);
    mkdirSync(parent, { recursive: true });
    const prefix = `.${basename(this.destination)}.building-${hostname()}-`;
    removeAbandoned(parent, prefix);
    this.#root = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
    this.set = join(this.#root, 'set');
    this.scratch = join(this.#root, 'scratch');
    mkdirSync(this.set);
    mkdirSync(this.scratch);
  }

  /**
   * Puts the finished set in place: files whose names are their content first, `index.json`, which alone decides
   * what the set is, last. Files of the set that was there before stay, for clients that still read it.
   */
  install(): void {
    const { set, destination } = this;
    if (!existsSync(destination) || readdirSync(destination).length === 0) {
      renameSync(set, destination);
      return;
    }
    for (const kind of readdirSync(set)) {
      if (kind === INDEX) continue;
      mkdirSync(join(destination, kind), { recursive: true });
      for (const file of readdirSync(join(set, kind))) {
        renameSync(join(set, kind, file), join(destination, kind, file));
      }
    }
    renameSync(join(set, INDEX), join(destination, INDEX));
  }

  /** Removes all that was not put in place. */
  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

const INDEX = 'index.json';

function checkDestination(destination: string): void {
  const stats = statSync(destination, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isDirectory()) throw new UsageError(`--out ${destination}: is a file; name a folder`);
  const names = readdirSync(destination);
  if (names.length === 0) return;
  if (!names.includes(INDEX) || !(isIndex(join(destination, INDEX)) || isSet(names))) {
    throw new UsageError(
      `--out ${destination}: holds other files and no chunk set; name an empty or a new folder, so that nothing is mixed`,
    );
  }
}

function isIndex(path: string): boolean {
  return readFileSync(path, 'utf8').includes(`"format":"${FORMAT_NAME}"`);
}

/** Whether a folder holds what a set does, and nothing else: it is one, even where its index is damaged. */
function isSet(names: readonly string[]): boolean {
  const others = names.filter(name => name !== INDEX);
  return others.length > 0 && others.every(name => (FILE_KINDS as readonly string[]).includes(name));
}

/** What a path comes to where it is a symbolic link, even to nothing: a link cannot be replaced by a folder. */
function linked(path: string): string {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return path;
  return linked(resolve(realpathSync(dirname(path)), readlinkSync(path)));
}

/** What a process of this machine left when it was killed. */
function removeAbandoned(parent: string, prefix: string): void {
  for (const name of readdirSync(parent)) {
    // No more than a number and six letters: else it is of a host whose name only begins as this one's does.
    const [, pid] = (name.startsWith(prefix) && /^(\d+)-[^-]{6}$/.exec(name.slice(prefix.length))) || [];
    if (pid !== undefined && !isAlive(Number(pid)))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
