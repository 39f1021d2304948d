/** Delivers changes to loops: each gets what has changed since it last asked, however slow it is. */

interface Consumer {
  isWaiting: boolean;
}

export interface FeedOptions<State, Change> {
  /** The state of a new loop, which knows of nothing. */
  start(): State;
  /** The changes since the last call with the state, which it updates; undefined if there are none. */
  next(state: State): Change | undefined;
  /** Whether no further change is under way. */
  isSettled(): boolean;
}

export class Feed<State, Change> {
  readonly #options: FeedOptions<State, Change>;
  readonly #consumers = new Set<Consumer>();
  /** Called at the next change. */
  #listeners: (() => void)[] = [];
  #end: { readonly error?: unknown } | undefined;

  constructor(options: FeedOptions<State, Change>) {
    this.#options = options;
  }

  /** Wakes the loops. */
  notify(): void {
    for (const consumer of this.#consumers) consumer.isWaiting = false;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  /** Ends the loops; with an error they throw it. */
  end(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.notify();
  }

  async *changes(): AsyncGenerator<Change, void, undefined> {
    const consumer: Consumer = { isWaiting: false };
    const state = this.#options.start();
    this.#consumers.add(consumer);
    try {
      for (;;) {
        if (this.#end) {
          if ('error' in this.#end) throw this.#end.error;
          return;
        }
        const change = this.#options.next(state);
        if (change) {
          yield change;
          continue;
        }
        const changed = this.#nextChange();
        consumer.isWaiting = true;
        this.#wakeSettled();
        await changed;
      }
    } finally {
      this.#consumers.delete(consumer);
      this.#wakeSettled();
    }
  }

  /**
   * Resolves when nothing is under way and all loops have handled what they got.
   * @throws the error that ended the loops
   */
  async settled(): Promise<void> {
    for (;;) {
      if (this.#end && 'error' in this.#end) throw this.#end.error;
      if (this.#end || (this.#options.isSettled() && this.#isIdle)) return;
      await new Promise<void>(resolve => {
        this.#settledListeners.push(resolve);
        this.#listeners.push(resolve);
      });
    }
  }

  #settledListeners: (() => void)[] = [];

  get #isIdle(): boolean {
    return [...this.#consumers].every(({ isWaiting }) => isWaiting);
  }

  #nextChange(): Promise<void> {
    return new Promise(resolve => this.#listeners.push(resolve));
  }

  #wakeSettled(): void {
    const listeners = this.#settledListeners;
    this.#settledListeners = [];
    for (const listener of listeners) listener();
  }
}
