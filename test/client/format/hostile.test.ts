import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IDS, REGIONS } from '#format/btree/name-schemas.ts';
import { unpackFront } from '#format/columns/front-coding.ts';
import { packNumbers, unpackNumbers } from '#format/columns/numbers.ts';
import { unpackStrings } from '#format/columns/strings.ts';
import { unpackTable } from '#format/columns/values.ts';
import {
  type JsonValue,
  pack,
  packChunk,
  packColumn,
  packDetails,
  packTableInner,
  packTableLeaf,
  packTreePage,
  treeOfPage,
  unpack,
  unpackChunk,
  unpackColumn,
  unpackDetails,
  unpackTablePage,
  unpackTreePage,
} from '#format/index.ts';
import { countValues, weighed } from '#format/memory-cost.ts';
import { countField } from '#format/unpack.ts';

const fields = Array.from({ length: 30 }, (_, i) => ({
  materials: ['Gold, Cadmium', 'Ammonia', 'Gold, Ammonia, Copper'][i % 3]!,
  planets: [
    { name: `P${i}`, moons: i % 2 ? [{ name: 'M', orbit: i / 10 }] : [] },
    { name: 'Q', gas: null },
  ],
  ...(i % 4 === 0 && { notes: [null, true, i, 'text', { '': -0 }] }),
}));
const systems = fields.map((of, i) => ({
  id: `SYS_${i}`,
  name: `Name ${i}`,
  region: i % 2 ? 'Adam' : 'Eve',
  x: i / 100,
  y: Math.sqrt(i),
  z: -i,
  derived: i % 3,
  fields: of,
}));
const hash = '0123456789abcdef0123456789abcdef01234567';
const box = { min: [0, 0, 0] as const, max: [1, 2, 3] as const };
const preview = { ref: { kind: 'previews', hash, length: 900 }, rows: 7 } as const;
const counts = { systems: 10, planets: 300, moons: 70_000, stations: 0 };

interface File {
  readonly bytes: Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
  /** Fields of what is read that are whole numbers. */
  readonly wholes: readonly string[];
}

const FILES: Record<'chunk' | 'details' | 'page' | 'values', File> = {
  chunk: {
    bytes: pack(packChunk(systems, fields)),
    read: bytes => unpackChunk(unpack(bytes)),
    wholes: ['rows'],
  },
  details: { bytes: pack(packDetails(fields)), read: bytes => unpackDetails(unpack(bytes)), wholes: [] },
  page: {
    bytes: pack(
      packTreePage({
        nodes: [
          { kind: 'inner', bounds: box, counts: { ...counts, systems: 30 }, preview, children: 3 },
          { kind: 'leaf', bounds: box, counts },
          { kind: 'leaf', bounds: box, counts },
          {
            kind: 'branch',
            bounds: box,
            counts,
            preview: undefined,
            entries: 400,
            ref: { kind: 'tree', hash, length: 4000 },
          },
        ],
        chunks: [
          {
            ref: { kind: 'chunks', hash, length: 70_000 },
            rows: 20,
            firstId: '',
            details: [{ ref: { kind: 'details', hash, length: 300 }, rows: 20, firstId: '' }],
          },
        ],
      }),
    ),
    read: bytes => treeOfPage(unpackTreePage(unpack(bytes))),
    wholes: ['rows', 'length', 'entries', 'start', 'end', ...Object.keys(counts)],
  },
  values: {
    bytes: pack({ rows: 2, of: [5, [0, 3, new Uint8Array(0)], [0]] }),
    read: bytes => {
      const file = unpack(bytes);
      return unpackColumn(file['of'], countField(file, 'rows'));
    },
    wholes: [],
  },
};

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
const scaled = (scale: unknown, base: unknown, ...planes: number[]) => [scale, base, Uint8Array.from(planes)];
const wholes = (...values: number[]) => packNumbers(values);

