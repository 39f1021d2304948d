/** Faults of the file system, made inside a command when it writes a certain file. */
import { join } from 'node:path';

/** A fault at the first file whose path matches. */
export interface Fault {
  /** A regular expression for the path. */
  readonly path: string;
  /** A signal that the process sends itself, or the code of an error of the file system. */
  readonly kind: 'SIGINT' | 'SIGTERM' | 'ENOSPC';
}

/**
 * Runs before the command, in each of its threads. A signalled worker waits for ever, the main thread until it has received
 * the signal. A disk that is full stays full for the thread.
 */
const PRELOAD = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
const { path, kind } = JSON.parse(process.env.HAVEN_TEST_FAULT);
const pattern = new RegExp(path);
const { rename } = fs.promises;
let hasMet = false;
fs.promises.rename = async (from, to) => {
  hasMet ||= pattern.test(to);
  if (hasMet && kind === 'ENOSPC') {
    const message = "ENOSPC: no space left on device, rename '" + from + "' -> '" + to + "'";
    throw Object.assign(new Error(message), { code: kind, errno: -28, syscall: 'rename', path: from, dest: to });
  }
  if (hasMet && process.listenerCount(kind) >= (isMainThread ? 1 : 0)) {
    process.kill(process.pid, kind);
    if (!isMainThread) await new Promise(() => setInterval(() => {}, 1e6));
    while (process.listenerCount(kind) > 0) await new Promise(resolve => setImmediate(resolve));
  }
  return rename(from, to);
};
syncBuiltinESMExports();
`;

/** Environment of a command that meets a fault. */
export function withFault(fault: Fault, temporary: string): Record<string, string> {
  const preload = `data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  return {
    NODE_OPTIONS: `--import=${preload}`,
    HAVEN_TEST_FAULT: JSON.stringify(fault),
    TMPDIR: temporary,
  };
}

/** Paths of files of a set or of its run, by the stage of a build that writes them first. */
export function stagesOf(out: string): Record<string, string> {
  const run = 'scratch/';
  return {
    plan: `${run}plan\\.json$`,
    map: `${run}map/0\\.json$`,
    group: `${run}group\\.json$`,
    cells: `${run}cells/.*\\.json$`,
    ranges: `${run}ranges-`,
    tables: `${run}tables/names-`,
    merge: `${run}merge\\.json$`,
    install: `^${join(out, 'chunks')}/`,
  };
}
