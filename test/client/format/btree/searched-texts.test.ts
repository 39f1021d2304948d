import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  indexedTexts,
  SEARCHED_FIELDS,
  SEARCHED_POINTS,
  searchedPart,
  searchedTexts,
} from '#format/btree/searched-texts.ts';
import { wordStarts } from '#format/fold/words.ts';
import type { JsonObject } from '#format/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { text } from '#test/support/arbitrary.ts';

const texts = (record: string, name = 'N', fields = SEARCHED_FIELDS) =>
  searchedTexts(name, parseJson(record) as JsonObject, fields);

describe('texts that are searched', () => {
  test('are the name that answers queries, and texts of the fields, in order of the fields', () => {
    expect(texts('{"name":"own","attributes":"B","materials":"A","fauna":"no"}')).toEqual(['N', 'A', 'B']);
    expect(texts('{"name":"own","fauna":"F"}', 'N', ['fauna', 'name'])).toEqual(['F', 'N']);
    expect(texts('{"materials":"A"}', 'N', [])).toEqual([]);
  });
  test('are not folded, trimmed or split', () => {
    expect(texts('{"materials":" Gold, GOLD \\u0000"}', 'É ')).toEqual(['É ', ' Gold, GOLD \0']);
  });
  test('are the texts of a list, each on its own, and nothing else', () => {
    expect(texts('{"materials":["a, b",1,null,["deep"],{"x":"y"},true,"c"]}')).toEqual(['N', 'a, b', 'c']);
    for (const value of ['1', 'true', 'null', '{"a":"b"}', '""', '[]', '[""]'])
      expect(texts(`{"materials":${value}}`)).toEqual(['N']);
  });
  test('are never empty, and each there once', () => {
    expect(texts('{"materials":["N","a","a"],"attributes":"a"}')).toEqual(['N', 'a']);
    expect(texts('{"materials":"a"}', '')).toEqual(['a']);
  });
  test('are of own fields only', () => {
    expect(texts('{}', 'N', ['name', 'constructor', '__proto__'])).toEqual(['N']);
    expect(texts('{"__proto__":"p","toString":"t"}', 'N', ['__proto__', 'toString'])).toEqual(['p', 't']);
  });
});

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

describe('what is indexed of the texts of a system', () => {
  const MOST = 2 ** 18;
  const long = fc
    .tuple(text, fc.nat(1024), fc.constantFrom('', ' '))
    .map(([of, times, gap]) => searchedPart(`${of}${gap}`.repeat(times)) || 'N');
  const system = fc.record({
    ...{ id: text, name: long, region: fc.oneof(text, fc.constant('r'.repeat(5000))) },
    ...{ x: fc.constant(0), y: fc.constant(0), z: fc.constant(0) },
  });
  const values = fc.uniqueArray(fc.oneof(text, long), { maxLength: 200, size: 'max' });

  test('costs at most so much, but for the first word of the name; what is left out would cost more', () => {
    let cut = 0;
    fc.assert(
      fc.property(system, fc.boolean(), values, (row, isNamed, others) => {
        const points = (of: string) => [...of].length;
        const perWord = 64 + points(row.id) + points(row.name) + points(row.region);
        const costOf = (of: string) => perWord * wordStarts(of).length + 4 * points(of);
        const name = isNamed ? row.name : undefined;
        const found = indexedTexts(row, name, others);
        let cost = 0;
        const starts = wordStarts(name ?? '');
        const words = starts.slice(0, found.words);
        if (name !== undefined) {
          cost = costOf(name.slice(0, starts[words.length]));
          expect(words.length).toBeGreaterThan(0);
          if (words.length > 1) expect(cost).toBeLessThanOrEqual(MOST);
          const [next, end] = starts.slice(words.length);
          if (next !== undefined) expect(cost + costOf(name.slice(next, end))).toBeGreaterThan(MOST);
        }
        const kept = new Set(found.values);
        expect(others.filter(of => kept.has(of))).toEqual(found.values);
        for (const value of others) {
          if (kept.has(value)) cost += costOf(value);
          else expect(cost + costOf(value)).toBeGreaterThan(MOST);
          if (kept.has(value)) expect(cost).toBeLessThanOrEqual(MOST);
        }
        if (words.length < starts.length || kept.size < others.length) cut++;
      }),
      { numRuns: 300 },
    );
    expect(cut).toBeGreaterThan(20);
  });
});
