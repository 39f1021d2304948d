/** The rows of all tables that changes of systems remove, add and alter. */
import type { TableKey } from '#format/btree/keys.ts';
import type { TableSchema } from '#format/btree/page.ts';
import type { Fold } from '#format/fold/fold.ts';
import { compareKeys, Entries, endAt, keyAt } from '#pipeline/spill/entries.ts';
import { firstOfEqualKeys } from '#pipeline/spill/key-runs.ts';
import { sortEntries } from '#pipeline/spill/sort-entries.ts';
import { Turns } from '#pipeline/store/turns.ts';
import type { KeyEdit } from './edit-table.ts';
import { type FacetedSystem, type RowOptions, type RowRun, TableRows } from './table-rows.ts';

/** A system of the previous and of the next generation, with the same id; undefined if that generation lacks it. */
export interface ReplacedSystem {
  readonly before?: FacetedSystem | undefined;
  readonly after?: FacetedSystem | undefined;
}

/** A row of a changed system before and after. If they do not differ, they are the same object. */
export interface EditedRow<R> {
  /** The key of the entries in their run. */
  readonly key: TableKey;
  readonly before?: R | undefined;
  readonly after?: R | undefined;
}

/** Decodes the row of an entry. */
type RowOf<R> = (arena: Buffer, start: number) => R;

type RowEntries = ReadonlyMap<RowRun, Entries>;

export class ChangedRows {
  /** Ids of systems of the previous generation that are changed. */
  readonly ids: ReadonlySet<string>;
  readonly #before: RowEntries;
  readonly #after: RowEntries;

  private constructor(ids: ReadonlySet<string>, before: RowEntries, after: RowEntries) {
    this.ids = ids;
    this.#before = before;
    this.#after = after;
  }

  /** @throws the reason of the signal */
  static async open(
    changes: readonly ReplacedSystem[],
    options: RowOptions,
    fold: Fold,
    signal: AbortSignal | undefined,
  ): Promise<ChangedRows> {
    const systems = changes.flatMap(({ before }) => before ?? []);
    return new ChangedRows(
      new Set(systems.map(({ id }) => id)),
      await entriesOf(systems, options, fold, signal),
      await entriesOf(
        changes.flatMap(({ after }) => after ?? []),
        options,
        fold,
        signal,
      ),
    );
  }

  /** Yields the rows of a run, in order of keys; of entries with equal keys the first. Each is decoded when it is due. */
  *of<R>(run: RowRun, rowOf: RowOf<R>): Generator<EditedRow<R>, void, undefined> {
    const [before, after] = [sortedOf(this.#before, run), sortedOf(this.#after, run)];
    let [i, j] = [0, 0];
    while (i < before.order.length || j < after.order.length) {
      const [old, next] = [before.order[i], after.order[j]];
      const order =
        old === undefined ? 1 : next === undefined ? -1 : compareKeys(before.arena, old, after.arena, next);
      if (order <= 0) i++;
      if (order >= 0) j++;
      const was = order <= 0 ? rowOf(before.arena, old!) : undefined;
      const isSame = order === 0 && isEqual(before.arena, old!, after.arena, next!);
      yield {
        key: order <= 0 ? keyAt(before.arena, old!) : keyAt(after.arena, next!),
        before: was,
        after: isSame ? was : order >= 0 ? rowOf(after.arena, next!) : undefined,
      };
    }
  }
}

async function entriesOf(
  systems: readonly FacetedSystem[],
  options: RowOptions,
  fold: Fold,
  signal: AbortSignal | undefined,
): Promise<RowEntries> {
  const rows = new TableRows(options, fold);
  const turns = new Turns(signal);
  for (const system of systems) {
    rows.add(system);
    if (turns.areDue) await turns.take();
  }
  return rows.entries();
}

/** Whether a row differs before and after. */
export function differs({ before, after }: Omit<EditedRow<unknown>, 'key'>): boolean {
  return before !== after;
}

/** The edits of the rows that differ. */
export function editsOf<R>(
  changes: Iterable<Omit<EditedRow<R>, 'key'>>,
  { keyOf }: TableSchema<R>,
): KeyEdit<R>[] {
  const edits = new Map<string, KeyEdit<R>>();
  const differing: Omit<EditedRow<R>, 'key'>[] = [];
  for (const change of changes) if (differs(change)) differing.push(change);
  // A row may take the place of another one.
  for (const { before } of differing) {
    if (before !== undefined) edits.set(textOf(keyOf(before)), { key: keyOf(before) });
  }
  for (const { after } of differing) {
    if (after !== undefined) edits.set(textOf(keyOf(after)), { key: keyOf(after), item: after });
  }
  return [...edits.values()];
}

/** The edits that replace rows by others, except those that are the same objects. */
export function editsBetween<R>(
  before: readonly R[],
  after: readonly R[],
  schema: TableSchema<R>,
): KeyEdit<R>[] {
  const [old, next] = [new Set(before), new Set(after)];
  const removed = before.filter(row => !next.has(row)).map(row => ({ before: row }));
  const added = after.filter(row => !old.has(row)).map(row => ({ after: row }));
  return editsOf<R>([...removed, ...added], schema);
}

/**
 * Yields the rows in groups with the same first strings of their keys, without groups in which no row differs.
 * @param changes in order of keys
 */
export function* differingGroups<R>(
  changes: Iterable<EditedRow<R>>,
  strings: number,
): Generator<EditedRow<R>[], void, undefined> {
  let group: EditedRow<R>[] = [];
  for (const change of changes) {
    const [first = change] = group;
    if (!change.key.slice(0, strings).every((text, i) => text === first.key[i])) {
      if (group.some(differs)) yield group;
      group = [];
    }
    group.push(change);
  }
  if (group.some(differs)) yield group;
}

/** A key as one string, for maps. */
export function textOf(key: TableKey): string {
  return JSON.stringify(key);
}

/** Sorted entries of a run, each key once. */
function sortedOf(rows: RowEntries, run: RowRun) {
  const { arena, starts } = rows.get(run) ?? new Entries();
  const order = sortEntries(arena, starts);
  return { arena, order: order.subarray(0, firstOfEqualKeys(arena, order)) };
}

function isEqual(a: Buffer, startA: number, b: Buffer, startB: number): boolean {
  return a.compare(b, startB, endAt(b, startB), startA, endAt(a, startA)) === 0;
}
