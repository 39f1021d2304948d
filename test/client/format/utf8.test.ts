import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareText, hashText } from '#format/index.ts';
import { text } from '#test/support/arbitrary.ts';

describe('compareText', () => {
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  /** Characters about the borders of UTF-8 lengths and of surrogates. */
  const border = fc
    .array(
      fc.constantFrom(
        '\0',
        '\x7f',
        '\x80',
        '߿',
        'ࠀ',
        '퟿',
        '\ue000',
        '\uffff',
        '\u{10000}',
        '\u{10ffff}',
        'a',
      ),
      { maxLength: 4 },
    )
    .map(of => of.join(''));

  test('orders as the bytes of UTF-8', () => {
    const any = fc.oneof(text, border);
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(byBytes(a, b));
        expect(Math.sign(compareText(a + b, a))).toBe(byBytes(a + b, a));
        expect(Math.sign(compareText(a + a, a + b))).toBe(byBytes(a + a, a + b));
      }),
      { numRuns: 2000 },
    );
  });

  test('where UTF-16 orders otherwise', () => {
    expect(compareText('\uffff', '🌟')).toBeLessThan(0);
    expect('\uffff' < '🌟').toBe(false);
    expect(['🌟', '\uffff', 'é', 'z', '\ue000', ''].sort(compareText)).toEqual([
      '',
      'z',
      'é',
      '\ue000',
      '\uffff',
      '🌟',
    ]);
  });
});

describe('hashText is MurmurHash3_x86_32', () => {
  test.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['abc', 0, 0xb3dd93fa],
    ['test', 0, 0xba6bd213],
    ['test', 0x9747b28c, 0x704b81dc],
    ['\0\0\0\0', 0, 0x2362f9de],
    ['\0\0\0', 0, 0x85f0b427],
    ['\0\0', 0, 0x30f4c306],
    ['\0', 0, 0x514e28b7],
    ['Hello, world!', 0, 0xc0363e43],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
  ])('of %j with seed %i', (of, seed, hash) => {
    expect(hashText(of, seed)).toBe(hash);
  });
});
