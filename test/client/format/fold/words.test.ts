import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstPoints, wordStarts } from '#format/fold/words.ts';
import { text as anyText } from '#test/support/arbitrary.ts';

const SEPARATORS = '\\0-/:-@[-`{-\\u00bf\\u2000-\\u206f\\u3000-\\u303f';
/** The definition of words as a regular expression. */
const WORDS = new RegExp(`^[${SEPARATORS}]+|[^${SEPARATORS}]+[${SEPARATORS}]*`, 'gu');

/** Characters at the borders of the separators, and some of two units. */
const char = fc.constantFrom(
  ...['\0', ' ', '/', '0', '9', ':', '@', 'A', 'Z', '[', '`', 'a', 'z', '{', '\u00bf', 'À'],
  ...['\u1fff', '\u2000', '\u206f', '\u2070', '\u2fff', '\u3000', '\u303f', '\u3040', '🌟', '\u{10ffff}'],
);
const chars = fc.array(char, { maxLength: 70, size: 'max' }).map(of => of.join(''));
const text = fc.oneof(chars, chars, anyText);

const points = (of: string) => Array.from(of);
/** Units before each code point, and of all. */
const offsets = (of: string) => [...of.matchAll(/(?=.)|$/gsu)].map(({ index }) => index);

describe('words', () => {
  test('tile a text: separators at its beginning, then words with the separators behind them', () => {
    fc.assert(
      fc.property(text, of => {
        const starts = wordStarts(of);
        const words = starts.map((start, i) => of.slice(start, starts[i + 1]));
        expect(words).toEqual(of.match(WORDS) ?? []);
        expect(words.join('')).toBe(of);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['', []],
    ['Sol', [0]],
    [' ', [0]],
    ['  Sol ', [0, 2]],
    ['Aster-12 b', [0, 6, 9]],
    ['太陽\u3000系', [0, 3]],
    ['🌟 🌞', [0, 3]],
  ])('of %j begin at %j', (of, starts) => {
    expect(wordStarts(of)).toEqual(starts);
  });
});

test('the first code points of a text from a place on', () => {
  fc.assert(
    fc.property(text, fc.nat(30), (of, count) => {
      for (const at of offsets(of))
        expect(firstPoints(of, count, at)).toBe(points(of.slice(at)).slice(0, count).join(''));
    }),
    { numRuns: 300 },
  );
});
