/** Reads in order of urgency: few at once, and none that is not wanted any more. */

/** A read that is wanted. */
export interface Load {
  readonly key: string;
  run(signal: AbortSignal): Promise<void>;
}

export interface LoadsOptions {
  /** Maximum number of reads at once. */
  readonly concurrency: number;
  /** Called after each read that ended; it must call `want` soon, which starts the next ones. */
  onEnd(): void;
  /** Called once for each read that failed, until it is wanted again. */
  onFailure(error: unknown): void;
}

/** A failed read is repeated after this time in milliseconds, if it is still wanted. */
const RETRY_AFTER = 5_000;

export class Loads {
  readonly #options: LoadsOptions;
  readonly #running = new Map<string, AbortController>();
  /** When reads failed, by `performance.now()`. */
  readonly #failures = new Map<string, number>();
  #waiting: readonly Load[] = [];

  constructor(options: LoadsOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running.size;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get failed(): number {
    return this.#failures.size;
  }

  hasFailed(key: string): boolean {
    return this.#failures.has(key);
  }

  /** Whether a failed read is due. */
  get isDue(): boolean {
    return [...this.#failures.values()].some(isDue);
  }

  /** The reads that are wanted from now on, the most urgent first. All others are aborted. */
  want(loads: readonly Load[]): void {
    const wanted = new Set(loads.map(({ key }) => key));
    for (const key of this.#failures.keys()) if (!wanted.has(key)) this.#failures.delete(key);
    const stale = [...this.#running].filter(([key]) => !wanted.has(key));
    for (const [key] of stale) this.#running.delete(key);
    this.#waiting = loads.filter(({ key }) => !this.#running.has(key) && isDue(this.#failures.get(key)));
    const free = Math.max(0, this.#options.concurrency - this.#running.size);
    const starting = this.#waiting.slice(0, free);
    this.#waiting = this.#waiting.slice(free);
    for (const load of starting) this.#start(load);
    // After the others have started: the same file may be wanted for another reason, and its request goes on.
    for (const [, controller] of stale) controller.abort();
  }

  /** Forgets failures, so that the reads are repeated when they are wanted. */
  forgetFailures(): void {
    this.#failures.clear();
  }

  async #start(load: Load): Promise<void> {
    const controller = new AbortController();
    const { key } = load;
    this.#running.set(key, controller);
    try {
      await load.run(controller.signal);
      this.#failures.delete(key);
    } catch (error) {
      if (controller.signal.aborted) return;
      const isNew = !this.#failures.has(key);
      this.#failures.set(key, performance.now());
      if (isNew) this.#options.onFailure(error);
    } finally {
      // An aborted read may have been started again.
      if (this.#running.get(key) === controller) {
        this.#running.delete(key);
        this.#options.onEnd();
      }
    }
  }
}

/** Whether a read may be repeated that failed at a time, or that never failed. */
export function isDue(failedAt: number | undefined): boolean {
  return failedAt === undefined || performance.now() - failedAt >= RETRY_AFTER;
}
