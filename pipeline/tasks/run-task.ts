/** Runs a task of any kind. */

import { freeKept } from '#pipeline/spill/reused-memory.ts';
import { readJson } from '#pipeline/store/run-file.ts';
import { writtenFold } from '#pipeline/tables/written-fold.ts';
import { runCells } from './cells.ts';
import { runDivide } from './divide.ts';
import { runGroup } from './group.ts';
import { runMap } from './map.ts';
import { runMerge } from './merge.ts';
import { runPlan } from './plan.ts';
import { runRanges } from './ranges.ts';
import { runTables } from './tables.ts';
import {
  type BuildPlan,
  PLAN,
  type Task,
  type TaskContext,
  type TaskEvents,
  type TaskKind,
  type Workspace,
} from './task.ts';

const RUN: Record<Exclude<TaskKind, 'plan'>, (task: Task, context: TaskContext) => Promise<void>> = {
  ...{ map: runMap, group: runGroup, divide: runDivide, cells: runCells },
  ...{ ranges: runRanges, tables: runTables, merge: runMerge },
};

/** Tasks that use the same memory one after another. */
const REUSING: readonly TaskKind[] = ['map', 'divide', 'cells', 'tables'];

/**
 * Runs a task: reads its inputs, and writes all its outputs before it returns.
 * @throws InputError for bad data, UsageError for bad options, errors of the stores, the signal's reason
 */
export async function runTask(
  task: Task,
  { run: store, openSet }: Workspace,
  events: TaskEvents = {},
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  if (task.kind === 'plan') return runPlan(task, store, signal);
  if (!REUSING.includes(task.kind)) freeKept();
  const plan = await readJson<BuildPlan>(store, PLAN);
  const set = openSet(plan);
  const context: TaskContext = {
    ...{ run: store, set, plan, events, signal },
    // A thread that only reads records needs none.
    get fold() {
      return writtenFold();
    },
  };
  try {
    await RUN[task.kind](task, context);
  } finally {
    // No write continues after the task, even if it failed.
    await set.settle().catch(() => {});
  }
}
