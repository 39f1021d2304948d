/**
 * Schedules tasks: those of a list concurrently, the heaviest first; then the task that follows. It is independent of
 * how a task is executed.
 */
import { readJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import { listOf, type Task, type TaskEvents, type TaskKind, type TaskList } from '#pipeline/tasks/task.ts';
import type { Execute, TaskResult } from './perform.ts';

export interface ScheduleEvents {
  /** Called when a list of tasks begins or grows. */
  onTasks?(tasks: readonly Task[]): void;
  onProgress?(kind: TaskKind, work: Parameters<NonNullable<TaskEvents['onProgress']>>[0]): void;
  onDone?(task: Task, result: TaskResult): void | Promise<void>;
}

export interface ScheduleOptions {
  readonly run: Store;
  readonly execute: Execute;
  /** Maximum number of concurrent tasks. */
  slots(): number;
  /** The result of a task that was finished before. */
  known?(task: Task): Promise<TaskResult | undefined>;
}

/** Kinds of tasks that write a list. */
const PLANNERS: readonly TaskKind[] = ['plan', 'group', 'divide', 'ranges'];

/**
 * Runs a task and all tasks that follow from it.
 * @throws the error of the first failed task in its list; no task is running then
 */
export async function runAll(
  first: Task,
  options: ScheduleOptions,
  events: ScheduleEvents = {},
  signal?: AbortSignal,
): Promise<void> {
  for (let next: Task | null = first; next; ) {
    await runTask(next, options, events, signal);
    if (!PLANNERS.includes(next.kind)) return;
    const list: TaskList = await readJson(options.run, listOf(next));
    await new ListRunner(options, events, signal).run(list.tasks);
    next = list.next;
  }
}

async function runTask(
  task: Task,
  { execute, known }: ScheduleOptions,
  events: ScheduleEvents,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const result =
    (await known?.(task)) ??
    (await execute(task, { onProgress: work => events.onProgress?.(task.kind, work) }, signal));
  await events.onDone?.(task, result);
}

class ListRunner {
  readonly #options: ScheduleOptions;
  readonly #events: ScheduleEvents;
  readonly #signal: AbortSignal | undefined;
  /** Waiting tasks by weight; the last is the heaviest. */
  #waiting: { task: Task; place: number }[] = [];
  #places = 0;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly place: number; readonly error: unknown } | undefined;

  constructor(options: ScheduleOptions, events: ScheduleEvents, signal: AbortSignal | undefined) {
    this.#options = options;
    this.#events = events;
    this.#signal = signal;
  }

  async run(tasks: readonly Task[]): Promise<void> {
    this.#add(tasks);
    for (;;) {
      while (this.#running.size < this.#options.slots()) {
        const next = this.#waiting.pop();
        if (!next) break;
        const work = this.#run(next).finally(() => this.#running.delete(work));
        this.#running.add(work);
      }
      if (this.#running.size === 0) break;
      await Promise.race(this.#running);
    }
    if (this.#failure) throw this.#failure.error;
  }

  #add(tasks: readonly Task[]): void {
    this.#events.onTasks?.(tasks);
    for (const task of tasks) this.#waiting.push({ task, place: this.#places++ });
    this.#waiting.sort((a, b) => a.task.weight - b.task.weight || b.place - a.place);
  }

  async #run({ task, place }: { task: Task; place: number }): Promise<void> {
    try {
      await runTask(task, this.#options, this.#events, this.#signal);
      if (!PLANNERS.includes(task.kind) || this.#failure) return;
      this.#add((await readJson<TaskList>(this.#options.run, listOf(task))).tasks);
    } catch (error) {
      if (this.#failure && this.#failure.place < place) return;
      this.#failure = { place, error };
      // An earlier task in the list may fail too: its error takes precedence.
      this.#waiting = this.#waiting.filter(other => other.place < place && task.kind === 'map');
    }
  }
}
