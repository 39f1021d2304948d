/** The tables of listings: their rows and encodings. FORMAT.md, section 21. */

import { packNumbers, unpackIntegers, unpackNumbers } from '#format/columns/numbers.ts';
import { packHashes, unpackHashes } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { RootRef } from '#format/index-json.ts';
import { take } from '#format/memory-cost.ts';
import type { SystemRow } from '#format/system-row.ts';
import { NAMES } from './name-schemas.ts';
import type { TableSchema } from './page.ts';
import { NUMBER_WEIGHT } from './system-columns.ts';

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

/** The systems of one value of a listed field, by (name, id). */
export const SHARDS: TableSchema<SystemRow> = { ...NAMES, kind: 'listings' };

/** Systems by (field, key, name, id): the tables `members` and `ordered`. */
export const MEMBERS: TableSchema<KeyedSystem> = {
  kind: 'listings',
  keys: 4,
  keyOf: ({ field, key, name, id }) => [field, key, name, id],
  pack: NAMES.pack,
  unpack: ([field, key, name, id], file, count) =>
    NAMES.unpack([name!, id!], file, count).map((row, i) => ({ ...row, field: field![i]!, key: key![i]! })),
  weight: NAMES.weight,
};
