/** Data that the tasks `ranges`, `tables` and `merge` pass to one another. */
import type { RunParts } from '#pipeline/spill/key-runs.ts';
import type { SetFiles } from '#pipeline/store/set-writer.ts';
import type { Group } from '#pipeline/tables/groups.ts';
import type { RunName } from '#pipeline/tables/row-runs.ts';
import type { SetTableName } from '#pipeline/tables/set-tables.ts';
import type { LeafPage } from '#pipeline/tables/table-builder.ts';
import type { TaskContext } from './task.ts';

/** Kinds of rows that are divided into ranges: tables of the set, and those from which others are made. */
export type RangedTable = SetTableName | 'shards' | 'words' | 'values' | 'common';

/** Parameters of a task `tables`. */
export interface TablesParams extends RunParts {
  readonly table: RangedTable;
  /** First key, and the first after the range, as bytes in base64. */
  readonly low?: string;
  readonly high?: string;
}

/** Result of a range. */
export interface TableRange {
  readonly pages: readonly TablePageJson[];
}

export interface TablePageJson extends LeafPage {
  /** Whose systems the page has, in the table of a large value. */
  readonly group?: Group;
}

export const tableFile = (table: RangedTable, range: number) => `tables/${table}-${range}.json`;

export const valueRun = (run: RunName, task: string) => `keys/${run}/${task}`;

export interface RangesResult {
  /** Of all tables cut so far, the files of their ranges, in order. */
  readonly tables: Partial<Record<RangedTable, readonly string[]>>;
  /** Runs of the tables that are cut later. */
  readonly runs: Partial<Record<RunName, readonly string[]>>;
  readonly groups: ChosenGroups;
  /** Values that more systems have than they have rows, with their numbers of systems. */
  readonly commonValues: readonly (readonly [value: string, systems: number])[];
}

/** Groups of rows that are chosen by their totals, in the order of their keys. */
export interface ChosenGroups {
  /** Listed values with a table of their own. */
  readonly large: readonly Group[];
  /** Values of facets that many systems have. */
  readonly common: readonly Group[];
}

export const NO_GROUPS: ChosenGroups = { large: [], common: [] };

/** Of the tables whose rows are in groups: which groups they have, the chosen ones or all others. */
export const GROUPED: Partial<
  Record<RangedTable, { readonly groups: keyof ChosenGroups; readonly isChosen: boolean }>
> = {
  members: { groups: 'large', isChosen: false },
  shards: { groups: 'large', isChosen: true },
  rare: { groups: 'common', isChosen: false },
  common: { groups: 'common', isChosen: true },
};

/** The part of the context that tasks of tables need. */
export type TablesContext = Pick<TaskContext, 'run' | 'events' | 'signal' | 'fold'> & {
  readonly set: SetFiles;
  readonly plan: Pick<TaskContext['plan'], 'set' | 'taskBytes' | 'engine'>;
};
