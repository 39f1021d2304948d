/** Edits the tables of facets: the values with their counts, and the systems of rare values. */
import { facetValues, mayBeRare, RARE, RARE_SYSTEMS, type ValueCount } from '#format/btree/facet-schemas.ts';
import type { KeyedSystem } from '#format/btree/listing-schemas.ts';
import { valueOfKey } from '#format/facets/facet-value.ts';
import { listingOf } from '#format/facets/listing.ts';
import type { TableRoots } from '#format/index-json.ts';
import { keyEndAt } from '#pipeline/spill/entries.ts';
import {
  ChangedRows,
  type EditedRow,
  editsOf,
  groupRows,
  type ReplacedSystem,
  textOf,
} from './changed-rows.ts';
import { editTable, type KeyEdit } from './edit-table.ts';
import { type EditedSet, storedTable } from './edited-set.ts';
import { SET_TABLES } from './set-tables.ts';
import type { StoredTable } from './stored-table.ts';

/** Totals of a value for some systems. */
interface Totals {
  readonly systems: number;
  /** Number of systems for which `isHeavy` is true. */
  readonly heavy: number;
}

/** A value that changed systems have, before or after the edits. */
interface EditedValue {
  readonly field: string;
  /** `valueKey` of the value. */
  readonly key: string;
  /** Its totals for the changed systems. */
  readonly totals: EditedRow<Totals>;
  /** Rows of the changed systems, if the value may be rare. */
  readonly rows: readonly EditedRow<KeyedSystem>[];
}

/** Edits the tables `facets` and `rare`. */
export async function editFacets(
  set: EditedSet,
  changes: readonly ReplacedSystem[],
  changed: ChangedRows,
): Promise<Pick<TableRoots, 'facets' | 'rare'>> {
  const facets = storedTable(set, 'facets', facetValues(set.fold));
  const rare = new RareRows(set, changes, changed.ids);
  const counts: KeyEdit<ValueCount>[] = [];
  const rows: KeyEdit<KeyedSystem>[] = [];
  for (const value of editedValues(changed)) {
    set.signal?.throwIfAborted();
    const { field, key, totals } = value;
    const rowKey = facets.schema.keyOf({ field, key, systems: 0 });
    const before = (await facets.first(rowKey))?.systems ?? 0;
    const systems = before + (totals.after?.systems ?? 0) - (totals.before?.systems ?? 0);
    if (systems !== before)
      counts.push({ key: rowKey, ...(systems > 0 && { item: { field, key, systems } }) });
    for (const edit of await rare.edits(value, before, systems)) rows.push(edit);
  }
  return {
    facets: await editTable(facets, counts, set.files),
    rare: await editTable(rare.table, rows, set.files),
  };
}

/** The values whose totals or rows differ. */
function* editedValues(changed: ChangedRows): Generator<EditedValue, void, undefined> {
  const groups = new Map<string, readonly EditedRow<KeyedSystem>[]>();
  for (const rows of groupRows(changed.of('rare', SET_TABLES.rare.rowOf), 2))
    groups.set(textOf(rows[0]!.key.slice(0, 2)), rows);
  for (const totals of changed.of('facets', totalsAt)) {
    const [field, , key] = totals.key as [string, string, string];
    const rows = groups.get(textOf([field, key])) ?? [];
    if (rows.length > 0 || totals.before !== totals.after) yield { field, key, totals, rows };
  }
}

function totalsAt(arena: Buffer, start: number): Totals {
  const at = keyEndAt(arena, start);
  return { systems: arena.readDoubleLE(at), heavy: arena.readDoubleLE(at + 8) };
}

class RareRows {
  readonly table: StoredTable<KeyedSystem>;
  readonly #set: EditedSet;
  readonly #changes: readonly ReplacedSystem[];
  /** Ids of changed systems. */
  readonly #ids: ReadonlySet<string>;
  /** Facets whose rare values have rows. */
  readonly #fields: ReadonlySet<string>;

  constructor(set: EditedSet, changes: readonly ReplacedSystem[], ids: ReadonlySet<string>) {
    const { facets, listings } = set.index.options;
    this.table = storedTable(set, 'rare', RARE);
    this.#set = set;
    this.#changes = changes;
    this.#ids = ids;
    this.#fields = new Set(facets.filter(facet => !listingOf(facet, listings)).map(({ field }) => field));
  }

  /**
   * The edits of the rows of a value.
   * @param before number of its systems before the edits
   * @param after and after them
   */
  async edits(
    { field, key, totals, rows }: EditedValue,
    before: number,
    after: number,
  ): Promise<KeyEdit<KeyedSystem>[]> {
    if (!this.#fields.has(field) || !mayBeRare(valueOfKey(key))) return [];
    const wasFew = before <= RARE_SYSTEMS;
    const wasRare = wasFew && (before === 0 || (await this.table.first([field, key])) !== undefined);
    const mayBe = after > 0 && after <= RARE_SYSTEMS && !totals.after?.heavy;
    if (wasRare && (mayBe || after === 0)) return editsOf(rows, RARE);
    if (wasRare) {
      return (await this.table.group([field, key])).map(row => ({ key: RARE.keyOf(row) }));
    }
    // A value of few systems that was not rare has a heavy one.
    return mayBe && (!wasFew || totals.before?.heavy) ? this.#newRows(field, key) : [];
  }

  /** The rows of a value after the edits, if it is rare then. */
  async #newRows(field: string, key: string): Promise<KeyEdit<KeyedSystem>[]> {
    const { index, fold, systemsWith } = this.#set;
    const value = valueOfKey(key);
    const at = index.options.facets.findIndex(facet => facet.field === field);
    const systems = this.#changes.flatMap(({ after }) =>
      after?.facets[at]?.includes(value) ? [{ after }] : [],
    );
    for await (const after of systemsWith(field, value))
      if (!this.#ids.has(after.id)) systems.push({ after });
    const rows = new ChangedRows(systems, { ...index.options, search: { mode: 'none', fields: [] } }, fold);
    // There are none if a system is heavy.
    const own = rows
      .of('rare', SET_TABLES.rare.rowOf)
      .filter(row => row.key[0] === field && row.key[1] === key);
    return editsOf(own, RARE);
  }
}
