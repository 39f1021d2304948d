/** The engine packs detail files to the bytes of the JavaScript encoder, or refuses them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { pack, packDetails } from '#format/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { packDetailsOf } from '#pipeline/engine/engine.ts';
import { float, json, key, objectOf, written } from '#test/support/arbitrary.ts';

const CORE = ['id', 'name', 'x', 'y', 'z', 'region'];

/** The detail file of records, by the reference. */
function reference(records: readonly JsonObject[]): Uint8Array {
  const details = records.map(record =>
    objectOf(Object.entries(record).filter(([name]) => !CORE.includes(name))),
  );
  return pack(packDetails(details));
}

function packed(texts: readonly string[]): Uint8Array | undefined {
  const records = texts.map(text => {
    const source = Buffer.from(` ${text} `);
    return { json: { source, start: 1, end: source.length - 1 }, derived: 0 };
  });
  // Those before and after are not in the file.
  const other = { json: { source: Buffer.from('no record'), start: 0, end: 9 }, derived: 0 };
  return packDetailsOf([other, ...records, other], 1, 1 + records.length);
}

const isIndex = (name: string) => /^\d+$/.test(name);

/** Whether a value has keys that the engine refuses. */
function hasIndex(value: JsonValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(hasIndex);
  return Object.entries(value).some(([name, member]) => isIndex(name) || hasIndex(member));
}

/** Numbers that the engine may refuse: of a large exponent, or of more than 19 digits. */
function hasLongNumber(text: string): boolean {
  return /\de|\d{20}/i.test(text.replace(/"(?:[^"\\]|\\.)*"/g, ''));
}

/** A record with core fields, in any place, and any others; some are like the one before. */
const record: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.array(fc.tuple(key, json), { maxLength: 6 }),
    fc.record({ id: fc.string(), name: fc.string(), region: fc.string(), x: float, y: float, z: float }),
    fc.nat(),
  )
  .map(([more, core, turn]) => {
    const fields = [...Object.entries(core), ...more.filter(([name]) => !CORE.includes(name))];
    const at = turn % fields.length;
    return objectOf([...fields.slice(at), ...fields.slice(0, at)]);
  });

const records = fc
  .tuple(fc.array(record, { maxLength: 5 }), fc.array(fc.nat(4), { maxLength: 12 }))
  .map(([different, order]) =>
    different.length > 0 ? order.map(i => different[i % different.length]!) : [],
  );

