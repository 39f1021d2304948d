import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packNumbers, unpackNumbers } from '#format/columns/numbers.ts';
import { pack, unpack } from '#format/index.ts';
import { floats } from '#test/support/arbitrary.ts';

const bits = (values: ArrayLike<number>) => Array.from(new BigUint64Array(Float64Array.from(values).buffer));

describe('a column of numbers', () => {
  test('comes back to the last bit, and through MessagePack too', () => {
    fc.assert(
      fc.property(floats, values => {
        const packed = packNumbers(values);
        expect(bits(unpackNumbers(packed, values.length))).toEqual(bits(values));
        expect(bits(unpackNumbers(unpack(pack({ of: packed }))['of'], values.length))).toEqual(bits(values));
      }),
      { numRuns: 1000 },
    );
  });

  test('is the same for a typed array as for a list, and the same every time', () => {
    fc.assert(
      fc.property(floats, values => {
        const bytes = pack({ of: packNumbers(values) });
        expect(pack({ of: packNumbers(Float64Array.from(values)) })).toEqual(bytes);
        expect(decode(bytes)).toEqual(unpack(bytes));
      }),
    );
  });

  test('of short decimals is scaled integers, whatever their order', () => {
    const decimal = fc
      .tuple(fc.nat(8), fc.integer({ min: -(10 ** 5), max: 10 ** 5 }))
      // Adding 0 turns -0 into 0, which alone is not a short decimal.
      .map(([scale, digits]) => Number(`${digits}e-${scale}`) + 0);
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 30 }), values => {
        expect(Array.isArray(packNumbers(values))).toBe(true);
        const width = (of: number[]) => (packNumbers(of) as [number, number, Uint8Array])[2].length;
        expect(width(values.toReversed())).toBe(width(values));
      }),
    );
  });

  test.each([
    ['equal values take no bytes', [7, 7, 7], [0, 7, []]],
    ['integers, counted from the least of them', [1000, 1001, 1255], [0, 1000, [0, 1, 255]]],
    ['the low bytes of all, then the high ones', [0, 256, 1], [0, 0, [0, 0, 1, 0, 1, 0]]],
    ['the fewest decimals that serve all', [0.5, -0.25, 3], [2, -25, [75, 0, 325 & 255, 0, 0, 1]]],
    ['nothing', [], [0, 0, []]],
  ])('packs %s', (_, values, [scale, base, planes]) => {
    expect(packNumbers(values)).toEqual([scale, base, Uint8Array.from(planes as number[])]);
  });

  test.each([
    ['-0', [0, -0]],
    ['subnormals', [5e-324]],
    ['more than 15 decimals', [0.1 + 0.2]],
    ['integers from 2^51 on', [2 ** 51]],
    ['a range of 2^48', [0, 2 ** 48]],
    ['a value that the others make too large to scale', [0.000001, 2 ** 50]],
    ['a value that its neighbour makes just too large to scale', [2251799814, 2251799813.000001]],
    ['values beyond 2^53', [1e300]],
  ])('keeps %s as float64', (_, values) => {
    expect(packNumbers(values)).toBeInstanceOf(Uint8Array);
    expect(bits(unpackNumbers(packNumbers(values), values.length))).toEqual(bits(values));
  });

  test.each([
    ['just below a range of 2^48', [0, 2 ** 48 - 1]],
    ['just below 2^51', [2 ** 51 - 1, 2 ** 51 - 2]],
    ['just above -2^51', [-(2 ** 51) + 1]],
  ])('scales %s', (_, values) => {
    expect(packNumbers(values)).toBeInstanceOf(Array);
    expect(bits(unpackNumbers(packNumbers(values), values.length))).toEqual(bits(values));
  });

  test('is read wherever its bytes lie in memory', () => {
    const packed = packNumbers([Math.PI, -0, 5e-324]) as Uint8Array;
    for (let shift = 0; shift < 8; shift++) {
      const memory = new Uint8Array(shift + packed.length + 3).fill(0xee);
      memory.set(packed, shift);
      const view = memory.subarray(shift, shift + packed.length);
      expect(bits(unpackNumbers(view, 3))).toEqual(bits([Math.PI, -0, 5e-324]));
    }
  });

  test.each([
    ['nothing', undefined, 1],
    ['a number', 5, 1],
    ['a list that is too short', [0, 0], 1],
    ['an unknown scale', [16, 0, new Uint8Array(1)], 1],
    ['a scale that is not an integer', [0.5, 0, new Uint8Array(1)], 1],
    ['a base that is not a number', [0, null, new Uint8Array(1)], 1],
    ['planes that are not bytes', [0, 0, [1]], 1],
    ['planes that do not divide', [0, 0, new Uint8Array(3)], 2],
    ['planes for no rows', [0, 0, new Uint8Array(3)], 0],
    ['too few floats', new Uint8Array(15), 2],
    ['too many floats', new Uint8Array(24), 2],
  ])('refuses %s', (_, packed, count) => {
    expect(() => unpackNumbers(packed, count)).toThrow(Error);
  });
});

test('numbers beside columns are read alike by another implementation', () => {
  for (const value of [
    0,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 51 - 1,
    -1,
    -32,
    -33,
  ])
    for (const number of [value, -value, value + 0.5]) {
      expect(decode(pack({ number }))).toEqual({ number: number + 0 });
      if (Number.isSafeInteger(number) && number < 2 ** 32 && number >= -(2 ** 31))
        expect(pack({ number: number + 0 })).toEqual(encode({ number: number + 0 }));
    }
});
