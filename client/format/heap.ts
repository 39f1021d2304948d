/**
 * What decoded values take on the heap, about: bytes of V8 without compressed pointers, as in Node. The length of a
 * file does not tell, since columns that repeat one value have almost none. Unpacking is synchronous, so one count
 * serves all of it, and no reader of a column has to hand it on.
 */
let counted = 0;

/** A reference, a small whole number, or a float64 in a typed array. */
export const SLOT = 8;
/** A number of its own: each of a column that has any but small whole ones. */
const NUMBER = 16;
const HEADER = 24;
/** A text of fewer units is short. */
const SHORT = 32;
/** Most keys of an object that is laid out by its shape; with more it is a hash table. */
const MAX_SHAPED = 16;
/** The first keys have their place in the object itself, used or not. */
const OWN_KEYS = 4;
/** A key that objects of a shape have: the shape is kept as well. */
const SHAPE_KEY = 60;
/** Names and counters that come with every file. */
const FILE = 512;

/** Counts bytes that a value under way takes. */
export function take(bytes: number): void {
  counted += bytes;
}

/** Counts texts. */
export function takeTexts(texts: readonly string[]): void {
  let bytes = 0;
  for (const text of texts) bytes += HEADER + text.length * unitBytes(text);
  counted += bytes;
}

/** Bytes of a text's unit: 1 or 2, of a short text, where it makes little difference, between them. */
function unitBytes(text: string): number {
  if (text.length < SHORT) return 1.5;
  // Whatever its length, a text of one byte a unit is told at once: it can have no such unit.
  return /[^\0-\xff]/.test(text) ? 2 : 1;
}

/** Counts a column of numbers among JSON values. */
export function takeNumbers(values: Float64Array): void {
  if (!values.every(value => (value | 0) === value)) counted += NUMBER * values.length;
}

/** Counts objects of some shape, beside their values. */
export function takeObjects(objects: number, keys: number): void {
  counted += objects * objectBytes(keys) + SHAPE_KEY * keys;
}

/** Counts rows that are alike, beside their texts and what is in them besides. */
export function takeRows(rows: readonly unknown[]): void {
  const values = Object.values(rows[0] ?? {});
  takeObjects(rows.length, values.length);
  counted += NUMBER * rows.length * values.filter(value => typeof value === 'number').length;
}

/** Counts lists, beside what is in them. */
export function takeLists(lists: number, elements: number): void {
  counted += 2 * HEADER * lists + SLOT * elements;
}

function objectBytes(keys: number): number {
  if (keys > MAX_SHAPED) return 2 * HEADER + 3 * SLOT * 2 ** Math.ceil(Math.log2(1.5 * keys));
  const others = keys > OWN_KEYS ? 2 * SLOT + SLOT * (keys - OWN_KEYS) : 0;
  return HEADER + SLOT * OWN_KEYS + others;
}

/** A decoded value with what it takes. */
export function weighed<T>(decode: () => T): { readonly value: T; readonly cost: number } {
  counted = 0;
  const value = decode();
  return { value, cost: FILE + counted };
}
