/**
 * Where the key runs of each table may be cut: after rows that always end a page, independent of their neighbours
 * (`isBorder`). Thus a range of a table consists of complete pages, and the tables are the same however they are cut.
 */

import { MEMBERS, SHARDS } from '#format/btree/listing-schemas.ts';
import { UNFOLDED } from '#format/btree/name-schemas.ts';
import { isBorder, leafWeight } from '#format/btree/page.ts';
import type { RunOptions } from '#pipeline/spill/key-runs.ts';
import { firstOfValues, firstOfWords } from './first-rows.ts';
import { SET_TABLES, type SetTableName } from './set-tables.ts';
import { weighMember, weighShard } from './weigh-entries.ts';

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

/** Cuts of a run whose entries become rows of a table. */
function cutsOf(table: SetTableName): RunOptions {
  const { schema, weigh } = SET_TABLES[table];
  const maxWeight = leafWeight(schema(UNFOLDED));
  return { cutsOf: (buffer, start) => (isBorder(weigh(buffer, start), maxWeight) ? CUT : 0) };
}

/** Cuts for a system of a listed value. */
function listedCuts(buffer: Buffer, start: number): number {
  return (
    (isBorder(weighMember(buffer, start), leafWeight(MEMBERS)) ? CUT_MEMBERS : 0) |
    (isBorder(weighShard(buffer, start), leafWeight(SHARDS)) ? CUT_SHARD : 0)
  );
}

export const RUN_OPTIONS: Record<RunName, RunOptions> = {
  names: cutsOf('names'),
  folded: cutsOf('folded'),
  ids: cutsOf('ids'),
  listings: {},
  listed: { cutsOf: listedCuts },
  ordered: cutsOf('ordered'),
  facets: { sum: true, ...cutsOf('facets') },
  rare: cutsOf('rare'),
  common: {},
  'common-rows': cutsOf('common-rows'),
  'facet-grams': cutsOf('facet-grams'),
  results: cutsOf('results'),
  values: { select: firstOfValues },
  'value-counts': { sum: true },
  'value-rows': cutsOf('value-rows'),
  words: { select: firstOfWords },
  'word-rows': cutsOf('word-rows'),
  grams: cutsOf('grams'),
};
