import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SystemRecord } from '#client/index.ts';
import { endedThread } from '#pipeline/run/ended-thread.ts';
import { errorOf } from '#pipeline/run/messages.ts';
import { workerEntry } from '#pipeline/run/worker-entry.ts';
import type { DatabaseThreadData, FromDatabase, ToDatabase } from './database-messages.ts';
import type { DatabaseLosses } from './database-rows.ts';

const ENTRY = workerEntry('db-worker', 'export/database-worker.ts');

export function hasDatabaseThread(): boolean {
  return ENTRY !== undefined;
}

function ended(cause: Error): Error {
  const advice = 'give Node more memory by NODE_OPTIONS=--max-old-space-size=MEGABYTES';
  return endedThread('the thread that writes the database', cause, advice);
}

/** A worker thread that writes a database: it can be abandoned during a long step. */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #signal: AbortSignal | undefined;
  /** Rejects when the thread ends. */
  readonly #ended: Promise<never>;
  /** The answer to the last message. */
  #answer: Promise<FromDatabase> | undefined;

  constructor(file: string, signal: AbortSignal | undefined) {
    this.#worker = new Worker(ENTRY!, { workerData: { file } satisfies DatabaseThreadData });
    this.#signal = signal;
    // An error of the thread rejects it.
    this.#ended = once(this.#worker, 'exit').then(
      ([code]) => {
        throw ended(new Error(`exit code ${code}`));
      },
      (cause: Error) => {
        throw ended(cause);
      },
    );
    this.#ended.catch(() => {});
  }

  /**
   * Sends systems to the thread, which writes them while the next are read.
   * @throws errors from writing earlier systems; the signal's reason
   */
  async add(systems: readonly SystemRecord[]): Promise<void> {
    if (systems.length === 0) return;
    await this.#received();
    this.#send(systems);
  }

  /** @throws as `add` */
  async finish(): Promise<DatabaseLosses> {
    await this.#received();
    this.#send([]);
    const answer = await this.#received();
    if (answer?.kind !== 'done') throw new Error('the database was not completed');
    return answer.losses;
  }

  /** Ends the thread after its current step, without waiting. */
  close(): void {
    void this.#worker.terminate();
  }

  #send(systems: ToDatabase): void {
    this.#worker.postMessage(systems);
    const options = this.#signal ? { signal: this.#signal } : {};
    const answer = once(this.#worker, 'message', options).then(([message]) => message as FromDatabase);
    this.#answer = Promise.race([answer, this.#ended]);
    // A failure is handled by `#received`.
    this.#answer.catch(() => {});
  }

  async #received(): Promise<FromDatabase | undefined> {
    const answer = await this.#answer;
    if (answer?.kind === 'failed') throw errorOf(answer.error);
    return answer;
  }
}
