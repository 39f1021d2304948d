/** The scan of records against JavaScript: where it accepts a record, parsing and normalising give the same system. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seeded } from '#build/random-catalogue.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { weightOf } from '#format/columns/values.ts';
import { splitFields } from '#format/index.ts';
import { isBlank } from '#format/json-text.ts';
import { HASH_KEY_BYTES, isSurveyed, RecordScanner, Survey } from '#pipeline/engine/record-scanner.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import type { RawRecord } from '#pipeline/source/source-types.ts';
import { CATALOGUES, noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { exactText, float, json, key, object, objectOf, written } from '#test/support/arbitrary.ts';

/** HAVEN_TEST_SCANS sets another number of mutated records. */
const MUTATED = Number(process.env['HAVEN_TEST_SCANS'] ?? 10_000);

const KEY = Buffer.from(Array.from({ length: HASH_KEY_BYTES }, (_, i) => i));
const scanner = new RecordScanner(KEY);
const NO_FIELDS = new Set<string>();

/** The outcome of JavaScript; undefined if the bytes are not JSON. */
function outcomeOf(bytes: Buffer) {
  const location = { file: 'test', input: 0, offset: 0, line: 1, column: 1 };
  try {
    return normalise({ bytes, location } satisfies RawRecord);
  } catch {
    return undefined;
  }
}

/** Compares the findings about all records with the systems that JavaScript makes; returns which were accepted. */
function compare(records: readonly Buffer[]): boolean[] {
  const scanned = scanner.scan(records.map(bytes => ({ bytes })));
  const { view } = scanned;
  return records.map((bytes, i) => {
    if (!scanned.isAccepted(i)) {
      for (let at = 0; at < 64; at += 4) expect(view.getUint32(scanned.rowOf(i) + at)).toBe(0);
      return false;
    }
    const shown = bytes.toString('latin1');
    const outcome = outcomeOf(bytes);
    if (outcome?.kind !== 'system') throw new Error(`accepted, against ${JSON.stringify(outcome)}: ${shown}`);
    const { system, counts, origin } = outcome;
    const id = bytes.toString('utf8', scanned.idStart(i), scanned.idEnd(i));
    const point = [scanned.x(i), scanned.y(i), scanned.z(i)];
    expect([id, ...point, scanned.hasName(i), origin], shown).toEqual([
      ...[system.id, system.x, system.y, system.z],
      ...[!isBlank(system.fields['name']), 'own'],
    ]);
    const isOwn = (field: string) => typeof system.fields[field] === 'string' && system.fields[field] !== '';
    if (scanned.ownsNames(i))
      expect([isOwn('name'), typeof system.fields['region']]).toEqual([true, 'string']);
    const at = scanned.rowOf(i);
    if (!isSurveyed(view, at)) return true;
    surveys++;
    const source = Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(5)]);
    const survey = new Survey(view, at, source, 3, 3 + bytes.length);
    const { name, region, x, y, z, derived, weight } = survey;
    expect({ id: survey.id, name, region, x, y, z, derived, weight, counts: survey.counts }, shown).toEqual({
      ...{ id: system.id, name: system.name, region: system.region, x: system.x, y: system.y, z: system.z },
      ...{ counts, derived: system.derived, weight: weightOf(splitFields(system, NO_FIELDS).details) },
    });
    expect(survey.bytes.equals(bytes)).toBe(true);
    // No field has another name or another place.
    expect(exactText(system.fields)).toBe(exactText(JSON.parse(bytes.toString())));
    return true;
  });
}

/** Number of records so far that need no object. */
let surveys = 0;

const core = { id: 'a', name: 'A', x: 1, y: -2.5, z: 3e2, region: 'R' };

