/** Runs commands, ours and others: no child process outlives the test that started it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { parseJson } from '#format/record/parse-json.ts';

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Outcome {
  /** Exit code; null where a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Process groups that have not ended, by the process that leads each. */
const groups = new Set<ChildProcess>();
process.on('exit', killGroups);

/**
 * Starts a process that leads a group of its own. The group is killed when the test ends, fails or times out; a process
 * that a hook starts, when the tests of the file have ended. Its input stays open until the caller ends it.
 */
export function startProcess(
  command: string,
  args: readonly string[],
  { cwd, env }: ProcessOptions = {},
): ChildProcess {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: true });
  groups.add(child);
  // A process that does not read its input may be gone before all of it is written.
  child.stdin.on('error', () => {});
  try {
    onTestFinished(() => killProcess(child));
  } catch {
    // Outside of a test: a hook, or the body of a file.
  }
  return child;
}

/** The outcome of a process, after it and all that share its output have ended. @throws Error if it could not start */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
  groups.delete(child);
  return { code, stdout, stderr };
}

/** Runs a process with a string as its standard input. */
export async function runProcess(
  command: string,
  args: readonly string[],
  { input = '', ...options }: ProcessOptions & { readonly input?: string } = {},
): Promise<Outcome> {
  const child = startProcess(command, args, options);
  child.stdin!.end(input);
  return outcome(child);
}

/** The same, for where nothing can wait. */
export function runProcessSync(command: string, args: readonly string[], input = ''): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (error) throw error;
  return { code: status, stdout, stderr };
}

/** Whether a command is there and succeeds. */
export function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** The output of a process. @throws Error with all that it printed, if it fails */
export async function outputOf(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProcess(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')}: exit code ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** Kills a process and all that it started. */
export function killProcess(child: ChildProcess): void {
  if (!groups.delete(child) || child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of the group have ended.
  }
}

/** Kills all processes that have not ended, such as those that a hook started. */
export function killGroups(): void {
  for (const child of groups) killProcess(child);
}

/** The command as it is in the package: the set-up of the run has compiled it. */
export const COMMAND = process.env['HAVEN_TEST_COMMAND']!;

/** The URL of `haven-chunks/pipeline` in the same package, for processes that make a set by a script. */
export const PIPELINE = pathToFileURL(join(dirname(COMMAND), 'pipeline/index.js')).href;

/** Copies the package with the command to a new folder, where a test may change it. @returns the path of the command */
export function copiedCommand(folder: string): string {
  cpSync(dirname(dirname(COMMAND)), folder, { recursive: true, verbatimSymlinks: true });
  return join(folder, 'dist/cli.js');
}

/** Starts `haven-chunks`; its input stays open until the caller ends it. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): ChildProcess {
  return startProcess(process.execPath, [COMMAND, ...args], { env, cwd });
}

/** `haven-chunks serve` or `demo`, once it serves. */
export interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
  /** Interrupts it. @returns its exit code, and messages that it printed since it serves */
  end(signal: 'SIGINT' | 'SIGTERM'): Promise<{ code: number | null; stderr: string }>;
}

/** Starts a server, and waits until it has printed its address. */
export function startServing(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Serving> {
  return serving(start(args, env, cwd));
}

/** Waits until a process has printed the address that it serves. @throws Error with its messages if it ends first */
export async function serving(child: ChildProcess): Promise<Serving> {
  const printed = { stdout: '', stderr: '' };
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text;
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      printed.stdout += text;
      if (printed.stdout.endsWith('\n')) resolve(printed.stdout.trim());
    });
    void ended.then(code => reject(new Error(`exit code ${code}\n${printed.stderr}`)));
  });
  return {
    child,
    url,
    async end(signal) {
      child.kill(signal);
      const code = await ended;
      groups.delete(child);
      return { code, stderr: printed.stderr.replace(/^Serving .*\n/m, '') };
    },
  };
}

/** Runs `haven-chunks` with some arguments and a text as its standard input. */
export function run(args: readonly string[], input = ''): Promise<Outcome> {
  return runProcess(process.execPath, [COMMAND, ...args], { input });
}

