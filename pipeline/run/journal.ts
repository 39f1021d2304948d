/** Records the finished tasks of a run in its store, so that a killed run can be resumed. */
import { putJson, readJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { Task } from '#pipeline/tasks/task.ts';
import type { TaskResult } from './perform.ts';

const doneFile = (task: Task) => `done/${task.id}.json`;
const RUN = 'run.json';

interface RunJson {
  /** Fingerprint of inputs and options: it identifies the run. */
  readonly fingerprint: string;
}

export class Journal {
  readonly #run: Store;
  /** Bytes of the files of both stores when the run was opened. */
  readonly #runSizes: ReadonlyMap<string, number>;
  readonly #setSizes: ReadonlyMap<string, number>;

  private constructor(
    run: Store,
    runFiles: ReadonlyMap<string, number>,
    setFiles: ReadonlyMap<string, number>,
  ) {
    this.#run = run;
    this.#runSizes = runFiles;
    this.#setSizes = setFiles;
  }

  /** The fingerprint of the run in a store; undefined if there is none. */
  static async fingerprintOf(run: Store): Promise<string | undefined> {
    return (await run.get(RUN)) && (await readJson<RunJson>(run, RUN)).fingerprint;
  }

  /** Begins or resumes a run. */
  static async open(run: Store, set: Store, fingerprint: string): Promise<Journal> {
    const journal = new Journal(run, await sizesOf(run), await sizesOf(set));
    await putJson(run, RUN, { fingerprint } satisfies RunJson);
    return journal;
  }

  /** The result of a task that was finished before, if all its files exist with their lengths. */
  async known(task: Task): Promise<TaskResult | undefined> {
    if (!this.#runSizes.has(doneFile(task))) return undefined;
    const result = await readJson<TaskResult>(this.#run, doneFile(task));
    const isThere = (files: TaskResult['run'], sizes: ReadonlyMap<string, number>) =>
      files.every(([path, bytes]) => sizes.get(path) === bytes);
    return isThere(result.run, this.#runSizes) && isThere(result.set, this.#setSizes) ? result : undefined;
  }

  async done(task: Task, result: TaskResult): Promise<void> {
    await putJson(this.#run, doneFile(task), result);
  }
}

async function sizesOf(store: Store): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { path, size } of store.list('')) sizes.set(path, size);
  return sizes;
}
