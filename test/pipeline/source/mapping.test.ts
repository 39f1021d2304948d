/** `--map`: which values paths find, what of them is written into records, and which map a message suggests. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import stars from '#data/nearby-stars.json' with { type: 'json' };
import { parseJson } from '#format/record/parse-json.ts';
import { pathText } from '#format/record/record-path.ts';
import { type FieldMap, UsageError } from '#pipeline/index.ts';
import { mappingOf } from '#pipeline/source/mapping.ts';
import { suggestMap } from '#pipeline/source/suggest-map.ts';
import { coordinate, exactText, json, key, objectOf } from '#test/support/arbitrary.ts';
import { input, readAll } from './source-tools.ts';

/** The record that a map makes of one, or the reason why there is none. */
async function mapped(record: JsonValue | string, map: FieldMap): Promise<JsonObject | string> {
  const text = typeof record === 'string' ? record : exactText(record);
  const { records, rejects, error } = await readAll(input(`[${text}]`), { map });
  if (error) throw error;
  return records[0] ? (parseJson(records[0].text) as JsonObject) : rejects[0]!.reason;
}

describe('paths', () => {
  const record = { a: { b: [1, { 'odd "é" name': 2 }] }, 'a.b': 3, 'x-pos': 4, '-': 5, 'ra h': 6 };
  const cases: [path: string, value: JsonValue][] = [
    ['a.b[0]', 1],
    ['a.b[1]["odd \\"é\\" name"]', 2],
    ['a.b', 3],
    ['["a.b"]', 3],
    ['["a"]["b"][0]', 1],
    ['x-pos', 4],
    ['["-"]', 5],
    ['["ra h"]', 6],
  ];
  for (const [path, value] of cases) {
    test(path, async () => {
      expect(await mapped(record, { x: path })).toMatchObject({ x: value });
    });
  }
  test('every path that is written reads back', () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), coordinate, (keys, value) => {
        const nested = keys.reduceRight<JsonValue>((inner, name) => objectOf([[name, inner]]), value);
        const found = mappingOf({ x: pathText(keys) })(nested);
        expect(found).toEqual([{ field: 'x', value }]);
      }),
    );
  });
});

describe('numbers', () => {
  const record = { pos: { x: '1.5', y: -2, z: 0 }, list: [1, 2, 3], none: null, text: '1,5' };
  test('have a sign and a scale, and -0 only where it is the value', async () => {
    const map = { x: '-pos.x*2', y: ' - pos.y / 4 ', z: '-pos.z' };
    expect(await mapped(record, map)).toEqual({ ...record, x: -3, y: 0.5, z: 0 });
    expect(exactText(((await mapped('{"a":-0}', { x: 'a' })) as JsonObject)['x'])).toBe('-0');
  });
  test('come three at once', async () => {
    expect(await mapped(record, { xyz: 'pos' })).toEqual({ ...record, x: 1.5, y: -2, z: 0 });
    expect(await mapped(record, { xyz: '-list*10' })).toEqual({ ...record, x: -10, y: -20, z: -30 });
  });
  test('that are none reject the record, unless it has its own', async () => {
    expect(await mapped(record, { x: 'text' })).toMatch(/^text is "1,5", expected a number.*\(map x=text\)$/);
    expect(await mapped(record, { x: 'gone.deep' })).toBe('gone.deep is missing or null (map x=gone.deep)');
    expect(await mapped(record, { xyz: 'none' })).toMatch(/^none is missing or null/);
    expect(await mapped(record, { xyz: 'text' })).toMatch(/expected \{x, y, z\} or \[x, y, z\] of numbers/);
    expect(await mapped({ x: 1, y: 2, z: 3 }, { xyz: 'pos' })).toEqual({ x: 1, y: 2, z: 3 });
    expect(await mapped({ x: 1, y: 2 }, { xyz: 'pos' })).toMatch(/^pos is missing/);
  });
});