/** Columns of two values, as section 6 forbids them, and what is said of each. */
describe.each<[string, (packed: never) => unknown, [string, unknown, string][]]>([
  [
    'numbers',
    packed => unpackNumbers(packed, 2),
    [
      ['NaN', floats(1, NaN), 'a column of numbers holds NaN'],
      ['Infinity', floats(Infinity, 1), 'a column of numbers holds Infinity'],
      ['a scale that is a text', scaled('1', 5), 'scale 1, base 5 and 0 bytes are not 2 numbers'],
      ['a scale of 16', scaled(16, 5), 'scale 16, base 5'],
      ['a scale below 0', scaled(-1, 5), 'scale -1, base 5'],
      ['the name of a property for a scale', scaled('length', 5), 'scale length, base 5'],
      ['half a base', scaled(0, 0.5), 'scale 0, base 0.5'],
      ['a base of 2^51', scaled(0, 2 ** 51), 'scale 0, base 2251799813685248'],
      ['a base of -2^51', scaled(0, -(2 ** 51)), 'scale 0, base -2251799813685248'],
      ['values of 7 bytes', scaled(0, 0, ...new Array(14).fill(0)), 'base 0 and 14 bytes are not 2'],
      ['values of half a byte', scaled(0, 0, 1), 'base 0 and 1 bytes are not 2'],
    ],
  ],
  [
    'texts',
    packed => unpackStrings(packed, 2),
    [
      [
        'less than no tokens',
        [2, ['a', 'b'], wholes(-1, 3), wholes(0, 1)],
        'holds -1, expected an integer from 1',
      ],
      ['no tokens', [2, ['a', 'b'], wholes(0, 2), wholes(0, 1)], 'holds 0, expected an integer from 1'],
      [
        'half a token',
        [2, ['a', 'b'], wholes(0.5, 1.5), wholes(0, 1)],
        'holds 0.5, expected an integer from 1',
      ],
      ['another form', [3, ['a'], wholes(), wholes(), wholes()], 'the unknown form 3'],
      ['a form that is no number', ['map', ['a'], wholes(), wholes()], 'the unknown form map'],
      ['half an index', [1, ['a', 'b'], wholes(0, 0.5)], 'index 0.5 is not in a dictionary of 2'],
      ['an index below 0', [1, ['a', 'b'], wholes(0, -1)], 'index -1 is not in a dictionary of 2'],
      ['an index beyond', [1, ['a', 'b'], wholes(0, 2)], 'index 2 is not in a dictionary of 2'],
    ],
  ],
  [
    'values',
    packed => unpackColumn(packed, 2),
    [
      [
        'lists of half an element',
        [5, wholes(0.5, 1.5), [3, wholes(7, 8)]],
        'holds 0.5, expected an integer from 0',
      ],
      ['lists below 0', [5, wholes(-1, 3), [3, wholes(7, 8)]], 'holds -1, expected an integer from 0'],
      [
        'a mix in a mix',
        [7, Uint8Array.of(3, 4), [7, Uint8Array.of(0)], [4, [0, ['a']]]],
        'lacks the values of tag 3',
      ],
      [
        'a mix out of order',
        [7, Uint8Array.of(3, 4), [4, [0, ['a']]], [3, wholes(1)]],
        'lacks the values of tag 3',
      ],
    ],
  ],
  [
    'a table',
    packed => unpackTable(packed, 2),
    [
      ['a text for a shape', [['ab'], wholes(0, 0), [0], [1]], 'no shapes of unique keys'],
      ['a key that is a number', [[[5]], wholes(0, 0), [0]], 'no shapes of unique keys'],
      ['a key twice', [[['a', 'a']], wholes(0, 0), [0]], 'no shapes of unique keys'],
      ['half a shape', [[['a']], wholes(0, 0.5), [0]], 'no shape 0.5'],
    ],
  ],
  [
    'sorted texts',
    packed => unpackFront(packed, 2),
    [
      ['half a character', [wholes(0, 0.5), ['ab', 'b']], 'holds 0.5, expected an integer from 0'],
      ['less than none', [wholes(0, -1), ['ab', 'b']], 'holds -1, expected an integer from 0'],
      ['more than there is', [wholes(0, 3), ['ab', 'b']], 'shares 3 characters of a shorter string'],
    ],
  ],
])('a column of %s is refused by name', (_, read, forms) => {
  test.each(forms)('%s', (_what, packed, message) => {
    expect(() => read(packed as never)).toThrow(message);
  });
});

