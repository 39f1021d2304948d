/** The tables of a set that are made of key runs: their schemas, and the row of each entry. */
import { FREQUENT, facetValues, RARE } from '#format/btree/facet-schemas.ts';
import { type KeyedSystem, MEMBERS, ORDERED } from '#format/btree/listing-schemas.ts';
import { foldedNames, IDS, NAMES } from '#format/btree/name-schemas.ts';
import type { TableSchema } from '#format/btree/page.ts';
import { FACET_GRAMS, GRAMS, RESULTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import type { Fold } from '#format/fold/fold.ts';
import type { SystemRow } from '#format/system-row.ts';
import { keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { firstOfEqualKeys, sumEqualKeys } from '#pipeline/spill/key-runs.ts';
import type { SelectEntries } from '#pipeline/spill/sort-entries.ts';
import type { EntryTable } from './entry-pages.ts';
import {
  FACET_GRAMS_LAYOUT,
  FACETS_LAYOUT,
  FOLDED_LAYOUT,
  GRAMS_LAYOUT,
  IDS_LAYOUT,
  MEMBERS_LAYOUT,
  NAMES_LAYOUT,
  RESULTS_LAYOUT,
  SHARDS_LAYOUT,
  VALUES_LAYOUT,
  WORDS_LAYOUT,
} from './leaf-layouts.ts';
import { coreAt, resultRowAt, systemAt, valueRowAt } from './system-rows.ts';
import {
  weighKeys,
  weighMember,
  weighName,
  weighResult,
  weighShard,
  weighValue,
  weighWord,
} from './weigh-entries.ts';

/** A table that is made of key runs. */
export interface SetTable<R> extends EntryTable<R> {
  /** @param fold of the set */
  schema(fold: Fold): TableSchema<R>;
  /** Selects or combines the entries that become rows; by default each entry is a row. */
  readonly select?: SelectEntries;
}

/** By the name of the table in the tasks `ranges` and `tables`. */
export const SET_TABLES = {
  names: table({ schema: () => NAMES, weigh: weighName, rowOf: lastSystem, layout: NAMES_LAYOUT }),
  folded: table({
    schema: foldedNames,
    select: firstOfEqualKeys,
    weigh: weighKeys(foldedNames()),
    rowOf: (arena, start) => ({
      name: keyAt(arena, start)[1]!,
      bySearch: arena.readDoubleLE(keyEndAt(arena, start)) === 1,
    }),
    layout: FOLDED_LAYOUT,
  }),
  ids: table({
    schema: () => IDS,
    weigh: weighKeys(IDS),
    rowOf(arena, start) {
      const at = keyEndAt(arena, start);
      const number = (i: number) => arena.readDoubleLE(at + 8 * i);
      return { id: keyAt(arena, start)[0]!, x: number(0), y: number(1), z: number(2) };
    },
    layout: IDS_LAYOUT,
  }),
  members: keyedTable(MEMBERS),
  ordered: keyedTable(ORDERED),
  facets: table({
    schema: facetValues,
    select: sumEqualKeys,
    weigh: weighKeys(facetValues(String)),
    rowOf(arena, start) {
      const [field, , key] = keyAt(arena, start) as [string, string, string];
      return { field, key, systems: arena.readDoubleLE(keyEndAt(arena, start)) };
    },
    layout: FACETS_LAYOUT,
  }),
  rare: keyedTable(RARE),
  'common-rows': keyedTable(FREQUENT),
  'facet-grams': table({
    schema: () => FACET_GRAMS,
    select: firstOfEqualKeys,
    weigh: weighKeys(FACET_GRAMS),
    rowOf(arena, start) {
      const [gram, field, key] = keyAt(arena, start) as [string, string, string];
      return { gram, field, key };
    },
    layout: FACET_GRAMS_LAYOUT,
  }),
  results: table({
    schema: () => RESULTS,
    weigh: weighResult,
    rowOf: resultRowAt,
    layout: RESULTS_LAYOUT,
  }),
  'value-rows': table({
    schema: () => VALUES,
    weigh: weighValue,
    rowOf: valueRowAt,
    layout: VALUES_LAYOUT,
  }),
  'word-rows': table({
    schema: () => WORDS,
    weigh: weighWord,
    rowOf(arena, start) {
      const key = keyAt(arena, start);
      return { ...coreAt(arena, start, key), text: key[0]! };
    },
    layout: WORDS_LAYOUT,
  }),
  grams: table({
    schema: () => GRAMS,
    select: firstOfEqualKeys,
    weigh: weighKeys(GRAMS),
    rowOf(arena, start) {
      const [gram, place] = keyAt(arena, start) as [string, string];
      return { gram, place: Number.parseInt(place, 16) };
    },
    layout: GRAMS_LAYOUT,
  }),
} as const;

/** Name of a table that is made of key runs. */
export type SetTableName = keyof typeof SET_TABLES;

function table<R>(definition: SetTable<R>): SetTable<R> {
  return definition;
}

function keyedTable(schema: TableSchema<KeyedSystem>): SetTable<KeyedSystem> {
  return { schema: () => schema, weigh: weighMember, rowOf: keyedSystem, layout: MEMBERS_LAYOUT };
}

/** The table of one listed value, which is made of the entries of `members`. */
export const SHARD = { weigh: weighShard, rowOf: lastSystem, layout: SHARDS_LAYOUT };

/** The system of an entry whose key ends with name and id. */
export function lastSystem(arena: Buffer, start: number): SystemRow {
  return systemAt(arena, start, keyAt(arena, start));
}

function keyedSystem(arena: Buffer, start: number): KeyedSystem {
  const texts = keyAt(arena, start);
  return { ...systemAt(arena, start, texts), field: texts[0]!, key: texts[1]! };
}
