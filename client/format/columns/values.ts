/**
 * Columns of arbitrary JSON values, lossless.
 *
 * A column is `[tag, ...payload]` if all values have the same type, otherwise `[MIXED, tags, ...columns]`: one byte
 * per value for its type, then a column of the values of each type that needs a payload, in order of tag. Arrays
 * become their lengths and one column of all elements; objects become a table: the distinct arrays of keys (shapes),
 * one shape per row, and one column per key. Thus nested planets and moons become flat columns.
 */

import { isObject, type JsonObject, type JsonValue, MAX_DEPTH, setOwn } from '#format/json.ts';
import {
  countValues,
  reserve,
  SLOT,
  take,
  takeLists,
  takeNumbers,
  takeObjects,
} from '#format/memory-cost.ts';
import type { Packable } from '#format/pack.ts';
import { lengthOf } from '#format/utf8.ts';
import { addValues } from './encoded-values.ts';
import { type NumbersPacked, packNumbers, unpackIntegers, unpackNumbers } from './numbers.ts';
import { isTexts, packStrings, unpackStrings } from './strings.ts';

/** Tags of columns: the type of their values. Those below NUMBER need no payload. */
const NULL = 0;
const FALSE = 1;
const TRUE = 2;
export const NUMBER = 3;
export const TEXT = 4;
export const LIST = 5;
const OBJECT = 6;
export const MIXED = 7;

/** An encoded column of JSON values. FORMAT.md describes the tags. */
export type ColumnPacked = [tag: number, ...payload: Packable[]];
export type TablePacked = [shapes: string[][], rows: NumbersPacked, ...columns: ColumnPacked[]];

/** Encodes a column of JSON values, for `pack`. */
export function packColumn(values: JsonValue[]): ColumnPacked {
  const first = values.length > 0 ? tagOf(values[0]!) : NULL;
  for (let i = 1; i < values.length; i++) if (tagOf(values[i]!) !== first) return packMixed(values);
  return packUniform(first, values);
}

function tagOf(value: JsonValue): number {
  switch (typeof value) {
    case 'number':
      return NUMBER;
    case 'string':
      return TEXT;
    case 'boolean':
      return value ? TRUE : FALSE;
    default:
      return value === null ? NULL : Array.isArray(value) ? LIST : OBJECT;
  }
}

function packMixed(values: JsonValue[]): ColumnPacked {
  addValues(values.length);
  const tags = new Uint8Array(values.length);
  const byTag: JsonValue[][] = [[], [], [], [], [], [], []];
  for (let i = 0; i < values.length; i++) {
    const tag = tagOf(values[i]!);
    tags[i] = tag;
    if (tag >= NUMBER) byTag[tag]!.push(values[i]!);
  }
  const columns = byTag.flatMap((values, tag) => (values.length > 0 ? [packUniform(tag, values)] : []));
  return [MIXED, tags, ...columns];
}

function packUniform(tag: number, values: JsonValue[]): ColumnPacked {
  if (tag === NUMBER) return [tag, packNumbers(values as number[])];
  addValues(values.length);
  if (tag === TEXT) return [tag, packStrings(values as string[])];
  if (tag === LIST) return [tag, ...packLists(values as JsonValue[][])];
  if (tag === OBJECT) return [tag, ...packTable(values as JsonObject[])];
  return [tag];
}

function packLists(lists: JsonValue[][]): Packable[] {
  const elements: JsonValue[] = [];
  for (const list of lists) for (const element of list) elements.push(element);
  return [packNumbers(lists.map(list => list.length)), packColumn(elements)];
}

/** Packs objects; keys keep their order within each object. */
export function packTable(objects: JsonObject[]): TablePacked {
  const shapes: string[][] = [];
  const shapeOf = new Map<string, number>();
  const rows = new Float64Array(objects.length);
  const columns = new Map<string, JsonValue[]>();
  // Columns of each shape, so that rows of a known shape need no lookups by key.
  const targets: JsonValue[][][] = [];
  let last = -1;
  for (let row = 0; row < objects.length; row++) {
    const object = objects[row]!;
    const keys = Object.keys(object);
    if (last < 0 || !sameKeys(shapes[last]!, keys)) {
      // JSON separates keys unambiguously, whatever characters they have.
      const name = JSON.stringify(keys);
      last = shapeOf.get(name) ?? shapes.length;
      if (last === shapes.length) {
        shapeOf.set(name, last);
        shapes.push(keys);
        targets.push(keys.map(key => columns.get(key) ?? addColumn(columns, key)));
      }
    }
    rows[row] = last;
    const target = targets[last]!;
    for (let k = 0; k < keys.length; k++) target[k]!.push(object[keys[k]!]!);
  }
  return [shapes, packNumbers(rows), ...Array.from(columns.values(), packColumn)];
}

