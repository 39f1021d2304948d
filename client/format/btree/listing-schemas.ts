/** The tables of listings: their rows and encodings. FORMAT.md, section 21. */

import { packNumbers, unpackIntegers, unpackNumbers } from '#format/columns/numbers.ts';
import { packHashes, unpackHashes } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { RootRef } from '#format/index-json.ts';
import { take } from '#format/memory-cost.ts';
import type { SystemRow } from '#format/system-row.ts';
import { lengthOf } from '#format/utf8.ts';
import { NAMES } from './name-schemas.ts';
import { keyWeight, type TableSchema } from './page.ts';
import { fieldsWeight, NUMBER_WEIGHT } from './system-columns.ts';

/** A row of the table `listings`: a value of a listed field. */
export interface ListingEntry {
  readonly field: string;
  /** `valueKey` of the value. */
  readonly key: string;
  readonly systems: number;
  readonly bounds: Bounds;
  /** Root of the value's own table; undefined if its systems are in the table `members`. */
  readonly shard: RootRef | undefined;
}

/** A system under a key of a field: a row of the tables `members` and `ordered`. */
export interface KeyedSystem extends SystemRow {
  readonly field: string;
  /** `valueKey` of a value, or an `orderKey`. */
  readonly key: string;
}

/** Approximate memory of the bounds and the table of a value. */
const VALUE_COST = 280;

/** All values of listed fields. */
export const LISTINGS: TableSchema<ListingEntry> = {
  kind: 'listings',
  keys: 2,
  leafWeight: 24_576,
  keyOf: ({ field, key }) => [field, key],
  pack: rows => {
    const shards = rows.flatMap(({ shard }) => shard ?? []);
    const axes = (end: 'min' | 'max') =>
      [0, 1, 2].map(axis => packNumbers(rows.map(({ bounds }) => bounds[end][axis]!)));
    return {
      systems: packNumbers(rows.map(row => row.systems)),
      min: axes('min'),
      max: axes('max'),
      sharded: Uint8Array.from(rows, ({ shard }) => (shard ? 1 : 0)),
      hashes: packHashes(shards.map(shard => shard.hash)),
      lengths: packNumbers(shards.map(shard => shard.length)),
    };
  },
  unpack: ([field, key], file, count) => {
    const systems = unpackIntegers(file['systems'], count, 1);
    const axes = (end: string) => {
      const packed = file[end];
      if (!Array.isArray(packed)) throw new Error('a page of listings lacks an array');
      return [0, 1, 2].map(axis => unpackNumbers(packed[axis], count));
    };
    const [min, max] = [axes('min'), axes('max')];
    const sharded = file['sharded'];
    if (!(sharded instanceof Uint8Array) || sharded.length !== count) {
      throw new Error(`a page of listings lacks its ${count} flags "sharded"`);
    }
    const shards = sharded.filter(flag => flag !== 0).length;
    const hashes = unpackHashes(file['hashes'], shards);
    const lengths = unpackIntegers(file['lengths'], shards);
    take(VALUE_COST * count);
    let next = 0;
    const corner = (axes: Float64Array[], i: number) =>
      axes.map(axis => axis[i]!) as [number, number, number];
    return Array.from({ length: count }, (_, i) => ({
      field: field![i]!,
      key: key![i]!,
      systems: systems[i]!,
      bounds: { min: corner(min, i), max: corner(max, i) },
      shard: sharded[i] ? { hash: hashes[next]!, length: lengths[next++]! } : undefined,
    }));
  },
  weight: () => 8 * NUMBER_WEIGHT,
};

/** Maximum weight of a page of rows that are read page by page. */
const LISTED_WEIGHT = 98_304;

/** The systems of one value of a listed field, by (name, id), for readers. */
export const SHARDS: TableSchema<SystemRow> = { ...NAMES, kind: 'listings', leafWeight: LISTED_WEIGHT };

const REGION_SHARDS: TableSchema<SystemRow> = { ...SHARDS, weight: weightInRegion };

/** Returns the schema of the systems of one value of `field`, with the weights of its rows. */
export function shardSchema(field: string): TableSchema<SystemRow> {
  return field === REGION ? REGION_SHARDS : SHARDS;
}

/** The listing by region: all systems of a value have one region, which a page contains once. */
export const REGION = 'region';

/** Weight of the columns of a system beside others of its region. */
function weightInRegion(row: SystemRow): number {
  return 3 * NUMBER_WEIGHT + fieldsWeight(row);
}

/** A value key up to this length has no weight: most rows share theirs with the row before, and a page contains it once. */
export const SHARED_KEY = 32;

/** Systems by (field, key, name, id). */
export const MEMBERS: TableSchema<KeyedSystem> = {
  kind: 'listings',
  keys: 4,
  keyOf: ({ field, key, name, id }) => [field, key, name, id],
  pack: NAMES.pack,
  unpack: ([field, key, name, id], file, count) =>
    NAMES.unpack([name!, id!], file, count).map((row, i) => ({ ...row, field: field![i]!, key: key![i]! })),
  weight: row => (row.field === REGION ? weightInRegion(row) : NAMES.weight(row)),
  keyWeight: ([, key, name, id]) => Math.max(0, lengthOf(key!) - SHARED_KEY) + keyWeight([name!, id!]),
};

/** All systems of each listing in order. */
export const ORDERED: TableSchema<KeyedSystem> = { ...MEMBERS, leafWeight: LISTED_WEIGHT };
