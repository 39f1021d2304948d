/** Runs one task on two stores, and returns the files that it has written. */
import { SetWriter } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';
import { runTask } from '#pipeline/tasks/run-task.ts';
import type { BuildPlan, Task, TaskEvents } from '#pipeline/tasks/task.ts';

/** The files that a task has written, with their stored bytes. */
export interface TaskResult {
  readonly run: readonly [path: string, bytes: number][];
  readonly set: readonly [path: string, bytes: number][];
}

/** Runs one task. */
export type Execute = (task: Task, events: TaskEvents, signal?: AbortSignal) => Promise<TaskResult>;

/**
 * @param runStore for files between tasks
 * @param setStore for the files of the set
 */
export function executeOver(runStore: Store, setStore: Store): Execute {
  return async (task, events, signal) => {
    const written = new Map<string, number>();
    let set: SetWriter | undefined;
    const recording: Store = {
      ...runStore,
      async put(path, content, options) {
        await runStore.put(path, content, options);
        written.set(path, (content as Uint8Array).length);
      },
    };
    const openSet = (plan: BuildPlan) => {
      set = new SetWriter(setStore, plan.set.gzipLevel);
      return set;
    };
    await runTask(task, { run: recording, openSet }, events, signal);
    return { run: [...written], set: [...(set?.files ?? [])] };
  };
}
