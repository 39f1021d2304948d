import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GRAM, SEARCHED_POINTS } from '#format/btree/search-schemas.ts';
import {
  gramsOf,
  indexedValues,
  searchedPart,
  searchedValues,
  valueFields,
  wordRows,
} from '#format/btree/searched-texts.ts';
import { foldTable, type JsonObject, makeFold } from '#format/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { text } from '#test/support/arbitrary.ts';

const fold = makeFold(foldTable());
const values = (record: string, ...fields: string[]) =>
  valueFields(fields).map(field => searchedValues(parseJson(record) as JsonObject, field, fold));

describe('values that are searched', () => {
  test('are the texts of each field but the name, folded, between ", ", each once', () => {
    expect(values('{"name":"own","b":"B","a":"A, Á, , C","fauna":"no"}', 'a', 'b', 'name')).toEqual([
      ['a', 'c'],
      ['b'],
    ]);
    expect(values('{"a":"x,\u00a0Y"}', 'a')).toEqual([['x', 'y']]);
  });
  test('are the texts of lists at any depth, and nothing else', () => {
    expect(values('{"a":["a, b",1,null,["deep"],{"x":"y"},true,"c"]}', 'a')).toEqual([
      ['a', 'b', 'deep', 'c'],
    ]);
    for (const value of ['1', 'true', 'null', '{"a":"b"}', '""', '[]', '[""]'])
      expect(values(`{"a":${value}}`, 'a')).toEqual([[]]);
  });
  test('are found by paths through planets and moons', () => {
    const record =
      '{"planets":[{"name":"P","moons":[{"name":"M"},{"name":"N"}]},{"name":"Q"},"no"],"a.b":"x"}';
    expect(values(record, 'planets.name', 'planets.moons.name')).toEqual([
      ['p', 'q'],
      ['m', 'n'],
    ]);
    expect(values(record, 'a.b')).toEqual([['x']]);
  });
  test('are of own fields only, also of those with odd names', () => {
    expect(values('{}', 'constructor', '__proto__')).toEqual([[], []]);
    expect(values('{"__proto__":"p","odd name":"t"}', '__proto__', 'odd name')).toEqual([['p'], ['t']]);
  });
});

const system = (name: string, id = 'i', region = 'R') => ({
  ...{ id, name, region },
  ...{ x: 0, y: 0, z: 0 },
});
const points = (of: string) => [...of];

test('the part that is searched is the first 1,024 code points', () => {
  const points = fc.array(fc.constantFrom('a', 'é', '🌟', ' '), {
    minLength: 1000,
    maxLength: 1050,
    size: 'max',
  });
  fc.assert(
    fc.property(points, of => {
      expect(searchedPart(of.join(''))).toBe(of.slice(0, SEARCHED_POINTS).join(''));
    }),
  );
});

test('the values of a system cost at most so much; what is left out would cost more', () => {
  const long = fc.tuple(text, fc.nat(1024)).map(([of, times]) => of.repeat(times) || 'N');
  const lists = fc.array(fc.uniqueArray(fc.oneof(text, long), { maxLength: 150, size: 'max' }), {
    maxLength: 3,
  });
  let cut = 0;
  fc.assert(
    fc.property(text, fc.constantFrom('R', 'r'.repeat(5000)), lists, (name, region, fields) => {
      const own = 64 + points(name).length + 1 + region.length;
      let left = 2 ** 18;
      const found = indexedValues(system(name, 'i', region), fields).map(of => [...of]);
      for (const [i, texts] of fields.entries()) {
        const expected = new Set<string>();
        for (const of of texts.map(searchedPart)) {
          const cost = own + 4 * points(of).length;
          if (expected.has(of)) continue;
          if (cost > left) cut++;
          else {
            left -= cost;
            expected.add(of);
          }
        }
        expect(found[i]).toEqual([...expected]);
      }
    }),
    { numRuns: 200 },
  );
  expect(cut).toBeGreaterThan(10);
});

test('names have rows from their words on but the first, unless they are long', () => {
  expect(wordRows(system('A b, C'), 'a b, c')).toEqual([2, 5]);
  expect(wordRows(system('A'), 'a')).toEqual([]);
  expect(wordRows(system('1 2 3 4 5 6 7 8 9'), '1 2 3 4 5 6 7 8 9')).toHaveLength(7);
  expect(wordRows(system('A b', 'i'.repeat(252)), 'a b')).toHaveLength(1);
  expect(wordRows(system('A b', 'i'.repeat(253)), 'a b')).toEqual([]);
});

test('a query is found by a gram from each position on, or from each word', () => {
  expect([...gramsOf('abc🌟 de', 'infix', false)]).toEqual([
    'abc🌟 ',
    'bc🌟 d',
    'c🌟 de',
    '🌟 de',
    ' de',
    'de',
    'e',
  ]);
  expect([...gramsOf('aaaaaaa', 'infix', true)]).toEqual(['aaaaa', 'aaaa', 'aaa', 'aa', 'a']);
  expect([...gramsOf('ab cdefgh', 'words', true)]).toEqual(['cdefg']);
  fc.assert(
    fc.property(text, of => {
      const expected = points(of).map((_, i) =>
        points(of)
          .slice(i, i + GRAM)
          .join(''),
      );
      expect([...gramsOf(of, 'infix', false)]).toEqual([...new Set(expected)]);
    }),
  );
});
