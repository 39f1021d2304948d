/** The rows of all tables that changes of systems remove, add and alter. */
import type { TableKey } from '#format/btree/keys.ts';
import type { TableSchema } from '#format/btree/page.ts';
import type { Fold } from '#format/fold/fold.ts';
import { compareKeys, Entries, endAt, HEADER, keyAt, keysEnd } from '#pipeline/spill/entries.ts';
import { firstOfEqualKeys } from '#pipeline/spill/key-runs.ts';
import { sortEntries } from '#pipeline/spill/sort-entries.ts';
import type { Turns } from '#pipeline/store/turns.ts';
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
    turns: Turns,
  ): Promise<ChangedRows> {
    const before = changes.flatMap(change => change.before ?? []);
    const after = changes.flatMap(change => change.after ?? []);
    return new ChangedRows(
      new Set(before.map(({ id }) => id)),
      await entriesOf(before, options, fold, turns),
      await entriesOf(after, options, fold, turns),
    );
  }

  /** Yields the rows of a run, in order of keys; of entries with equal keys the first. Each is decoded when it is due. */
  *of<R>(run: RowRun, rowOf: RowOf<R>): Generator<EditedRow<R>, void, undefined> {
    for (const pair of this.#pairs(run)) yield rowOfPair(pair, rowOf);
  }

  /** Yields the rows of a run that differ. */
  *differing<R>(run: RowRun, rowOf: RowOf<R>): Generator<EditedRow<R>, void, undefined> {
    for (const pair of this.#pairs(run)) if (!pair.isSame) yield rowOfPair(pair, rowOf);
  }

  /** Yields the rows in groups with the same first strings of their keys, without groups in which no row differs. */
  *groups<R>(
    run: RowRun,
    rowOf: RowOf<R>,
    strings: number,
  ): Generator<readonly EditedRow<R>[], void, undefined> {
    let group: EntryPair[] = [];
    let isSame = true;
    for (const pair of this.#pairs(run)) {
      if (group.length > 0 && !haveSameStrings(group[0]!, pair, strings)) {
        if (!isSame) yield group.map(own => rowOfPair(own, rowOf));
        group = [];
        isSame = true;
      }
      group.push(pair);
      isSame &&= pair.isSame;
    }
    if (!isSame) yield group.map(own => rowOfPair(own, rowOf));
  }

  *#pairs(run: RowRun): Generator<EntryPair, void, undefined> {
    const [before, after] = [sortedOf(this.#before, run), sortedOf(this.#after, run)];
    let [i, j] = [0, 0];
    while (i < before.order.length || j < after.order.length) {
      const [old, next] = [before.order[i], after.order[j]];
      const order =
        old === undefined ? 1 : next === undefined ? -1 : compareKeys(before.arena, old, after.arena, next);
      if (order <= 0) i++;
      if (order >= 0) j++;
      yield {
        before: order <= 0 ? { arena: before.arena, start: old! } : undefined,
        after: order >= 0 ? { arena: after.arena, start: next! } : undefined,
        isSame: order === 0 && isEqual(before.arena, old!, after.arena, next!),
      };
    }
  }
}

/** An entry of a run. */
interface StoredEntry {
  readonly arena: Buffer;
  readonly start: number;
}

/** The entries of a row before and after, not both undefined. */
interface EntryPair {
  readonly before: StoredEntry | undefined;
  readonly after: StoredEntry | undefined;
  /** Whether their bytes are equal. */
  readonly isSame: boolean;
}

function rowOfPair<R>({ before, after, isSame }: EntryPair, rowOf: RowOf<R>): EditedRow<R> {
  const { arena, start } = (before ?? after)!;
  const was = before && rowOf(before.arena, before.start);
  return {
    key: keyAt(arena, start),
    before: was,
    after: isSame ? was : after && rowOf(after.arena, after.start),
  };
}

/** Whether the first strings of the keys of two pairs are equal. */
function haveSameStrings(a: EntryPair, b: EntryPair, strings: number): boolean {
  const [own, other] = [(a.before ?? a.after)!, (b.before ?? b.after)!];
  const [from, at] = [own.start + HEADER, other.start + HEADER];
  const end = keysEnd(own.arena, from, strings);
  return own.arena.compare(other.arena, at, at + end - from, from, end) === 0;
}

async function entriesOf(
  systems: readonly FacetedSystem[],
  options: RowOptions,
  fold: Fold,
  turns: Turns,
): Promise<RowEntries> {
  const rows = new TableRows(options, fold);
  for (const system of systems) {
    rows.add(system);
    if (turns.areDue) await turns.take();
  }
  return rows.entries();
}

/** The edits of the rows that differ. */
export async function editsOf<R>(
  changes: Iterable<Omit<EditedRow<R>, 'key'>>,
  { keyOf }: TableSchema<R>,
  turns: Turns,
): Promise<KeyEdit<R>[]> {
  const edits: KeyEdit<R>[] = [];
  const puts: KeyEdit<R>[] = [];
  for (const { before, after } of changes) {
    if (before === after) continue;
    if (before !== undefined) edits.push({ key: keyOf(before) });
    if (after !== undefined) puts.push({ key: keyOf(after), item: after });
    if (turns.areDue) await turns.take();
  }
  // A row may take the place of another one: the last edit of a key counts.
  for (const put of puts) edits.push(put);
  return edits;
}

/** The edits that replace rows by others, except those that are the same objects. */
export function editsBetween<R>(
  before: readonly R[],
  after: readonly R[],
  schema: TableSchema<R>,
  turns: Turns,
): Promise<KeyEdit<R>[]> {
  const [old, next] = [new Set(before), new Set(after)];
  const removed = before.filter(row => !next.has(row)).map(row => ({ before: row }));
  const added = after.filter(row => !old.has(row)).map(row => ({ after: row }));
  return editsOf<R>([...removed, ...added], schema, turns);
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
