/**
 * Tasks: the units of work of a build. A task is plain JSON. `run` (in `run-task`) reads its inputs and writes its
 * outputs; tasks share nothing else.
 *
 * Rules for every kind of task, so that a runner may start any task again, twice at the same time, or after a kill:
 * - Outputs depend only on the inputs and the parameters. Two runs of a task write the same files.
 * - A file appears complete, under its final name, or not at all (`Store.put`).
 * - No task changes or deletes a file of another.
 */

import type { Fold } from '#format/fold/fold.ts';
import type { SetOptions } from '#format/index-json.ts';
import type { JsonValue } from '#format/json.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import type { FieldMap } from '#pipeline/source/mapping.ts';
import type { PartitionJson } from '#pipeline/spill/partition.ts';
import { putJson, readJson } from '#pipeline/store/run-file.ts';
import type { WorkingSet } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { DuplicatePolicy } from './duplicates.ts';

/** In the order of the stages. */
const TASK_KINDS = ['plan', 'map', 'group', 'divide', 'cells', 'ranges', 'tables', 'merge'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

export interface Task {
  readonly kind: TaskKind;
  /** Unique in a build. */
  readonly id: string;
  /** Files of the run that it certainly reads; it may read more, which are listed in one of these. */
  readonly inputs: readonly string[];
  /** Files of the run that it always writes; it may write more, which are listed in one of these. */
  readonly outputs: readonly string[];
  /** Approximate bytes that it reads: heavy tasks are started first. */
  readonly weight: number;
  readonly params: JsonValue;
}

/**
 * A task whose parameters say where its records or rows are. They have a file of their own: a build has thousands of such
 * tasks in memory.
 */
export type PlannedTask = Omit<Task, 'inputs' | 'params'> & { readonly params: object };

/** Result of a planning task: tasks that may run in any order, and the task that follows them. */
export interface TaskList {
  readonly tasks: readonly Task[];
  readonly next: Task | null;
}

/** File with the list of tasks that a planning task writes. */
export function listOf(task: Pick<Task, 'id'>): string {
  return `lists/${task.id}.json`;
}

/** The part that one task reads: one input, several small ones in their order, or a range of lines of NDJSON. */
export interface Split {
  /** Index of the first input. */
  readonly input: number;
  /** Number of inputs. */
  readonly inputs: number;
  /** Bytes from `start` to `end` (exclusive); both are beginnings of lines. */
  readonly range?: { readonly start: number; readonly end: number };
}

/** An input of a build. */
export interface PlannedInput {
  readonly file: string;
  /** Undefined for standard input, and for pipes and devices, whose path is `file`. */
  readonly path?: string;
  /** Stored bytes, if the input is a regular file. */
  readonly size?: number;
  /** Approximate bytes of its records. */
  readonly expected: number;
  /** State of a regular file when the build was planned (`stateOf`); a database is checked by its reader. */
  readonly state?: string;
  /** An SQLite file: its steps block a thread. */
  readonly isDatabase?: true;
}

/** The plan of a build, for all its tasks: the file `plan.json`. The tasks that read inputs have these as parameters. */
export interface BuildPlan {
  readonly splits: readonly Split[];
  readonly set: SetOptions;
  /** Whether the user has named the facets: then those that no system has a value of stay declared. */
  readonly facetsNamed: boolean;
  /** Paths to fields of records, if they are not under their names. */
  readonly map: FieldMap | null;
  readonly onDuplicate: DuplicatePolicy;
  readonly strict: boolean;
  /** Bytes of raw records in the memory of a task: limits the memory, never changes the set. */
  readonly taskBytes: number;
  /** Random key of hashes of records, in base64. */
  readonly hashKey: string;
  /** Encodes records: in WebAssembly, or in JavaScript. It never changes the set. */
  readonly engine: Engine;
  /** Approximate number of buckets. */
  readonly buckets: number;
  /** Null if the only split is sampled while it is read. */
  readonly partition: PartitionJson | null;
}

export const PLAN = 'plan.json';

/** Stores of a task. */
export interface Workspace {
  /** Files of the run, which are removed after the build. */
  readonly run: Store;
  /** Opens a writer for the files of the set. */
  openSet(plan: BuildPlan): WorkingSet;
}

/** Progress of a task. */
export interface TaskEvents {
  /** Work done since the last call: records and bytes read (`map`), systems (`cells`), rows (`tables`). */
  onProgress?(work: { readonly records: number; readonly bytes: number }): void;
}

/** Context of a running task. */
export interface TaskContext {
  readonly run: Store;
  readonly events: TaskEvents;
  readonly signal: AbortSignal | undefined;
  /** The plan of the build. */
  readonly plan: BuildPlan;
  readonly set: WorkingSet;
  /** Maps strings that differ only in case or Unicode normalisation to the same string. */
  readonly fold: Fold;
}

/** Writes the parameters of planned tasks; returns the tasks. */
export async function putTasks(run: Store, planned: Iterable<PlannedTask>): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const { params, ...task } of planned) {
    const file = `lists/${task.id}-params.json`;
    await putJson(run, file, params);
    tasks.push({ ...task, inputs: [file], params: {} });
  }
  return tasks;
}

/** Reads the parameters of a planned task. */
export function readParams<T>(run: Store, task: Task): Promise<T> {
  return readJson<T>(run, task.inputs[0]!);
}
