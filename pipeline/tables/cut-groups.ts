/**
 * Edits groups of rows. A table has only the first rows of each group, in order of name and id. If a row of a full group
 * is removed, another one takes its place: the next system of the group in the table `names`, which has the same order.
 */
import { compareTableKeys } from '#format/btree/keys.ts';
import { NAMES } from '#format/btree/name-schemas.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { EditedRow } from './changed-rows.ts';
import type { StoredTable } from './stored-table.ts';

export class CutGroup<R extends SystemRow> {
  readonly #most: number;
  /** The last stored row. */
  readonly #last: R | undefined;
  /** Stored rows of unchanged systems, and rows of changed ones. */
  readonly #rows: readonly R[];
  /** Number of rows to find: of unchanged systems after the last stored row. */
  readonly #wanted: number;
  #found: R[] = [];

  /**
   * @param stored the rows before the edits
   * @param others number of systems of the group without a row; Infinity if it is unknown
   * @param changes all rows of changed systems, also those that do not differ
   * @param most maximum number of rows after the edits
   */
  constructor(stored: readonly R[], others: number, changes: readonly EditedRow<R>[], most: number) {
    const removed = changes.flatMap(({ before }) => before ?? []);
    const ids = new Set(removed.map(({ id }) => id));
    const kept = stored.filter(({ id }) => !ids.has(id));
    const removedOthers = removed.length - (stored.length - kept.length);
    this.#most = most;
    this.#last = stored.at(-1);
    this.#rows = [...kept, ...changes.flatMap(({ after }) => after ?? [])];
    const certain = this.#rows.filter(row => !this.#isAfter(row)).length;
    this.#wanted = Math.max(0, Math.min(most - certain, others - removedOthers));
  }

  /** The last stored row, if rows of systems after it are to be found. */
  get last(): R | undefined {
    return this.#found.length < this.#wanted ? this.#last : undefined;
  }

  /** Takes a row of an unchanged system, if it is after the last stored row. */
  offer(row: R): void {
    if (!this.#isAfter(row)) return;
    this.#found.push(row);
    if (this.#found.length > 2 * this.#wanted) this.#found = firstByName(this.#found, this.#wanted);
  }

  /** Forgets the rows that were offered. */
  restart(): void {
    this.#found = [];
  }

  /** The rows after the edits, in order. */
  rows(): R[] {
    return firstByName([...this.#rows, ...this.#found], this.#most);
  }

  #isAfter(row: R): boolean {
    return this.#last !== undefined && compareTableKeys(NAMES.keyOf(row), NAMES.keyOf(this.#last)) > 0;
  }
}

function firstByName<R extends SystemRow>(rows: readonly R[], most: number): R[] {
  return rows.toSorted((a, b) => compareTableKeys(NAMES.keyOf(a), NAMES.keyOf(b))).slice(0, most);
}

/** A row of an unchanged system, with the name of its group. */
export type GroupRow<R> = readonly [group: string, row: R];

/** Where the rows of groups come from. */
export interface RowSource<R> {
  /** The table `names` before the edits. */
  readonly names: StoredTable<SystemRow>;
  /** Ids of changed systems. */
  readonly changed: ReadonlySet<string>;
  /** The rows of a system. */
  rowsOf(system: SystemRow): Promise<readonly GroupRow<R>[]> | readonly GroupRow<R>[];
  /** The rows of all systems of some groups, in any order; undefined if `rowsOf` reads no files. */
  readonly all?: (groups: Iterable<string>) => AsyncIterable<readonly GroupRow<R>[]>;
}

/** After this number of look-ups the rows of all systems are read, so that rows of rare groups do not cost more. */
const MAX_LOOKUPS = 1_000;

/** Finds the missing rows of groups. */
export async function findRows<R extends SystemRow>(
  groups: ReadonlyMap<string, { readonly group: CutGroup<R> }>,
  { names, changed, rowsOf, all }: RowSource<R>,
): Promise<void> {
  const short = new Map<string, CutGroup<R>>();
  for (const [name, { group }] of groups) if (group.last) short.set(name, group);
  const [first] = firstByName(
    [...short.values()].flatMap(({ last }) => last ?? []),
    1,
  );
  if (!first) return;
  let lookups = 0;
  for await (const system of names.rowsFrom(NAMES.keyOf(first))) {
    if (changed.has(system.id)) continue;
    if (all && ++lookups > MAX_LOOKUPS) break;
    for (const [group, row] of await rowsOf(system)) {
      short.get(group)?.offer(row);
      if (!short.get(group)?.last) short.delete(group);
    }
    if (short.size === 0) return;
  }
  if (!all || lookups <= MAX_LOOKUPS) return;
  for (const group of short.values()) group.restart();
  for await (const rows of all(short.keys()))
    for (const [group, row] of rows) if (!changed.has(row.id)) short.get(group)?.offer(row);
}
