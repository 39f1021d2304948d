/** Child processes of tests: none outlives the test that started it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, onTestFinished } from 'vitest';

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
afterAll(killGroups);

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
  try {
    onTestFinished(() => killProcess(child));
  } catch {
    // Outside of a test: a hook, or the body of a file.
  }
  return child;
}

/** What a process gave, once it and all that share its output are over. @throws Error if it could not start */
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
  // A process that does not read its input may be gone before all of it is written.
  child.stdin!.on('error', () => {});
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

/** What a process printed. @throws Error with all that it printed, if it fails */
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

function killGroups(): void {
  for (const child of groups) killProcess(child);
}
