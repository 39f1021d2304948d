/** Runs the command line: as users do, in a process of its own, or here, which is faster. */
import { type ChildProcess, spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { main } from '../../pipeline/cli/main.ts';

const CLI = fileURLToPath(new URL('../../pipeline/cli.ts', import.meta.url));

export interface Outcome {
  /** Exit code; null where a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `haven-chunks`; its input stays open until the caller ends it. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...env }, cwd });
}

/** What a process gave, once it is over. */
export async function outcome(child: ChildProcess): Promise<Outcome> {
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout!), text(child.stderr!), ended]);
  return { code, stdout, stderr };
}

/** Runs `haven-chunks` with some arguments and a text as its standard input. */
export async function run(args: readonly string[], input = ''): Promise<Outcome> {
  const child = start(args);
  // A command that does not read its input may be gone before all of it is written.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  return outcome(child);
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
  const code = await main(args, { stdout: Object.assign(stdout, terminal), stderr });
  return { code, ...printed };
}

/** The lines of an NDJSON text. */
export function jsonLines<T>(ndjson: string): T[] {
  return ndjson
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line) as T);
}
