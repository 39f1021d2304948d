/** Runs one task on two stores, and returns the files that it has written. */
import { SetWriter } from '#pipeline/store/set-writer.ts';
import type { Content, Store } from '#pipeline/store/store.ts';
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
        let bytes = 0;
        const counted = countBytes(content, count => {
          bytes += count;
        });
        await runStore.put(path, counted, options);
        written.set(path, bytes);
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

/** The same content; `onBytes` is called with the number of bytes of each part. */
function countBytes(content: Content, onBytes: (count: number) => void): Content {
  if (content instanceof Uint8Array) {
    onBytes(content.length);
    return content;
  }
  return (async function* () {
    for await (const part of content) {
      onBytes(part.length);
      yield part;
    }
  })();
}
