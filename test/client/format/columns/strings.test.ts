import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packStrings, unpackStrings } from '#format/columns/strings.ts';
import { pack, unpack } from '#format/index.ts';
import { text } from '#test/support/arbitrary.ts';

/** Any texts, few distinct ones, and lists of tokens. */
const texts = fc.oneof(
  fc.array(text, { maxLength: 30 }),
  fc
    .tuple(fc.array(text, { minLength: 1, maxLength: 3 }), fc.array(fc.nat(), { maxLength: 60 }))
    .map(([few, which]) => which.map(n => few[n % few.length]!)),
  fc.array(
    fc
      .array(fc.constantFrom('Gold', 'Cadmium', '', 'a,b', ' ', '恒星', '\0'), { maxLength: 6 })
      .map(of => of.join(', ')),
    { maxLength: 60 },
  ),
);

describe('a column of texts', () => {
  test('comes back unchanged, and through MessagePack too', () => {
    fc.assert(
      fc.property(texts, values => {
        const packed = packStrings(values);
        expect(unpackStrings(packed, values.length)).toEqual(values);
        const bytes = pack({ of: packed });
        expect(unpackStrings(unpack(bytes)['of'], values.length)).toEqual(values);
        expect(unpackStrings((decode(bytes) as Record<string, unknown>)['of'], values.length)).toEqual(
          values,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('is the same every time, and what the shortest MessagePack is', () => {
    fc.assert(
      fc.property(texts, values => {
        const packed = packStrings(values);
        expect(pack({ of: packStrings(values.slice()) })).toEqual(pack({ of: packed }));
        if (packed[0] === 0) expect(pack({ of: packed })).toEqual(encode({ of: packed }));
      }),
    );
  });

  test('takes the form that its texts call for', () => {
    const many = Array.from({ length: 100 }, (_, i) => i);
    expect(packStrings(many.map(i => `name ${i}`))[0]).toBe(0);
    expect(packStrings(many.map(i => ['Abundant', 'Low'][i % 2]!))[0]).toBe(1);
    const metals = ['Gold', 'Cadmium', 'Ammonia', 'Cobalt', 'Tritium'];
    expect(
      packStrings(many.map(i => `${metals[i % 5]}, ${metals[(i >> 1) % 5]}, ${metals[(i >> 3) % 5]}`))[0],
    ).toBe(2);
    expect(packStrings([])).toEqual([0, []]);
  });

  test('of more distinct texts than a byte counts keeps them apart', () => {
    for (const distinct of [255, 256, 257, 65_536, 65_537]) {
      const values = Array.from({ length: distinct * 2 }, (_, i) => `text of some length ${i % distinct}`);
      expect(packStrings(values)[0]).toBe(1);
      expect(unpackStrings(packStrings(values), values.length)).toEqual(values);
    }
  });

  const ones = [0, 1, new Uint8Array(0)];
  test.each([
    ['nothing', undefined],
    ['an unknown form', [3, ['a']]],
    ['strings that are not an array', [0, 'a']],
    ['strings that are not strings', [0, [1]]],
    ['too few texts', [0, []]],
    ['too many texts', [0, ['a', 'b']]],
    ['an index beyond the dictionary', [1, ['a'], ones]],
    ['an index that is not an integer', [1, ['a'], [1, 5, new Uint8Array(0)]]],
    ['no indices', [1, ['a']]],
    ['tokens that are missing', [2, ['a'], ones, new Uint8Array(0)]],
    ['a negative count of tokens', [2, ['a'], [0, -1, new Uint8Array(0)], [0, 0, new Uint8Array(0)]]],
  ])('refuses %s', (_, packed) => {
    expect(() => unpackStrings(packed, 1)).toThrow(Error);
  });
});
