/** The tables of a set that are made of key runs: their schemas, and the row of each entry. */
import { FREQUENT, facetValues, RARE } from '#format/btree/facet-schemas.ts';
import { type KeyedSystem, MEMBERS } from '#format/btree/listing-schemas.ts';
import { foldedNames, IDS, NAMES } from '#format/btree/name-schemas.ts';
import type { TableSchema } from '#format/btree/page.ts';
import { FACET_GRAMS, GRAMS, RESULTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { SystemRow } from '#format/system-row.ts';
import { compareKeys, endAt, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { type Sorted, sumEqualKeys } from '#pipeline/spill/key-runs.ts';
import { resultRowAt, systemAt, valueRowAt } from './system-rows.ts';

/** A table that is made of key runs. */
export interface SetTable<R> {
  /** @param fold of the set */
  schema(fold: Fold): TableSchema<R>;
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
    rowOf: (arena, start) => ({
      name: keyAt(arena, start)[1]!,
      bySearch: arena.readDoubleLE(keyEndAt(arena, start)) === 1,
    }),
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
  facets: table({
    schema: facetValues,
    select: ({ arena, order }) => sumEqualKeys(arena, order),
    rowOf(arena, start) {
      const [field, , key] = keyAt(arena, start) as [string, string, string];
      return { field, key, systems: arena.readDoubleLE(keyEndAt(arena, start)) };
    },
  }),
  rare: table({ schema: () => RARE, rowOf: keyedSystem }),
  'common-rows': table({ schema: () => FREQUENT, rowOf: keyedSystem }),
  'facet-grams': table({
    schema: () => FACET_GRAMS,
    select: firsts,
    rowOf(arena, start) {
      const [gram, field, key] = keyAt(arena, start) as [string, string, string];
      return { gram, field, key };
    },
  }),
  results: table({ schema: () => RESULTS, rowOf: resultRowAt }),
  'value-rows': table({ schema: () => VALUES, rowOf: valueRowAt }),
  'word-rows': table({
    schema: () => WORDS,
    rowOf: (arena, start) => ({ ...lastSystem(arena, start), text: keyAt(arena, start)[0]! }),
  }),
  grams: table({
    schema: () => GRAMS,
    select: firsts,
    rowOf(arena, start) {
      const [gram, place] = keyAt(arena, start) as [string, string];
      return { gram, place: Number.parseInt(place, 16) };
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
