import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashKey, isBelow, sharedUnits } from '#format/btree/keys.ts';
import { hashText, separator } from '#format/index.ts';
import { bounds, byBytes, comesBefore, keyTexts } from '#test/support/tables.ts';

const keysOf = (width: number) => fc.array(keyTexts, { minLength: width, maxLength: width });
const width = fc.integer({ min: 1, max: 3 });

const points = (of: string) => Array.from(of);

test('the hash of a key is that of its texts, joined by NUL', () => {
  expect(hashKey(['a'], 0)).toBe(hashText('a'));
  expect(hashKey(['a', '', '🌟'], 2)).toBe(hashText('a\0\0🌟', 2));
});

test('shared units are the longest beginning of whole code points', () => {
  fc.assert(
    fc.property(keyTexts, keyTexts, keyTexts, (start, a, b) => {
      const [left, right] = [points(start + a), points(start + b)];
      let shared = 0;
      while (shared < left.length && left[shared] === right[shared]) shared++;
      expect(sharedUnits(start + a, start + b)).toBe(left.slice(0, shared).join('').length);
    }),
    { numRuns: 1000 },
  );
  expect(sharedUnits('a🌞', 'a🌟')).toBe(1);
});

describe('a separator', () => {
  const ascending = width
    .chain(of => fc.tuple(keysOf(of), keysOf(of), fc.nat(of - 1)))
    // The first texts alike, now and then.
    .map(
      ([a, b, alike]) => [a, [...a.slice(0, alike), ...b.slice(alike)]].sort(byBytes) as [string[], string[]],
    )
    .filter(([low, high]) => byBytes(low, high) < 0);

  test('is above the lower key and at most the upper one, and none is shorter', () => {
    fc.assert(
      fc.property(ascending, ([low, high]) => {
        const found = separator(low, high);
        expect(found).toHaveLength(high.length);
        expect(found.every(of => of.isWellFormed())).toBe(true);
        expect(byBytes(low, found)).toBeLessThan(0);
        expect(byBytes(found, high)).toBeLessThanOrEqual(0);
        // Of all keys of fewer texts, or of as many with a shorter last one, the greatest up to `high` is not above.
        const last = found.findLastIndex(of => of !== '');
        const shorter = points(high[last]!)
          .slice(0, points(found[last]!).length - 1)
          .join('');
        const greatest = high.map((of, i) => (i < last ? of : i === last ? shorter : ''));
        expect(byBytes(greatest, low)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    [['Sirius'], ['Sol'], ['So']],
    [['Sol'], ['Sola'], ['Sola']],
    [
      ['', ''],
      ['a', 'b'],
      ['a', ''],
    ],
    [
      ['Sol', 'a1'],
      ['Sol', 'a2'],
      ['Sol', 'a2'],
    ],
    [
      ['Sol', 'a1', 'x'],
      ['Sun', 'a0', 'y'],
      ['Su', '', ''],
    ],
    [['🌞'], ['🌟 dust'], ['🌟']],
    [['\uffff'], ['🌟'], ['🌟']],
  ])('between %j and %j is %j', (low, high, between) => {
    expect(separator(low, high)).toEqual(between);
  });
});

describe('a bound', () => {
  const drawn = width.chain(of =>
    fc.tuple(fc.array(keysOf(of), { maxLength: 12 }), bounds(of), fc.nat(11), fc.nat(of), fc.nat(4)),
  );

  test('has keys before it and keys behind it, whatever it is', () => {
    fc.assert(
      fc.property(drawn, ([keys, random, nth, length, cut]) => {
        // A bound at one of the keys, the last of its texts cut, is more telling than one drawn at random.
        const at = keys[nth]?.slice(0, length) ?? [];
        const near = at.map((of, i) => (i === at.length - 1 ? points(of).slice(0, cut).join('') : of));
        for (const bound of [random, { ...random, key: at }, { ...random, key: near }]) {
          const sides = keys.toSorted(byBytes).map(key => isBelow(key, bound));
          expect(sides).toEqual(sides.toSorted((a, b) => Number(b) - Number(a)));
          expect(sides).toEqual(keys.toSorted(byBytes).map(key => comesBefore(key, bound)));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('of no texts is before all keys or after them', () => {
    for (const key of [
      ['', ''],
      ['\u{10ffff}', 'a'],
    ]) {
      expect(isBelow(key, { key: [] })).toBe(false);
      expect(isBelow(key, { key: [], after: 'keys' })).toBe(true);
      expect(isBelow(key, { key: [], after: 'prefix' })).toBe(true);
    }
  });
});
