/**
 * Columns of float64 numbers. Each encoding is a module with `encode`, `isEncoded`, `decode` and `describe`, and is
 * registered in the three functions here; separate, because a reader's bundle has no encoders.
 */
import { countValues, reserve, SLOT } from '#format/memory-cost.ts';
import * as decimals from './decimals.ts';
import { addValues } from './encoded-values.ts';
import * as floats from './floats.ts';

export type NumbersPacked = floats.Floats | decimals.Decimals;

/** Packs a column with the first encoding that can represent it: the encoding depends only on the values. */
export function packNumbers(values: ArrayLike<number>): NumbersPacked {
  addValues(values.length);
  return decimals.encode(values) ?? floats.encode(values);
}

/**
 * Reads a column of `count` numbers.
 * @throws Error if the packed form is not one of `count` numbers
 */
export function unpackNumbers(packed: unknown, count: number): Float64Array {
  countValues(count);
  reserve(SLOT * count);
  const values = new Float64Array(count);
  if (floats.isEncoded(packed)) floats.decode(packed, values);
  else if (decimals.isEncoded(packed)) decimals.decode(packed, values);
  else throw new Error('a column of numbers has no known encoding');
  return values;
}

/** The encoding of a valid column of `count` numbers in words, for people who inspect a file. */
export function describeNumbers(packed: unknown, count: number): string {
  return floats.isEncoded(packed) ? floats.describe() : decimals.describe(packed as decimals.Decimals, count);
}

/**
 * Reads a column of `count` integers.
 * @throws Error if the packed form is not one, or holds other numbers
 */
export function unpackIntegers(
  packed: unknown,
  count: number,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): Float64Array {
  const values = unpackNumbers(packed, count);
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Error(`a column holds ${value}, expected an integer from ${least} to ${most}`);
  }
  return values;
}
