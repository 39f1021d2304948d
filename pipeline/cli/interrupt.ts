import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type SignalName = (typeof SIGNALS)[number];

/** Time for a command to clean up, also on a busy machine. The next run removes what is left after that. */
const GRACE_MS = 5_000;

/** The reason of the signal after an interruption by the user. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
  /** Exit code that shells use for a process ended by a signal: 130 for SIGINT, 143 for SIGTERM. */
  readonly exitCode: number;

  constructor(signal: SignalName) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * An AbortSignal that Ctrl-C and `kill` abort, so that a command can clean up. It listens once: the next interruption
 * ends the process immediately.
 *
 * A process whose threads wait for the operating system (a disk that does not answer, a step of SQLite) cannot exit:
 * Node joins its threads first. Therefore the process kills itself with the same signal after a grace period, which
 * shells report in the same way.
 * @param say reports the interruption if the command has not ended by then
 */
export function onInterrupt(say: (error: InterruptedError) => void): {
  signal: AbortSignal;
  /** Stops listening; call it when the command has ended. */
  ignore(): void;
} {
  const controller = new AbortController();
  let hasEnded = false;
  const unlisten = () => {
    for (const name of SIGNALS) process.off(name, stop);
  };
  const stop = (name: SignalName) => {
    unlisten();
    const error = new InterruptedError(name);
    setTimeout(() => {
      if (!hasEnded) say(error);
      process.kill(process.pid, name);
    }, GRACE_MS).unref();
    controller.abort(error);
  };
  for (const name of SIGNALS) process.on(name, stop);
  const ignore = () => {
    hasEnded = true;
    unlisten();
  };
  return { signal: controller.signal, ignore };
}