describe('right ascension and declination', () => {
  /** Sirius. The expected position is that of the bundled catalogue, which other code computed, in parsecs. */
  const sirius = {
    ra: 101.28715533,
    dec: -16.71611586,
    plx: 379.21,
    dist: 1000 / 379.21,
    hours: 101.28715533 / 15,
  };
  const bundled = stars['Sirius'];
  const LY = 3.261563777;
  const close = (scale = 1) => ({
    x: expect.closeTo((bundled.x / LY) * scale, 3),
    y: expect.closeTo((bundled.y / LY) * scale, 3),
    z: expect.closeTo((bundled.z / LY) * scale, 3),
  });
  test('with a distance, or a parallax in milliarcseconds or arcseconds', async () => {
    for (const xyz of [
      'radec(ra,dec,dist)',
      ' radec( ra deg , dec deg, plx mas )',
      'radec(hours h, dec, plx mas)',
      'radec(["ra"],["dec"],plx as)*1000',
    ])
      expect(await mapped(sirius, { xyz })).toMatchObject(close());
    expect(await mapped(sirius, { xyz: `radec(ra,dec,dist)*${LY}` })).toMatchObject(close(LY));
  });
  test('the axes', async () => {
    const at = async (ra: number, dec: number) => {
      const { x, y, z } = (await mapped({ ra, dec, d: 2 }, { xyz: 'radec(ra,dec,d)' })) as Record<
        string,
        number
      >;
      return [x, y, z].map(value => Math.round(value! * 1e12) / 1e12 + 0);
    };
    expect(await at(0, 0)).toEqual([2, 0, 0]);
    expect(await at(90, 0)).toEqual([0, 2, 0]);
    expect(await at(0, 90)).toEqual([0, 0, 2]);
    expect(await at(180, -30)).toEqual([-1.732050807569, 0, -1]);
  });
  test('what is none rejects the record', async () => {
    const map = { xyz: 'radec(ra,dec,plx mas)' };
    expect(await mapped({ ...sirius, plx: -1 }, map)).toMatch(/^plx is -1, expected a parallax above 0/);
    expect(await mapped({ ...sirius, plx: 0 }, map)).toMatch(/^plx is 0/);
    expect(await mapped({ ...sirius, dec: 91 }, map)).toMatch(
      /^dec is 91, expected a declination from -90 to 90/,
    );
    expect(await mapped({ ...sirius, ra: '6h45m' }, map)).toMatch(/^ra is "6h45m", expected a number/);
    expect(await mapped({ ...sirius, plx: null }, map)).toMatch(/^plx is missing or null/);
  });
});

describe('id, name and region', () => {
  test('replace a field of their name; where none is found, that counts', async () => {
    const map = { id: 'id64', name: 'star.proper', region: 'tags[1]' };
    expect(
      await mapped({ name: 'n', id: 'i', id64: 7, star: { proper: 'p' }, tags: ['a', 'b'] }, map),
    ).toEqual({
      ...{ id: 7, name: 'p', region: 'b' },
      ...{ id64: 7, star: { proper: 'p' }, tags: ['a', 'b'] },
    });
    const none = { name: 'n', id: 'i', id64: null, star: { proper: '' }, tags: [] };
    expect(await mapped(none, map)).toEqual(none);
  });
  test('an id keeps all its digits', async () => {
    const { records } = await readAll(input('{"a":[{"b":9223372036854775807}],"id":9007199254740993}'), {
      map: { id: 'a[0].b' },
    });
    expect(records[0]!.text).toBe('{"id":9223372036854775807,"a":[{"b":9223372036854775807}]}');
  });
});

test('all other members keep their bytes, whatever they are', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(key, json), { maxLength: 5 }),
      fc.constantFrom('', ' ', '\n\t'),
      async (members, space) => {
        const others = members.filter(
          ([name], i) =>
            !['p', 'x', 'y', 'z'].includes(name) && members.findIndex(([of]) => of === name) === i,
        );
        const texts = others.map(
          ([name, value]) => `${JSON.stringify(name)}${space}:${space}${exactText(value)}`,
        );
        const text = `{${space}${[...texts, '"x":7', '"p":[1,-0,3.50]'].join(`${space},${space}`)}${space}}`;
        const { records, error } = await readAll(input(`[${text}]`), { map: { xyz: 'p' } });
        expect(error).toBeUndefined();
        expect(records[0]!.text).toBe(
          `{${['"x":1', '"y":-0', '"z":3.5', ...texts, '"p":[1,-0,3.50]'].join()}}`,
        );
      },
    ),
  ));

