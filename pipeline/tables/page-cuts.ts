/**
 * Where the key runs of each table may be cut: after rows that always end a page, independent of their neighbours
 * (`isBorder`). Thus a range of a table consists of complete pages, and the tables are the same however they are cut.
 */

import { FREQUENT, facetValues } from '#format/btree/facet-schemas.ts';
import { hashKey, type TableKey } from '#format/btree/keys.ts';
import { MEMBERS, shardSchema } from '#format/btree/listing-schemas.ts';
import { foldedNames, IDS, NAMES } from '#format/btree/name-schemas.ts';
import { isBorder, keyWeight, LEAF_WEIGHT, rowWeight, type TableSchema } from '#format/btree/page.ts';
import { FACET_GRAMS, GRAMS, RESULTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import type { SystemRow } from '#format/system-row.ts';
import { hashBytes } from '#format/utf8.ts';
import { endAt, groupEnd, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import type { RunOptions } from '#pipeline/spill/key-runs.ts';
import { firstOfValues, firstOfWords } from './first-rows.ts';
import { systemAt } from './system-rows.ts';

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
/** The first byte of an escape in a key; such a key has other bytes than its strings. */
const ESCAPE = 1;

/** Upper bound of weight per byte of a row: a JSON value weighs 4 and has at least two bytes. */
const WEIGHT_A_BYTE = 2;

/** Whether a row ends a page; calls `weigh` only if the hash of the key may be low enough. */
function endsPage(
  buffer: Buffer,
  start: number,
  keyStart: number,
  maxWeight: number,
  weigh: () => { key: TableKey; weight: number },
): boolean {
  const keyEnd = keyEndAt(buffer, start);
  if (!hasEscape(buffer, keyStart, keyEnd)) {
    const hash = hashBytes(buffer, keyStart, keyEnd - 1, 0);
    if (!isBorder({ hash, weight: WEIGHT_A_BYTE * (endAt(buffer, start) - start) }, maxWeight)) return false;
  }
  const { key, weight } = weigh();
  return isBorder({ hash: hashKey(key, 0), weight }, maxWeight);
}

function hasEscape(buffer: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (buffer[at] === ESCAPE) return true;
  return false;
}

/** Options for runs of systems. */
function systemCuts<R>(schema: TableSchema<R>, toRow: (texts: TableKey, system: SystemRow) => R): RunOptions {
  const maxWeight = schema.leafWeight ?? LEAF_WEIGHT;
  return {
    cutsOf: (buffer, start) =>
      endsPage(buffer, start, start + HEADER, maxWeight, () => weighSystem(buffer, start, schema, toRow))
        ? CUT
        : 0,
  };
}

function weighSystem<R>(
  buffer: Buffer,
  start: number,
  schema: TableSchema<R>,
  toRow: (texts: TableKey, system: SystemRow) => R,
): { key: TableKey; weight: number } {
  const texts = keyAt(buffer, start);
  const row = toRow(texts, systemOf(buffer, start, texts));
  return { key: schema.keyOf(row), weight: rowWeight(row, schema) };
}

function systemOf(buffer: Buffer, start: number, texts: TableKey): SystemRow {
  return systemAt(buffer, start, endAt(buffer, start), texts.at(-2)!, texts.at(-1)!);
}

/** Cuts of a table whose rows have the weight of their keys plus a constant. */
function keyCuts<R>(schema: TableSchema<R>): RunOptions['cutsOf'] {
  const maxWeight = schema.leafWeight ?? LEAF_WEIGHT;
  const rowWeight = schema.weight(undefined as never);
  return (buffer, start) => {
    const weigh = () => {
      const key = keyAt(buffer, start);
      return { key, weight: keyWeight(key) + rowWeight };
    };
    return endsPage(buffer, start, start + HEADER, maxWeight, weigh) ? CUT : 0;
  };
}

const keyed = ([field, key]: TableKey, system: SystemRow) => ({ ...system, field: field!, key: key! });

/** Cuts for a system of a listed value. */
function listedCuts(buffer: Buffer, start: number): number {
  const asMember = () => weighSystem(buffer, start, MEMBERS, keyed);
  const inShard = () =>
    weighSystem(buffer, start, shardSchema(keyAt(buffer, start)[0]!), (_, system) => system);
  return (
    (endsPage(buffer, start, start + HEADER, LEAF_WEIGHT, asMember) ? CUT_MEMBERS : 0) |
    (endsPage(buffer, start, groupEnd(buffer, start), LEAF_WEIGHT, inShard) ? CUT_SHARD : 0)
  );
}

export const RUN_OPTIONS: Record<RunName, RunOptions> = {
  names: systemCuts(NAMES, (_, system) => system),
  folded: { cutsOf: keyCuts(foldedNames()) },
  ids: { cutsOf: keyCuts(IDS) },
  listings: {},
  listed: { cutsOf: listedCuts },
  ordered: systemCuts(MEMBERS, keyed),
  facets: { sum: true, cutsOf: keyCuts(facetValues(String)) },
  rare: systemCuts(MEMBERS, keyed),
  common: {},
  'common-rows': systemCuts(FREQUENT, keyed),
  'facet-grams': { cutsOf: keyCuts(FACET_GRAMS) },
  results: systemCuts(RESULTS, (_, { fields, ...system }) => ({
    ...system,
    values: fields!['values'] as string[],
  })),
  values: { select: firstOfValues },
  'value-counts': { sum: true },
  'value-rows': systemCuts(VALUES, ([, value], system) => ({
    ...system,
    ...{ value: value!, field: 0, systems: 1 },
  })),
  words: { select: firstOfWords },
  'word-rows': systemCuts(WORDS, ([text], system) => ({ ...system, text: text! })),
  grams: { cutsOf: keyCuts(GRAMS) },
};
