/** Runs the tasks of a build on this machine: small ones on this thread, others on worker threads. */
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { SetIndex } from '#format/index-json.ts';
import type { Counts } from '#format/system.ts';
import type { Reject } from '#pipeline/source/index.ts';
import type { SourceLocation } from '#pipeline/source/source-types.ts';
import { parseRunJson, readJson, readRunFile } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { GroupResult } from '#pipeline/tasks/group.ts';
import { readDuplicates } from '#pipeline/tasks/grouper.ts';
import { type MapParams, type MapResult, mapFile, type Note } from '#pipeline/tasks/map.ts';
import type { MergeResult } from '#pipeline/tasks/merge.ts';
import { firstLinesOf, notesSoFar, readNotes } from '#pipeline/tasks/notes.ts';
import { type PlanParams, planTask } from '#pipeline/tasks/plan.ts';
import { GROUP, INDEX, MERGE } from '#pipeline/tasks/stages.ts';
import { type BuildPlan, PLAN, type Task } from '#pipeline/tasks/task.ts';
import type { Journal } from './journal.ts';
import { executeOver, type TaskResult } from './perform.ts';
import { runAll } from './schedule.ts';
import { hasWorkers, Workers } from './workers.ts';

/** Callbacks for the progress of a build. */
export interface WriteEvents {
  /** Called for each rejected record. */
  onReject?(reject: Reject): void;
  /** Called for each member of an input that is not a system. */
  onSkip?(location: SourceLocation, reason: string): void;
  /** Called for each record that is dropped because a different one with its id is kept; its field is `id`. */
  onDuplicate?(duplicate: Reject): void;
  /** Called with the records and bytes read so far; `totalBytes` is undefined if an input has no known size. */
  onProgress?(records: number, bytes: number, totalBytes: number | undefined): void;
  /** Called with the number of systems built so far, and that of all. */
  onBuilt?(systems: number, total: number): void;
  /** Called with the number of rows of tables written so far. */
  onIndexed?(rows: number): void;
}

export interface RunPlaces {
  /** Store for files between tasks. Worker threads need a folder store, because they get its location. */
  readonly run: Store;
  readonly set: Store;
  /** Whether worker threads can read and write them. */
  readonly areShared: boolean;
  readonly journal?: Journal | undefined;
}

/** A written set, without its index. */
export interface WrittenSet {
  /** Content of `index.json`. */
  readonly text: string;
  /** Stored bytes by path. */
  readonly files: ReadonlyMap<string, number>;
  readonly summary: Counts &
    Pick<GroupResult, 'rejected' | 'skipped' | 'identical' | 'duplicates' | 'unusedMaps' | 'nameField'> &
    MergeResult & { readonly generation: string };
}

/** Time that an interrupted build waits for its threads: they end much sooner, except in a step of SQLite. */
const STEP_MS = 500;
/** Tasks of smaller total weight run on the main thread: they finish before a worker thread starts. */
export const SMALL_BYTES = 16 * 1024 * 1024;

/**
 * Whether even a small build needs worker threads and shared files. A step of SQLite can take very long in a small
 * file, because of a view or a missing index, and the main thread must react to signals.
 */
export function needsThreads({ inputs }: Pick<PlanParams, 'inputs'>): boolean {
  return inputs.some(({ isDatabase }) => isDatabase);
}

/** @throws errors of tasks; the signal's reason */
export async function writeSet(
  params: PlanParams,
  places: RunPlaces,
  events: WriteEvents = {},
  signal?: AbortSignal,
): Promise<WrittenSet> {
  const run = new LocalRun(params, places, events, signal);
  try {
    return await run.run();
  } catch (error) {
    // Terminated threads fail with other errors: the signal's reason is thrown instead.
    signal?.throwIfAborted();
    throw error;
  } finally {
    await run.close();
  }
}

class LocalRun {
  readonly #params: PlanParams;
  readonly #places: RunPlaces;
  readonly #events: WriteEvents;
  readonly #signal: AbortSignal | undefined;
  /** Stored bytes of all inputs, if they are known. */
  readonly #totalBytes: number | undefined;
  readonly #workers: Workers;
  readonly #files = new Map<string, number>();
  /** Whether all tasks go to worker threads, not only those that read databases. */
  #isThreaded = false;
  #areNotesReported = false;
  #records = 0;
  #bytes = 0;
  #built = 0;
  #systems = 0;
  #rows = 0;

