/** Runs the reader in Python. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import type { JsonValue } from '#client/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { pythonWith, startProcess } from '#test/support/run-command.ts';

const reader = fileURLToPath(new URL('haven_chunks.py', import.meta.url));

export const python = pythonWith('msgpack');

/** Exit code, messages and values of a command of the reader. */
export interface PythonOutcome {
  readonly code: number;
  readonly stderr: string;
  readonly values: JsonValue[];
}

export interface PythonReader {
  /** Runs a command. @throws Error if the process has ended */
  run(command: readonly string[], queries?: readonly object[]): Promise<PythonOutcome>;
  /** The values of a command that must succeed. */
  ask(command: readonly string[], queries?: readonly object[]): Promise<JsonValue[]>;
}

/**
 * The reader in one process for the tests of the file that calls this: to start one takes longer than most commands.
 * @param mostKib KiB of address space that the process may have
 */
export function pythonReader(mostKib?: number): PythonReader {
  let send: (line: string) => Promise<string>;
  let end: (() => Promise<void>) | undefined;

  beforeAll(() => {
    if (!python) return;
    const limit = mostKib === undefined ? '' : `ulimit -v ${mostKib} && `;
    const child = startProcess('sh', ['-c', `${limit}exec "$@"`, 'sh', python, reader, 'serve']);
    const ended = once(child, 'close');
    const lines = linesOf(child.stdout!);
    let messages = '';
    child.stderr!.setEncoding('utf8').on('data', text => {
      messages += text;
    });
    send = async line => {
      child.stdin!.write(`${line}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`the reader in Python has ended: ${(await ended).join()}\n${messages}`);
      return value;
    };
    end = async () => {
      child.stdin!.end();
      const [code] = await ended;
      if (code !== 0 || messages !== '')
        throw new Error(`the reader in Python: exit code ${code}\n${messages}`);
    };
  });
  afterAll(() => end?.());

  const run: PythonReader['run'] = async (command, queries = []) => {
    const outcome: unknown = parseJson(await send(JSON.stringify({ command, queries })));
    return outcome as PythonOutcome;
  };
  return {
    run,
    async ask(command, queries) {
      const { code, stderr, values } = await run(command, queries);
      if (code !== 0 || stderr !== '') throw new Error(`${command.join(' ')}: ${stderr}`);
      return values;
    },
  };
}

/** Lines end with line feeds only: values have other characters that end lines elsewhere. */
async function* linesOf(stream: Readable): AsyncGenerator<string, undefined> {
  let parts: string[] = [];
  for await (const chunk of stream.setEncoding('utf8')) {
    const [first, ...rest] = String(chunk).split('\n');
    parts.push(first!);
    for (const part of rest) {
      yield parts.join('');
      parts = [part];
    }
  }
}
