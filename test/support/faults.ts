/** Faults of the file system, made inside a command when it writes or removes a certain file. */
import { appendFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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
 * the signal, or goes on to its next turn of the event loop. A disk that is full stays full for the thread.
 */
const PRELOAD = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
const { path, kind } = JSON.parse(process.env.HAVEN_TEST_FAULT);
const pattern = new RegExp(path);
const { rename, rm } = fs.promises;
const { renameSync } = fs;
let hasMet = false;
let isSent = false;
/** Sends the signal, once; false where there is none, or the command does not listen to it. */
const meetNow = target => {
  hasMet ||= pattern.test(target);
  if (!hasMet || kind === 'ENOSPC' || process.listenerCount(kind) < (isMainThread ? 1 : 0)) return false;
  if (!isSent) process.kill(process.pid, kind);
  isSent = true;
  return true;
};
const meet = async target => {
  if (!meetNow(target)) return;
  if (!isMainThread) await new Promise(() => setInterval(() => {}, 1e6));
  while (process.listenerCount(kind) > 0) await new Promise(resolve => setImmediate(resolve));
};
const checkDisk = (from, to) => {
  if (!hasMet || kind !== 'ENOSPC') return;
  const message = "ENOSPC: no space left on device, rename '" + from + "' -> '" + to + "'";
  throw Object.assign(new Error(message), { code: kind, errno: -28, syscall: 'rename', path: from, dest: to });
};
fs.promises.rename = async (from, to) => {
  await meet(to);
  checkDisk(from, to);
  return rename(from, to);
};
fs.renameSync = (from, to) => {
  if (meetNow(to) && !isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  checkDisk(from, to);
  renameSync(from, to);
};
fs.promises.rm = async (path, options) => {
  await meet(path);
  return rm(path, options);
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

/** Changes that another process makes to an input file of lines. */
export const INPUT_CHANGES: Readonly<Record<string, (path: string) => void>> = {
  grows: path => appendFileSync(path, '{"id":"new","x":1,"y":2,"z":3}\n'),
  shrinks: path => truncateSync(path, 1_000),
  'is replaced': path => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    writeFileSync(
      `${path}.new`,
      lines
        .map(line => `${line}\n`)
        .toReversed()
        .join(''),
    );
    renameSync(`${path}.new`, path);
  },
  vanishes: path => rmSync(path),
};
