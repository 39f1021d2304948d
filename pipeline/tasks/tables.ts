/**
 * The task `tables`: builds one range of a table. It loads the entries from all runs, sorts them, and writes leaf
 * pages, or, for an intermediate table, entries of further runs.
 *
 * Writes `tables/TABLE-N.json` (`TableRange`), pages of the set, and runs.
 */

import { shardSchema } from '#format/btree/listing-schemas.ts';
import type { TableSchema } from '#format/btree/page.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { type Entries, keyAt } from '#pipeline/spill/entries.ts';
import { loadSorted, packKeyRun } from '#pipeline/spill/key-runs.ts';
import type { Sorted } from '#pipeline/spill/sort-entries.ts';
import { firstCommon, firstValues, firstWords } from '#pipeline/tables/first-rows.ts';
import { encodeEntries, encodeRows } from '#pipeline/tables/leaf-encoder.ts';
import { type RunName, runOptions } from '#pipeline/tables/page-cuts.ts';
import { SET_TABLES, type SetTable, SHARD } from '#pipeline/tables/set-tables.ts';
import { LeafPages } from '#pipeline/tables/table-builder.ts';
import { weighAll } from '#pipeline/tables/weigh-all.ts';
import { type Group, groupAt } from './group-ranges.ts';
import { rangesFile } from './stages.ts';
import type { RangesResult, TablesContext } from './table-ranges.ts';
import {
  GROUPED,
  type RangedTable,
  type TablePageJson,
  type TableRange,
  type TablesParams,
  valueRun,
} from './table-ranges.ts';
import { putJson, readJson, type Task } from './task.ts';

/** Rows between two reports of progress. */
const REPORT_ROWS = 8_192;

export async function runTables(task: Task, context: TablesContext): Promise<void> {
  const params = task.params as unknown as TablesParams;
  const { table, extents } = params;
  const { run } = context;
  const low = params.low === undefined ? undefined : Buffer.from(params.low, 'base64');
  const high = params.high === undefined ? undefined : Buffer.from(params.high, 'base64');
  const sorted = await loadSorted(run, task.inputs, extents, { low, high }, entrySort(context.plan.engine));
  context.signal?.throwIfAborted();
  let pages: readonly TablePageJson[] = [];
  const put = async (name: RunName, entries: Entries) =>
    run.put(valueRun(name, task.id), packKeyRun(entries, runOptions(name, context.plan.engine)));
  const chosen = await chosenGroups(table, context);
  if (table === 'words') await put('word-rows', firstWords(sorted));
  else if (table === 'common') await put('common-rows', firstCommon(sorted, chosen));
  else if (table === 'values') {
    const { commonValues } = await readJson<RangesResult>(run, rangesFile(1));
    const { rows, grams } = firstValues(sorted, new Map(commonValues), context.plan.set.search.mode);
    await put('value-rows', rows);
    await put('grams', grams);
  } else pages = writePages(table, sorted, chosen, context);
  await context.set.settle();
  await putJson(run, task.outputs[0]!, { pages } satisfies TableRange);
}

/** The chosen groups among which a table has its rows, or does not. */
async function chosenGroups(table: RangedTable, { run }: TablesContext): Promise<ReadonlySet<Group>> {
  const own = GROUPED[table];
  if (!own) return new Set();
  return new Set((await readJson<RangesResult>(run, rangesFile(1))).groups[own.groups]);
}

function writePages(
  table: Exclude<RangedTable, 'words' | 'values' | 'common'>,
  sorted: Sorted,
  chosen: ReadonlySet<Group>,
  { set, events, fold, plan }: TablesContext,
): TablePageJson[] {
  const { arena, order } = sorted;
  const pages: TablePageJson[] = [];
  const leaves = <R>(
    schema: TableSchema<R>,
    { rowOf, layout }: Pick<SetTable<R>, 'rowOf' | 'layout'>,
    group?: Group,
  ) => {
    const rowAt = (start: number) => rowOf(arena, start);
    const encode =
      plan.engine === 'js' ? encodeRows(schema, rowAt) : encodeEntries(schema, rowAt, arena, layout);
    return new LeafPages(schema, encode, set, page =>
      pages.push(group === undefined ? page : { ...page, group }),
    );
  };
  let reported = 0;
  const report = (i: number) => {
    if (i - reported < REPORT_ROWS && i < order.length) return;
    events.onProgress?.({ records: i - reported, bytes: 0 });
    reported = i;
  };
  if (table === 'shards') {
    const weights = weighAll(plan.engine, SHARD, arena, order);
    let group: Group | undefined;
    let shard: LeafPages<number> | undefined;
    order.forEach((start, i) => {
      const own = groupAt(arena, start);
      if (own !== group) {
        shard?.finish();
        group = own;
        const [field] = keyAt(arena, start);
        shard = chosen.has(own) ? leaves(shardSchema(field!), SHARD, own) : undefined;
      }
      shard?.add(start, weights.at(i));
      report(i + 1);
    });
    shard?.finish();
    return pages;
  }
  const own: SetTable<unknown> = SET_TABLES[table];
  const level = leaves(own.schema(fold), own);
  const rows = own.select?.(sorted) ?? order;
  const weights = weighAll(plan.engine, own, arena, rows);
  const isOwn = (start: number) => chosen.size === 0 || !chosen.has(groupAt(arena, start));
  rows.forEach((start, i) => {
    if (isOwn(start)) level.add(start, weights.at(i));
    report(i + 1);
  });
  level.finish();
  return pages;
}