test('of any records, in any writing', () => {
  fc.assert(
    fc.property(records, fc.nat(), (records, seed) => {
      const texts = records.map((record, i) => written(record, seed + i).text);
      const bytes = packed(texts);
      if (bytes) expect(bytes).toEqual(reference(records));
      else expect(records.some(hasIndex) || texts.some(hasLongNumber)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('of full systems, with lists of tokens and nested tables', () => {
  const systems = [...galaxySystems({ count: 2000 })] as unknown as JsonObject[];
  expect(packed(systems.map(system => JSON.stringify(system)))).toEqual(reference(systems));
});

test('of numbers in any writing: the nearest float64, or none', () => {
  const digits = fc.stringMatching(/^(0|[1-9]\d{0,20})$/);
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.option(fc.stringMatching(/^\d{1,24}$/), { nil: undefined }),
      fc.option(fc.stringMatching(/^[eE][+-]?\d{1,3}$/), { nil: undefined, freq: 2 }),
    )
    .map(
      ([sign, integer, fraction, exponent]) =>
        `${sign}${integer}${fraction === undefined ? '' : `.${fraction}`}${exponent ?? ''}`,
    )
    .filter(text => Number.isFinite(Number(text)));
  let taken = 0;
  fc.assert(
    fc.property(number, text => {
      const bytes = packed([`{"a":${text}}`]);
      if (!bytes) return;
      taken++;
      expect(bytes).toEqual(reference([{ a: Number(text) }]));
    }),
    { numRuns: 5000 },
  );
  expect(taken).toBeGreaterThan(500);
});

test.each([
  [
    'halves between two numbers of float64',
    '9007199254740993',
    '0.5000000000000000555',
    '4503599627370497.5',
  ],
  [
    'seventeen digits',
    '0.12345678901234567',
    '217.42895219123456',
    '0.30000000000000004',
    '1234567890.1234567',
  ],
  ['zeros', '0', '-0', '0.0', '-0.000', '0e0', '-0e5', '0.00000000000000000000'],
  ['exponents', '1e22', '1.5E-3', '12e+2', '-1e-7', '123456789e-15'],
])('of %s', (_, ...texts) => {
  for (const text of texts) expect(packed([`{"a":${text}}`]), text).toEqual(reference([{ a: Number(text) }]));
});

test.each([
  ['a key twice', '{"a":1,"a":1}'],
  ['a key twice, one escaped', '{"b":{"a":1,"\\u0061":1}}'],
  ['a key that JavaScript puts first', '{"b":1,"0":2}'],
  ['a large exponent', '{"a":1e300}'],
  ['twenty digits', '{"a":12345678901234567890}'],
  ['a lone surrogate', '{"a":"\\ud800"}'],
  ['the second half of a pair first', '{"a":"\\udc00\\ud800"}'],
  ['too many levels', `{"a":${'['.repeat(256)}${']'.repeat(256)}}`],
  ['the end of the record', '{"a":[1,'],
  ['a string that does not end', '{"a":"b\\'],
  ['a number that does not end', '{"a":-'],
  ['more after the end', '{"a":1}}'],
  ['an array', '[]'],
])('refuses %s', (_, text) => {
  expect(packed(['{"a":1}', text])).toBeUndefined();
  expect(packed(['{"a":1}'])).toEqual(reference([{ a: 1 }]));
});

test('refuses records for which it has too little memory, and takes the next ones', () => {
  const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
  const text = `{${Array.from({ length: 9000 }, (_, i) => `"k${i}":${deep}`).join()}}`;
  expect(text.length).toBeLessThan(4 * 1024 * 1024);
  expect(packed([text]) === undefined).toBe(true);
  expect(packed(['{"a":1}'])).toEqual(reference([{ a: 1 }]));
});

/** The hash of a string of eight bytes in pools of strings. */
function hashOf(text: string): number {
  const bytes = Buffer.from(text).readBigUInt64LE();
  const product = BigInt.asUintN(64, ((8n * 0x9e3779b97f4a7c15n) ^ bytes) * 0xff51afd7ed558ccdn);
  return Number(BigInt.asUintN(64, (product ^ (product >> 32n)) * 0xc4ceb9fe1a85ec53n) >> 32n);
}

test('refuses strings that are chosen so that their hashes collide', () => {
  const strings: string[] = [];
  for (let i = 0; strings.length < 300; i++) {
    const text = String(i).padStart(8, '0');
    if (hashOf(text) % 1024 === 0) strings.push(text);
  }
  const record = (count: number) => ({ a: strings.slice(0, count) });
  expect(packed([JSON.stringify(record(250))])).toEqual(reference([record(250)]));
  expect(packed([JSON.stringify(record(300))])).toBeUndefined();
  expect(packed(['{"a":1}'])).toEqual(reference([{ a: 1 }]));
});

test('of text in damaged records, it reads nothing beyond them', () => {
  const text = String.raw`{"a":["é","${'x'.repeat(20)}",-1.5,true,null,{"b":"\ud83c\udf1f\n"}]}`;
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.integer({ min: 0x20, max: 0x7e }), fc.nat(3), (at, code, cut) => {
      const damaged = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + cut);
      const bytes = packed([damaged]);
      if (bytes) expect(bytes).toEqual(reference([parseJson(damaged) as JsonObject]));
    }),
    { numRuns: 3000 },
  );
});
