/** Edits the tables of facets: the values with their counts, their grams, and the systems of rare and common values. */
import { facetValues, type ValueCount } from '#format/btree/facet-schemas.ts';
import { FACET_GRAMS, type FacetGram } from '#format/btree/search-schemas.ts';
import type { RootRef, TableRoots } from '#format/index-json.ts';
import { keyEndAt } from '#pipeline/spill/entries.ts';
import { type ChangedRows, type EditedRow, editsOf, type ReplacedSystem, textOf } from './changed-rows.ts';
import { editTable, type KeyEdit } from './edit-table.ts';
import { ValueRows } from './edit-value-rows.ts';
import { type EditedSet, storedTable } from './edited-set.ts';
import { SET_TABLES } from './set-tables.ts';

/** Edits the tables `facets`, `facetGrams`, `rare` and `common`. */
export async function editFacets(
  set: EditedSet,
  changes: readonly ReplacedSystem[],
  changed: ChangedRows,
): Promise<Pick<TableRoots, 'facets' | 'facetGrams' | 'rare' | 'common'>> {
  const table = storedTable(set, 'facets', facetValues(set.fold));
  const rows = new ValueRows(set, changes, changed);
  const counts = new Map<string, { readonly before: number; readonly after: number }>();
  const edits: KeyEdit<ValueCount>[] = [];
  for (const { key: texts, before: old, after: next } of changed.of('facets', totalsAt)) {
    if (set.turns.areDue) await set.turns.take();
    const [field, , key] = texts as [string, string, string];
    if (old === next && !rows.differ(field, key)) continue;
    const before = (await table.first(texts))?.systems ?? 0;
    const after = before - (old?.systems ?? 0) + (next?.systems ?? 0);
    counts.set(textOf([field, key]), { before, after });
    edits.push({ key: texts, ...(after > 0 && { item: { field, key, systems: after } }) });
    await rows.edit({
      ...{ field, key, before, after },
      ...{ losesHeavy: (old?.heavy ?? 0) > 0, gainsHeavy: (next?.heavy ?? 0) > 0 },
    });
  }
  return {
    facets: await editTable(table, edits, set.files),
    facetGrams: await editGrams(set, changed, counts),
    ...(await rows.finish()),
  };
}

/** Totals of a value for the changed systems. */
interface Totals {
  readonly systems: number;
  /** Number of systems for which `isHeavy` is true. */
  readonly heavy: number;
}

function totalsAt(arena: Buffer, start: number): Totals {
  const at = keyEndAt(arena, start);
  return { systems: arena.readDoubleLE(at), heavy: arena.readDoubleLE(at + 8) };
}

/** A value has its grams while a system has the value. */
async function editGrams(
  set: EditedSet,
  changed: ChangedRows,
  counts: ReadonlyMap<string, { readonly before: number; readonly after: number }>,
): Promise<RootRef | null> {
  const changes: Omit<EditedRow<FacetGram>, 'key'>[] = [];
  for (const { before, after } of changed.of('facet-grams', SET_TABLES['facet-grams'].rowOf)) {
    const row = (before ?? after)!;
    const count = counts.get(textOf([row.field, row.key]));
    if (count?.after === 0) changes.push({ before: row });
    else if (count?.before === 0) changes.push({ after: row });
  }
  const edits = await editsOf(changes, FACET_GRAMS, set.turns);
  return editTable(storedTable(set, 'facetGrams', FACET_GRAMS), edits, set.files);
}
