/** The tables of a set: what their rows hold, and how they are written. */
import type { Bounds } from './cell.ts';
import type { RootRef } from './index-json.ts';
import type { JsonObject } from './json.ts';
import { packNumbers, unpackNumbers } from './numbers.ts';
import type { Packable } from './pack.ts';
import { packHashes, unpackHashes } from './ref.ts';
import { packStrings, unpackStrings } from './strings.ts';
import type { Layout } from './table.ts';
import { packTable, unpackTable, weightOf } from './values.ts';

/** A system as tables hold it: what chunks hold of it. */
export interface SystemEntry {
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Further summary fields, where the record has any. */
  readonly fields?: JsonObject;
}

/** A name that some system has. */
export interface NameEntry {
  readonly name: string;
}

export interface IdEntry {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** A region. */
export interface RegionEntry {
  readonly region: string;
  readonly systems: number;
  readonly bounds: Bounds;
  /** The root of a table of the region's own; where there is none, its systems are in the table `members`. */
  readonly shard: RootRef | undefined;
}

/** A text from a word on, with the system that has it, or with how many systems have the whole value. */
export interface WordEntry extends SystemEntry {
  /** At most WINDOW code points. */
  readonly text: string;
  /** Of a text that is no name, what comes before it: at most WINDOW code points, the last ones. */
  readonly before: string;
  /**
   * 0 for a system whose name has the text, 1 for one that has it in another field, or in both.
   * Where `id` is empty, `name` is a whole value, and so many systems have it: rows of the table `values`.
   */
  readonly systems: number;
}

/** A value of a searched field, and a system that has it. */
export interface ValueEntry extends SystemEntry {
  readonly value: string;
}

/** A way into words that some texts have: the rest of the word, and what comes before. */
export interface PartEntry {
  /** At most WINDOW code points. */
  readonly rest: string;
  /** At most WINDOW code points, the first ones of the word. */
  readonly before: string;
  /** Systems that have such a word, counted as often as they have it. */
  readonly systems: number;
}

const NUMBER_WEIGHT = 4;

const AXES = ['x', 'y', 'z'] as const;

function packPlaces(rows: readonly IdEntry[]): Record<string, Packable> {
  return Object.fromEntries(AXES.map(axis => [axis, packNumbers(rows.map(row => row[axis]))]));
}

function unpackPlaces(file: Record<string, unknown>, count: number): Float64Array[] {
  return AXES.map(axis => unpackNumbers(file[axis], count));
}

function packFields(rows: readonly SystemEntry[]): Record<string, Packable> {
  if (rows.every(({ fields }) => fields === undefined)) return {};
  return { fields: packTable(rows.map(({ fields }) => fields ?? {})) };
}

function fieldsWeight({ fields }: SystemEntry): number {
  return fields === undefined ? 0 : weightOf(fields);
}

function packRegions(rows: readonly SystemEntry[]): Record<string, Packable> {
  return { region: packStrings(rows.map(row => row.region)) };
}

interface SystemColumns {
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[] | string;
}

/** Systems from columns that are key or page. */
function systemsOf(columns: SystemColumns, file: Record<string, unknown>, count: number): SystemEntry[] {
  const [x, y, z] = unpackPlaces(file, count) as [Float64Array, Float64Array, Float64Array];
  const { id, name, region } = columns;
  const fields = file['fields'] === undefined ? undefined : unpackTable(file['fields'], count);
  return Array.from({ length: count }, (_, i) => {
    const own = fields?.[i];
    return {
      id: id[i]!,
      name: name[i]!,
      x: x[i]!,
      y: y[i]!,
      z: z[i]!,
      region: typeof region === 'string' ? region : region[i]!,
      ...(own && Object.keys(own).length > 0 && { fields: own }),
    };
  });
}

/** All systems by (name, id). */
export const NAMES: Layout<SystemEntry> = {
  kind: 'names',
  keys: 2,
  keyOf: ({ name, id }) => [name, id],
  pack: rows => ({ ...packPlaces(rows), ...packRegions(rows), ...packFields(rows) }),
  unpack: ([name, id], file, count) =>
    systemsOf({ name: name!, id: id!, region: unpackStrings(file['region'], count) }, file, count),
  weight: row => 3 * NUMBER_WEIGHT + row.region.length + 1 + fieldsWeight(row),
};

/** All different names by their folded form, which pages do not hold: it is found by folding again. */
export function foldedNames(fold: (text: string) => string): Layout<NameEntry> {
  return {
    kind: 'names',
    keys: 2,
    keyOf: ({ name }) => [fold(name), name],
    stored: { keys: 1, keyOf: ({ name }) => [name] },
    pack: () => ({}),
    unpack: ([name]) => name!.map(of => ({ name: of })),
    weight: () => 0,
  };
}

/** All systems by id. */
export const IDS: Layout<IdEntry> = {
  kind: 'ids',
  keys: 1,
  keyOf: ({ id }) => [id],
  pack: packPlaces,
  unpack: ([id], file, count) => {
    const [x, y, z] = unpackPlaces(file, count) as [Float64Array, Float64Array, Float64Array];
    return Array.from({ length: count }, (_, i) => ({ id: id![i]!, x: x[i]!, y: y[i]!, z: z[i]! }));
  },
  weight: () => 3 * NUMBER_WEIGHT,
};

/** All regions. */
export const REGIONS: Layout<RegionEntry> = {
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
    const systems = unpackNumbers(file['systems'], count);
    const axes = (field: string) => {
      const packed = file[field];
      if (!Array.isArray(packed)) throw new Error('a page of regions lacks a list');
      return [0, 1, 2].map(axis => unpackNumbers(packed[axis], count));
    };
    const [min, max] = [axes('min'), axes('max')];
    const sharded = file['sharded'];
    if (!(sharded instanceof Uint8Array) || sharded.length !== count) {
      throw new Error(`a page of regions does not say of ${count} whether they have tables of their own`);
    }
    const shards = sharded.filter(of => of !== 0).length;
    const hashes = unpackHashes(file['hashes'], shards);
    const lengths = unpackNumbers(file['lengths'], shards);
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

/** The systems of one region by (name, id). */
export function shardOf(region: string): Layout<SystemEntry> {
  return {
    kind: 'regions',
    keys: 2,
    keyOf: ({ name, id }) => [name, id],
    pack: rows => ({ ...packPlaces(rows), ...packFields(rows) }),
    unpack: ([name, id], file, count) => systemsOf({ name: name!, id: id!, region }, file, count),
    weight: row => 3 * NUMBER_WEIGHT + fieldsWeight(row),
  };
}

/** The systems of small regions by (region, name, id). */
export const MEMBERS: Layout<SystemEntry> = {
  kind: 'regions',
  keys: 3,
  keyOf: ({ region, name, id }) => [region, name, id],
  pack: rows => ({ ...packPlaces(rows), ...packFields(rows) }),
  unpack: ([region, name, id], file, count) =>
    systemsOf({ name: name!, id: id!, region: region! }, file, count),
  weight: row => 3 * NUMBER_WEIGHT + fieldsWeight(row),
};

/** Texts from each of their words on; in small pages, since a text inside a word leads to many places at once. */
export const WORDS: Layout<WordEntry> = {
  kind: 'search',
  keys: 4,
  leafWeight: 32_768,
  keyOf: ({ text, before, name, id }) => [text, before, name, id],
  pack: rows => ({
    systems: packNumbers(rows.map(row => row.systems)),
    ...packPlaces(rows),
    ...packRegions(rows),
    ...packFields(rows),
  }),
  unpack: ([text, before, name, id], file, count) => {
    const systems = unpackNumbers(file['systems'], count);
    const columns = { name: name!, id: id!, region: unpackStrings(file['region'], count) };
    const rows = systemsOf(columns, file, count);
    return rows.map((row, i) => ({ ...row, text: text![i]!, before: before![i]!, systems: systems[i]! }));
  },
  weight: row => 4 * NUMBER_WEIGHT + row.region.length + 1 + fieldsWeight(row),
};

/** Systems by values that many of them have. */
export const VALUES: Layout<ValueEntry> = {
  kind: 'search',
  keys: 3,
  keyOf: ({ value, name, id }) => [value, name, id],
  pack: rows => ({ ...packPlaces(rows), ...packRegions(rows), ...packFields(rows) }),
  unpack: ([value, name, id], file, count) => {
    const columns = { name: name!, id: id!, region: unpackStrings(file['region'], count) };
    return systemsOf(columns, file, count).map((row, i) => ({ ...row, value: value![i]! }));
  },
  weight: row => 3 * NUMBER_WEIGHT + row.region.length + 1 + fieldsWeight(row),
};

/** Words from each of their other letters on. */
export const PARTS: Layout<PartEntry> = {
  kind: 'search',
  keys: 2,
  keyOf: ({ rest, before }) => [rest, before],
  pack: rows => ({ systems: packNumbers(rows.map(row => row.systems)) }),
  unpack: ([rest, before], file, count) => {
    const systems = unpackNumbers(file['systems'], count);
    return rest!.map((of, i) => ({ rest: of, before: before![i]!, systems: systems[i]! }));
  },
  weight: () => NUMBER_WEIGHT,
};
