/** The tables of a set that are made of key runs: their schemas, and the row of each entry. */
import { type KeyedSystem, MEMBERS } from '#format/btree/listing-schemas.ts';
import { foldedNames, IDS, NAMES } from '#format/btree/name-schemas.ts';
import type { TableSchema } from '#format/btree/page.ts';
import { PARTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import type { SystemRow } from '#format/system-row.ts';
import { compareKeys, endAt, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { END } from '#pipeline/spill/key-bytes.ts';
import { type Sorted, sumEqualKeys } from '#pipeline/spill/key-runs.ts';
import { markAt, systemAt } from './system-rows.ts';

/** A table that is made of key runs. */
export interface SetTable<R> {
  /** @param fold of the set */
  schema(fold: (text: string) => string): TableSchema<R>;
  /** Selects or combines the entries that become rows; by default each entry is a row. */
  select?(sorted: Sorted): readonly number[];
  rowOf(arena: Buffer, start: number): R;
}

/** By the name of the table in the tasks `ranges` and `tables`. */
export const SET_TABLES = {
  names: table({ schema: () => NAMES, rowOf: lastSystem }),
  folded: table({
    schema: foldedNames,
    select: firsts,
    rowOf: (arena, start) => ({ name: keyAt(arena, start)[1]! }),
  }),
  ids: table({
    schema: () => IDS,
    rowOf(arena, start) {
      const at = keyEndAt(arena, start);
      const number = (i: number) => arena.readDoubleLE(at + 8 * i);
      return { id: keyAt(arena, start)[0]!, x: number(0), y: number(1), z: number(2) };
    },
  }),
  members: table({ schema: () => MEMBERS, rowOf: keyedSystem }),
  ordered: table({ schema: () => MEMBERS, rowOf: keyedSystem }),
  'value-rows': table({
    schema: () => VALUES,
    rowOf: (arena, start) => ({ ...lastSystem(arena, start), value: keyAt(arena, start)[0]! }),
  }),
  words: table({
    schema: () => WORDS,
    select: wordRows,
    rowOf(arena, start) {
      const [text, before] = keyAt(arena, start);
      const systems = markAt(arena, start);
      return { ...lastSystem(arena, start), text: text!, before: before!, systems };
    },
  }),
  parts: table({
    schema: () => PARTS,
    select: ({ arena, order }) => sumEqualKeys(arena, order),
    rowOf(arena, start) {
      const [rest, before] = keyAt(arena, start);
      return { rest: rest!, before: before!, places: arena.readDoubleLE(keyEndAt(arena, start)) };
    },
  }),
} as const;

/** Name of a table that is made of key runs. */
export type SetTableName = keyof typeof SET_TABLES;

function table<R>(definition: SetTable<R>): SetTable<R> {
  return definition;
}

/** The system of an entry whose key ends with name and id. */
export function lastSystem(arena: Buffer, start: number): SystemRow {
  const [name, id] = keyAt(arena, start).slice(-2) as [string, string];
  return systemAt(arena, start, endAt(arena, start), name, id);
}

function keyedSystem(arena: Buffer, start: number): KeyedSystem {
  const [field, key] = keyAt(arena, start) as [string, string];
  return { ...lastSystem(arena, start), field, key };
}

/** The first of each group of equal keys. */
function firsts({ arena, order }: Sorted): number[] {
  return order.filter((start, i) => i === 0 || compareKeys(arena, order[i - 1]!, arena, start) !== 0);
}

/**
 * Combines rows with the same key: for a system, the highest mark counts; for a value of many systems (without an
 * id), the sum, because its systems may be in several ranges.
 */
function wordRows({ arena, order }: Sorted): number[] {
  const rows: number[] = [];
  for (const start of order) {
    const row = rows.at(-1);
    if (row === undefined || compareKeys(arena, row, arena, start) !== 0) {
      rows.push(start);
      continue;
    }
    const [mark, other] = [markAt(arena, row), markAt(arena, start)];
    const keyEnd = keyEndAt(arena, row);
    // An empty id leaves two zeros at the end of a key: those that end name and id.
    const isValue = arena[keyEnd - 2] === END;
    arena.writeDoubleLE(isValue ? mark + other : Math.max(mark, other), keyEnd);
  }
  return rows;
}
