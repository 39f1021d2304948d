import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../client/format/json.ts';
import { parseJson } from '../../client/format/parse.ts';
import { type RepeatedKey, repeatedKey } from '../../client/format/repeated-key.ts';
import { json, object, seeded } from '../support/arbitrary.ts';

const look = (text: string): RepeatedKey | undefined =>
  repeatedKey(text, new TextEncoder().encode(text), parseJson(text));

/**
 * A value as JSON with white space and escapes here and there. The object of a number, counted in the order of the
 * text, has one of its keys again, after all its members.
 */
function written(value: JsonValue, seed: number, target = -1): { text: string; at: number; key?: string } {
  const random = seeded(seed);
  let text = '';
  let objects = 0;
  let at = -1;
  let repeated: string | undefined;
  const space = () => {
    if (random() < 0.3) text += random() < 0.5 ? ' ' : '\r\n\t';
  };
  const string = (of: string) => {
    const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    text += random() < 0.3 ? `"${of.split('').map(escaped).join('')}"` : JSON.stringify(of);
  };
  const write = (of: JsonValue): void => {
    space();
    if (Array.isArray(of)) {
      text += '[';
      of.forEach((element, i) => {
        if (i > 0) text += ',';
        write(element);
      });
      text += ']';
    } else if (typeof of === 'object' && of !== null) {
      const isTarget = objects++ === target;
      const keys = Object.keys(of);
      text += '{';
      keys.forEach((key, i) => {
        if (i > 0) text += ',';
        space();
        string(key);
        space();
        text += ':';
        write(of[key]!);
      });
      if (isTarget && keys.length > 0) {
        text += ',';
        space();
        at = text.length;
        repeated = keys[Math.floor(random() * keys.length)]!;
        string(repeated);
        text += ':0';
      }
      text += '}';
    } else if (typeof of === 'string') string(of);
    else text += JSON.stringify(of);
    space();
  };
  write(value);
  return { text, at, ...(repeated !== undefined && { key: repeated }) };
}

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