describe('a page is refused by name for its', () => {
  const page = unpack(FILES.page.bytes) as Record<string, unknown[]>;
  test.each<[string, Record<string, unknown>, string]>([
    ['node over one node', { children: wholes(1) }, 'holds 1, expected an integer from 2'],
    ['half a system', { systems: wholes(30, 9.5, 10.5, 10) }, 'holds 9.5, expected an integer from 0'],
    ['planets below 0', { planets: wholes(0, -1, 0, 0) }, 'holds -1, expected an integer from 0'],
    ['half a moon', { moons: wholes(0, 0, 0.5, 0) }, 'holds 0.5, expected an integer from 0'],
    ['stations beyond all numbers', { stations: floats(0, 0, 0, NaN) }, 'a column of numbers holds NaN'],
    ['box without end', { max: page['max']!.with(2, floats(3, 3, Infinity, 3)) }, 'holds Infinity'],
    ['length of a page', { branches: page['branches']!.with(1, wholes(0.5)) }, 'holds 0.5'],
    ['entries of a page', { branches: page['branches']!.with(2, wholes(-4)) }, 'holds -4'],
    ['rows of a preview', { previews: page['previews']!.with(0, wholes(0.5, 0)) }, 'holds 0.5'],
    ['length of a preview', { previews: page['previews']!.with(2, wholes(-9)) }, 'holds -9'],
    [
      'half a chunk',
      { chunks: page['chunks']!.with(0, 1.5).with(1, new Uint8Array(30)) },
      'invalid count 1.5',
    ],
    ['length of a chunk', { chunks: page['chunks']!.with(2, wholes(-9)) }, 'holds -9'],
    [
      'chunk without rows',
      { chunks: page['chunks']!.with(3, wholes(0)) },
      'holds 0, expected an integer from 1',
    ],
    ['rows too few', { chunks: page['chunks']!.with(3, wholes(19)) }, 'leaves of a page have more rows'],
    ['rows too many', { chunks: page['chunks']!.with(3, wholes(21)) }, 'chunks of a page have more rows'],
    ['half a detail file', { chunks: page['chunks']!.with(5, wholes(0.5)) }, 'holds 0.5'],
    ['length of a detail file', { details: page['details']!.with(1, wholes(0.5)) }, 'holds 0.5'],
    [
      'rows of a detail file',
      { details: page['details']!.with(2, wholes(0)) },
      'holds 0, expected an integer from 1',
    ],
  ])('%s', (_what, fields, message) => {
    expect(() => treeOfPage(unpackTreePage({ ...page, ...fields }))).toThrow(message);
  });

  const ref = { kind: 'ids', hash, length: 90 } as const;
  const entries = [
    { key: [''], rows: 5, ref },
    { key: ['b'], rows: 7, ref },
  ];
  const inner = unpack(pack(packTableInner(1, entries)));
  test.each<[string, Record<string, unknown>, string]>([
    ['level', { level: 0.5 }, 'field "level" is 0.5, expected an integer from 0'],
    ['rows', { rows: 1.5 }, 'field "rows" is 1.5, expected an integer from 0'],
    ['count of no rows', { counts: wholes(5, 0) }, 'holds 0, expected an integer from 1'],
    ['count of half a row', { counts: wholes(5, 0.5) }, 'holds 0.5, expected an integer from 1'],
    ['length below 0', { lengths: wholes(5, -7) }, 'holds -7, expected an integer from 0'],
  ])('%s, where it is of a table', (_what, fields, message) => {
    expect(unpackTablePage(inner, IDS)).toEqual({ level: 1, entries });
    expect(() => unpackTablePage({ ...inner, ...fields }, IDS)).toThrow(message);
  });

  const region = { region: 'R', systems: 3, bounds: box, shard: { hash, length: 90 } };
  const regions = unpack(pack(packTableLeaf([region], REGIONS)));
  test.each<[string, Record<string, unknown>, string]>([
    ['region of no systems', { systems: wholes(0) }, 'holds 0, expected an integer from 1'],
    ['region of half a system', { systems: wholes(0.5) }, 'holds 0.5, expected an integer from 1'],
    ['length of a shard', { lengths: wholes(0.5) }, 'holds 0.5, expected an integer from 0'],
  ])('%s', (_what, fields, message) => {
    expect(unpackTablePage(regions, REGIONS)).toEqual({ level: 0, rows: [region] });
    expect(() => unpackTablePage({ ...regions, ...fields }, REGIONS)).toThrow(message);
  });
});

test.each([0.5, -1, 8])('a chunk is refused by name for the bits %d of what is derived', bits => {
  const derived = packNumbers(systems.map((_, i) => (i === 7 ? bits : 0)));
  const message = `holds ${bits}, expected an integer from 0 to 7`;
  expect(() => unpackChunk({ ...unpack(FILES.chunk.bytes), derived })).toThrow(message);
});

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
])('%s is no file', (_, bytes) => {
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
