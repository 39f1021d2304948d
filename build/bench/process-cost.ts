/** The cost of whole processes: CPU of all their threads, wall time, and highest resident memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Cost {
  /** Seconds of CPU, user and system. */
  readonly cpu: number;
  /** Seconds. */
  readonly wall: number;
  /** Bytes. */
  readonly memory: number;
}

/** Runs a command and writes what `wait4` says of it, after its output. Node has no call for that. */
const MEASURE = `import json, os, resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cost = {"cpu": used.ru_utime + used.ru_stime, "wall": time.monotonic() - start, "memory": used.ru_maxrss * 1024}
os.write(3, json.dumps(cost).encode())
sys.exit(code)`;

/**
 * Runs a command to its end.
 * @returns its cost and its standard output
 * @throws Error if it fails; what it wrote to standard error was passed through
 */
export async function processCost(
  command: string,
  args: readonly string[],
): Promise<{ cost: Cost; stdout: string }> {
  const child = spawn('python3', ['-c', MEASURE, command, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  });
  const [stdout, cost, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stdio[3] as NodeJS.ReadableStream),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')}: exit code ${code}`);
  return { cost: JSON.parse(cost) as Cost, stdout };
}

/** The middle value. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

/** The cost whose fields are the medians of those given. */
export function medianCost(costs: readonly Cost[]): Cost {
  const middle = (field: keyof Cost) => median(costs.map(cost => cost[field]));
  return { cpu: middle('cpu'), wall: middle('wall'), memory: middle('memory') };
}
