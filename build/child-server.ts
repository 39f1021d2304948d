/** Servers in child processes, which print the address that they serve. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ChildServer {
  /** Address of the server, with a slash at its end. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Kills the server, and waits for its end. */
  close(): Promise<void>;
}

/**
 * Starts a server and waits until it has printed its address.
 * @throws Error with the exit code and the output of a server that ends before; Error if it cannot be started
 */
export async function startServer(command: string, args: readonly string[]): Promise<ChildServer> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let printed = '';
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        // A server in use prints a line for each request.
        if (printed.length < MAX_CHARS) printed += text;
        const [address] = ADDRESS.exec(printed) ?? [];
        if (address !== undefined) resolve(`${address}/`);
      });
    }
    ended.then(([code, signal]) => {
      const line = [command, ...args].join(' ');
      reject(new Error(`${line} ended before it served: ${signal ?? `exit code ${code}`}\n${printed}`));
    }, reject);
  });
  return {
    url,
    process: child,
    async close() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+/;
const MAX_CHARS = 10_000;
