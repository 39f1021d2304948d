import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DERIVED_ID, DERIVED_NAME, DERIVED_REGION, type JsonObject, type JsonValue } from '#format/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { InputError } from '#pipeline/index.ts';
import { codePoint } from '#test/support/arbitrary.ts';
import { normalised, refusal, system } from './outcomes.ts';

describe('name', () => {
  const cases: [members: string, key: string | undefined, name: string, derived: boolean][] = [
    ['"id":"i","name":"n "', 'K', 'n ', false],
    ['"id":"i","name":7', 'K', '7', true],
    ['"id":"i","name":true', 'K', 'true', true],
    ['"id":"i","name":null', 'K', 'K', true],
    ['"id":"i","name":""', 'K', 'K', true],
    ['"id":"i"', 'K', 'K', true],
    ['"id":"i"', undefined, 'i', true],
    ['"id":9007199254740993', undefined, '9007199254740993', true],
    ['"id":"i"', '', 'i', true],
  ];
  for (const [members, key, name, derived] of cases) {
    test(`${members} under ${key}`, () => {
      const outcome = system(members, key === undefined ? {} : { key });
      expect(outcome.system.name).toBe(name);
      expect((outcome.system.derived & DERIVED_NAME) !== 0).toBe(derived);
    });
  }

  test('none at all is refused', () => {
    expect(refusal('{"x":1,"y":2,"z":3}')).toMatchObject({
      field: 'name',
      reason: expect.stringContaining('no id or key'),
    });
    expect(refusal('{"x":1,"y":2,"z":3}', { key: '' })).toMatchObject({ field: 'name' });
  });
  test('of another kind is refused', () => {
    expect(refusal('{"x":1,"y":2,"z":3,"id":"i","name":{}}', { key: 'K' })).toMatchObject({ field: 'name' });
    expect(refusal('{"x":1,"y":2,"z":3,"id":"i","name":[]}', { key: 'K' })).toMatchObject({ field: 'name' });
  });
});

describe('region', () => {
  const cases: [members: string, around: string | undefined, region: string, derived: boolean][] = [
    ['"region":"A"', 'R', 'A', false],
    ['"region":""', 'R', '', false],
    ['"region":"Unknown"', undefined, 'Unknown', false],
    ['"region":7', 'R', '7', true],
    ['"region":false', 'R', 'false', true],
    ['"region":null', 'R', 'R', true],
    ['', 'R', 'R', true],
    ['"region":null', undefined, 'Unknown', true],
    ['', undefined, 'Unknown', true],
  ];
  for (const [members, region, expected, derived] of cases) {
    test(`${members} within ${region}`, () => {
      const outcome = system(`"id":"i"${members && `,${members}`}`, region === undefined ? {} : { region });
      expect(outcome.system.region).toBe(expected);
      expect((outcome.system.derived & DERIVED_REGION) !== 0).toBe(derived);
    });
  }
  test('of another kind is refused', () => {
    expect(refusal('{"x":1,"y":2,"z":3,"id":"i","region":["A"]}')).toMatchObject({ field: 'region' });
  });
});

