/**
 * Runs tasks in order while their number and the sum of their weights stay within limits; a task that exceeds the
 * limit runs alone. (p-limit limits the number only: concurrent hostile files could fill the memory.)
 */
export class Gate {
  readonly #most: number;
  readonly #mostWeight: number;
  readonly #queue: { readonly weight: number; readonly start: () => void }[] = [];
  #running = 0;
  #weight = 0;

  constructor(most: number, mostWeight: number) {
    this.#most = most;
    this.#mostWeight = mostWeight;
  }

  async run<T>(weight: number, task: () => Promise<T>): Promise<T> {
    await new Promise<void>(start => {
      this.#queue.push({ weight, start });
      this.#next();
    });
    try {
      return await task();
    } finally {
      this.#running--;
      this.#weight -= weight;
      this.#next();
    }
  }

  #next(): void {
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const { weight, start } = next;
      const fits = this.#running < this.#most && this.#weight + weight <= this.#mostWeight;
      if (this.#running > 0 && !fits) return;
      this.#queue.shift();
      this.#running++;
      this.#weight += weight;
      start();
    }
  }
}
