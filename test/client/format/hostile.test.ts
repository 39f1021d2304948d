import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packNumbers } from '#format/columns/numbers.ts';
import {
  type JsonValue,
  pack,
  packColumn,
  packDetails,
  unpack,
  unpackColumn,
  unpackDetails,
} from '#format/index.ts';
import { countValues, weighed } from '#format/memory-cost.ts';
import { FILES } from './sample-files.ts';

/** A reader gives a sound value or an Error, whatever the bytes; anything else fails the test, or hangs it. */
function reads(file: keyof typeof FILES, bytes: Uint8Array): boolean {
  const { read, wholes } = FILES[file];
  let value: unknown;
  try {
    value = read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return false;
  }
  expect(faults(value, wholes)).toEqual([]);
  return true;
}

/** Numbers in a value that no file may hold. */
function faults(value: unknown, wholes: readonly string[], field = ''): string[] {
  if (typeof value === 'number') {
    const sound = wholes.includes(field) ? Number.isSafeInteger(value) && value >= 0 : Number.isFinite(value);
    return sound ? [] : [`${field} ${value}`];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) => faults(of, wholes, key));
}

describe.each(Object.keys(FILES) as (keyof typeof FILES)[])('a damaged %s file', file => {
  const { bytes } = FILES[file];

  test('is read where it is whole', () => {
    expect(reads(file, bytes)).toBe(true);
  });

  test('is refused where it is cut anywhere, or goes on', () => {
    for (let length = 0; length < bytes.length; length++)
      expect(reads(file, bytes.slice(0, length))).toBe(false);
    expect(reads(file, Uint8Array.from([...bytes, 0]))).toBe(false);
  });

  test('gives an Error or a sound value with any one bit flipped', () => {
    const step = Math.max(1, Math.floor((bytes.length * 8) / 6000));
    for (let bit = 0; bit < bytes.length * 8; bit += step) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      reads(file, damaged);
    }
  });

  test('gives an Error or a sound value with any bytes overwritten, left out or put in', () => {
    const edit = fc.tuple(fc.nat(bytes.length), fc.nat(9), fc.uint8Array({ maxLength: 9 }));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), edits => {
        let damaged = Array.from(bytes);
        for (const [at, remove, insert] of edits) damaged = damaged.toSpliced(at, remove, ...insert);
        reads(file, Uint8Array.from(damaged));
      }),
      // Always the same damages: a count of tens of millions is allowed, and slow.
      { numRuns: 500, seed: 7 },
    );
  });
});

const floats = (...values: number[]) => new Uint8Array(Float64Array.from(values).buffer);

test.each([2 ** 27, 2 ** 31, 2 ** 32, 2 ** 53, -1, Number.NaN, Infinity])(
  'a count of %d takes no memory',
  count => {
    const none = new Uint8Array(0);
    for (const tag of [0, 1, 2]) expect(() => unpackColumn([tag], count)).toThrow(/invalid count/);
    expect(() => unpackColumn([3, [0, 0, none]], count)).toThrow(/invalid count/);
    expect(() => unpackColumn([4, [1, ['a'], [0, 0, none]]], count)).toThrow(/invalid count/);
    expect(() => unpackColumn([6, [[]], [0, 0, none]], count)).toThrow(/invalid count/);
    expect(() => unpackColumn([5, floats(count), [0]], 1)).toThrow(/invalid count|holds/);
  },
);

test('all columns of a file together have at most 2^26 values', () => {
  const unlimited = <T>(decode: () => T) => weighed(Number.POSITIVE_INFINITY, decode).value;
  const lists = [5, packNumbers(new Array(1000).fill(0)), [0]];
  expect(unlimited(() => unpackColumn(lists, 1000))).toHaveLength(1000);
  const all = 2 ** 26 - 2000;
  expect(() =>
    unlimited(() => {
      countValues(all);
      unpackColumn(lists, 1000);
      return countValues(1);
    }),
  ).toThrow('a column has the invalid count 1');
  // The next file begins at 0 again.
  expect(() => unlimited(() => countValues(2 ** 26))).not.toThrow();
});

describe('values nest 256 levels deep and no deeper', () => {
  /** A value of so many levels, each of a list or object among other types: what takes most arrays of a file. */
  const nested = (levels: number, isObject: boolean): JsonValue => {
    let value: JsonValue = 'a, b';
    for (let level = 0; level < levels; level++)
      value = isObject ? { a: value, b: null, c: level } : [value, level, null, 'a, b'];
    return value;
  };
  const read = (value: JsonValue) => {
    const file = unpack(pack({ values: packColumn([value, 1]) }));
    return unpackColumn(file['values'], 2)[0];
  };

  test.each([true, false])('(objects: %s)', isObject => {
    expect(JSON.stringify(read(nested(256, isObject)))).toBe(JSON.stringify(nested(256, isObject)));
    expect(() => read(nested(257, isObject))).toThrow(/deeper than (256|516) levels/);
    const record = { field: nested(255, isObject) };
    const details = (of: typeof record) =>
      unpackDetails(unpack(pack(packDetails([of, { field: 1 } as never]))))[0];
    expect(JSON.stringify(details(record))).toBe(JSON.stringify(record));
    expect(() => details({ field: nested(256, isObject) })).toThrow(/deeper than (256|516) levels/);
  });
});

test('bytes of any kind are a map or an Error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), bytes => {
      try {
        expect(typeof unpack(bytes)).toBe('object');
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['nothing', []],
  ['a number', [5]],
  ['nil', [0xc0]],
  ['a list', [0x90]],
  ['bytes', [0xc4, 0]],
  ['two maps', [0x80, 0x80]],
])('%s is not a file', (_, bytes) => {
  expect(() => unpack(Uint8Array.from(bytes))).toThrow(Error);
});

test('a polluting key reaches no prototype', () => {
  const name = Array.from(Buffer.from('__proto__'));
  const polluted = Array.from(Buffer.from('polluted'));
  const nested = Uint8Array.from([0x81, 0xa9, ...name, 0x81, 0xa8, ...polluted, 0x01]);
  expect(() => unpack(nested)).toThrow('type 0x81');
  const file = unpack(Uint8Array.from([0x81, 0xa9, ...name, 0x91, 0x01]));
  expect(file['length']).toBeUndefined();
  expect(Object.keys(file)).toEqual(['__proto__']);
  const [row] = unpackColumn(
    [6, [['__proto__']], [0, 0, new Uint8Array(0)], [6, [['polluted']], [0, 0, new Uint8Array(0)], [2]]],
    1,
  );
  expect(Object.keys(row as object)).toEqual(['__proto__']);
  expect((row as Record<string, unknown>)['polluted']).toBeUndefined();
});
