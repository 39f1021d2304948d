import { readFileSync } from 'node:fs';

/**
 * Most memory that the program of this process has had, in bytes. On Linux `maxRSS` also counts the process before it
 * loaded the program, when it was a copy of its parent: it would be the parent's peak, if that is larger.
 */
export function peakMemory(): number {
  const kibibytes = process.platform === 'linux' ? highWaterMark() : undefined;
  return (kibibytes ?? process.resourceUsage().maxRSS) * 1024;
}

/** In KiB; undefined where `/proc` is not mounted. */
function highWaterMark(): number | undefined {
  try {
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))![1]);
  } catch {
    return undefined;
  }
}