  constructor(params: PlanParams, places: RunPlaces, events: WriteEvents, signal: AbortSignal | undefined) {
    this.#params = params;
    this.#places = places;
    this.#events = events;
    this.#signal = signal;
    this.#totalBytes = sizeOf(params.inputs);
    this.#workers = new Workers({ run: places.run.location, set: places.set.location });
    signal?.addEventListener('abort', this.#stop);
  }

  async run(): Promise<WrittenSet> {
    const { run, set, journal, areShared } = this.#places;
    const here = executeOver(run, set);
    const options = {
      run,
      execute: async (task: Task, events: Parameters<typeof here>[1], signal?: AbortSignal) => {
        if (this.#isForWorker(task)) return this.#workers.run(task, events);
        // The event loop handles signals between tasks.
        await nextTurn();
        return here(task, events, signal);
      },
      slots: () => (this.#isThreaded ? this.#params.options.workers : 1),
      ...(journal && { known: (task: Task) => journal.known(task) }),
    };
    try {
      await runAll(
        planTask(this.#params),
        options,
        {
          onTasks: tasks => {
            const weight = tasks.reduce((sum, task) => sum + task.weight, 0);
            if (areShared && weight >= SMALL_BYTES) this.#isThreaded = true;
          },
          onProgress: (kind, { records, bytes }) => this.#report(kind, records, bytes),
          onDone: (task, result) => this.#done(task, result),
        },
        this.#signal,
      );
    } catch (error) {
      await this.#reportNotesSoFar();
      throw error;
    }
    return this.#written();
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#stop);
    const closed = this.#workers.close();
    // A thread may be in a long step of SQLite: an interrupted build does not wait for it.
    await (this.#signal?.aborted
      ? Promise.race([closed, delay(STEP_MS, undefined, { ref: false })])
      : closed);
  }

  readonly #stop = () => void this.#workers.close();

  #isForWorker(task: Task): boolean {
    if (!this.#places.areShared || !hasWorkers()) return false;
    // A plan samples its inputs.
    if (task.kind === 'plan') return needsThreads(this.#params);
    const { inputs = [] } = task.kind === 'map' ? (task.params as unknown as MapParams) : {};
    // Pipes, standard input and databases on a server: worker threads have no standard input.
    if (inputs.some(({ path }) => path === undefined)) return false;
    return this.#isThreaded || needsThreads({ inputs });
  }

  #report(kind: Task['kind'], records: number, bytes: number): void {
    if (kind === 'map') {
      this.#records += records;
      this.#bytes += bytes;
      this.#events.onProgress?.(this.#records, this.#bytes, this.#totalBytes);
    } else if (kind === 'cells') {
      this.#built += records;
      this.#events.onBuilt?.(this.#built, this.#systems);
    } else if (kind === 'tables') {
      this.#rows += records;
      this.#events.onIndexed?.(this.#rows);
    }
  }

  async #done(task: Task, result: TaskResult): Promise<void> {
    const { run, journal } = this.#places;
    for (const [path, bytes] of result.set) this.#files.set(path, bytes);
    await journal?.done(task, result);
    if (task.kind !== 'group') return;
    const group = await readJson<GroupResult>(run, GROUP);
    this.#systems = group.systems;
    this.#areNotesReported = true;
    const plan = await readJson<BuildPlan>(run, PLAN);
    const maps: MapResult[] = [];
    for (const split of plan.splits.keys()) maps.push(await readJson<MapResult>(run, mapFile(split)));
    for await (const note of readNotes(run, maps, firstLinesOf(plan, maps))) this.#reportNote(note);
    for await (const duplicate of readDuplicates(run, group)) this.#events.onDuplicate?.(duplicate);
  }

  /** Reports the records that were rejected before the build failed. */
  async #reportNotesSoFar(): Promise<void> {
    const { run } = this.#places;
    if (this.#areNotesReported || this.#signal?.aborted || !(await run.get(PLAN))) return;
    const plan = await readJson<BuildPlan>(run, PLAN);
    for await (const note of notesSoFar(run, plan)) this.#reportNote(note);
  }

  #reportNote(note: Note): void {
    if (note.kind === 'reject') this.#events.onReject?.(note.reject);
    else this.#events.onSkip?.(note.location, note.why);
  }

  async #written(): Promise<WrittenSet> {
    const { run } = this.#places;
    const text = (await readRunFile(run, INDEX)).toString();
    const { generation, counts } = parseRunJson<SetIndex>(run, INDEX, text);
    const group = await readJson<GroupResult>(run, GROUP);
    const { rejected, skipped, identical, duplicates, unusedMaps, nameField } = group;
    const merged = await readJson<MergeResult>(run, MERGE);
    const summary = {
      generation,
      ...counts,
      rejected,
      skipped,
      identical,
      duplicates,
      unusedMaps,
      nameField,
      ...merged,
    };
    return { text, files: this.#files, summary };
  }
}

/** Stored bytes of inputs; undefined if one has no known size. */
function sizeOf(inputs: PlanParams['inputs']): number | undefined {
  let sum = 0;
  for (const { size } of inputs) {
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}
