/**
 * Where the runs of each table are cut into ranges: after rows that always end a page, independent of their neighbours
 * (`isBorder`). Thus a range of a table consists of complete pages, and the tables are the same however they are cut.
 * Sources of other tables are cut between groups of entries.
 *
 * The rows of some tables are in groups: the systems of a value of a field. Some groups are chosen, and a table has only
 * these, or all others.
 */
import { SHARDS } from '#format/btree/listing-schemas.ts';
import { UNFOLDED } from '#format/btree/name-schemas.ts';
import { isBorder, leafWeight } from '#format/btree/page.ts';
import { HEADER, keyEndAt, keysEnd } from '#pipeline/spill/entries.ts';
import { afterKey, readKey } from '#pipeline/spill/key-bytes.ts';
import { type FindCut, type IsWanted, readBlock } from '#pipeline/spill/key-runs.ts';
import { isLong } from '#pipeline/tables/first-rows.ts';
import { type Group, groupAt } from '#pipeline/tables/groups.ts';
import { SET_TABLES, type SetTable, SHARD } from '#pipeline/tables/set-tables.ts';
import { weighAll } from '#pipeline/tables/weigh-all.ts';
import {
  type ChosenGroups,
  GROUPED,
  type RangedTable,
  type RangesResult,
  type TablesContext,
} from './table-ranges.ts';

/** The cuts of a table, and which blocks of its runs it needs. */
export interface RangeCuts {
  readonly findCut: FindCut;
  readonly isWanted: IsWanted;
}

export function rangeCuts(
  table: RangedTable,
  groups: ChosenGroups,
  commonValues: RangesResult['commonValues'],
  context: TablesContext,
): RangeCuts {
  const grouped = GROUPED[table];
  if (grouped) return groupCuts(table, groups[grouped.groups], grouped.isChosen, context);
  return { findCut: cutsOf(table, commonValues, context), isWanted: () => true };
}

function cutsOf(
  table: RangedTable,
  commonValues: RangesResult['commonValues'],
  context: TablesContext,
): FindCut {
  if (table === 'words') return ({ key }) => key.subarray(0, keysEnd(key, 0, 1));
  if (table !== 'values') return pageEnds(table, context);
  // A value with a row for each system may also be cut: its number of systems is known.
  const longValues = new Set(commonValues.flatMap(([value]) => (isLong(value) ? [value] : [])));
  return ({ key }) => {
    const end = keysEnd(key, 0, 2);
    return longValues.has(readKey(key, 0, end)[1]!) ? key : key.subarray(0, end);
  };
}

function groupCuts(
  table: RangedTable,
  chosen: readonly Group[],
  isChosen: boolean,
  context: TablesContext,
): RangeCuts {
  const own = new Set(chosen);
  const begins = chosen.map(group => Buffer.from(group, 'base64'));
  const isOwn = (arena: Buffer, start: number) => own.has(groupAt(arena, start)) === isChosen;
  const findEnd = pageEnds(table, context, isOwn);
  const findCut: FindCut = block => {
    const begin = isChosen ? begins[countUpTo(begins, block.key)] : undefined;
    return begin && (block.next === undefined || begin.compare(block.next) <= 0) ? begin : findEnd(block);
  };
  return { findCut, isWanted: wantedBlocks(begins, isChosen) };
}

/**
 * Returns a test whether any key from `low` to `high` may be of the groups of a table.
 * @param chosen the first bytes of the keys of each chosen group, in order
 * @param isChosen true for a table of the chosen groups, false for a table of all others
 */
function wantedBlocks(chosen: readonly Buffer[], isChosen: boolean): IsWanted {
  const starts = (key: Buffer, group: Buffer) => key.subarray(0, group.length).equals(group);
  return (low, high) => {
    const group = high ? chosen[countUpTo(chosen, high) - 1] : chosen.at(-1);
    if (isChosen) return group !== undefined && (group.compare(low) >= 0 || starts(low, group));
    return !(group && high && starts(low, group) && starts(high, group));
  };
}

/** The number of keys, which are in order, that are not above `high`. */
function countUpTo(keys: readonly Buffer[], high: Buffer): number {
  let from = 0;
  let to = keys.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (keys[middle]!.compare(high) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Finds the end of a page of a table, after an entry for which `isOwn` is true; sources of other tables have no pages. */
function pageEnds(
  table: RangedTable,
  { run, plan }: TablesContext,
  isOwn: (arena: Buffer, start: number) => boolean = () => true,
): FindCut {
  if (table === 'words' || table === 'values' || table === 'common') return () => undefined;
  const own: SetTable<unknown> | undefined = table === 'shards' ? undefined : SET_TABLES[table];
  const maxWeight = leafWeight(own ? own.schema(UNFOLDED) : SHARDS);
  return async block => {
    const sorted = await readBlock(run, block);
    const { arena, order } = sorted;
    let entry = 0;
    for (const weights of weighAll(plan.engine, own ?? SHARD, sorted)) {
      for (let i = 0; i < weights.length; i += 2, entry++) {
        const start = order[entry]!;
        if (isBorder(weights[i]!, weights[i + 1]!, maxWeight) && isOwn(arena, start))
          return afterKey(arena.subarray(start + HEADER, keyEndAt(arena, start)));
      }
    }
    return undefined;
  };
}
