/**
 * The task `tables`: builds one range of a table. It loads the entries from all runs, sorts them, and writes leaf
 * pages, or, for an intermediate table, entries of further runs.
 *
 * Writes `tables/TABLE-N.json` (`TableRange`), pages of the set, and runs.
 */

import { shardSchema } from '#format/btree/listing-schemas.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { Entries, keyAt } from '#pipeline/spill/entries.ts';
import { loadSorted, packKeyRun, packSorted } from '#pipeline/spill/key-runs.ts';
import { entriesBetween, type Sorted, selectEntries } from '#pipeline/spill/sort-entries.ts';
import { putJson, readJson } from '#pipeline/store/run-file.ts';
import type { Content } from '#pipeline/store/store.ts';
import { EntryPages } from '#pipeline/tables/entry-pages.ts';
import { firstOfCommon, firstOfWords, firstValues } from '#pipeline/tables/first-rows.ts';
import { type Group, groupAt, groupEndOf, withoutGroups } from '#pipeline/tables/groups.ts';
import { type RunName, runOptions } from '#pipeline/tables/row-runs.ts';
import { SET_TABLES, type SetTable, SHARD } from '#pipeline/tables/set-tables.ts';
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
import { readParams, type Task } from './task.ts';

/** Rows between two reports of progress. */
const REPORT_ROWS = 8_192;

export async function runTables(task: Task, context: TablesContext): Promise<void> {
  const { run } = context;
  const params = await readParams<TablesParams>(run, task);
  const { table } = params;
  const low = params.low === undefined ? undefined : Buffer.from(params.low, 'base64');
  const high = params.high === undefined ? undefined : Buffer.from(params.high, 'base64');
  const { engine } = context.plan;
  // Read from the store, sorted and selected in one memory.
  const entries = new Entries();
  const sorted = await loadSorted(run, params, { low, high }, entrySort(engine), entries);
  context.signal?.throwIfAborted();
  let pages: readonly TablePageJson[] = [];
  const put = (name: RunName, file: Content) => run.put(valueRun(name, task.id), file);
  const chosen = await chosenGroups(table, context);
  if (table === 'words' || table === 'common') {
    const select = table === 'words' ? firstOfWords : firstOfCommon(chosen);
    const name = table === 'words' ? 'word-rows' : 'common-rows';
    await put(name, packSorted(selectEntries(sorted, select)));
  } else if (table === 'values') {
    const { commonValues } = await readJson<RangesResult>(run, rangesFile(1));
    const { rows, grams } = firstValues(sorted, new Map(commonValues), context.plan.set.search.mode);
    await put('value-rows', packKeyRun(rows, runOptions('value-rows', engine)));
    await put('grams', packKeyRun(grams, runOptions('grams', engine)));
    rows.release();
    grams.release();
  } else pages = writePages(table, sorted, chosen, context);
  await context.set.settle();
  await putJson(run, task.outputs[0]!, { pages } satisfies TableRange);
  entries.release();
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
  const pages: TablePageJson[] = [];
  const entryPages = new EntryPages(plan.engine, set);
  let unreported = 0;
  const add = (page: TablePageJson) => {
    pages.push(page);
    unreported += page.rows;
    if (unreported < REPORT_ROWS) return;
    events.onProgress?.({ records: unreported, bytes: 0 });
    unreported = 0;
  };
  if (table === 'shards') {
    const { arena, order } = sorted;
    for (let first = 0, next = 0; first < order.length; first = next) {
      next = groupEndOf(arena, order, first, 2);
      const group = groupAt(arena, order[first]!);
      if (!chosen.has(group)) continue;
      const schema = shardSchema(keyAt(arena, order[first]!)[0]!);
      entryPages.write(entriesBetween(sorted, first, next), schema, SHARD, page => add({ ...page, group }));
    }
  } else {
    const own: SetTable<unknown> = SET_TABLES[table];
    let rows = own.select ? selectEntries(sorted, own.select) : sorted;
    if (chosen.size > 0) rows = selectEntries(rows, withoutGroups(chosen));
    entryPages.write(rows, own.schema(fold), own, add);
  }
  events.onProgress?.({ records: unreported, bytes: 0 });
  return pages;
}
