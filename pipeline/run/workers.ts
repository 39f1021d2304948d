/** A pool of worker threads, started on demand, each with one task at a time. */
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { Task, TaskEvents } from '#pipeline/tasks/task.ts';
import { errorOf, type FromWorker, type ToWorker, type WorkerData } from './messages.ts';
import type { TaskResult } from './perform.ts';
import { workerEntry } from './worker-entry.ts';

const ENTRY = workerEntry('worker', 'run/worker.ts');

/** False if another bundle lacks the file of the worker: then all work runs on one thread. */
export function hasWorkers(): boolean {
  return ENTRY !== undefined;
}

/**
 * Limits of a worker, in MiB. V8 uses up what is set for objects that were made recently, because it looks for garbage
 * among them only when it is full: without a limit 96 MiB for each thread, and no task becomes faster beyond this.
 */
const LIMITS: ResourceLimits = { maxYoungGenerationSizeMb: 24 };

export class Workers {
  readonly #data: WorkerData;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #closing = new AbortController();

  constructor(data: WorkerData) {
    this.#data = data;
  }

  /**
   * Runs a task on an idle thread, or on a new one.
   * @throws the error of the task, or an Error if the thread ends before the task
   */
  async run(task: Task, events: TaskEvents): Promise<TaskResult> {
    const worker = this.#idle.pop() ?? this.#start();
    const result = await new Promise<TaskResult>((resolve, reject) => {
      const message = (from: FromWorker) => {
        if (from.kind === 'progress') {
          events.onProgress?.(from);
          return;
        }
        stop();
        this.#idle.push(worker);
        if (from.kind === 'done') resolve(from.result);
        else reject(errorOf(from.error));
      };
      const ended = (cause: Error) => {
        stop();
        reject(endOfThread(task.id, cause));
      };
      const exit = (code: number) => ended(new Error(`exit code ${code}`));
      const closed = () => ended(new Error('it was stopped'));
      const stop = () => {
        worker.off('message', message).off('error', ended).off('exit', exit);
        this.#closing.signal.removeEventListener('abort', closed);
      };
      worker.on('message', message).on('error', ended).on('exit', exit);
      this.#closing.signal.addEventListener('abort', closed);
      worker.postMessage({ task } satisfies ToWorker);
    });
    return result;
  }

  /** Terminates all threads, after their current step of SQLite; running tasks fail. */
  async close(): Promise<void> {
    this.#closing.abort();
    const all = [...this.#all];
    this.#all.clear();
    this.#idle.length = 0;
    await Promise.all(all.map(worker => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(ENTRY!, { workerData: this.#data, resourceLimits: LIMITS });
    this.#all.add(worker);
    worker.once('exit', () => {
      this.#all.delete(worker);
      if (this.#idle.includes(worker)) this.#idle.splice(this.#idle.indexOf(worker), 1);
    });
    return worker;
  }
}

/** The error of a task whose thread has ended. */
export function endOfThread(task: string, cause: Error & { readonly code?: string }): Error {
  const advice =
    cause.code === 'ERR_WORKER_OUT_OF_MEMORY' ? ': give a smaller --memory, or fewer --workers' : '';
  return new Error(`a worker thread ended in the task ${task}: ${cause.message}${advice}`, { cause });
}
