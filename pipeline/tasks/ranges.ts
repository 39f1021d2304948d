/**
 * The task `ranges`: cuts the key runs of tables into ranges, one per task `tables`. It runs three times, because
 * some tables are built from the results of others:
 *
 * 1. names, folded names, ids, systems of small and of large listed values and in order; values (source of rows of `value-rows`, words
 *    and vocabulary)
 * 2. values of many systems, words; vocabulary (source of rows of parts)
 * 3. parts
 *
 * Writes `ranges-N.json` (`RangesResult`) and the list of the tasks `tables`.
 */

import type { SearchMode } from '#format/index-json.ts';
import { END, keyBytes } from '#pipeline/spill/key-bytes.ts';
import {
  cutKeys,
  extentsOf,
  type KeyRun,
  openKeyRuns,
  type RunRange,
  rangesOf,
  sortedBatches,
} from '#pipeline/spill/key-runs.ts';
import type { Store } from '#pipeline/store/store.ts';
import { isLargeValue, listingTotals } from '#pipeline/tables/listing-totals.ts';
import { CUT, type RunName } from '#pipeline/tables/page-cuts.ts';
import { FEW } from '#pipeline/tables/value-splitter.ts';
import { cellsRuns } from './cells-runs.ts';
import { type Group, rangesOfEach, rangesWithout, wantedBlocks } from './group-ranges.ts';
import { mergeTask, RANGE_ROUNDS, rangesFile, rangesTask } from './stages.ts';
import type { TablesContext } from './table-ranges.ts';
import {
  type ChosenGroups,
  GROUPED,
  NO_GROUPS,
  type RangedTable,
  type RangesResult,
  type TablesParams,
  tableFile,
  valueRun,
} from './table-ranges.ts';
import { listOf, putJson, readJson, type Task, type TaskContext, type TaskList } from './task.ts';

/** Size of a range, as a multiple of the bytes of a task: rows are smaller than raw records. */
const RANGE_TASKS = 2;

export const ROUNDS: readonly (readonly RangedTable[])[] = [
  ['names', 'folded', 'ids', 'members', 'shards', 'ordered', 'values'],
  ['value-rows', 'words', 'vocabulary'],
  ['parts'],
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
      ? { tables: {}, runs: await cellsRuns(run, plan.set), groups: NO_GROUPS }
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
  { run, plan }: TablesContext,
): Promise<{ result: RangesResult; tasks: Task[] }> {
  const bytes = RANGE_TASKS * plan.taskBytes;
  const groups =
    round === 1 ? { large: await largeValues(run, before.runs.listings ?? [], bytes) } : before.groups;
  const tasks: Task[] = [];
  const tables: Record<string, string[]> = {};
  const runs: Partial<Record<RunName, readonly string[]>> = { ...before.runs };
  for (const table of ROUNDS[round - 1]!) {
    const paths = runs[runOf(table)];
    if (!paths || paths.length === 0) continue;
    const opened = await openKeyRuns(run, paths);
    const own = tablesTasks(table, opened, paths, bytes, groups);
    tasks.push(...own);
    tables[table] = own.map(({ outputs }) => outputs[0]!);
    addRuns(runs, table, own, plan.set.search.mode);
  }
  const result: RangesResult = { tables: { ...before.tables, ...tables }, runs, groups };
  await putJson(run, rangesFile(round), result);
  return { result, tasks };
}

async function largeValues(run: Store, paths: readonly string[], bytes: number): Promise<Group[]> {
  const large: Group[] = [];
  for await (const { arena, order } of sortedBatches(run, paths, bytes))
    for (const total of listingTotals(arena, order))
      if (isLargeValue(total)) large.push(keyBytes([total.field, total.key]).toString('base64'));
  return large;
}

/** Adds the runs that the tasks of a table will write for tables of later rounds. */
function addRuns(
  runs: Partial<Record<RunName, readonly string[]>>,
  table: RangedTable,
  tasks: readonly Task[],
  mode: SearchMode,
): void {
  const add = (name: RunName) => {
    runs[name] = [...(runs[name] ?? []), ...tasks.map(task => valueRun(name, task.id))];
  };
  if (table === 'values') {
    add('value-rows');
    add('words');
    if (mode === 'infix') add('vocabulary');
  }
  if (table === 'vocabulary') add('parts');
}

function tablesTasks(
  table: RangedTable,
  runs: readonly KeyRun[],
  paths: readonly string[],
  bytes: number,
  groups: ChosenGroups,
): Task[] {
  const own = GROUPED[table];
  const ranges = own
    ? (own.isChosen ? rangesOfEach : rangesWithout)(groups[own.groups], runs, bytes)
    : cut(table, runs, bytes);
  const wanted = own && wantedBlocks(groups[own.groups], own.isChosen);
  return ranges.map((range, i) => {
    const extents = extentsOf(runs, range, wanted);
    // Only runs with entries in the range, so that a task does not list all runs of the build.
    const used = [...new Set(extents.map(([at]) => at))];
    const number = new Map(used.map((at, n) => [at, n]));
    const params: TablesParams = {
      table,
      ...(range.low && { low: range.low.toString('base64') }),
      ...(range.high && { high: range.high.toString('base64') }),
      extents: extents.map(([at, offset, length]) => [number.get(at)!, offset, length]),
    };
    const id = `tables-${table}-${i}`;
    const weight = extents.reduce((sum, [, , length]) => sum + length, 0);
    const outputs = [tableFile(table, i)];
    return {
      kind: 'tables',
      id,
      inputs: used.map(at => paths[at]!),
      outputs,
      weight,
      params: params as never,
    };
  });
}

/** Cuts a table into ranges that begin and end at page borders, or anywhere if its rows need no pages. */
function cut(table: RangedTable, runs: readonly KeyRun[], bytes: number): RunRange[] {
  switch (table) {
    case 'values':
      return valueRanges(runs, bytes);
    case 'vocabulary':
      return rangesOf(runs, bytes);
    default:
      return rangesOf(runs, bytes, cutKeys(runs, CUT));
  }
}

/**
 * Cuts between values, or inside a value that fills a range. Such a value certainly has more than `FEW` systems,
 * because each block begins with a different one.
 */
function valueRanges(runs: readonly KeyRun[], bytes: number): RunRange[] {
  const blocks = runs.flatMap(({ blocks, end }) =>
    blocks.map(({ key, offset }, i) => ({ key, bytes: (blocks[i + 1]?.offset ?? end) - offset })),
  );
  blocks.sort((a, b) => a.key.compare(b.key));
  const ranges: RunRange[] = [];
  let low: Buffer | undefined;
  let gathered = 0;
  let value: Buffer | undefined;
  let sameValue = 0;
  for (const block of blocks) {
    const own = block.key.subarray(0, block.key.indexOf(END) + 1);
    sameValue = value?.equals(own) ? sameValue + 1 : 1;
    value = own;
    if (gathered >= bytes) {
      const isNew = low === undefined || own.compare(low) > 0;
      if (isNew || (sameValue > FEW + 1 && block.key.compare(low!) > 0)) {
        const high = isNew ? own : block.key;
        ranges.push({ low, high });
        low = high;
        gathered = 0;
      }
    }
    gathered += block.bytes;
  }
  ranges.push({ low, high: undefined });
  return ranges;
}