test('records that are not systems, or cannot be stored, stay as they are', async () => {
  for (const text of [
    '{"type":"region","name":"R"}',
    '5',
    '{"p":[1,2,3],"p":[1,2,3]}',
    '{"a":"\\ud800"}',
    '{"a":1e999}',
  ]) {
    const { records } = await readAll(input(`[${text}]`), { map: { xyz: 'p' } });
    expect(records[0]!.text).toBe(text);
  }
});

test('an invalid mapping is a UsageError that says what is wrong', () => {
  const cases: [map: object, message: RegExp][] = [
    [{ x: '' }, /x=: expected a path, .*found the end/],
    [{ x: 'a..b' }, /found "\.\.b"/],
    [{ x: 'a[b]' }, /found "\[b\]"/],
    [{ x: 'a*' }, /found "\*"/],
    [{ x: 'a*0' }, /found "\*0"/],
    [{ x: 'a b' }, /found " b"/],
    [{ id: '-a b' }, /expected a path/],
    [{ name: 'a*2' }, /expected a path such as "star\.name", found "\*2"/],
    [{ x: 'radec(a,b,c)' }, /found "\(a,b,c\)"/],
    [{ xyz: 'radec(a,b)' }, /expected "," after the declination.*takes three paths/],
    [{ xyz: 'radec(a,b,c,d)' }, /expected "\)" after the distance or parallax/],
    [{ xyz: 'radec(a,b h,c)' }, /unknown unit "h" of the declination; expected deg, or none/],
    [
      { xyz: 'radec(a,b,c pc)' },
      /unknown unit "pc" of the distance or parallax; expected mas or as, or none/,
    ],
    [{ xyz: 'radec(,b,c)' }, /expected a path to the right ascension/],
    [{ xyz: 'p', x: 'a' }, /xyz excludes x, y and z/],
    [{ w: 'a' }, /unknown field "w"/],
    [{ x: 5 }, /x is not a string/],
  ];
  for (const [map, message] of cases) {
    expect(() => mappingOf(map as FieldMap)).toThrow(UsageError);
    expect(() => mappingOf(map as FieldMap)).toThrow(message);
  }
});

describe('suggestions', () => {
  const cases: [record: JsonValue, options: string | undefined][] = [
    [{ name: 'n', pos: { x: 1, y: 2, z: 3 } }, '--map xyz=pos'],
    [{ body: { loc: ['1', '2', '3'] }, colour: [1, 2, 3] }, '--map xyz=body.loc'],
    [{ X: 1, Y: 2, Z: 3, galX: 1 }, '--map x=X --map y=Y --map z=Z'],
    [{ a: { x_ly: 1, y_ly: 2, z_ly: 3 } }, '--map x=a.x_ly --map y=a.y_ly --map z=a.z_ly'],
    [{ RA: 1, Dec: 2, Distance: 3, plx: 4 }, "--map 'xyz=radec(RA,Dec,Distance)'"],
    [{ star: { ra: 1, dec: '2', parallax: 3 } }, "--map 'xyz=radec(star.ra,star.dec,star.parallax mas)'"],
    [{ "it's": { x: 1, y: 2, z: 3 } }, `--map 'xyz=it'\\''s'`],
    [{ ra: 1, dec: 2 }, undefined],
    [{ name: 'x', y: 1 }, undefined],
    [{ ra: 1, dec: 200, dist: 5 }, undefined],
    // These fields are read without a map: their values are at fault.
    [{ name: 'n', x: 1e308, y: 1, z: 2 }, undefined],
    [{ name: 'n', coords: { x: 1e308, y: 1, z: 2 } }, undefined],
    [{ name: 'n', x: 'far', pos: { x: 1, y: 2, z: 3 } }, '--map xyz=pos'],
    [7, undefined],
  ];
  for (const [record, options] of cases) {
    test(JSON.stringify(record), () => {
      expect(suggestMap(record)).toBe(options);
    });
  }
});
