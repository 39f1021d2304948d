/** Runs the reader in Python. */
import { fileURLToPath } from 'node:url';
import type { JsonValue } from '#client/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { pythonWith, runProcessSync } from '#test/support/run-command.ts';
import { lines } from './sets.ts';

const reader = fileURLToPath(new URL('haven_chunks.py', import.meta.url));

export const python = pythonWith('msgpack');

/** The output of a command, a value a line; `queries` are its standard input. */
export function runPython(
  command: readonly string[],
  queries: readonly object[] = [],
): { code: number | null; stderr: string; values: JsonValue[] } {
  const { code, stdout, stderr } = runProcessSync(python!, [reader, ...command], lines(queries));
  return {
    code,
    stderr,
    values: stdout
      .split('\n')
      .slice(0, -1)
      .map(line => parseJson(line) as JsonValue),
  };
}

/** The same, of a command that must succeed. */
export function askPython(command: readonly string[], queries: readonly object[] = []): JsonValue[] {
  const { code, stderr, values } = runPython(command, queries);
  if (code !== 0 || stderr !== '') throw new Error(`${command.join(' ')}: ${stderr}`);
  return values;
}
