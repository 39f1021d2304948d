/** Values that the format forbids in a column, a page or a chunk: the error names each. */
import { describe, expect, test } from 'vitest';
import { LISTINGS } from '#format/btree/listing-schemas.ts';
import { IDS } from '#format/btree/name-schemas.ts';
import { unpackFront } from '#format/columns/front-coding.ts';
import { packNumbers, unpackNumbers } from '#format/columns/numbers.ts';
import { unpackStrings } from '#format/columns/strings.ts';
import { unpackTable } from '#format/columns/values.ts';
import {
  pack,
  packTableInner,
  packTableLeaf,
  treeOfPage,
  unpack,
  unpackChunk,
  unpackColumn,
  unpackTablePage,
  unpackTreePage,
} from '#format/index.ts';
import { box, FILES, hash, systems } from './sample-files.ts';

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
      ['a form that is not a number', ['map', ['a'], wholes(), wholes()], 'the unknown form map'],
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
    ['nodes of a page', { branches: page['branches']!.with(3, wholes(0.5)) }, 'holds 0.5'],
    ['levels of pages', { branches: page['branches']!.with(4, wholes(-1)) }, 'holds -1'],
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

  const value = { field: 'f', key: 'sR', systems: 3, bounds: box, shard: { hash, length: 90 } };
  const listings = unpack(pack(packTableLeaf([value], LISTINGS)));
  test.each<[string, Record<string, unknown>, string]>([
    ['value of no systems', { systems: wholes(0) }, 'holds 0, expected an integer from 1'],
    ['value of half a system', { systems: wholes(0.5) }, 'holds 0.5, expected an integer from 1'],
    ['length of a shard', { lengths: wholes(0.5) }, 'holds 0.5, expected an integer from 0'],
  ])('%s', (_what, fields, message) => {
    expect(unpackTablePage(listings, LISTINGS)).toEqual({ level: 0, rows: [value] });
    expect(() => unpackTablePage({ ...listings, ...fields }, LISTINGS)).toThrow(message);
  });
});

test.each([0.5, -1, 8])('a chunk is refused by name for the derived bits %d', bits => {
  const derived = packNumbers(systems.map((_, i) => (i === 7 ? bits : 0)));
  const message = `holds ${bits}, expected an integer from 0 to 7`;
  expect(() => unpackChunk({ ...unpack(FILES.chunk.bytes), derived })).toThrow(message);
});
