/** Which tasks of a run are done, kept in the run's store: so that a run that was killed goes on where it was. */
import type { Store } from '#pipeline/store/store.ts';
import { putJson, readJson, type Task } from '#pipeline/tasks/task.ts';
import type { TaskResult } from './perform.ts';

const doneFile = (task: Task) => `done/${task.id}.json`;
const RUN = 'run.json';

interface RunJson {
  /** Of inputs and options: another one is another run. */
  readonly fingerprint: string;
}

export class Journal {
  readonly #run: Store;
  /** Bytes of the files of both stores, as they were when the run was taken up. */
  readonly #run0: ReadonlyMap<string, number>;
  readonly #set0: ReadonlyMap<string, number>;

  private constructor(
    run: Store,
    runFiles: ReadonlyMap<string, number>,
    setFiles: ReadonlyMap<string, number>,
  ) {
    this.#run = run;
    this.#run0 = runFiles;
    this.#set0 = setFiles;
  }

  /** The fingerprint of the run that a store holds; undefined for none. */
  static async fingerprintOf(run: Store): Promise<string | undefined> {
    return (await run.get(RUN)) && (await readJson<RunJson>(run, RUN)).fingerprint;
  }

  /** Begins a run, or takes it up. */
  static async open(run: Store, set: Store, fingerprint: string): Promise<Journal> {
    const journal = new Journal(run, await sizesOf(run), await sizesOf(set));
    await putJson(run, RUN, { fingerprint } satisfies RunJson);
    return journal;
  }

  /** The result of a task that was done before, if every file that it wrote is there with its length. */
  async known(task: Task): Promise<TaskResult | undefined> {
    if (!this.#run0.has(doneFile(task))) return undefined;
    const result = await readJson<TaskResult>(this.#run, doneFile(task));
    const isThere = (files: TaskResult['run'], sizes: ReadonlyMap<string, number>) =>
      files.every(([path, bytes]) => sizes.get(path) === bytes);
    return isThere(result.run, this.#run0) && isThere(result.set, this.#set0) ? result : undefined;
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