/** Texts of members, which a record has beside an id and a position, and whether the scan takes them itself. */
const MEMBERS: readonly [member: string, accepted: boolean][] = [
  ['"name":"n","region":"r"', true],
  ['"name":"","region":null', true],
  ['"name":7,"region":false', true],
  ['"name":{}', false],
  ['"region":[]', false],
  ['"type":"planet"', true],
  ['"type":"region"', false],
  ['"type":"\\u0072egion"', false],
  ['"type":"Feature","geometry":null,"properties":{}', false],
  ['"x_cords":7,"Materials":"Gold"', true],
  ['"a":1,"a":2', false],
  ['"p":[{"b":{"a":1,"a":1}}]', false],
  ['"a":{"x":1},"b":{"x":1}', true],
  ['"__proto__":{"x":1},"constructor":1', true],
  ['"__proto__":1,"__proto__":1', false],
  ['"\\u0078":1', false],
  ['"x ":1,"X":2', true],
  ['"2":1,"1":2', true],
  ['"t":"\\ud83d\\ude00 \u{1f600} é \\" \\u00e9 \\n"', true],
  ['"t":"\\ud83d"', false],
  ['"t":"\\ud83d\\u0041"', false],
  ['"t":"\\ude00\\ud83d"', false],
  ['"t":"\\x41"', false],
  ['"t":"\\u00g0"', false],
  ['"t":"\t"', false],
  ['"t":"\u007f\u0080\ufffd"', true],
  ['"n":[0,-0,0.5,1e9,-1E-10,1.5e+99]', true],
  ['"n":1e100', false],
  ['"n":1e400', false],
  [`"n":1${'0'.repeat(300)}`, false],
  ['"n":01', false],
  ['"n":1.', false],
  ['"n":.5', false],
  ['"n":+1', false],
  ['"n":-', false],
  ['"n":NaN', false],
  ['"n":tru', false],
  ['"n":nulll', false],
  ['"n":[1,]', false],
  ['"n":[,1]', false],
  ['"n":{"a":1,}', false],
  ['"n":{a:1}', false],
  ['"n":\n{\r\n\t"a" :\n1 }', true],
  ['"n":\u00a01', false],
  [`"n":${'['.repeat(60)}${']'.repeat(60)}`, true],
  [`"n":${'['.repeat(300)}${']'.repeat(300)}`, false],
  ['"planets":[{"moons":[1,2]},{"moons":{"a":[1]}},{},7,{"x":{"moons":[1]}},[{"moons":[1]}]]', true],
  ['"planets":{"moons":[1,2]},"moons":[1,2,3],"space_station":{}', true],
  ['"moons":[[1,2,3]],"planets":[],"space_station":[]', true],
];

const string = fc.constantFrom('', 'Sol', 'é', '\u{1f31f}\n');
const bodies = fc.array(
  fc.oneof(
    json,
    fc.array(json, { maxLength: 3 }).map(moons => ({ moons })),
  ),
  { maxLength: 3 },
);

/** The fields that the scan reads, with the values that they have in real records, and with others. */
const known = fc.record(
  {
    id: fc.oneof({ weight: 9, arbitrary: string }, { weight: 1, arbitrary: json }),
    name: fc.oneof({ weight: 4, arbitrary: string }, { weight: 1, arbitrary: json }),
    region: fc.oneof({ weight: 4, arbitrary: string }, fc.constant(null), { weight: 1, arbitrary: json }),
    x: fc.oneof({ weight: 9, arbitrary: float }, { weight: 1, arbitrary: json }),
    y: float,
    z: float,
    planets: fc.oneof(bodies, json),
    moons: fc.oneof(bodies, json),
    space_station: fc.oneof(fc.constant({ name: 'S' }), json),
    type: fc.constantFrom('region', 'Feature', 'star', null, 7),
    geometry: json,
    properties: json,
  },
  { requiredKeys: ['id', 'x', 'y', 'z'] },
);
const LEGACY = ['x_cords', 'y_cords', 'z_cords', 'fauna #', 'flura #', 'Sentinel level', 'Materials'];
const others = fc.array(
  fc.tuple(
    fc.oneof({ weight: 9, arbitrary: key }, fc.constantFrom(...LEGACY, 'Base location', 'coords')),
    json,
  ),
  { maxLength: 4 },
);
/** Records with fields in any order. */
const record = fc.tuple(known, others, fc.nat()).map(([fields, more, turn]) => {
  const taken = new Set(Object.keys(fields));
  const all = [...Object.entries(fields), ...more.filter(([name]) => !taken.has(name))];
  const at = turn % all.length;
  return objectOf([...all.slice(at), ...all.slice(0, at)] as [string, never][]);
});