describe('coordinates', () => {
  const good = [
    '0',
    '-0',
    '5e-324',
    '1e19',
    '12345678901234567890',
    String(2 ** 499),
    String(-(2 ** 500 - 2 ** 447)),
  ];
  const bad = [
    'null',
    '"3,5"',
    '"0x1"',
    '" 1"',
    '"+1"',
    '".5"',
    '""',
    '"1e999"',
    String(2 ** 500),
    String(-(2 ** 500)),
    'true',
    '[1]',
    '{}',
  ];
  for (const written of ['1e999', '-1e999', '1E+400', `1${'0'.repeat(400)}`, '{"a":[1e400]}']) {
    test(`${written.slice(0, 20)} is beyond float64 wherever it stands`, () => {
      for (const field of ['x', 'mass']) {
        expect(refusal(`{"id":"i","x":1,"y":2,"z":3,"${field}":${written}}`)).toMatchObject({
          field,
          reason: expect.stringContaining('beyond the range of float64'),
        });
      }
    });
  }
  test('a number is refused exactly where float64 ends, however it is written', () => {
    const written = fc
      .record({
        sign: fc.constantFrom('', '-'),
        digits: fc.integer({ min: 1, max: 320 }),
        fraction: fc.constantFrom('', '.5'),
        exponent: fc.constantFrom('', 'e', 'E', 'e+', 'E+', 'e-'),
        places: fc.integer({ min: 0, max: 320 }),
        zeros: fc.constantFrom('', '00'),
      })
      .map(({ sign, digits, fraction, exponent, places, zeros }) => {
        const mantissa = `${sign}1${'7'.repeat(digits - 1)}${fraction}`;
        return exponent === '' ? mantissa : `${mantissa}${exponent}${zeros}${places}`;
      });
    fc.assert(
      fc.property(written, number => {
        const { kind } = normalised(`{"id":"i","x":1,"y":2,"z":3,"mass":${number}}`);
        expect(kind).toBe(Number.isFinite(Number(number)) ? 'system' : 'reject');
      }),
      { numRuns: 2000, examples: [[`1${'0'.repeat(208)}e99`], [`2${'0'.repeat(209)}e99`]] },
    );
  });
  test('the largest float64 is not beyond it', () => {
    expect(normalised('{"id":"i","x":1,"y":2,"z":3,"mass":1.7976931348623157e308}').kind).toBe('system');
  });
  for (const field of ['x', 'y', 'z'] as const) {
    const record = (written: string) =>
      `{"id":"i","x":1,"y":2,"z":3}`.replace(new RegExp(`"${field}":.`), `"${field}":${written}`);
    test(`${field} that is a number`, () => {
      for (const written of good) {
        const outcome = normalised(record(written));
        if (outcome.kind !== 'system') throw new Error(JSON.stringify(outcome));
        expect(Object.is(outcome.system[field], Number(written))).toBe(true);
      }
    });
    test(`${field} that is none`, () => {
      for (const written of bad) {
        expect(refusal(record(written))).toMatchObject({
          field,
          reason: expect.stringMatching(`^${field} is .*expected a`),
        });
      }
      const missing = refusal(`{"id":"i","x":1,"y":2,"z":3}`.replace(`"${field}"`, '"w"'));
      expect(missing).toMatchObject({
        field,
        reason: expect.stringContaining(`${field} is missing`),
        record: { w: expect.any(Number) },
      });
    });
  }
  test('a text is quoted in the reason', () => {
    expect(refusal('{"id":"i","x":"3/5"}').reason).toBe(
      'x is the string "3/5", expected a number, or a string with a number in JSON syntax (-1.5, 2e3): correct it, or leave the system out',
    );
  });
});

describe('legacy names', () => {
  test('become modern ones where they stand', () => {
    const text =
      '{"id":"i","x_cords":1,"y_cords":-0,"z_cords":3,"fauna #":"1","flura #":2,"Sentinel level":"Low","Materials":"Gold","Base location":null}';
    const outcome = normalised(text);
    if (outcome.kind !== 'system') throw new Error(JSON.stringify(outcome));
    expect(Object.entries(outcome.system.fields)).toEqual([
      ['id', 'i'],
      ['x', 1],
      ['y', -0],
      ['z', 3],
      ['fauna', '1'],
      ['flora', 2],
      ['sentinel', 'Low'],
      ['materials', 'Gold'],
      ['base_location', null],
    ]);
    expect(Object.is(outcome.system.y, -0)).toBe(true);
  });
  test('stay where the modern one is there', () => {
    const { system: found } = system('"id":"i","x_cords":5,"Materials":"Gold","materials":null');
    expect(found.x).toBe(1);
    expect(found.fields).toEqual({
      x: 1,
      y: 2,
      z: 3,
      id: 'i',
      x_cords: 5,
      Materials: 'Gold',
      materials: null,
    });
  });
  test('stay in planets and moons', () => {
    const { system: found } = system(
      '"id":"i","Materials":"a","planets":[{"Materials":"b","moons":[{"fauna #":1}]}]',
    );
    expect(found.fields).toMatchObject({
      materials: 'a',
      planets: [{ Materials: 'b', moons: [{ 'fauna #': 1 }] }],
    });
  });
  test('keys of every object’s prototype are fields like others', () => {
    const { system: found } = system(
      '"id":"i","Materials":"a","constructor":1,"__proto__":{"x":9},"toString":null',
    );
    expect(Object.keys(found.fields)).toEqual([
      'x',
      'y',
      'z',
      'id',
      'materials',
      'constructor',
      '__proto__',
      'toString',
    ]);
    expect(Object.getPrototypeOf(found.fields)).toBe(Object.prototype);
  });
});

describe('what is counted', () => {
  const counts = (members: string) => system(`"id":"i"${members && `,${members}`}`).counts;
  const cases: [members: string, planets: number, moons: number, stations: number][] = [
    ['', 0, 0, 0],
    ['"planets":[],"space_station":null', 0, 0, 0],
    ['"planets":["a",{"name":"b","moons":[{},{}]},{"moons":null},{"moons":["m"]},null]', 5, 3, 0],
    ['"planets":{"a":1},"moons":[{},{}],"space_station":{}', 0, 2, 1],
    ['"planets":[{"moons":[1]}],"moons":[1],"space_station":"yes"', 1, 2, 0],
  ];
  for (const [members, planets, moons, stations] of cases) {
    test(members || 'nothing', () => expect(counts(members)).toEqual({ planets, moons, stations }));
  }
});

