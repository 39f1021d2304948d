/** Positions that are not written as numbers x, y and z: strings, nested vectors, GeoJSON. FORMAT.md, section 19.1. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCatalogue } from '#client/providers/json/read-catalogue.ts';
import type { JsonObject } from '#format/index.ts';
import { withPosition } from '#format/record/position.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { exactText, float } from '#test/support/arbitrary.ts';

function normalised(text: string) {
  return normalise({
    bytes: Buffer.from(text),
    location: { file: 'test.json', input: 0, offset: 0, line: 1, column: 1 },
  });
}

describe('numbers as strings', () => {
  test('every number that JSON writes is read to the last bit', () => {
    fc.assert(
      fc.property(float, value => {
        const text = exactText(value);
        const { x } = withPosition({ x: text, y: 0, z: '-0' });
        expect(Object.is(x, value)).toBe(true);
      }),
    );
  });
  test('other strings stay', () => {
    for (const text of [
      '',
      ' 1',
      '1 ',
      '+1',
      '.5',
      '1.',
      '01',
      '1,5',
      '0x1',
      'NaN',
      'Infinity',
      '1e',
      '--1',
      '١',
    ]) {
      expect(withPosition({ x: text, y: 0, z: 0 })['x']).toBe(text);
    }
  });
});

describe('nested positions', () => {
  const cases: [record: JsonObject, xyz: unknown[]][] = [
    [{ coords: { x: 1, y: -0, z: 3 } }, [1, -0, 3]],
    [{ position: { x: '1', y: '2.5', z: '3' } }, [1, 2.5, 3]],
    [{ coordinates: [1, 2, 3] }, [1, 2, 3]],
    [{ position: 'here', coordinates: [1, 2, 3], coords: null }, [1, 2, 3]],
    [{ coords: [4, 5, 6], coordinates: [1, 2, 3] }, [4, 5, 6]],
    [{ x: 7, y: 8, z: 9, coords: { x: 1, y: 2, z: 3 } }, [7, 8, 9]],
    [{ x: 7, coords: { x: 1, y: 2, z: 3 } }, [7, undefined, undefined]],
    [{ x: null, coords: { x: 1, y: 2, z: 3 } }, [null, undefined, undefined]],
    [{ coordinates: [1, 2] }, [undefined, undefined, undefined]],
    [{ coordinates: [1, 2, 3, 4] }, [undefined, undefined, undefined]],
    [{ coords: { x: 1, y: 2 } }, [undefined, undefined, undefined]],
  ];
  for (const [record, xyz] of cases) {
    test(exactText(record), () => {
      const { x, y, z, ...rest } = withPosition(record);
      expect([x, y, z]).toEqual(xyz);
      const { x: _x, y: _y, z: _z, ...own } = record;
      expect(rest).toEqual(own);
    });
  }
});

describe('GeoJSON features', () => {
  const feature = (geometry: string, more = '') =>
    `{"type":"Feature","id":"i","properties":{"name":"n","mass":2},"geometry":${geometry}${more}}`;
  function fieldsOf(text: string): JsonObject {
    const outcome = normalised(text);
    if (outcome.kind !== 'system') throw new Error(JSON.stringify(outcome));
    const { id, x, y, z } = outcome.system;
    expect(outcome.system.fields).toMatchObject({ x, y, z });
    return { ...outcome.system.fields, id };
  }
  const flat = { id: 'i', name: 'n', mass: 2, x: 1, y: 2, z: 3 };
  test('become flat records', () => {
    expect(fieldsOf(feature('{"type":"Point","coordinates":[1,2,3]}'))).toEqual(flat);
    expect(fieldsOf(feature('{"type":"Point","coordinates":[1,2]}'))).toEqual({ ...flat, z: 0 });
    expect(
      fieldsOf(
        '{"type":"Feature","properties":null,"id":5,"geometry":{"type":"Point","coordinates":[1,2,3]}}',
      ),
    ).toEqual({ id: '5', x: 1, y: 2, z: 3 });
  });
  test('keep what x, y and z do not hold', () => {
    const geometry = { type: 'Point', coordinates: [1, 2, 3, 4] };
    expect(fieldsOf(feature(JSON.stringify(geometry)))).toEqual({ ...flat, geometry });
    const boxed = { type: 'Point', coordinates: [1, 2, 3], bbox: [0] };
    expect(fieldsOf(feature(JSON.stringify(boxed), ',"bbox":[1]'))).toEqual({
      ...flat,
      geometry: boxed,
      bbox: [1],
    });
  });
  test('keep a property beside a member of its name', () => {
    const text =
      '{"type":"Feature","id":"i","properties":{"id":"other","x":9,"name":"n"},"geometry":{"type":"Point","coordinates":[1,2,3]},"name":"n"}';
    expect(fieldsOf(text)).toEqual({
      id: 'i',
      'properties.id': 'other',
      'properties.x': 9,
      name: 'n',
      x: 1,
      y: 2,
      z: 3,
    });
  });
  test('go by an x, y and z of their own', () => {
    const geometry = { type: 'Point', coordinates: [90, 45] };
    expect(fieldsOf(feature(JSON.stringify(geometry), ',"x":1,"y":2,"z":3'))).toEqual({ ...flat, geometry });
  });
  test('that are not points are rejected, and the reason names their geometry', () => {
    for (const [geometry, found] of [
      ['{"type":"LineString","coordinates":[[1,2],[3,4]]}', 'LineString'],
      ['null', 'null'],
      ['{"type":"Point","coordinates":[]}', 'Point'],
    ] as const) {
      expect(normalised(feature(geometry))).toMatchObject({
        kind: 'reject',
        field: 'geometry',
        reason: expect.stringContaining(`geometry is ${found}, expected a Point`),
      });
    }
  });
});

describe('id64', () => {
  const id = (members: string) => {
    const outcome = normalised(`{"x":1,"y":2,"z":3,${members}}`);
    if (outcome.kind !== 'system') throw new Error(JSON.stringify(outcome));
    return outcome.system.id;
  };
  test('is the id of a record without one, with all its digits', () => {
    expect(id('"id64":9223372036854775807')).toBe('9223372036854775807');
    expect(id('"id":"","id64":10477373803')).toBe('10477373803');
    expect(id('"id":null,"bodies":[{"id64":36028807496337835}],"id64":9007199254740993')).toBe(
      '9007199254740993',
    );
    expect(id('"id":7,"id64":8')).toBe('7');
    expect(id('"name":"n","id64":{}')).toMatch(/^SYS_[0-9a-f]{32}$/);
  });
});

test('a provider of JSON finds the same systems', () => {
  const dump =
    '[{"id64":9223372036854775807,"name":"Colonia","coords":{"x":-9530.5,"y":-910.25,"z":"19808.125"}}]';
  expect(readCatalogue(dump, 'dump').systems).toMatchObject([
    { id: '9223372036854775807', name: 'Colonia', x: -9530.5, y: -910.25, z: 19808.125 },
  ]);
});
