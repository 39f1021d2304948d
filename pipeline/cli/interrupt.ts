import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What the user's interruption aborts with. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
  /** As shells report a process that a signal has ended: 130 for SIGINT, 143 for SIGTERM. */
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * A signal that Ctrl-C and `kill` abort, so that what was begun is tidied up. It listens once: the next interruption
 * ends the process at once, as it would have without this.
 */
export function onInterrupt(): { signal: AbortSignal; ignore(): void } {
  const controller = new AbortController();
  const ignore = () => {
    for (const name of SIGNALS) process.off(name, stop);
  };
  const stop = (name: (typeof SIGNALS)[number]) => {
    ignore();
    controller.abort(new InterruptedError(name));
  };
  for (const name of SIGNALS) process.on(name, stop);
  return { signal: controller.signal, ignore };
}
