/**
 * The task `ranges`: cuts the key runs of tables into ranges, one per task `tables`. It runs twice, because some
 * tables are built from the results of others:
 *
 * 1. names, folded names, ids, systems of small and of large listed values and in order, values of facets,
 *    systems of rare ones, their grams, results; systems of common values, words and values of searched fields (sources
 *    of `common-rows`, `word-rows` and `value-rows`, and of grams of values)
 * 2. the rows of common values, words and values, grams
 *
 * Writes `ranges-N.json` (`RangesResult`) and the list of the tasks `tables`.
 */

import { RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import { VALUE_ROWS } from '#format/btree/search-schemas.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { keyBytes } from '#pipeline/spill/key-bytes.ts';
import {
  extentsOf,
  type IsWanted,
  type KeyRun,
  openKeyRuns,
  type RunRange,
  rangesOf,
  sortedBatches,
  sumEqualKeys,
} from '#pipeline/spill/key-runs.ts';
import { type Sorted, selectEntries } from '#pipeline/spill/sort-entries.ts';
import { putJson, readJson } from '#pipeline/store/run-file.ts';
import type { Group } from '#pipeline/tables/groups.ts';
import { isLargeValue, listingTotals } from '#pipeline/tables/listing-totals.ts';
import type { RunName } from '#pipeline/tables/row-runs.ts';
import { cellsRuns } from './cells-runs.ts';
import { rangeCuts } from './range-cuts.ts';
import { mergeTask, RANGE_ROUNDS, rangesFile, rangesTask } from './stages.ts';
import {
  NO_GROUPS,
  type RangedTable,
  type RangesResult,
  type TablesContext,
  type TablesParams,
  tableFile,
  valueRun,
} from './table-ranges.ts';
import { listOf, type PlannedTask, putTasks, type Task, type TaskContext, type TaskList } from './task.ts';

/** Bytes of a range at most: the engine has room to sort this much of the smallest entries (`entry-sorter`). */
const MAX_RANGE = 16 * 1024 * 1024;

export const ROUNDS: readonly (readonly RangedTable[])[] = [
  [
    ...(['names', 'folded', 'ids', 'members', 'shards', 'ordered', 'facets', 'rare', 'common'] as const),
    ...(['results', 'words', 'values', 'facet-grams'] as const),
  ],
  ['common-rows', 'word-rows', 'value-rows', 'grams'],
];

/** The run from which a table is built. */
function runOf(table: RangedTable): RunName {
  return table === 'members' || table === 'shards' ? 'listed' : table;
}

export async function runRanges(task: Task, context: TaskContext): Promise<void> {
  const { round } = task.params as { round: number };
  const { run, plan } = context;
  const before: RangesResult =
    round === 1
      ? { tables: {}, runs: await cellsRuns(run, plan.set), groups: NO_GROUPS, commonValues: [] }
      : await readJson(run, rangesFile(round - 1));
  const { tasks } = await cutRound(round, before, context);
  const next = round < RANGE_ROUNDS ? rangesTask(round + 1) : mergeTask();
  await putJson(run, listOf(task), { tasks, next } satisfies TaskList);
}

/**
 * Cuts the tables of a round, and writes `ranges-N.json`.
 * @param before result of the previous round; initially the runs of the systems' rows
 */
export async function cutRound(
  round: number,
  before: RangesResult,
  context: TablesContext,
): Promise<{ result: RangesResult; tasks: Task[] }> {
  const { run, plan } = context;
  const bytes = Math.min(MAX_RANGE, plan.taskBytes);
  const batches = (name: RunName) =>
    sortedBatches(run, before.runs[name] ?? [], bytes, entrySort(plan.engine));
  const groups =
    round === 1
      ? {
          large: await largeValues(batches('listings')),
          common: await commonFacetValues(batches('facets')),
        }
      : before.groups;
  const commonValues = round === 1 ? await findCommonValues(batches('value-counts')) : before.commonValues;
  const tasks: Task[] = [];
  const tables: Record<string, string[]> = {};
  const runs: Partial<Record<RunName, readonly string[]>> = { ...before.runs };
  for (const table of ROUNDS[round - 1]!) {
    const paths = runs[runOf(table)];
    if (!paths || paths.length === 0) continue;
    const opened = await openKeyRuns(run, paths);
    const cuts = rangeCuts(table, groups, commonValues, context);
    const ranges = await rangesOf(opened, bytes, cuts.findCut, cuts.isWanted);
    const own = await putTasks(run, tablesTasks(table, ranges, opened, paths, cuts.isWanted));
    for (const task of own) tasks.push(task);
    tables[table] = own.map(({ outputs }) => outputs[0]!);
    addRuns(runs, table, own);
  }
  const result: RangesResult = { tables: { ...before.tables, ...tables }, runs, groups, commonValues };
  await putJson(run, rangesFile(round), result);
  return { result, tasks };
}

async function largeValues(batches: AsyncIterable<Sorted>): Promise<Group[]> {
  const large: Group[] = [];
  for await (const { arena, order } of batches)
    for (const total of listingTotals(arena, order))
      if (isLargeValue(total)) large.push(keyBytes([total.field, total.key]).toString('base64'));
  return large;
}

/** Values of facets that too many systems have, or a heavy one, to be rare. */
async function commonFacetValues(batches: AsyncIterable<Sorted>): Promise<Group[]> {
  const common: Buffer[] = [];
  for await (const batch of batches) {
    const { arena, order } = selectEntries(batch, sumEqualKeys);
    for (const start of order) {
      const at = keyEndAt(arena, start);
      if (arena.readDoubleLE(at) <= RARE_SYSTEMS && arena.readDoubleLE(at + 8) === 0) continue;
      const [field, , key] = keyAt(arena, start) as [string, string, string];
      common.push(keyBytes([field, key]));
    }
  }
  // The run is in the order of folds.
  return common.sort((a, b) => a.compare(b)).map(key => key.toString('base64'));
}

async function findCommonValues(batches: AsyncIterable<Sorted>): Promise<[value: string, systems: number][]> {
  const common: [string, number][] = [];
  for await (const batch of batches) {
    const { arena, order } = selectEntries(batch, sumEqualKeys);
    for (const start of order) {
      const systems = arena.readDoubleLE(keyEndAt(arena, start));
      if (systems > VALUE_ROWS) common.push([keyAt(arena, start)[0]!, systems]);
    }
  }
  return common;
}

/** Adds the runs that the tasks of a table will write for tables of later rounds. */
function addRuns(
  runs: Partial<Record<RunName, readonly string[]>>,
  table: RangedTable,
  tasks: readonly Task[],
): void {
  const add = (name: RunName) => {
    runs[name] = [...(runs[name] ?? []), ...tasks.map(task => valueRun(name, task.id))];
  };
  if (table === 'words') add('word-rows');
  if (table === 'common') add('common-rows');
  if (table === 'values') {
    add('value-rows');
    add('grams');
  }
}

/** The tasks of a table: one for each range that has entries. */
function* tablesTasks(
  table: RangedTable,
  ranges: readonly RunRange[],
  opened: readonly KeyRun[],
  paths: readonly string[],
  isWanted: IsWanted,
): Generator<PlannedTask, void, undefined> {
  let number = 0;
  for (const range of ranges) {
    const extents = extentsOf(opened, range, isWanted);
    if (extents.length === 0) continue;
    // Only runs with entries in the range, so that a task does not list all runs of the build.
    const used = [...new Set(extents.map(([run]) => run))];
    const numbers = new Map(used.map((run, own) => [run, own]));
    const params: TablesParams = {
      table,
      ...(range.low && { low: range.low.toString('base64') }),
      ...(range.high && { high: range.high.toString('base64') }),
      runs: used.map(run => paths[run]!),
      extents: extents.map(([run, offset, length]) => [numbers.get(run)!, offset, length]),
    };
    const weight = extents.reduce((sum, [, , length]) => sum + length, 0);
    const id = `tables-${table}-${number}`;
    yield { kind: 'tables', id, outputs: [tableFile(table, number++)], weight, params };
  }
}
