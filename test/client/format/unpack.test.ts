import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Packable, pack, unpack } from '#format/index.ts';

/** Strings of every header and of bytes that decoders treat apart: ASCII or not, a byte order mark, none at all. */
const strings = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 50 }),
  fc.string({ unit: fc.constantFrom('a', 'é', '\uFEFF', '\0', '😀'), maxLength: 40 }),
  fc.nat({ max: 70_000 }).map(length => 'x'.repeat(length)),
);
const { content } = fc.letrec<{ content: Packable; value: Packable }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.double(),
    strings,
    fc.uint8Array({ maxLength: 300 }),
    fc.array(strings, { maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 20 }),
  ),
  // The other decoder refuses that name; hostile.test.ts has it.
  content: fc.dictionary(
    fc.string({ minLength: 1 }).filter(name => name !== '__proto__'),
    tie('value'),
    { maxKeys: 20 },
  ),
}));

/** A map with the field "a" before the bytes of its value. */
function file(...value: number[]): Uint8Array {
  return Uint8Array.from([0x81, 0xa1, 0x61, ...value]);
}

describe('the content of a file', () => {
  test('is what another decoder makes of it', () => {
    fc.assert(
      fc.property(content, value => {
        const bytes = pack(value);
        expect({ ...unpack(bytes) }).toEqual(decode(bytes));
      }),
    );
  });

  test('is refused when it is cut anywhere, and with a byte behind it', () => {
    fc.assert(
      fc.property(content, fc.double({ min: 0, max: 1, maxExcluded: true }), (value, share) => {
        const bytes = pack(value);
        expect(() => unpack(bytes.subarray(0, Math.floor(share * bytes.length)))).toThrow('is truncated');
        expect(() => unpack(Uint8Array.from([...bytes, 0]))).toThrow('1 bytes follow');
      }),
    );
  });

  test('keeps nothing of the file in its numbers, and views of it in its bytes', () => {
    const bytes = file(0x92, 0xc4, 0x02, 0x07, 0x08, 0xa1, 0x62);
    const [view, text] = unpack(bytes)['a'] as [Uint8Array, string];
    expect(view.buffer).toBe(bytes.buffer);
    bytes.fill(0x63);
    expect([...view]).toEqual([0x63, 0x63]);
    expect(text).toBe('b');
  });

  test.each([
    ['nil', [0xc0]],
    ['a boolean', [0xc3]],
    ['the unused type', [0xc1]],
    ['float 32', [0xca, 0, 0, 0, 0]],
    ['uint 64', [0xcf, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['int 64', [0xd3, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['an extension', [0xd4, 1, 1]],
    ['a timestamp', [0xd6, 0xff, 0, 0, 0, 0]],
    ['a map inside', [0x80]],
  ])('is refused with %s', (_what, value) => {
    expect(() => unpack(file(...value))).toThrow(/type 0x[0-9a-f]{2} at byte 3/);
  });

  test.each([
    ['an array', [0x91, 0x01]],
    ['a number', [0x01]],
    ['a string', [0xa1, 0x61]],
    ['nothing', []],
  ])('is refused where it is %s', (_what, bytes) => {
    expect(() => unpack(Uint8Array.from(bytes))).toThrow(/not a MessagePack map|is truncated/);
  });

  test('is refused with a field twice, and with a field name that is not a string', () => {
    const twice = Uint8Array.from([0x82, 0xa1, 0x61, 0x01, 0xa1, 0x61, 0x01]);
    expect(() => unpack(twice)).toThrow('field "a" is repeated');
    expect(() => unpack(Uint8Array.from([0x81, 0x01, 0x01]))).toThrow('a field name is not a string');
  });

  test.each([
    ['alone', [0xa2, 0xc3, 0x28]],
    ['among ASCII strings', [0x93, 0xa1, 0x61, 0xa2, 0xc3, 0x28, 0xa1, 0x61]],
  ])('is refused with a string that is not UTF-8, %s', (_where, value) => {
    expect(() => unpack(file(...value))).toThrow();
  });

  test('allocates nothing for elements that are not there', () => {
    expect(() => unpack(file(0xdd, 0xff, 0xff, 0xff, 0xff))).toThrow('is truncated');
    expect(() => unpack(file(0xc6, 0xff, 0xff, 0xff, 0xff))).toThrow('is truncated');
    expect(() => unpack(file(0xdb, 0xff, 0xff, 0xff, 0xff))).toThrow('is truncated');
  });

  test('nests as deep as the deepest record needs, and no deeper than the stack bears', () => {
    const nested = (levels: number) => file(...new Array<number>(levels).fill(0x91), 0x01);
    let value = unpack(nested(516))['a'];
    let levels = 0;
    for (; Array.isArray(value); levels++) value = value[0];
    expect(levels).toBe(516);
    expect(() => unpack(nested(517))).toThrow('deeper than 516 levels');
    expect(() => unpack(nested(50_000))).toThrow('deeper than 516 levels');
  });
});
