/**
 * What decoded values take on the heap, about: bytes of V8 without compressed pointers, as in Node. The length of a
 * file does not tell, since columns that repeat one value have almost none. Unpacking is synchronous, so one count
 * serves all of it, and no reader of a column has to hand it on.
 */
let counted = 0;
/** Bytes that all of unpacking has allocated, and may allocate, what it lets go again included. */
let allocated = 0;
let budget = Number.POSITIVE_INFINITY;
/** Most values of a column, and of all columns of a file: more than the longest record can hold. */
const MAX_VALUES = 2 ** 26;
/** Values that the columns of the file may still have. */
let valuesLeft = Number.POSITIVE_INFINITY;

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

/**
 * Must come before an allocation whose size a few bytes of the file decide, by what the values will take.
 * @throws Error where the budget does not allow it
 */
export function reserve(bytes: number): void {
  allocated += bytes;
  if (allocated > budget) {
    throw new Error(`decoding takes more than ${budget} bytes; if you trust the set, raise maxFileBytes`);
  }
}

/**
 * Counts the values of a column of numbers, or of another column of JSON values, before they are decoded.
 * @throws Error where the count is not an integer from 0 to MAX_VALUES, or the file's columns have more together
 */
export function countValues(count: number): void {
  if (!(Number.isInteger(count) && count >= 0 && count <= Math.min(MAX_VALUES, valuesLeft)))
    throw new Error(`a column is said to have ${count} values`);
  valuesLeft -= count;
}

/** Counts bytes that a value under way keeps, before they are allocated. @throws Error, as `reserve` */
export function take(bytes: number): void {
  reserve(bytes);
  counted += bytes;
}

/** Counts texts. @throws Error, as `reserve` */
export function takeTexts(texts: readonly string[]): void {
  let bytes = 0;
  for (const text of texts) bytes += HEADER + text.length * unitBytes(text);
  take(bytes);
}

/** Whether a string takes two bytes for each of its units, as any that it becomes part of does. */
export function isWide(text: string): boolean {
  return /[^\0-\xff]/.test(text);
}

/** Bytes of a text's unit: 1 or 2, of a short text, where it makes little difference, between them. */
function unitBytes(text: string): number {
  if (text.length < SHORT) return 1.5;
  // Whatever its length, a text of one byte a unit is told at once: it can have no such unit.
  return isWide(text) ? 2 : 1;
}

/** Counts a column of numbers among JSON values. */
export function takeNumbers(values: Float64Array): void {
  if (!values.every(value => (value | 0) === value)) take(NUMBER * values.length);
}

/** Counts objects of some shape, beside their values. */
export function takeObjects(objects: number, keys: number): void {
  take(objects * objectBytes(keys) + SHAPE_KEY * keys);
}

/** Counts rows that are alike, beside their texts and what is in them besides. */
export function takeRows(rows: readonly unknown[]): void {
  const values = Object.values(rows[0] ?? {});
  takeObjects(rows.length, values.length);
  take(NUMBER * rows.length * values.filter(value => typeof value === 'number').length);
}

/** Counts lists, beside what is in them. */
export function takeLists(lists: number, elements: number): void {
  take(2 * HEADER * lists + SLOT * elements);
}

function objectBytes(keys: number): number {
  if (keys > MAX_SHAPED) return 2 * HEADER + 3 * SLOT * 2 ** Math.ceil(Math.log2(1.5 * keys));
  const others = keys > OWN_KEYS ? 2 * SLOT + SLOT * (keys - OWN_KEYS) : 0;
  return HEADER + SLOT * OWN_KEYS + others;
}

/**
 * A decoded value with what it takes.
 * @param limit most bytes that decoding may allocate
 * @throws Error where it would allocate more, before it does
 */
export function weighed<T>(limit: number, decode: () => T): { readonly value: T; readonly cost: number } {
  counted = 0;
  allocated = 0;
  valuesLeft = MAX_VALUES;
  budget = limit;
  try {
    const value = decode();
    return { value, cost: FILE + counted };
  } finally {
    budget = Number.POSITIVE_INFINITY;
    valuesLeft = Number.POSITIVE_INFINITY;
  }
}