function sameKeys(a: string[], b: string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function addColumn(columns: Map<string, JsonValue[]>, key: string): JsonValue[] {
  const column: JsonValue[] = [];
  columns.set(key, column);
  return column;
}

/**
 * Decodes a column of `count` JSON values.
 * @param levels maximum nesting of the values
 * @throws Error if it is not valid
 */
export function unpackColumn(packed: unknown, count: number, levels = MAX_DEPTH): JsonValue[] {
  if (!Array.isArray(packed)) throw new Error('a column is not an array');
  const [tag, ...payload] = packed as unknown[];
  // A column of numbers counts its values itself.
  if (tag !== NUMBER) countValues(count);
  switch (tag) {
    case NULL:
      take(SLOT * count);
      return new Array(count).fill(null);
    case FALSE:
    case TRUE:
      take(SLOT * count);
      return new Array(count).fill(tag === TRUE);
    case NUMBER: {
      const numbers = unpackNumbers(payload[0], count);
      take(SLOT * count);
      takeNumbers(numbers);
      return Array.from(numbers);
    }
    case TEXT:
      return unpackStrings(payload[0], count);
    case LIST:
      return unpackLists(payload, count, levels);
    case OBJECT:
      return unpackTable(payload, count, levels);
    case MIXED:
      return unpackMixed(packed, count, levels);
    default:
      throw new Error(`a column has the unknown tag ${String(tag)}`);
  }
}

function unpackMixed(packed: unknown[], count: number, levels: number): JsonValue[] {
  const tags = packed[1];
  if (!(tags instanceof Uint8Array) || tags.length !== count)
    throw new Error(`a mixed column has no ${count} tags`);
  const counts = new Uint32Array(MIXED);
  for (const tag of tags) {
    if (tag >= MIXED) throw new Error(`a mixed column has the unknown tag ${tag}`);
    counts[tag]!++;
  }
  let next = 2;
  const columns = Array.from(counts, (rows, tag) => {
    if (tag < NUMBER || rows === 0) return [];
    const column = packed[next++] as unknown[] | undefined;
    if (column?.[0] !== tag) throw new Error(`a mixed column lacks the values of tag ${tag}`);
    return unpackColumn(column, rows, levels);
  });
  const at = new Uint32Array(MIXED);
  take(SLOT * count);
  return Array.from(tags, tag => {
    if (tag >= NUMBER) return columns[tag]![at[tag]!++]!;
    return tag === NULL ? null : tag === TRUE;
  });
}

function unpackLists(packed: unknown, count: number, levels: number): JsonValue[][] {
  if (levels === 0) throw tooDeep();
  const [lengthsPacked, elementsPacked] = Array.isArray(packed) ? (packed as unknown[]) : [];
  const lengths = unpackIntegers(lengthsPacked, count);
  let total = 0;
  for (let i = 0; i < count; i++) total += lengths[i]!;
  takeLists(count, total);
  const elements = unpackColumn(elementsPacked, total, levels - 1);
  let end = 0;
  return Array.from(lengths, length => {
    end += length;
    return elements.slice(end - length, end);
  });
}

function tooDeep(): Error {
  return new Error(`values nest deeper than ${MAX_DEPTH} levels`);
}

/**
 * Decodes a table of `count` objects.
 * @param levels maximum nesting of the objects, including themselves
 * @param only keys of the objects that are decoded, without their nested ones; all if undefined
 * @throws Error if it is not valid
 */
export function unpackTable(
  packed: unknown,
  count: number,
  levels = MAX_DEPTH,
  only?: readonly string[],
): JsonObject[] {
  if (levels === 0) throw tooDeep();
  const [shapes, rowsPacked, ...columnsPacked] = Array.isArray(packed) ? (packed as unknown[]) : [];
  if (!isShapes(shapes)) throw new Error('a column of objects has no shapes of unique keys');
  const rows = unpackNumbers(rowsPacked, count);
  const uses = new Uint32Array(shapes.length);
  for (let row = 0; row < count; row++) {
    if (shapes[rows[row]!] === undefined) throw new Error(`a column of objects has no shape ${rows[row]}`);
    uses[rows[row]!]!++;
  }
  const isWanted = (key: string) => !only || only.includes(key);
  const counts = new Map<string, number>();
  const wanted = shapes.map((keys, shape) => {
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + uses[shape]!);
    const kept = keys.filter(isWanted);
    takeObjects(uses[shape]!, kept.length);
    return kept;
  });
  if (counts.size !== columnsPacked.length)
    throw new Error(`${columnsPacked.length} columns for ${counts.size} keys`);
  const columns = new Map<string, { values: JsonValue[]; at: number }>();
  let next = 0;
  for (const [key, rows] of counts) {
    const column = columnsPacked[next++];
    if (isWanted(key)) columns.set(key, { values: unpackColumn(column, rows, levels - 1), at: 0 });
  }
  const sources = wanted.map(keys => keys.map(key => columns.get(key)!));
  reserve(SLOT * count);
  const objects: JsonObject[] = new Array(count);
  for (let row = 0; row < count; row++) {
    const shape = rows[row]!;
    const keys = wanted[shape]!;
    const source = sources[shape]!;
    const object: JsonObject = {};
    for (let k = 0; k < keys.length; k++) setOwn(object, keys[k]!, source[k]!.values[source[k]!.at++]!);
    objects[row] = object;
  }
  return objects;
}

function isShapes(value: unknown): value is string[][] {
  return Array.isArray(value) && value.every(keys => isTexts(keys) && new Set(keys).size === keys.length);
}

/**
 * Weight of a JSON value, which depends only on its content: code points of its strings, and 4 for every other value.
 */
export function weightOf(value: JsonValue): number {
  if (typeof value === 'string') return lengthOf(value) + 1;
  let weight = 4;
  if (Array.isArray(value)) {
    for (const element of value) weight += weightOf(element);
  } else if (isObject(value)) {
    for (const key in value) weight += weightOf(value[key]!);
  }
  return weight;
}
