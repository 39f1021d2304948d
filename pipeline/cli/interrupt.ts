import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type SignalName = (typeof SIGNALS)[number];

/** How long a command may tidy up. What it leaves then is removed by the next run. */
const GRACE_MS = 1_500;

/** What the user's interruption aborts with. */
export class InterruptedError extends Error {
  override name = 'InterruptedError';
  /** As shells report a process that a signal has ended: 130 for SIGINT, 143 for SIGTERM. */
  readonly exitCode: number;

  constructor(signal: SignalName) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * A signal that Ctrl-C and `kill` abort, so that what was begun is tidied up. It listens once: the next interruption
 * ends the process at once, as it would have without this.
 *
 * A process whose threads wait for the operating system (a disk that does not answer, a step of SQLite) cannot even
 * exit: Node joins its threads first. So it dies of the very signal after a while, which shells report alike.
 * @param say tells the user, where the command has not ended by then
 */
export function onInterrupt(say: (error: InterruptedError) => void): {
  signal: AbortSignal;
  /** To be called once the command has ended. */
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
