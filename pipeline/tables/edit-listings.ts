/** Edits the tables of listings by value: the directory, the table of small values, and the tables of large ones. */

import type { TableKey } from '#format/btree/keys.ts';
import {
  type KeyedSystem,
  LISTINGS,
  type ListingEntry,
  MEMBERS,
  shardSchema,
} from '#format/btree/listing-schemas.ts';
import { rowWeight, type TableSchema } from '#format/btree/page.ts';
import { boundsOf, noBounds, widen } from '#format/geometry/bounds.ts';
import { type Bounds, unionBounds } from '#format/geometry/cell.ts';
import type { TableRoots } from '#format/index-json.ts';
import type { SystemRow } from '#format/system-row.ts';
import { type ChangedRows, type EditedRow, editsOf } from './changed-rows.ts';
import { editTable, type KeyEdit } from './edit-table.ts';
import { type EditedSet, openTable, storedTable } from './edited-set.ts';
import { isLargeValue } from './listing-totals.ts';
import { SET_TABLES } from './set-tables.ts';
import type { StoredTable } from './stored-table.ts';

/** Edits the tables `listings` and `members`, and the tables of large values. */
export async function editListings(
  set: EditedSet,
  changed: ChangedRows,
): Promise<Pick<TableRoots, 'listings' | 'members'>> {
  const listings = storedTable(set, 'listings', LISTINGS);
  const members = storedTable(set, 'members', MEMBERS);
  const entries: KeyEdit<ListingEntry>[] = [];
  const rows: KeyEdit<KeyedSystem>[] = [];
  for (const changes of changed.groups('listed', SET_TABLES.members.rowOf, 2)) {
    if (set.turns.areDue) await set.turns.take();
    const value = await ListedValue.open(changes, listings, members, set);
    const { entry, edits } = await value.edit();
    entries.push(entry);
    for (const edit of edits) rows.push(edit);
  }
  return {
    listings: await editTable(listings, entries, set.files),
    members: await editTable(members, rows, set.files),
  };
}

/** A listed value with changes of its rows. */
class ListedValue {
  readonly #changes: readonly EditedRow<KeyedSystem>[];
  readonly #set: EditedSet;
  readonly #members: StoredTable<KeyedSystem>;
  /** The value before the edits. */
  readonly #before: ListingEntry | undefined;
  readonly #schema: TableSchema<SystemRow>;
  /** Its table, if it has one of its own before the edits. */
  readonly #shard: StoredTable<SystemRow>;
  readonly #removed: readonly KeyedSystem[];
  readonly #added: readonly KeyedSystem[];
  /** Number of its systems after the edits. */
  readonly #systems: number;

  private constructor(
    changes: readonly EditedRow<KeyedSystem>[],
    before: ListingEntry | undefined,
    members: StoredTable<KeyedSystem>,
    set: EditedSet,
  ) {
    this.#changes = changes;
    this.#set = set;
    this.#members = members;
    this.#before = before;
    this.#schema = shardSchema(changes[0]!.key[0]!);
    this.#shard = openTable(set.files, before?.shard ?? null, this.#schema);
    this.#removed = changes.flatMap(change => change.before ?? []);
    this.#added = changes.flatMap(change => change.after ?? []);
    this.#systems = (before?.systems ?? 0) - this.#removed.length + this.#added.length;
  }

  /** @param changes of one value, at least one */
  static async open(
    changes: readonly EditedRow<KeyedSystem>[],
    listings: StoredTable<ListingEntry>,
    members: StoredTable<KeyedSystem>,
    set: EditedSet,
  ): Promise<ListedValue> {
    const before = await listings.first(changes[0]!.key.slice(0, 2));
    return new ListedValue(changes, before, members, set);
  }

  /** Edits the table of the value; returns the edits of the table `listings` and of the table `members`. */
  async edit(): Promise<{ entry: KeyEdit<ListingEntry>; edits: readonly KeyEdit<KeyedSystem>[] }> {
    const [field, key] = this.#changes[0]!.key as [string, string];
    const wasLarge = this.#before?.shard !== undefined;
    const isLarge = await this.#isLarge();
    const { files, turns } = this.#set;
    let shard: ListingEntry['shard'];
    let edits: readonly KeyEdit<KeyedSystem>[] = [];
    if (isLarge) {
      const changes = wasLarge
        ? await editsOf(this.#changes, this.#schema, turns)
        : await putsOf(this.#rows(), this.#schema.keyOf);
      shard = (await editTable(this.#shard, changes, files)) ?? undefined;
      if (!wasLarge) edits = (await putsOf(this.#stored(), MEMBERS.keyOf)).map(({ key }) => ({ key }));
    } else if (wasLarge) edits = await putsOf(this.#rows(), MEMBERS.keyOf);
    else edits = await editsOf(this.#changes, MEMBERS, turns);
    const item = this.#systems > 0 && {
      ...{ field, key, systems: this.#systems, bounds: await this.#bounds(), shard },
    };
    return { entry: { key: [field, key], ...(item && { item }) }, edits };
  }

  /** Whether the value has a table of its own after the edits; reads rows until the answer is certain. */
  async #isLarge(): Promise<boolean> {
    const total = { systems: 0, weight: 0 };
    for await (const row of this.#rows()) {
      total.systems++;
      total.weight += rowWeight(row, this.#schema);
      if (isLargeValue(total)) return true;
    }
    return false;
  }

  /**
   * The bounds of the systems after the edits. All are read only if one that was removed may have been the only one on
   * a face of the bounds.
   */
  async #bounds(): Promise<Bounds> {
    const before = this.#before?.bounds;
    if (!before) return boundsOf(this.#added);
    const [removed, added] = [boundsOf(this.#removed), boundsOf(this.#added)];
    const isCertain = [0, 1, 2].every(
      axis =>
        (removed.min[axis]! > before.min[axis]! || added.min[axis]! <= before.min[axis]!) &&
        (removed.max[axis]! < before.max[axis]! || added.max[axis]! >= before.max[axis]!),
    );
    if (isCertain) return unionBounds(before, added);
    const bounds = noBounds();
    for await (const { x, y, z } of this.#rows()) widen(bounds, x, y, z);
    return bounds;
  }

  /** The rows after the edits, in no order. */
  async *#rows(): AsyncGenerator<KeyedSystem, void, undefined> {
    yield* this.#added;
    const changed = new Set(this.#changes.map(({ before }) => before?.id));
    for await (const row of this.#stored()) if (!changed.has(row.id)) yield row;
  }

  /** The rows before the edits. */
  async *#stored(): AsyncGenerator<KeyedSystem, void, undefined> {
    const [field, key] = this.#changes[0]!.key as [string, string];
    if (!this.#before?.shard) yield* this.#members.rowsOf([field, key]);
    else for await (const row of this.#shard.rowsFrom([])) yield { ...row, field, key };
  }
}

/** Edits that put rows at their keys. */
async function putsOf<R>(rows: AsyncIterable<R>, keyOf: (row: R) => TableKey): Promise<KeyEdit<R>[]> {
  const puts: KeyEdit<R>[] = [];
  for await (const item of rows) puts.push({ key: keyOf(item), item });
  return puts;
}
