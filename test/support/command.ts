/** Runs the command line: as users do, in a process of its own, or here, which is faster. */
import type { ChildProcess } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseJson } from '#format/record/parse-json.ts';
import { main } from '#pipeline/cli/main.ts';
import { type Outcome, runProcess, startProcess } from './process.ts';

export { outcome } from './process.ts';

const CLI = fileURLToPath(new URL('../../pipeline/cli.ts', import.meta.url));

/** Starts `haven-chunks`; its input stays open until the caller ends it. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): ChildProcess {
  return startProcess(process.execPath, [CLI, ...args], { env, cwd });
}

/** Runs `haven-chunks` with some arguments and a text as its standard input. */
export function run(args: readonly string[], input = ''): Promise<Outcome> {
  return runProcess(process.execPath, [CLI, ...args], { input });
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
    .map(line => parseJson(line) as T);
}