describe('the scan of a record', () => {
  for (const [member, accepted] of MEMBERS) {
    test(`${accepted ? 'takes' : 'leaves'} ${member.slice(0, 60)}`, () => {
      const position = '"id":"a","x":1,"y":2,"z":3';
      const records = [`{${position},${member}}`, `{${member},${position}}`, `{ ${member}\n, ${position} }`];
      expect(compare(records.map(text => Buffer.from(text)))).toEqual(records.map(() => accepted));
    });
  }

  test.each([
    ['1', true],
    ['-0', true],
    ['0.1', true],
    ['-12345.678901234567', true],
    ['1e5', true],
    ['5e-324', false],
    ['1e500', false],
    ['"1"', false],
    ['null', false],
    ['[1]', false],
    ['0x1', false],
    ['1.2.3', false],
  ])('reads the coordinate %s exactly, or leaves it', (text, accepted) => {
    expect(compare([Buffer.from(`{"id":"a","x":${text},"y":2,"z":3}`)])).toEqual([accepted]);
  });

  test.each([
    ['"a"', true],
    ['"é 🌟"', true],
    ['7', true],
    ['0', true],
    ['123456789012345', true],
    ['12345678901234567890', false],
    ['-7', false],
    ['1.0', false],
    ['""', false],
    ['null', false],
    ['true', false],
    ['"\\u0041"', false],
    ['{}', false],
  ])('takes the id %s, or leaves it', (text, accepted) => {
    expect(compare([Buffer.from(`{"id":${text},"x":1,"y":2,"z":3,"id64":5}`)])).toEqual([accepted]);
  });

  test('needs an id and three coordinates, in one object and nothing after it', () => {
    const whole = exactText(core);
    expect(compare([Buffer.from(whole), Buffer.from(`${whole} `), Buffer.from(` ${whole}`)])).toEqual([
      true,
      false,
      false,
    ]);
    const parts = [
      '',
      '{',
      '{}',
      '[]',
      '1',
      '"a"',
      `${whole}}`,
      `${whole},`,
      `${whole}${whole}`,
      `[${whole}]`,
    ];
    for (const field of ['id', 'x', 'y', 'z'])
      parts.push(exactText(Object.fromEntries(Object.entries(core).filter(([key]) => key !== field))));
    expect(compare(parts.map(text => Buffer.from(text))).some(Boolean)).toBe(false);
    for (let length = 0; length < whole.length; length++)
      expect(compare([Buffer.from(whole.slice(0, length))])).toEqual([false]);
  });

  test('takes a batch up to 8 MiB, and leaves the rest', () => {
    const record = Buffer.from(exactText({ ...core, t: 'x'.repeat(3_000_000) }));
    expect(compare([record, record, record, Buffer.from(exactText(core))])).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(compare([])).toEqual([]);
  });

  test('agrees with JavaScript on any object, in any writing', () => {
    let taken = 0;
    fc.assert(
      fc.property(object, object, fc.integer(), (some, more, seed) => {
        const plain = { ...some, ...core, ...more };
        const texts = [exactText(some), exactText(plain), written(plain, seed).text.trim()];
        for (const target of [0, 1, 2]) texts.push(written(plain, seed, target).text.trim());
        taken += compare(texts.map(text => Buffer.from(text))).filter(Boolean).length;
      }),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  test('agrees with JavaScript on any record', () => {
    const before = surveys;
    fc.assert(
      fc.property(record, fc.nat(), (fields, seed) => {
        compare([Buffer.from(exactText(fields)), Buffer.from(written(fields, seed).text.trim())]);
      }),
      { numRuns: 2_000 },
    );
    expect(surveys - before).toBeGreaterThan(3);
  });

  test('leaves no object to be made of full systems', () => {
    const before = surveys;
    compare([...galaxySystems({ count: 500 })].map(system => Buffer.from(JSON.stringify(system))));
    expect(surveys - before).toBe(500);
  });

  test('agrees with JavaScript on mutated records', () => {
    const records = [...galaxySystems({ count: 300 })].map(record => Buffer.from(JSON.stringify(record)));
    for (const [member] of MEMBERS) records.push(Buffer.from(`{"id":"a","x":1,"y":2,"z":3,${member}}`));
    const pool = Buffer.from(
      '"\\{}[],:0123456789.eE+-tfnuxyz \t\n\x00\x1f\x7f\x80\xbf\xc0\xc2\xe0\xed\xa0\x9f\xf0\xf4\x90\xf5\xff',
      'latin1',
    );
    const random = seeded(20261128);
    const below = (count: number) => Math.floor(random() * count);
    const mutate = (record: Buffer): Buffer => {
      let bytes = Buffer.from(record);
      for (let edits = 1 + below(3); edits > 0; edits--) {
        const at = below(bytes.length);
        const kind = random();
        if (kind < 0.7) bytes[at] = pool[below(pool.length)]!;
        else if (kind < 0.85)
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(3))]);
        else {
          const from = below(bytes.length);
          const piece = bytes.subarray(from, from + below(20));
          bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
        }
      }
      return bytes;
    };
    let taken = 0;
    for (let done = 0; done < MUTATED; done += 500) {
      const batch = Array.from({ length: 500 }, () => mutate(records[below(records.length)]!));
      taken += compare(batch).filter(Boolean).length;
    }
    // Neither everything nor nothing: both answers are tested.
    expect(taken / MUTATED).toBeGreaterThan(0.1);
    expect(taken / MUTATED).toBeLessThan(0.9);
  });

  test.skipIf(noCatalogues)('agrees with JavaScript on the JSON parsing corpus', () => {
    const folder = join(CATALOGUES, 'json-test-suite/test_parsing');
    for (const name of readdirSync(folder).filter(file => file.endsWith('.json'))) {
      const bytes = readFileSync(join(folder, name));
      const head = Buffer.from('{"id":"a","x":1,"y":2,"z":3,"field":');
      const [alone, field] = compare([bytes, Buffer.concat([head, bytes, Buffer.from('}')])]);
      if (name.startsWith('n_')) expect(alone, name).toBe(false);
      if (name.startsWith('n_') && !/^n_(multidigit|structure_close|structure_trailing)/.test(name))
        expect(outcomeOf(bytes), name).toBeUndefined();
      expect([true, false]).toContain(field);
    }
  });

  test.skipIf(noCatalogues)('takes the records of real catalogues', () => {
    const shares: Record<string, number> = {
      'gaia/px80-1m.ndjson.gz': 1,
      'bsc5p/stars.ndjson.gz': 0.99,
      'haven/loadtest-10k.ndjson.gz': 0.999,
      'oec/systems.ndjson.gz': 0.9,
    };
    for (const [name, share] of Object.entries(shares)) {
      const text = gunzipSync(readFileSync(join(CATALOGUES, name))).subarray(0, 8_000_000);
      const lines = text.toString('latin1').split('\n').slice(0, 4_000).filter(Boolean);
      const records = lines.map(line => Buffer.from(line, 'latin1'));
      const taken = compare(records).filter(Boolean).length;
      expect(taken / records.length, name).toBeGreaterThanOrEqual(share);
    }
  });
});

