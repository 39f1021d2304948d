/** Running work, and the number of callers that wait for it. */
interface Flight {
  readonly value: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Shares work between concurrent callers with the same key. An aborted caller rejects immediately and does not affect
 * the others; the work itself is aborted when no caller waits for it.
 */
export class InFlight {
  readonly #flights = new Map<string, Flight>();

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /**
   * The value of the running work for a key, or of new work.
   * @param signal signal of this caller
   * @param start starts the work; the signal that it gets is aborted when no caller waits
   */
  run<T>(
    key: string,
    signal: AbortSignal | undefined,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const flight = this.#flights.get(key) ?? this.#start(key, start);
    flight.waiting++;
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal?.reason);
        if (--flight.waiting > 0) return;
        this.#remove(key, flight);
        flight.controller.abort(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      (flight.value as Promise<T>)
        .then(resolve, reject)
        .finally(() => signal?.removeEventListener('abort', leave));
    });
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<unknown>): Flight {
    const controller = new AbortController();
    const value = start(controller.signal).finally(() => this.#remove(key, flight));
    const flight: Flight = { value, controller, waiting: 0 };
    this.#flights.set(key, flight);
    return flight;
  }

  /** Removes work; later work for the same key stays. */
  #remove(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
