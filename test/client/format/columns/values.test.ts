import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countingValues } from '#format/columns/encoded-values.ts';
import { packTable, unpackTable, weightOf } from '#format/columns/values.ts';
import { type JsonValue, pack, packColumn, unpack, unpackColumn } from '#format/index.ts';
import { countValues, MAX_VALUES, weighed } from '#format/memory-cost.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { exactText, json, key, object, objectOf } from '#test/support/arbitrary.ts';

/** A column through MessagePack and back. */
function travel(values: JsonValue[]): JsonValue[] {
  return unpackColumn(unpack(pack({ of: packColumn(values) }))['of'], values.length);
}

describe('a column of JSON values', () => {
  test('comes back equal: bits, null and absent, own keys and their order', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 8 }), values => {
        expect(exactText(travel(values))).toBe(exactText(values));
      }),
      { numRuns: 1000 },
    );
  });

  test('is read by another implementation of MessagePack as by this one', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 8 }), values => {
        const bytes = pack({ of: packColumn(values) });
        expect(pack({ of: packColumn(structuredClone(values)) })).toEqual(bytes);
        const foreign = (decode(bytes) as Record<string, unknown>)['of'];
        expect(exactText(unpackColumn(foreign, values.length))).toBe(exactText(values));
      }),
    );
  });

  test('is counted by its writer as by its readers', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(json, fc.constantFrom('a, b', 'b, c, d', ', ')), { maxLength: 12 }),
        rows => {
          const { content, values } = countingValues(() => packColumn(rows));
          const read = (before: number) =>
            weighed(Number.POSITIVE_INFINITY, () => {
              countValues(before);
              return unpackColumn(unpack(pack({ of: content }))['of'], rows.length);
            });
          expect(exactText(read(MAX_VALUES - values).value)).toBe(exactText(rows));
          expect(() => read(MAX_VALUES - values + 1)).toThrow('a column has the invalid count');
        },
      ),
      { examples: [[[]], [[null]], [[[[], {}, 'a, b', 1, null], {}]]] },
    );
  });

  test('of objects of few shapes, as records are, comes back too', () => {
    const rows = fc.array(key, { minLength: 1, maxLength: 6 }).chain(keys =>
      fc.array(fc.array(fc.tuple(fc.constantFrom(...keys), json), { maxLength: 5 }).map(objectOf), {
        maxLength: 20,
      }),
    );
    fc.assert(
      fc.property(rows, values => {
        const back = unpackTable(unpack(pack({ of: packTable(values) }))['of'], values.length);
        expect(exactText(back)).toBe(exactText(values));
        for (const of of back) expect(Object.getPrototypeOf(of)).toBe(Object.prototype);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['keys in two orders', '[{"a":1,"b":2},{"b":2,"a":1},{"a":1,"b":2}]'],
    ['null, absent and empty', '[{"a":null},{},{"a":""},{"a":[]},{"a":{}},null,[],[null],[[]]]'],
    ['keys of JavaScript', '[{"__proto__":{"a":1},"constructor":{"prototype":2}},{"__proto__":null}]'],
    ['__proto__ beside __proto_', '[{"__proto__":1,"__proto_":2},{"__proto_":3}]'],
    ['the empty key', '[{"":{"":[{"":null}]}}]'],
    ['keys that read as lists of keys', '[{"a\\",\\"b":1},{"a":1,"b":2},{"[\\"a\\"]":3}]'],
    ['integer-like keys', '[{"10":1,"9":2,"b":3,"01":4,"-1":5},{"b":1}]'],
    ['both zeros', '[0,-0,[0],[-0],{"a":-0},{"a":0}]'],
    ['all types in one', '[null,false,true,1,"1",[1],{"1":1},1.5,-0]'],
    ['lists of lists', '[[],[[]],[[],[[]]],[[[[1]]],2]]'],
  ])('keeps %s', (_, source) => {
    const values = parseJson(source) as JsonValue[];
    expect(exactText(travel(values))).toBe(exactText(values));
  });

  test.each([
    ['lists', 256, (inner: JsonValue): JsonValue => [inner]],
    ['objects', 256, (inner: JsonValue): JsonValue => ({ moons: inner })],
    ['mixed lists', 256, (inner: JsonValue): JsonValue => [null, inner, 1]],
    ['mixed lists and objects in turn', 128, (inner: JsonValue): JsonValue => [null, { moons: inner }]],
  ])('keeps nesting of 256 levels of %s', (_, times, around) => {
    let value: JsonValue = 'core';
    for (let level = 0; level < times; level++) value = around(value);
    expect(exactText(travel([value, 1, value]))).toBe(exactText([value, 1, value]));
  });

  test('of objects does not share what it gives', () => {
    const [a, b] = travel([{ list: [1] }, { list: [1] }]) as { list: number[] }[];
    a!.list.push(2);
    expect(b!.list).toEqual([1]);
  });

  test.each([
    ['nothing', undefined],
    ['an unknown tag', [8]],
    ['a mix without tags', [7]],
    ['a mix with too few tags', [7, new Uint8Array(1)]],
    ['a mix with an unknown tag', [7, Uint8Array.of(0, 7)]],
    ['a mix that lacks a column', [7, Uint8Array.of(0, 3)]],
    ['lists without lengths', [5, []]],
    [
      'lists of more elements than there are',
      [
        5,
        [
          [0, 1, new Uint8Array(0)],
          [3, new Uint8Array(8)],
        ],
      ],
    ],
    ['a table without columns', [6, [[[]], [0, 0, new Uint8Array(0)]]]],
    ['a table that lacks a column', [6, [[['a', 'b']], [0, 0, new Uint8Array(0)], [[0]]]]],
    ['a table that lacks a shape', [6, [[['a']], [0, 1, new Uint8Array(0)], [[0]]]]],
  ])('refuses %s', (_, packed) => {
    expect(() => unpackColumn(packed, 2)).toThrow(Error);
  });
});

test('weight depends on the value alone: order and shape of storage do not change it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, json), { maxLength: 6 }), entries => {
      const value = objectOf(entries);
      expect(weightOf(travel([value])[0]!)).toBe(weightOf(value));
      expect(weightOf(objectOf(Object.entries(value).toReversed()))).toBe(weightOf(value));
      expect(weightOf([value, value])).toBe(4 + 2 * weightOf(value));
    }),
  );
  expect(weightOf({ a: 'four', b: [1, null, true], c: {} })).toBe(4 + 5 + (4 + 12) + 4);
});

test('an object is any JSON object', () => {
  fc.assert(
    fc.property(object, value => {
      expect(exactText(unpackTable(packTable([value]), 1)[0])).toBe(exactText(value));
    }),
  );
});

test('of objects some keys are decoded, and the columns of no other', () => {
  const rows = fc.array(key, { minLength: 1, maxLength: 4 }).chain(keys =>
    fc.record({
      rows: fc.array(fc.array(fc.tuple(fc.constantFrom(...keys), json), { maxLength: 4 }).map(objectOf)),
      only: fc.subarray(keys),
    }),
  );
  fc.assert(
    fc.property(rows, ({ rows, only }) => {
      const [shapes, shapeOfRow, ...columns] = packTable(rows);
      const keys = [...new Set(shapes.flat())];
      const damaged = columns.map((column, i) => (only.includes(keys[i]!) ? column : 'damaged'));
      const picked = rows.map(row => objectOf(Object.entries(row).filter(([name]) => only.includes(name))));
      const decoded = unpackTable([shapes, shapeOfRow, ...damaged], rows.length, undefined, only);
      expect(exactText(decoded)).toBe(exactText(picked));
    }),
  );
});
