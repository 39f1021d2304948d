/** Lets long loops be interrupted. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Time between turns: below what a user notices, and far above the cost of a turn. */
const TURN_MS = 50;

/** Gives the event loop turns between the steps of a long loop: a signal of the process is handled in one. */
export class Turns {
  readonly #signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** True if the next turn is due: then call `take`. Most steps need not wait for a promise. */
  get areDue(): boolean {
    return performance.now() - this.#last > TURN_MS;
  }

  /** @throws the reason of the signal */
  async take(): Promise<void> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
