/**
 * Tasks: the units of work of a build. A task is plain JSON. `run` (in `run-task`) reads its inputs and writes its
 * outputs; nothing else passes from one task to another.
 *
 * What every kind of task keeps, so that a runner may start any task again, twice at once, or after a kill:
 * - Outputs depend on the inputs and the parameters alone. Two runs of a task write the same files.
 * - A file appears whole, under its final name, or not at all (`Store.put`).
 * - No task changes or deletes a file of another.
 */

import type { SetOptions } from '#format/index-json.ts';
import type { JsonValue } from '#format/json.ts';
import { parseJson } from '#format/record/parse-json.ts';
import type { FormatConstants } from '#pipeline/octree/set-context.ts';
import type { FieldMap } from '#pipeline/source/mapping.ts';
import { readBytes } from '#pipeline/spill/headed-file.ts';
import type { PartitionJson } from '#pipeline/spill/partition.ts';
import { runJson } from '#pipeline/spill/run-json.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { DuplicatePolicy } from './duplicates.ts';

/** In the order of the stages. */
export const TASK_KINDS = ['plan', 'map', 'group', 'divide', 'cells', 'ranges', 'tables', 'merge'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

export interface Task {
  readonly kind: TaskKind;
  /** Unique in a build. */
  readonly id: string;
  /** Files of the run that it reads. */
  readonly inputs: readonly string[];
  /** Files of the run that it always writes; it may write more, which one of these names. */
  readonly outputs: readonly string[];
  /** About the bytes that it reads: heavy tasks are started first. */
  readonly weight: number;
  readonly params: JsonValue;
}

/** What a planning task writes: tasks that may run in any order, and the one that follows when all are done. */
export interface TaskList {
  readonly tasks: readonly Task[];
  readonly next: Task | null;
}

/** Where the list of tasks stands that a task has planned; a task that plans has it among its outputs. */
export function listOf(task: Pick<Task, 'id'>): string {
  return `lists/${task.id}.json`;
}

/** A part of an input that one task reads: all of it, or a range of lines of NDJSON. */
export interface Split {
  readonly input: number;
  /** Bytes from `start` up to, not including, `end`; both are beginnings of lines. */
  readonly range?: { readonly start: number; readonly end: number };
}

/** An input as messages name it. */
export interface PlannedInput {
  readonly file: string;
  /** Undefined for standard input, and for pipes and devices, whose path is `file`. */
  readonly path?: string;
  /** Bytes as stored, where they are read as they are. */
  readonly size?: number;
  /** About the bytes of its records. */
  readonly expected: number;
  /** An SQLite file: its steps block the thread that takes them. */
  readonly isDatabase?: true;
}

/** What all tasks of a build go by: the file `plan.json`. */
export interface BuildPlan {
  readonly inputs: readonly PlannedInput[];
  readonly splits: readonly Split[];
  readonly set: SetOptions;
  readonly shape: FormatConstants;
  /** Where records have their fields, if not under their names. */
  readonly map: FieldMap | null;
  readonly onDuplicate: DuplicatePolicy;
  readonly strict: boolean;
  /** gzip level, 1 to 9; it changes sizes, never names. */
  readonly gzipLevel: number;
  /** Bytes of raw records that one task holds: bounds the memory, never changes the set. */
  readonly taskBytes: number;
  /** Buckets to divide the records among. */
  readonly buckets: number;
  /** Null where the one split is sampled as it is read. */
  readonly partition: PartitionJson | null;
}

export const PLAN = 'plan.json';

/** Files of a set that one task writes. */
export interface SetFiles extends FileSink {
  /** Waits until all files are there. @throws what a write has thrown */
  settle(): Promise<void>;
}

/** Where tasks read and write. */
export interface Workspace {
  /** Files of the run, which are removed when the set is there. */
  readonly run: Store;
  /** Takes files of the set for one task. */
  openSet(plan: BuildPlan): SetFiles;
}

/** What a task tells while it runs. */
export interface TaskEvents {
  /** Work done since the last call: records and bytes read (`map`), systems (`cells`), rows (`tables`). */
  onProgress?(work: { readonly records: number; readonly bytes: number }): void;
}

/** What a task works with. */
export interface TaskContext {
  readonly run: Store;
  readonly events: TaskEvents;
  readonly signal: AbortSignal | undefined;
  /** The plan of the build. */
  readonly plan: BuildPlan;
  readonly set: SetFiles;
  /** Texts that it maps to one are the same where case is ignored. */
  readonly fold: (text: string) => string;
}

export async function readJson<T>(run: Store, path: string): Promise<T> {
  const bytes = await run.get(path);
  if (!bytes) await readBytes(run, path, 0, 1);
  return parseJson(Buffer.from(bytes!).toString()) as T;
}

export async function putJson(run: Store, path: string, value: unknown): Promise<void> {
  await run.put(path, runJson(value));
}
