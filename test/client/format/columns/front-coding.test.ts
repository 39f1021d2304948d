import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packFront, unpackFront } from '#format/columns/front-coding.ts';
import { packNumbers, unpackNumbers } from '#format/columns/numbers.ts';
import { compareText, pack, unpack } from '#format/index.ts';
import { json, text } from '#test/support/arbitrary.ts';
import { keyTexts } from '#test/support/tables.ts';

const columns = fc.array(keyTexts, { maxLength: 40 });

describe('a front-coded column', () => {
  test('comes back through the bytes of a file, sorted or not', () => {
    fc.assert(
      fc.property(columns, texts => {
        for (const column of [texts, texts.toSorted(compareText)]) {
          const file = unpack(pack({ column: packFront(column) }));
          expect(unpackFront(file['column'], column.length)).toEqual(column);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('leaves out all code points that a text shares with the one before, and no more', () => {
    fc.assert(
      fc.property(columns, drawn => {
        const texts = drawn.toSorted(compareText);
        const [packed, rests] = packFront(texts);
        const shared = unpackNumbers(packed, texts.length);
        let before: string[] = [];
        texts.forEach((of, i) => {
          const points = Array.from(of);
          expect([...before.slice(0, shared[i]), ...Array.from(rests[i]!)]).toEqual(points);
          expect(rests[i]!.isWellFormed()).toBe(true);
          const next = points[shared[i]!];
          if (next !== undefined) expect(before[shared[i]!]).not.toBe(next);
          before = points;
        });
      }),
      { numRuns: 1000 },
    );
    expect(packFront(['Sol', 'Sola', 'Sun', '🌞', '🌟'])).toEqual([
      packNumbers([0, 3, 1, 0, 0]),
      ['Sol', 'a', 'un', '🌞', '🌟'],
    ]);
  });
});

describe('a value that is not a front-coded column', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'Sol'],
    ['too few texts', [packNumbers([0, 0]), ['a']]],
    ['too many', [packNumbers([0, 0]), ['a', 'b', 'c']]],
    ['another number of numbers', [packNumbers([0, 1, 2]), ['a', 'b']]],
    ['a number for a text', [packNumbers([0, 0]), ['a', 5]]],
    ['more shared than there is', [packNumbers([0, 2]), ['a', 'b']]],
    ['something shared with none', [packNumbers([1, 0]), ['a', 'b']]],
    ['half a character', [packNumbers([0, 0.5]), ['ab', 'b']]],
    ['less than nothing', [packNumbers([0, -1]), ['a', 'b']]],
    ['no number', [packNumbers([0, NaN]), ['a', 'b']]],
    ['without end', [packNumbers([0, Infinity]), ['a', 'b']]],
  ])('is refused: %s', (_, packed) => {
    expect(() => unpackFront(packed, 2)).toThrow(Error);
  });

  test('ends in an error or in as many texts, whatever it is', () => {
    const part = fc.oneof(json, fc.array(fc.double()).map(packNumbers), fc.array(text));
    fc.assert(
      fc.property(fc.oneof(json, fc.tuple(part, part)), fc.nat(5), (packed, count) => {
        try {
          const texts = unpackFront(packed, count);
          expect(texts).toHaveLength(count);
          expect(texts.every(of => typeof of === 'string')).toBe(true);
        } catch (error) {
          if (!(error instanceof Error) || error.name === 'AssertionError') throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
