/** Builds all tables of some systems on this thread: runs the tasks `ranges` and `tables` one after another. */

import type { TableRoots } from '#format/index-json.ts';
import { type FacetedSystem, type RowRun, TableRows } from '#pipeline/tables/table-rows.ts';
import { keyRun, RUN_TASKS } from './cells.ts';
import { mergeTables } from './merge.ts';
import { cutRound, ROUNDS } from './ranges.ts';
import { NO_GROUPS, type RangesResult, type TablesContext } from './table-ranges.ts';
import { runTables } from './tables.ts';

/** Receives systems one by one; rows that do not fit into memory go to the store. */
export class AllTables {
  readonly #context: TablesContext;
  readonly #rows: TableRows;
  readonly #runs: Partial<Record<RowRun, string[]>> = {};
  #written = 0;

  constructor(context: TablesContext) {
    const { plan, fold } = context;
    this.#context = context;
    this.#rows = new TableRows(plan.set, fold);
  }

  async add(system: FacetedSystem): Promise<void> {
    this.#rows.add(system);
    if (this.#rows.bytes > RUN_TASKS * this.#context.plan.taskBytes) await this.#write();
  }

  /** Writes all pages and returns their roots. */
  async finish(): Promise<TableRoots> {
    await this.#write();
    this.#rows.release();
    let result: RangesResult = { tables: {}, runs: this.#runs, groups: NO_GROUPS, commonValues: [] };
    for (const round of ROUNDS.keys()) {
      const cut = await cutRound(round + 1, result, this.#context);
      for (const task of cut.tasks) await runTables(task, this.#context);
      result = cut.result;
    }
    const roots = await mergeTables(result, this.#context);
    await this.#context.set.settle();
    return roots;
  }

  async #write(): Promise<void> {
    const number = this.#written++;
    for (const [run, file] of this.#rows.take(this.#context.plan.engine)) {
      const path = keyRun(run, 'all', number);
      await this.#context.run.put(path, file);
      this.#runs[run] = [...(this.#runs[run] ?? []), path];
    }
  }
}