describe('what is refused or skipped', () => {
  test('rows of type region', () => {
    expect(normalised('{"type":"region","region":"R","x":0,"y":0,"z":0,"id":"r"}').kind).toBe('skip');
    expect(normalised('{"type":"Region","x":0,"y":0,"z":0,"id":"r"}').kind).toBe('system');
  });
  test('no objects', () => {
    for (const text of ['[]', '[{"x":1}]', '5', '"text"', 'null', 'true']) {
      expect(refusal(text)).toMatchObject({
        reason: expect.stringContaining('expected an object'),
        record: JSON.parse(text),
      });
    }
  });
  test('half a surrogate pair, anywhere', () => {
    const record = (members: string) => `{"id":"i","x":1,"y":2,"z":3,${members}}`;
    expect(refusal(record('"a":"\\ud800"'))).toMatchObject({
      field: 'a',
      reason: expect.stringContaining('surrogate'),
    });
    expect(refusal(record('"a":[{"b":["\\uDC00\\uD800"]}]'))).toMatchObject({ field: 'a' });
    expect(refusal(record('"a":[{"\\uDfff":1}]'))).toMatchObject({ field: 'a' });
    expect(refusal(record('"\\uD83d":1'))).toMatchObject({ reason: expect.stringContaining('surrogate') });
    expect(refusal('"\\uD83d"')).toMatchObject({ reason: expect.stringContaining('surrogate') });
    expect(refusal(record('"a":1'), { key: '\ud800' })).toMatchObject({
      reason: expect.stringContaining('its key'),
    });
    expect(refusal(record('"a":1'), { region: '\ud800' })).toMatchObject({
      reason: expect.stringContaining('region'),
    });
    expect(normalised(record('"a":"\\ud83c\\udf1f 🌟 \\\\ud800"')).kind).toBe('system');
  });
  test('more than 256 levels', () => {
    const record = (levels: number) =>
      `{"id":"i","x":1,"y":2,"z":3,"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    const objects = (levels: number) =>
      `{"id":"i","x":1,"y":2,"z":3,"a":${'{"b":'.repeat(levels - 1)}0${'}'.repeat(levels - 1)}}`;
    for (const build of [record, objects]) {
      expect(normalised(build(256)).kind).toBe('system');
      for (const levels of [257, 100_000]) {
        expect(refusal(build(levels))).toMatchObject({
          field: 'a',
          reason: expect.stringContaining('256 levels'),
        });
      }
    }
    expect(refusal('['.repeat(300) + ']'.repeat(300)).reason).toMatch('256 levels');
    expect(normalised(`{"id":"i","x":1,"y":2,"z":3,"a":[${'[],'.repeat(1000)}{}]}`).kind).toBe('system');
  });
  test('bytes that are not UTF-8', () => {
    const text = Buffer.from('{"id":"i","x":1,"y":2,"z":3,"a":"?"}');
    text[text.indexOf('?')] = 0xff;
    expect(refusal(text).reason).toMatch('not valid UTF-8');
    expect(normalised('{"id":"i","x":1,"y":2,"z":3,"a":"\uFFFD"}').kind).toBe('system');
  });
  test('malformed text', () => {
    expect(() => normalised('{"id":"i","x":1,}')).toThrow(InputError);
    expect(() => normalised('{"id":"i","x":1,}')).toThrow(
      /column 17 \(byte 16\): expected a key in double quotes, found "}"/,
    );
  });
});

const value: fc.Arbitrary<JsonValue> = fc.jsonValue({
  maxDepth: 3,
  stringUnit: 'binary',
}) as fc.Arbitrary<JsonValue>;
const coordinate = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 });

describe('any record', () => {
  test('with an id and coordinates keeps its fields, and its texts answer', () => {
    const records = fc.tuple(
      fc.dictionary(fc.string({ unit: codePoint }), value),
      fc.string({ minLength: 1, unit: codePoint }),
      coordinate,
    );
    fc.assert(
      fc.property(records, fc.option(fc.string()), ([{ z: _, ...rest }, id, x], key) => {
        const record: JsonObject = { ...rest, id, x, y: 1, z: 0 };
        const text = JSON.stringify(record).replace(/"z":0}$/, '"z":-0}');
        const outcome = normalised(text, key === null ? {} : { key });
        if (outcome.kind !== 'system') {
          expect(['name', 'region']).toContain(outcome.kind === 'reject' ? outcome.field : outcome);
          return;
        }
        const { system: found } = outcome;
        expect(found.fields).toEqual(parseJson(text));
        expect([found.id, found.x, found.y, found.z]).toEqual([id, x + 0, 1, -0]);
        expect(found.derived & DERIVED_ID).toBe(0);
        expect((found.derived & DERIVED_NAME) === 0).toBe(found.name === record['name']);
        expect((found.derived & DERIVED_REGION) === 0).toBe(found.region === record['region']);
        for (const answer of [found.id, found.name, found.region]) expect(typeof answer).toBe('string');
        expect(found.name).not.toBe('');
      }),
      { numRuns: 1000 },
    );
  });
});
