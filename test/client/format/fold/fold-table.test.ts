import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFold, printFold } from '#format/fold/fold-text.ts';
import {
  type FoldTable,
  foldTable,
  type Packable,
  pack,
  packFold,
  unpack,
  unpackFold,
} from '#format/index.ts';
import { codePoint } from '#test/support/arbitrary.ts';

const table = foldTable();

/** Maps of any code points, and of neighbours, which have words in common. */
const char = fc.oneof(
  codePoint,
  fc.integer({ min: 0xc0, max: 0xd0 }).map(code => String.fromCharCode(code)),
);
const mapOf = <T>(value: fc.Arbitrary<T>) =>
  fc
    .array(fc.tuple(char, value), { minLength: 1, maxLength: 40, size: 'max' })
    .map(pairs => new Map([...new Map(pairs)].sort(([a], [b]) => a.codePointAt(0)! - b.codePointAt(0)!)));
const ranks = mapOf(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })));

describe('a fold table', () => {
  const exact = ({ unicode, map, ranks }: FoldTable) => ({ unicode, map: [...map], ranks: [...ranks] });

  test('comes back from the fold file, for any decoder', () => {
    const bytes = pack(packFold(table));
    expect(exact(unpackFold(unpack(bytes)))).toEqual(exact(table));
    expect(exact(unpackFold(decode(bytes) as Record<string, unknown>))).toEqual(exact(table));
    expect(Object.keys(unpack(bytes))).toEqual([
      ...['unicode', 'rows', 'from', 'to', 'marks', 'mark', 'rank', 'letters', 'letter', 'plain'],
    ]);
  });

  test('comes back from its text', () => {
    const map = mapOf(fc.string({ unit: codePoint, minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(map, ranks, mapOf(fc.string({ unit: 'binary', maxLength: 2 })), (map, ranks, search) => {
        const printed = printFold({ unicode: '17.0', map, ranks, search });
        expect(Object.values(printed).join(' ')).toMatch(/^[-0-9a-z:,* ]*$/);
        const back = parseFold({ ...printed, map: printed.map.replaceAll(' ', '\n') });
        expect(exact({ unicode: '', ...back })).toEqual(exact({ unicode: '', map, ranks, search }));
      }),
    );
  });

  const file = packFold(table) as { [field: string]: Packable };
  const small = (map: [string, string][], ranks: [string, number][], search: [string, string][] = []) => {
    const ascii = [...table.map].filter(([of]) => of <= 'Z');
    return packFold({
      unicode: '17.0',
      map: new Map([...ascii, ...map]),
      ranks: new Map(ranks),
      search: new Map(search),
    }) as typeof file;
  };
  test('is read where nothing is wrong with it', () => {
    expect(exact(unpackFold(small([['É', 'e']], [['\u0301', 1]]))).map).toHaveLength(27);
  });
  test.each<[string, { [field: string]: Packable }, string]>([
    ['of no version', { ...file, unicode: 17 }, 'field "unicode" is 17, expected a string'],
    ['of fewer rows', { ...file, rows: 9 }, `${table.map.size} strings for 9 rows`],
    ['of fewer marks', { ...file, marks: 9 }, '964 bytes are not 9 numbers'],
    ['without rows', { ...file, rows: -1 }, 'field "rows" is -1, expected an integer from 0'],
    ['without ASCII', { ...file, rows: 0, from: [0, 0, new Uint8Array(0)], to: [0, []] }, 'fold of ASCII'],
    ['with another ASCII', small([['_', '-']], []), 'the fold of ASCII is not its lower case'],
    [
      'in disorder',
      small(
        [
          ['É', 'e'],
          ['À', 'a'],
        ],
        [],
      ),
      'code point 192 follows 201',
    ],
    ['with a surrogate', small([['\ud800', 'e']], []), 'code point 55296 follows 90'],
    ['with a Hangul syllable', small([['각', 'e']], []), 'the Hangul syllable 44033 is in the table'],
    ['that leads to nothing', small([['É', '']], []), '"" is not the fold of a code point'],
    ['that folds in two steps', small([['É', 'E']], []), '"E" is not the fold of a code point'],
    ['that makes syllables', small([['É', '각']], []), '"각" is not the fold of a code point'],
    ['with a mark that is folded', small([['É', 'e']], [['É', 1]]), '"É" is not a mark that the fold keeps'],
    ['with a letter of ASCII as a mark', small([], [['a', 1]]), '"a" is not a mark that the fold keeps'],
    ['with a search fold of ASCII', small([], [], [['a', 'b']]), '"a" is not a letter of a fold'],
    [
      'with a search fold of a folded letter',
      small([['É', 'e']], [], [['É', 'e']]),
      '"É" is not a letter of',
    ],
    [
      'with a search fold in two steps',
      small(
        [],
        [],
        [
          ['ı', 'ø'],
          ['ø', 'o'],
        ].sort() as never,
      ),
      'folded further',
    ],
    ['with rank 0', small([], [['\u0301', 0]]), 'a column holds 0, expected an integer from 1'],
    ['with half a rank', small([], [['\u0301', 1.5]]), 'a column holds 1.5, expected an integer from 1'],
  ])('%s is refused', (_what, of, message) => {
    expect(() => unpackFold(of)).toThrow(message);
  });
});