/** The reference: SipHash-1-3. */
function sipHash(key: Buffer, bytes: Buffer): bigint {
  const [low, high] = [key.readBigUInt64LE(0), key.readBigUInt64LE(8)];
  const state = [
    low ^ 0x736f6d6570736575n,
    high ^ 0x646f72616e646f6dn,
    low ^ 0x6c7967656e657261n,
    high ^ 0x7465646279746573n,
  ] as [bigint, bigint, bigint, bigint];
  const rotated = (value: bigint, by: bigint) => BigInt.asUintN(64, value << by) | (value >> (64n - by));
  const add = (to: 0 | 2, from: 1 | 3, by: bigint) => {
    state[to] = BigInt.asUintN(64, state[to] + state[from]);
    state[from] = rotated(state[from], by) ^ state[to];
  };
  const round = () => {
    add(0, 1, 13n);
    state[0] = rotated(state[0], 32n);
    add(2, 3, 16n);
    add(0, 3, 21n);
    add(2, 1, 17n);
    state[2] = rotated(state[2], 32n);
  };
  const padded = Buffer.alloc((bytes.length & ~7) + 8);
  bytes.copy(padded);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let at = 0; at < padded.length; at += 8) {
    const block = padded.readBigUInt64LE(at);
    state[3] ^= block;
    round();
    state[0] ^= block;
  }
  state[2] ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

describe('the hash of a record', () => {
  test('is that of all its bytes and of the key', () => {
    const records = Array.from({ length: 300 }, (_, length) =>
      Buffer.from(exactText({ ...core, t: 'x'.repeat(length) })),
    );
    for (const key of [KEY, Buffer.from(KEY).reverse()]) {
      const { hashes } = new RecordScanner(key).scan(records.map(bytes => ({ bytes })));
      for (const [i, bytes] of records.entries())
        expect(hashes.readBigUInt64LE(8 * i)).toBe(sipHash(key, bytes));
    }
  });
});
