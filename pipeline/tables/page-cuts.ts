/**
 * Where the key runs of each table may be cut: after rows that always end a page, independent of their neighbours
 * (`isBorder`). Thus a range of a table consists of complete pages, and the tables are the same however they are cut.
 */

import { MEMBERS, SHARDS } from '#format/btree/listing-schemas.ts';
import { UNFOLDED } from '#format/btree/name-schemas.ts';
import { isBorder, leafWeight } from '#format/btree/page.ts';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { type RunOptions, sumEqualKeys } from '#pipeline/spill/key-runs.ts';
import type { SelectEntries } from '#pipeline/spill/sort-entries.ts';
import { firstOfValues, firstOfWords } from './first-rows.ts';
import { SET_TABLES, type SetTable, type SetTableName, SHARD } from './set-tables.ts';
import { type EntryWeigher, weighAll } from './weigh-all.ts';

/**
 * `listings` has totals by listed value, `listed` the systems of each. `facets` has totals by the values of facets,
 * `rare` all systems of each value that may be rare, `common` the first systems of each value, `common-rows` those that
 * become rows. `values` has all systems by the values of searched fields, `value-rows` those that become rows, and
 * `value-counts` their numbers. `words` has all names from their words on, `word-rows` those that become rows.
 */
export type RunName =
  | 'names'
  | 'folded'
  | 'ids'
  | 'listings'
  | 'listed'
  | 'ordered'
  | 'facets'
  | 'rare'
  | 'common'
  | 'common-rows'
  | 'facet-grams'
  | 'results'
  | 'values'
  | 'value-counts'
  | 'value-rows'
  | 'words'
  | 'word-rows'
  | 'grams';

/** A page ends here, in the table of all small values, or in the table of a large value. */
export const CUT_MEMBERS = 1;
export const CUT_SHARD = 2;
/** A page ends here. */
export const CUT = 1;

/** How the file of a run is packed. */
export function runOptions(run: RunName, engine: Engine): RunOptions {
  return { select: SELECT[run], cutsOf: cutsOf(cutTables(run), engine), sort: entrySort(engine) };
}

const SELECT: Partial<Record<RunName, SelectEntries>> = {
  ...{ facets: sumEqualKeys, 'value-counts': sumEqualKeys },
  ...{ values: firstOfValues, words: firstOfWords },
};

/** A table at whose pages a run may be cut. */
interface CutTable extends EntryWeigher {
  readonly maxWeight: number;
  readonly kind: number;
}

/** The tables whose rows the entries of a run become. */
function cutTables(run: RunName): CutTable[] {
  if (run === 'listed')
    return [
      { ...SET_TABLES.members, maxWeight: leafWeight(MEMBERS), kind: CUT_MEMBERS },
      { ...SHARD, maxWeight: leafWeight(SHARDS), kind: CUT_SHARD },
    ];
  if (!(run in SET_TABLES)) return [];
  const table: SetTable<unknown> = SET_TABLES[run as SetTableName];
  return [{ ...table, maxWeight: leafWeight(table.schema(UNFOLDED)), kind: CUT }];
}

function cutsOf(tables: readonly CutTable[], engine: Engine): RunOptions['cutsOf'] {
  if (tables.length === 0) return undefined;
  return sorted => {
    const kinds = new Uint8Array(sorted.order.length);
    for (const table of tables) {
      let entry = 0;
      for (const weights of weighAll(engine, table, sorted))
        for (let i = 0; i < weights.length; i += 2, entry++)
          if (isBorder(weights[i]!, weights[i + 1]!, table.maxWeight)) kinds[entry]! |= table.kind;
    }
    return kinds;
  };
}
