/** Temporary folders of tests, all in one folder for each run of the tests. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A new temporary folder, and a function that removes it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'haven-chunks-'));
  return { path, remove: () => removeTree(path) };
}

/** Attempts to remove a file or a folder in which another process works. */
const ATTEMPTS = 1000;

/**
 * Removes a file or a folder, also where another process works in it. Node's `rmSync` ends without an error where a file
 * vanishes at the same time, and leaves the others.
 */
export function removeTree(path: string): void {
  let attempts = ATTEMPTS;
  do rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  while (existsSync(path) && --attempts > 0);
}

/** Paths below a folder in which another process works: what vanishes while it is listed is left out. */
export function pathsBelow(folder: string): string[] {
  const paths: string[] = [];
  const list = (below: string) => {
    for (const entry of entriesOf(join(folder, below))) {
      const path = join(below, entry.name);
      paths.push(path);
      if (entry.isDirectory()) list(path);
    }
  };
  list('');
  return paths;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Names that a command has left in the folder of a set, beside the mark of `--no-flush`. */
export function leftoversIn(folder: string): string[] {
  return readdirSync(folder).filter(name => name.startsWith('.') && name !== '.haven-chunks-unflushed');
}

/** Runs with a temporary folder that is removed afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = temporaryFolder();
  try {
    return await use(folder.path);
  } finally {
    folder.remove();
  }
}

/** The compiled command, and caches that tools of the tests keep for their next start. */
const KEPT = [/^package$/, /^node-compile-cache$/, /^v8-compile-cache/, /^python-cache$/];

/** Milliseconds that a process which was killed may take to end on a busy machine. */
const PATIENCE = 20_000;

const MEMORY = '/dev/shm';

/** Bytes that must be free in memory for temporary files in it; a run has less than a tenth of them at a time. */
const MEMORY_BYTES = 8 * 2 ** 30;

/**
 * Where the folder of a run is made: in TMPDIR, if that is set, else in memory that has room, is writable and may run
 * programs, else on a disk. Thousands of small sets on a disk take a quarter of the CPU of their tests.
 */
function folderOfRuns(): string {
  const [, options] = /^\S+ \/dev\/shm tmpfs (\S+)/m.exec(contentOf('/proc/self/mounts')) ?? [];
  if (process.env['TMPDIR'] !== undefined || options === undefined) return tmpdir();
  const { bavail, bsize } = statfsSync(MEMORY);
  const free = Math.min(bavail * bsize, process.availableMemory());
  const isFit = !options.split(',').some(option => option === 'noexec' || option === 'ro');
  return free >= MEMORY_BYTES && isFit ? MEMORY : tmpdir();
}

/**
 * Global set-up of a run: the temporary folder of all its tests, and of the processes that they start, is a folder of
 * its own. The run fails if a process or a file of its tests is left when they have ended.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  // A short name: paths of sockets below have at most 107 bytes.
  const folder = mkdtempSync(join(folderOfRuns(), 'haven-'));
  // Some tests run a command as another user.
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  // Hundreds of processes load the same modules: half of their time is compiling them.
  process.env['NODE_COMPILE_CACHE'] = join(folder, 'node-compile-cache');
  process.env['PYTHONPYCACHEPREFIX'] = join(folder, 'python-cache');
  process.env['HAVEN_TEST_COMMAND'] = await compiledCommand(join(folder, 'package'));
  return async () => {
    let processes = processesOf(folder);
    for (let waited = 0; processes.length > 0 && waited < PATIENCE; waited += 50) {
      await delay(50);
      processes = processesOf(folder);
    }
    for (const { pid } of processes) kill(pid);
    const files = readdirSync(folder).filter(name => !KEPT.some(kept => kept.test(name)));
    // Not before: vitest's own processes write to the compile cache when they end, which is after this function.
    process.once('exit', () => removeTree(folder));
    const left = [
      ...processes.map(({ pid, command }) => `process ${pid}: ${command}`),
      ...files.map(name => `in the temporary folder: ${name}`),
    ];
    if (left.length > 0) throw new Error(`tests left behind:\n${left.join('\n')}`);
  };
}

/**
 * Compiles the command as it is in the package. Hundreds of processes start it: a query by the sources takes 0.2 s more
 * of CPU, and a build 0.4 s.
 */
async function compiledCommand(folder: string): Promise<string> {
  // Loaded here: tests import this file too.
  const { buildModules } = await import('#build/modules.ts');
  mkdirSync(folder);
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await buildModules(join(folder, 'dist'));
  return join(folder, 'dist/cli.js');
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}

/** Processes whose environment names the folder, however they were started; found on Linux only. */
function processesOf(folder: string): { pid: number; command: string }[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap(name => {
    if (!/^\d+$/.test(name)) return [];
    const environment = contentOf(`/proc/${name}/environ`).split('\0');
    const command = contentOf(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
    // Vitest's own, and esbuild's service, which ends with the process that started it, may be on their way out, and one
    // that has ended has no command any more.
    const isOurs = environment.some(entry => entry.startsWith(`TMPDIR=${folder}`));
    if (!isOurs || command === '' || /vitest|esbuild --service/.test(command)) return [];
    return [{ pid: Number(name), command }];
  });
}

/** Empty for a process that has ended, or is of another user. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