/** Runs the same command line in this process; its output can be a terminal. */
export async function call(
  args: readonly string[],
  terminal: { readonly isTTY?: boolean; readonly columns?: number } = {},
): Promise<Outcome> {
  const printed = { stdout: '', stderr: '' };
  const stdout = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      printed.stdout += chunk;
      done();
    },
  });
  const stderr = { ...terminal, write: (chunk: string) => (printed.stderr += chunk) };
  const { main } = await import('#pipeline/cli/main.ts');
  const code = await main(args, { stdout: Object.assign(stdout, terminal), stderr });
  return { code, ...printed };
}

/** The lines of an NDJSON text. */
export function jsonLines<T>(ndjson: string): T[] {
  return ndjson
    .split('\n')
    .slice(0, -1)
    .map(line => parseJson(line) as T);
}

/** A Python that has some module: Debian's, or the first on the path; undefined where there is none. */
export function pythonWith(module: string): string | undefined {
  return ['/usr/bin/python3', 'python3'].find(path => succeeds(path, ['-c', `import ${module}`]));
}

/**
 * Waits until something is so that nothing announces, such as a file of another process; for as long as it takes.
 * @param ended outcome of the process that should do it
 * @throws Error with its output if it ends before
 */
export async function until(ready: () => boolean, ended?: Promise<Outcome>): Promise<void> {
  let early: Outcome | undefined;
  ended?.then(
    found => {
      early = found;
    },
    error => {
      early = { code: null, stdout: '', stderr: String(error) };
    },
  );
  while (!ready()) {
    if (early) throw endedEarly(early);
    await delay(2);
  }
}

/** The first output of a process. @throws Error with its messages if it ends before */
export function firstOutput(child: ChildProcess): Promise<string> {
  let stderr = '';
  child.stderr!.on('data', chunk => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', chunk => resolve(String(chunk)));
    child.once('close', code => reject(endedEarly({ code, stdout: '', stderr })));
  });
}

function endedEarly({ code, stdout, stderr }: Outcome): Error {
  return new Error(`the process ended too early, with exit code ${code}\n${stdout}${stderr}`);
}

/** Strace is there and may trace. */
export const HAS_STRACE = succeeds('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']);

export interface SystemCall {
  readonly name: string;
  /** Paths among its arguments, those of file descriptors too. */
  readonly paths: readonly string[];
  /** Places in the record: a call that has `ended` before another has `began` came before it. */
  readonly began: number;
  readonly ended: number;
}

/** Runs a command and gives its successful calls of some names, in the order in which they began. */
export function traced(
  names: readonly string[],
  record: string,
  command: readonly string[],
): { code: number | null; stderr: string; calls: SystemCall[] } {
  const options = ['-f', '--seccomp-bpf', '-y', '-s', '4096', '-e', `trace=${names.join()}`, '-o', record];
  const { code, stderr } = runProcessSync('strace', [...options, ...command]);
  // Node writes its cache of compiled modules as it ends.
  const isOfNode = (path: string) => path.startsWith(process.env['NODE_COMPILE_CACHE']!);
  const calls: SystemCall[] = [];
  const open = new Map<string, { name: string; paths: string[]; began: number }>();
  for (const [place, line] of readFileSync(record, 'utf8').split('\n').entries()) {
    const [, thread, name, rest] = /^(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)$/.exec(line) ?? [];
    if (thread === undefined || name === undefined || rest === undefined) continue;
    const call = open.get(thread) ?? { name, paths: [], began: place };
    call.paths.push(...Array.from(rest.matchAll(/"([^"]+)"|\d<([^>]+)>/g), found => (found[1] ?? found[2])!));
    open.set(thread, call);
    if (rest.endsWith('<unfinished ...>')) continue;
    open.delete(thread);
    if (/ = 0$/.test(rest) && !call.paths.some(isOfNode)) calls.push({ ...call, ended: place });
  }
  return { code, stderr, calls: calls.sort((a, b) => a.began - b.began) };
}
