/**
 * Edits the tables `rare` and `common`, which have systems of values of facets: all systems of a rare value, the first
 * ones of any other.
 */
import { COMMON_ROWS, FREQUENT, mayBeRare, RARE, RARE_SYSTEMS } from '#format/btree/facet-schemas.ts';
import type { KeyedSystem } from '#format/btree/listing-schemas.ts';
import { NAMES } from '#format/btree/name-schemas.ts';
import { valueOfKey } from '#format/facets/facet-value.ts';
import { listingOf } from '#format/facets/listing.ts';
import type { TableRoots } from '#format/index-json.ts';
import {
  ChangedRows,
  type EditedRow,
  editsBetween,
  editsOf,
  type ReplacedSystem,
  textOf,
} from './changed-rows.ts';
import { CutGroup, findRows, type GroupRow } from './cut-groups.ts';
import { editTable, type KeyEdit } from './edit-table.ts';
import { type EditedSet, storedTable } from './edited-set.ts';
import { SET_TABLES } from './set-tables.ts';
import type { StoredTable } from './stored-table.ts';
import type { FacetedSystem, RowOptions } from './table-rows.ts';

/** A value that changed systems have, before or after the edits. */
export interface EditedValue {
  readonly field: string;
  /** `valueKey` of the value. */
  readonly key: string;
  /** Numbers of its systems before and after the edits. */
  readonly before: number;
  readonly after: number;
  /** Whether one of the changed systems for which `isHeavy` is true has it before the edits. */
  readonly losesHeavy: boolean;
  /** And after them. */
  readonly gainsHeavy: boolean;
}

/** Rows by the field and the key of their value. Values without a row that differs are left out. */
type RowsByValue = ReadonlyMap<string, readonly EditedRow<KeyedSystem>[]>;

export class ValueRows {
  readonly #set: EditedSet;
  readonly #changes: readonly ReplacedSystem[];
  /** Ids of changed systems. */
  readonly #ids: ReadonlySet<string>;
  /** Options of rows without those of search. */
  readonly #options: RowOptions;
  /** Facets whose values have rows. */
  readonly #fields: ReadonlySet<string>;
  readonly #rare: StoredTable<KeyedSystem>;
  readonly #common: StoredTable<KeyedSystem>;
  /** Rows of changed systems: all of values that may be rare, and the first ones of all values. */
  readonly #all: RowsByValue;
  readonly #first: RowsByValue;
  readonly #rareEdits: KeyEdit<KeyedSystem>[] = [];
  readonly #commonEdits: KeyEdit<KeyedSystem>[] = [];
  /** Common values. */
  readonly #groups = new Map<string, { stored: readonly KeyedSystem[]; group: CutGroup<KeyedSystem> }>();

