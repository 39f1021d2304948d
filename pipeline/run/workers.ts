/** A pool of worker threads, started on demand, each with one task at a time. */
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { Task, TaskEvents } from '#pipeline/tasks/task.ts';
import { endedThread } from './ended-thread.ts';
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
  /** The error of a thread that ended between two tasks. */
  #failure: Error | undefined;

  constructor(data: WorkerData) {
    this.#data = data;
  }

  /**
   * Runs a task on an idle thread, or on a new one.
   * @throws the error of the task or of `events`; an Error if the thread ends before the task, or another one has ended
   *   by an error between two tasks: something of an earlier task has failed
   */
  async run(task: Task, events: TaskEvents): Promise<TaskResult> {
    if (this.#failure) throw this.#failure;
    const worker = this.#idle.pop() ?? this.#start();
    const result = await new Promise<TaskResult>((resolve, reject) => {
      const message = (from: FromWorker) => {
        if (from.kind === 'progress') {
          try {
            events.onProgress?.(from);
          } catch (error) {
            // The thread goes on with the task: it is not idle before it is closed.
            stop();
            reject(error);
          }
          return;
        }
        stop();
        this.#idle.push(worker);
        if (from.kind === 'done') resolve(from.result);
        else reject(errorOf(from.error));
      };
      const ended = (cause: Error) => {
        stop();
        reject(endOfWorker(`in the task ${task.id}`, cause));
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

  /**
   * Terminates all threads, after their current step of SQLite; running tasks fail. Each call waits for all threads that
   * have not ended.
   */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#idle.length = 0;
    await Promise.all([...this.#all].map(worker => worker.terminate()));
  }

  #start(): Worker {
    const worker = new Worker(ENTRY!, { workerData: this.#data, resourceLimits: LIMITS });
    this.#all.add(worker);
    // While the thread has a task, `run` listens as well. An error that nothing listens to would end the process.
    worker.on('error', cause => {
      if (this.#removeIdle(worker)) this.#failure ??= endOfWorker('between two tasks', cause);
    });
    worker.once('exit', () => {
      this.#all.delete(worker);
      this.#removeIdle(worker);
    });
    return worker;
  }

  /** Returns whether the thread was idle. */
  #removeIdle(worker: Worker): boolean {
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
    return at >= 0;
  }
}

/** @param place where the thread was: in a task, or between two */
function endOfWorker(place: string, cause: Error): Error {
  return endedThread(`a worker thread ${place}`, cause, 'give a smaller --memory, or fewer --workers');
}
