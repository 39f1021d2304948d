/** System calls of a process, as strace records them: what it asked of the disk, and in which order. */
import { readFileSync } from 'node:fs';
import { runProcessSync, succeeds } from './process.ts';

/** Strace is there and may trace. */
export const HAS_STRACE = succeeds('strace', ['-f', '-o', '/dev/null', 'true']);

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
  // Node writes its cache of compiled modules as it ends.
  const options = [
    '-f',
    '-y',
    '-s',
    '4096',
    '-E',
    'NODE_COMPILE_CACHE',
    '-e',
    `trace=${names.join()}`,
    '-o',
    record,
  ];
  const { code, stderr } = runProcessSync('strace', [...options, ...command]);
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
    if (/ = 0$/.test(rest)) calls.push({ ...call, ended: place });
  }
  return { code, stderr, calls: calls.sort((a, b) => a.began - b.began) };
}
