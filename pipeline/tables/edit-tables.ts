/**
 * Edits all sorted tables of a set: reads and writes only the pages that changes of systems touch. The result has the
 * pages of a full build of the edited catalogue.
 *
 * Systems that differ only in fields which no table has stay out of it. The rows of the others before and after are made
 * as in a build, and compared. Most tables have a row for each system: these are edited. Rows that depend on several
 * systems are decided again from the rows of their group: names of several systems, values with counts and bounds, the
 * first rows of words and values, grams of a bucket.
 */
import { foldedNames, NAMES, type NameEntry } from '#format/btree/name-schemas.ts';
import type { RootRef, TableRoots } from '#format/index-json.ts';
import { freeKept } from '#pipeline/spill/reused-memory.ts';
import { ChangedRows, type EditedRow, editsOf, type ReplacedSystem } from './changed-rows.ts';
import { editFacets } from './edit-facets.ts';
import { editListings } from './edit-listings.ts';
import { editSearch } from './edit-search.ts';
import { editTable } from './edit-table.ts';
import { type EditedSet, storedTable } from './edited-set.ts';
import { hasSameRows, rowFields } from './row-fields.ts';
import { SET_TABLES, type SetTable } from './set-tables.ts';

/**
 * Edits the tables of a set. Pages that differ are written to its files.
 * @param systems at most one for each id
 * @returns the roots of the tables of the next generation
 * @throws the errors of reading and writing files, the reason of an aborted signal
 */
export async function editTables(set: EditedSet, systems: readonly ReplacedSystem[]): Promise<TableRoots> {
  const fieldsOf = rowFields(set.index.options);
  const changes: ReplacedSystem[] = [];
  for (const system of systems) {
    if (!hasSameRows(system, fieldsOf)) changes.push(system);
    if (set.turns.areDue) await set.turns.take();
  }
  if (changes.length === 0) return set.index.tables;
  try {
    const changed = await ChangedRows.open(changes, set.index.options, set.fold, set.turns);
    return {
      names: await editRows(set, changed, 'names', SET_TABLES.names),
      folded: await editFoldedNames(set, changed),
      ids: await editRows(set, changed, 'ids', SET_TABLES.ids),
      ...(await editListings(set, changed)),
      ordered: await editRows(set, changed, 'ordered', SET_TABLES.ordered),
      ...(await editFacets(set, changes, changed)),
      ...(await editSearch(set, changed)),
    };
  } finally {
    freeKept();
  }
}

/** Edits a table that has a row for each system. */
async function editRows<R>(
  set: EditedSet,
  changed: ChangedRows,
  name: 'names' | 'ids' | 'ordered',
  { schema, rowOf }: SetTable<R>,
): Promise<RootRef | null> {
  const own = schema(set.fold);
  const edits = await editsOf(changed.differing(name, rowOf), own, set.turns);
  return editTable(storedTable(set, name, own), edits, set.files);
}

/** A folded name stays if another system has the name. */
async function editFoldedNames(set: EditedSet, changed: ChangedRows): Promise<RootRef | null> {
  const names = storedTable(set, 'names', NAMES);
  const isUsed = async (name: string) => {
    for await (const { id } of names.rowsOf([name])) if (!changed.ids.has(id)) return true;
    return false;
  };
  const changes: EditedRow<NameEntry>[] = [];
  for (const change of changed.differing('folded', SET_TABLES.folded.rowOf)) {
    if (set.turns.areDue) await set.turns.take();
    if (change.after || !(await isUsed(change.before!.name))) changes.push(change);
  }
  const schema = foldedNames(set.fold);
  return editTable(storedTable(set, 'folded', schema), await editsOf(changes, schema, set.turns), set.files);
}