  constructor(set: EditedSet, changes: readonly ReplacedSystem[], changed: ChangedRows) {
    const { options } = set.index;
    this.#set = set;
    this.#changes = changes;
    this.#ids = changed.ids;
    this.#options = { ...options, search: { mode: 'none', fields: [] } };
    this.#fields = new Set(
      options.facets.filter(facet => !listingOf(facet, options.listings)).map(({ field }) => field),
    );
    this.#rare = storedTable(set, 'rare', RARE);
    this.#common = storedTable(set, 'common', FREQUENT);
    this.#all = byValue(changed.groups('rare', SET_TABLES.rare.rowOf, 2));
    this.#first = byValue(changed.groups('common', SET_TABLES['common-rows'].rowOf, 2));
  }

  /** Whether rows of a value differ. */
  differ(field: string, key: string): boolean {
    const name = textOf([field, key]);
    return this.#all.has(name) || this.#first.has(name);
  }

  /** Edits the rows of a value. */
  async edit(value: EditedValue): Promise<void> {
    const { field, key, after } = value;
    if (!this.#fields.has(field) || !mayBeRare(valueOfKey(key))) return;
    const name = textOf([field, key]);
    const { turns } = this.#set;
    const was = await this.#tableBefore(value);
    if (was !== 'common' && !isCommon(value)) {
      append(this.#rareEdits, await editsOf(this.#all.get(name) ?? [], RARE, turns));
      return;
    }
    const rare = was === 'common' ? await this.#newRareRows(value) : [];
    if (after === 0 || rare.length > 0) {
      append(this.#rareEdits, rare);
      const stored = await this.#common.group([field, key]);
      append(this.#commonEdits, await editsBetween(stored, [], FREQUENT, turns));
      return;
    }
    const first = this.#first.get(name) ?? [];
    if (was === 'common') {
      if (first.length === 0) return;
      const stored = await this.#common.group([field, key]);
      const others = stored.length < COMMON_ROWS ? 0 : Number.POSITIVE_INFINITY;
      this.#groups.set(name, { stored, group: new CutGroup(stored, others, first, COMMON_ROWS) });
    } else {
      const stored = was === 'rare' ? await this.#rare.group([field, key]) : [];
      append(this.#rareEdits, await editsBetween(stored, [], RARE, turns));
      this.#groups.set(name, { stored: [], group: new CutGroup(stored, 0, first, COMMON_ROWS) });
    }
  }

  /** Edits the tables. */
  async finish(): Promise<Pick<TableRoots, 'rare' | 'common'>> {
    await findRows(this.#groups, {
      names: storedTable(this.#set, 'names', NAMES),
      changed: this.#ids,
      rowsOf: async system => this.#firstRows(await this.#set.systemAt(system)),
      all: values => this.#allRows(values),
    });
    for (const { stored, group } of this.#groups.values())
      append(this.#commonEdits, await editsBetween(stored, group.rows(), FREQUENT, this.#set.turns));
    return {
      rare: await editTable(this.#rare, this.#rareEdits, this.#set.files),
      common: await editTable(this.#common, this.#commonEdits, this.#set.files),
    };
  }

  /** The table that has the rows of a value before the edits. */
  async #tableBefore({ field, key, before }: EditedValue): Promise<'rare' | 'common' | undefined> {
    if (before === 0) return undefined;
    const isRare = before <= RARE_SYSTEMS && (await this.#rare.first([field, key])) !== undefined;
    return isRare ? 'rare' : 'common';
  }

  /** The rows of a common value if it becomes rare. */
  async #newRareRows(value: EditedValue): Promise<readonly KeyEdit<KeyedSystem>[]> {
    const { field, key, before, after, losesHeavy } = value;
    // A common value of few systems has a heavy one.
    if (after === 0 || isCommon(value) || (before <= RARE_SYSTEMS && !losesHeavy)) return [];
    const { index, systemsWith } = this.#set;
    const own = valueOfKey(key);
    const at = index.options.facets.findIndex(facet => facet.field === field);
    const systems = this.#changes.flatMap(({ after }) => (after?.facets[at]?.includes(own) ? [after] : []));
    for await (const system of systemsWith(field, own)) if (!this.#ids.has(system.id)) systems.push(system);
    // There are none if a system is heavy.
    const rows = (await this.#rowsOf(systems)).groups('rare', SET_TABLES.rare.rowOf, 2);
    return editsOf(byValue(rows).get(textOf([field, key])) ?? [], RARE, this.#set.turns);
  }

  /** The rows of an unchanged system, by the names of its values. */
  async #firstRows(system: FacetedSystem): Promise<GroupRow<KeyedSystem>[]> {
    const rows = (await this.#rowsOf([system])).of('common', SET_TABLES['common-rows'].rowOf);
    return Array.from(rows, ({ key, after }) => [textOf(key.slice(0, 2)), after!]);
  }

  /** The rows of all systems that have some values. */
  async *#allRows(
    values: Iterable<string>,
  ): AsyncGenerator<readonly GroupRow<KeyedSystem>[], void, undefined> {
    for (const value of values) {
      const [field, key] = JSON.parse(value) as [string, string];
      for await (const system of this.#set.systemsWith(field, valueOfKey(key)))
        yield (await this.#firstRows(system)).filter(([name]) => name === value);
    }
  }

  #rowsOf(systems: readonly FacetedSystem[]): Promise<ChangedRows> {
    const changes = systems.map(after => ({ after }));
    return ChangedRows.open(changes, this.#options, this.#set.fold, this.#set.turns);
  }
}

/** Whether a value has too many systems after the edits to be rare, or a heavy one among the changed. */
function isCommon({ after, gainsHeavy }: EditedValue): boolean {
  return after > RARE_SYSTEMS || gainsHeavy;
}

function byValue(rows: Iterable<readonly EditedRow<KeyedSystem>[]>): RowsByValue {
  const groups = new Map<string, readonly EditedRow<KeyedSystem>[]>();
  for (const group of rows) groups.set(textOf(group[0]!.key.slice(0, 2)), group);
  return groups;
}

function append<T>(list: T[], items: readonly T[]): void {
  for (const item of items) list.push(item);
}
