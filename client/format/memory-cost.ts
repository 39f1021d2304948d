/**
 * Estimates the memory of decoded values, in bytes of V8 without compressed pointers, as in Node. The length of a
 * file says little, because a column that repeats one value takes almost no bytes. Decoding is synchronous, so one
 * global counter is enough, and decoders need not pass it on.
 */
let counted = 0;
/** Bytes that decoding has allocated and may allocate, including temporary values. */
let allocated = 0;
let budget = Number.POSITIVE_INFINITY;
/** Maximum number of values of a column, and of all columns of a file: more than the largest record can have. */
export const MAX_VALUES = 2 ** 26;
/** Number of values that the file may still have. */
let valuesLeft = Number.POSITIVE_INFINITY;

/** A reference, a small integer, or a float64 in a typed array. */
export const SLOT = 8;
/** A number on the heap: each number of a column that has any number except small integers. */
const NUMBER = 16;
const HEADER = 24;
/** A string of fewer UTF-16 units is short. */
const SHORT = 32;
/** Maximum number of keys of an object with a hidden class; with more keys it is a hash table. */
const MAX_SHAPED = 16;
/** Number of keys that are stored in the object itself, used or not. */
const OWN_KEYS = 4;
/** A key of a hidden class, which is kept in memory as well. */
const SHAPE_KEY = 60;
/** Names and counters of every file. */
const FILE = 512;

/**
 * Reserves memory; must be called before an allocation whose size is given by a few bytes of the file.
 * @throws Error if it exceeds the budget
 */
export function reserve(bytes: number): void {
  allocated += bytes;
  if (allocated > budget) {
    throw new Error(`decoding takes more than ${budget} bytes; if you trust the set, raise maxFileBytes`);
  }
}

/**
 * Counts the values of a column before they are decoded.
 * @throws Error if the count is not an integer from 0 to MAX_VALUES, or if the file has more values in total
 */
export function countValues(count: number): void {
  if (!(Number.isInteger(count) && count >= 0 && count <= Math.min(MAX_VALUES, valuesLeft)))
    throw new Error(`a column has the invalid count ${count}`);
  valuesLeft -= count;
}

/**
 * Counts bytes of a value that is being decoded, before they are allocated.
 * @throws Error, as `reserve`
 */
export function take(bytes: number): void {
  reserve(bytes);
  counted += bytes;
}

/**
 * Counts strings.
 * @throws Error, as `reserve`
 */
export function takeTexts(texts: readonly string[]): void {
  let bytes = 0;
  for (const text of texts) bytes += HEADER + text.length * unitBytes(text);
  take(bytes);
}

/** Whether a string takes two bytes per UTF-16 unit; every string that contains it does too. */
export function isWide(text: string): boolean {
  return /[^\0-\xff]/.test(text);
}

/** Bytes per UTF-16 unit: 1 or 2; for a short string, where the difference is small, a value in between. */
function unitBytes(text: string): number {
  if (text.length < SHORT) return 1.5;
  // For a string with one byte per unit, the test is fast at any length.
  return isWide(text) ? 2 : 1;
}

/** Counts a column of numbers among JSON values. */
export function takeNumbers(values: Float64Array): void {
  if (!values.every(value => (value | 0) === value)) take(NUMBER * values.length);
}

/** Counts objects with the same keys, without their values. */
export function takeObjects(objects: number, keys: number): void {
  take(objects * objectBytes(keys) + SHAPE_KEY * keys);
}

/** Counts rows with the same keys, without their strings and nested values. */
export function takeRows(rows: readonly unknown[]): void {
  const values = Object.values(rows[0] ?? {});
  takeObjects(rows.length, values.length);
  take(NUMBER * rows.length * values.filter(value => typeof value === 'number').length);
}

/** Counts arrays, without their elements. */
export function takeLists(lists: number, elements: number): void {
  take(2 * HEADER * lists + SLOT * elements);
}

function objectBytes(keys: number): number {
  if (keys > MAX_SHAPED) return 2 * HEADER + 3 * SLOT * 2 ** Math.ceil(Math.log2(1.5 * keys));
  const others = keys > OWN_KEYS ? 2 * SLOT + SLOT * (keys - OWN_KEYS) : 0;
  return HEADER + SLOT * OWN_KEYS + others;
}

/**
 * Decodes a value and returns it with its memory.
 * @param limit maximum number of bytes that decoding may allocate
 * @throws Error before it would allocate more
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
