/** The tables of names, ids and regions: their rows and encodings. */

import { packNumbers, unpackIntegers, unpackNumbers } from '#format/columns/numbers.ts';
import { unpackStrings } from '#format/columns/strings.ts';
import { packHashes, unpackHashes } from '#format/file-ref.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { RootRef } from '#format/index-json.ts';
import { take } from '#format/memory-cost.ts';
import type { SystemRow } from '#format/system-row.ts';
import type { TableSchema } from './page.ts';
import {
  fieldsWeight,
  NUMBER_WEIGHT,
  packFields,
  packPositions,
  packRegions,
  regionWeight,
  systemsOf,
  unpackPositions,
} from './system-columns.ts';

/** A row of the table `folded`: a name of one or more systems. */
export interface NameEntry {
  readonly name: string;
}

/** A row of the table `ids`. */
export interface IdEntry {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A row of the table `regions`. */
export interface RegionEntry {
  readonly region: string;
  readonly systems: number;
  readonly bounds: Bounds;
  /** Root of the region's own table; undefined if its systems are in the table `members`. */
  readonly shard: RootRef | undefined;
}

/** All systems by (name, id). */
export const NAMES: TableSchema<SystemRow> = {
  kind: 'names',
  keys: 2,
  keyOf: ({ name, id }) => [name, id],
  pack: rows => ({ ...packPositions(rows), ...packRegions(rows), ...packFields(rows) }),
  unpack: ([name, id], file, count) =>
    systemsOf({ name: name!, id: id!, region: unpackStrings(file['region'], count) }, file, count),
  weight: row => 3 * NUMBER_WEIGHT + regionWeight(row) + fieldsWeight(row),
};

/** Returns the schema of the table `folded`: all different names, ordered by their folds, which pages do not contain. */
export function foldedNames(fold: (text: string) => string): TableSchema<NameEntry> {
  return {
    kind: 'names',
    keys: 2,
    keyOf: ({ name }) => [fold(name), name],
    stored: { keys: 1, keyOf: ({ name }) => [name] },
    pack: () => ({}),
    unpack: ([names]) => names!.map(name => ({ name })),
    weight: () => 0,
  };
}

/** All systems by id. */
export const IDS: TableSchema<IdEntry> = {
  kind: 'ids',
  keys: 1,
  keyOf: ({ id }) => [id],
  pack: packPositions,
  unpack: ([id], file, count) => {
    const [x, y, z] = unpackPositions(file, count) as [Float64Array, Float64Array, Float64Array];
    return Array.from({ length: count }, (_, i) => ({ id: id![i]!, x: x[i]!, y: y[i]!, z: z[i]! }));
  },
  weight: () => 3 * NUMBER_WEIGHT,
};

/** Approximate memory of the bounds and table of a region. */
const REGION_COST = 280;

/** All regions. */
export const REGIONS: TableSchema<RegionEntry> = {
  kind: 'regions',
  keys: 1,
  keyOf: ({ region }) => [region],
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
  unpack: ([region], file, count) => {
    const systems = unpackIntegers(file['systems'], count, 1);
    const axes = (field: string) => {
      const packed = file[field];
      if (!Array.isArray(packed)) throw new Error('a page of regions lacks an array');
      return [0, 1, 2].map(axis => unpackNumbers(packed[axis], count));
    };
    const [min, max] = [axes('min'), axes('max')];
    const sharded = file['sharded'];
    if (!(sharded instanceof Uint8Array) || sharded.length !== count) {
      throw new Error(`a page of regions lacks its ${count} flags "sharded"`);
    }
    const shards = sharded.filter(flag => flag !== 0).length;
    const hashes = unpackHashes(file['hashes'], shards);
    const lengths = unpackIntegers(file['lengths'], shards);
    take(REGION_COST * count);
    let next = 0;
    const corner = (axes: Float64Array[], i: number) =>
      axes.map(axis => axis[i]!) as [number, number, number];
    return Array.from({ length: count }, (_, i) => ({
      region: region![i]!,
      systems: systems[i]!,
      bounds: { min: corner(min, i), max: corner(max, i) },
      shard: sharded[i] ? { hash: hashes[next]!, length: lengths[next++]! } : undefined,
    }));
  },
  weight: () => 8 * NUMBER_WEIGHT,
};

/** Returns the schema of a region's own table: its systems, ordered by (name, id). */
export function shardOf(region: string): TableSchema<SystemRow> {
  return {
    kind: 'regions',
    keys: 2,
    keyOf: ({ name, id }) => [name, id],
    pack: rows => ({ ...packPositions(rows), ...packFields(rows) }),
    unpack: ([name, id], file, count) => systemsOf({ name: name!, id: id!, region }, file, count),
    weight: row => 3 * NUMBER_WEIGHT + fieldsWeight(row),
  };
}

/** The systems of small regions by (region, name, id). */
export const MEMBERS: TableSchema<SystemRow> = {
  kind: 'regions',
  keys: 3,
  keyOf: ({ region, name, id }) => [region, name, id],
  pack: rows => ({ ...packPositions(rows), ...packFields(rows) }),
  unpack: ([region, name, id], file, count) =>
    systemsOf({ name: name!, id: id!, region: region! }, file, count),
  weight: row => 3 * NUMBER_WEIGHT + fieldsWeight(row),
};
