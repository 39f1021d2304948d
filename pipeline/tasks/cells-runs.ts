/** Finds the results of the tasks `cells`, from the task lists of `group` and of its tasks `divide`. */
import type { FacetField } from '#format/facets/facet-field.ts';
import type { SetOptions } from '#format/index-json.ts';
import { readJson } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import { type RowRun, rowRuns } from '#pipeline/tables/table-rows.ts';
import { type CellsResult, keyRun } from './cells.ts';
import { type FacetCounts, type FacetTotals, sumCounts } from './facet-counts.ts';
import { listOf, type Task, type TaskList } from './task.ts';

/** All tasks `cells` of a build. */
async function* cellsTasks(
  run: Store,
  list = listOf({ id: 'group' }),
): AsyncGenerator<Task, void, undefined> {
  for (const task of (await readJson<TaskList>(run, list)).tasks) {
    if (task.kind === 'cells') yield task;
    else if (task.kind === 'divide') yield* cellsTasks(run, listOf(task));
  }
}

/** The paths of all runs of rows. */
export async function cellsRuns(run: Store, set: SetOptions): Promise<Record<RowRun, string[]>> {
  const runs = Object.fromEntries(rowRuns(set).map(name => [name, [] as string[]])) as Record<
    RowRun,
    string[]
  >;
  for await (const { id, outputs } of cellsTasks(run)) {
    const { keyRuns } = await readJson<CellsResult>(run, outputs[0]!);
    for (const name of rowRuns(set)) for (let i = 0; i < keyRuns; i++) runs[name].push(keyRun(name, id, i));
  }
  return runs;
}

/**
 * Totals of all tasks: the fields in options and of listings that some system has, the number of strings that are not
 * searched in full, and the numbers of each facet.
 */
export async function cellsTotals(
  run: Store,
  facets: readonly FacetField[],
): Promise<{
  fields: Set<string>;
  listedFields: Set<string>;
  truncatedTexts: number;
  facets: FacetTotals[];
}> {
  const fields = new Set<string>();
  const listedFields = new Set<string>();
  const counts: (readonly FacetCounts[])[] = [];
  let truncatedTexts = 0;
  for await (const { outputs } of cellsTasks(run)) {
    const result = await readJson<CellsResult>(run, outputs[0]!);
    for (const field of result.fields) fields.add(field);
    for (const field of result.listedFields) listedFields.add(field);
    truncatedTexts += result.truncatedTexts;
    counts.push(result.facets);
  }
  return { fields, listedFields, truncatedTexts, facets: sumCounts(facets, counts) };
}
