/** The previous generation of a set, whose tables are edited. */

import type { IdEntry } from '#format/btree/name-schemas.ts';
import type { TableSchema } from '#format/btree/page.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { RootRef, SetIndex, TableRoots } from '#format/index-json.ts';
import type { WorkingSet } from '#pipeline/store/set-writer.ts';
import type { Turns } from '#pipeline/store/turns.ts';
import { StoredTable } from './stored-table.ts';
import type { FacetedSystem } from './table-rows.ts';

/** Reads files of the previous generation, and writes those of the next. */
type EditedFiles = Pick<WorkingSet, 'get' | 'put'>;

export interface EditedSet {
  readonly index: Pick<SetIndex, 'tables' | 'options'>;
  /** The fold of the set. */
  readonly fold: Fold;
  readonly files: EditedFiles;
  readonly turns: Turns;
  /**
   * Yields the systems that have a value of a facet. Called only if the value may have become rare (few systems have it
   * after the edits, and many, or a heavy one, before), or if `systemAt` was called often.
   */
  systemsWith(field: string, value: FacetValue): AsyncIterable<FacetedSystem>;
  /** Returns a system. Called only to find the next row of a value, where a table has only the first rows of each value. */
  systemAt(row: IdEntry): Promise<FacetedSystem>;
}

/** Opens a table of a set. */
export function storedTable<R>(
  { index, files }: EditedSet,
  name: keyof TableRoots,
  schema: TableSchema<R>,
): StoredTable<R> {
  return openTable(files, index.tables[name], schema);
}

/** Opens a table with a given root. */
export function openTable<R>(
  files: EditedFiles,
  root: RootRef | null,
  schema: TableSchema<R>,
): StoredTable<R> {
  return new StoredTable(root, schema, ref => files.get(ref));
}
