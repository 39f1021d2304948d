import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '#format/record/parse-json.ts';
import { type RepeatedKey, repeatedKey } from '#format/record/repeated-key.ts';
import { json, object, written } from '#test/support/arbitrary.ts';

const look = (text: string): RepeatedKey | undefined =>
  repeatedKey(text, new TextEncoder().encode(text), parseJson(text));

test('no key is twice where none is, whatever strings hold', () => {
  fc.assert(
    fc.property(json, fc.nat(), (value, seed) => {
      expect(look(written(value, seed).text)).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('a key that is there again is found, wherever and however it is written', () => {
  let found = 0;
  fc.assert(
    fc.property(object, fc.nat(), fc.nat(2), (value, seed, target) => {
      const { text, at, key } = written(value, seed, target);
      if (key === undefined) return;
      found++;
      expect(look(text)).toMatchObject({ key, at });
    }),
    { numRuns: 1000 },
  );
  expect(found).toBeGreaterThan(100);
});

describe('the path to the object', () => {
  test.each([
    ['{"a":1,"b":2,"a":3}', 'a', '', 13],
    ['{"a":{"b":1},"b":{"c":1,"c":1}}', 'c', 'b', 24],
    ['{"planets":[{"n":1},"x",{"moons":[[],{"n":1,"n":2}]}]}', 'n', 'planets[2].moons[1]', 44],
    ['{"a b":{"é":{"__proto__":1,"__proto__":2}}}', '__proto__', '["a b"].é', 27],
    ['[1,[{"\\u0061":1,"a":2}]]', 'a', '[1][0]', 16],
    ['{"a":"\\u003a","a":":\\"a\\":"}', 'a', '', 14],
    ['{"1":0,"a":0,"1":0}', '1', '', 13],
    ['{"a":{"a":1},"b":{"a":1},"a":[]}', 'a', '', 25],
  ])('%s', (text, key, path, at) => {
    expect(look(text)).toEqual({ key, path, at });
  });
});
