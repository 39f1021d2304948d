import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptError, type JsonObject, type JsonProvider, type JsonValue } from '#client/index.ts';
import { jsonProvider } from '#client/node/index.ts';
import type { System } from '#format/index.ts';
import { jsonText } from '#format/json-text.ts';
import { readRecords } from '#pipeline/source/index.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { CATALOGUES, input, noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { exactText, foldOf, json, text } from '#test/support/arbitrary.ts';

const fold = foldOf(of => of.normalize('NFD').toLowerCase());
const open = (catalogue: string | Uint8Array | JsonValue) =>
  jsonProvider(catalogue, { fold, location: 'test.json' });

/** All systems with the texts that answer and the records, in order of their ids. */
async function systemsOf(provider: JsonProvider): Promise<string[]> {
  const rows = await provider.sphere({ center: [0, 0, 0], radius: Infinity, details: true }).toArray();
  return rows.map(({ id, name, region, record }) => jsonText({ id, name, region, record: record! })).sort();
}

interface Built {
  readonly systems: string[];
  readonly rejected: number;
  readonly counts: Record<string, number>;
  readonly error?: unknown;
}

/** The records that a build accepts of the same text, each alone. */
async function built(bytes: Uint8Array): Promise<Built> {
  const systems = new Map<string, System>();
  const counts = { systems: 0, planets: 0, moons: 0, stations: 0 };
  let rejected = 0;
  try {
    for await (const batch of readRecords(input(bytes), { onReject: () => void rejected++ })) {
      for (const raw of batch) {
        const outcome = normalise(raw);
        if (outcome.kind === 'reject') rejected++;
        if (outcome.kind !== 'system' || systems.has(outcome.system.id)) continue;
        systems.set(outcome.system.id, outcome.system);
        counts.systems++;
        for (const body of ['planets', 'moons', 'stations'] as const) counts[body] += outcome.counts[body];
      }
    }
  } catch (error) {
    return { systems: [], rejected: 0, counts, error };
  }
  const texts = [...systems.values()].map(({ id, name, region, fields }) =>
    jsonText({ id, name, region, record: fields }),
  );
  return { systems: texts.sort(), rejected, counts };
}

async function sameAsBuilt(bytes: Uint8Array): Promise<JsonProvider> {
  const expected = await built(bytes);
  expect(expected.error).toBeUndefined();
  const provider = open(bytes);
  expect(await systemsOf(provider)).toEqual(expected.systems);
  expect(provider.rejected).toHaveLength(expected.rejected);
  expect(provider.counts).toEqual(expected.counts);
  return provider;
}

describe.skipIf(noCatalogues)('real catalogues hold the systems that a build takes', () => {
  const plain = (name: string) => {
    const bytes = readFileSync(join(CATALOGUES, name));
    return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  };
  const catalogues: [name: string, systems: number, rejected: number][] = [
    ['oec/systems.ndjson.gz', 6709, 0],
    ['oec/data.json.gz', 6693, 0],
    ['oec/without-coords.ndjson.gz', 0, 326],
    ['oec/shape-array.json', 25, 0],
    ['oec/shape-data.json', 25, 0],
    ['oec/shape-regions.json', 32, 0],
    ['oec/shape-wrapped.json', 25, 0],
    ['bsc5p/stars.ndjson.gz', 9096, 5],
    ['haven/data.json', 9, 0],
    ['haven/TESTING.json', 5, 0],
    ['haven/test_import.json', 2, 0],
    ['haven/haven_data_export.json', 3, 0],
    ['haven/clean_data.json', 0, 0],
  ];
  test.each(catalogues)('%s', async (name, systems, rejected) => {
    const provider = await sameAsBuilt(plain(name));
    expect([provider.counts.systems, provider.rejected.length]).toEqual([systems, rejected]);
  });

  test('ids used twice are an error that names the first of them', () => {
    expect(() => open(plain('haven/pending.ndjson'))).toThrow(CorruptError);
    expect(() => open(plain('haven/pending.ndjson'))).toThrow(/line \d+ and line \d+ have the same id, "/);
  });

  test('JavaScript named .json is malformed where it is JavaScript', () => {
    expect(() => open(plain('haven/TESTING.malformed.json'))).toThrow(CorruptError);
    expect(() => open(plain('haven/TESTING.malformed.json'))).not.toThrow(/position|column/);
    expect(() => open(plain('haven/TESTING.malformed.json'))).toThrow(
      /^test\.json: malformed JSON in data\[3\]: .+; correct the file there$/,
    );
  });

  describe('the JSON parsing corpus', () => {
    const folder = join(CATALOGUES, 'json-test-suite/test_parsing');
    const corpus = noCatalogues ? [] : readdirSync(folder).filter(name => name.endsWith('.json'));
    const wraps: Record<string, [head: string, tail: string]> = {
      alone: ['', ''],
      'in a list': ['[{"id":"a","x":1,"y":2,"z":3},{"id":"b","x":1,"y":2,"z":3,"field":', '}]'],
      'by key': ['{"A":{"x":1,"y":2,"z":3},"B":{"x":1,"y":2,"z":3,"field":', '}}'],
    };
    test.each(Object.entries(wraps))('is taken and refused as builds do: %s', async (_, [head, tail]) => {
      expect(corpus).toHaveLength(318);
      for (const name of corpus) {
        const bytes = Buffer.concat([Buffer.from(head), readFileSync(join(folder, name)), Buffer.from(tail)]);
        const expected = await built(bytes);
        const isUtf8 = Buffer.from(bytes.toString()).equals(bytes);
        if (expected.error || !isUtf8) expect(() => open(bytes), name).toThrow(CorruptError);
        else await sameAsBuilt(bytes);
      }
    });
  });
});

/** Records that builds take, and some that they refuse or skip. */
const record: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      id: fc.oneof(fc.nat(), text, fc.constantFrom<JsonValue>(null, 2 ** 60, true)),
      name: fc.oneof(text, fc.constantFrom<JsonValue>(null, 7, false, [])),
      region: fc.oneof(text, fc.constantFrom<JsonValue>(null, 'R')),
      x: fc.constantFrom<JsonValue>(1, -0, 1e19, 'no', null),
      x_cords: fc.constantFrom<JsonValue>(5, -0),
      y: fc.constant(2),
      z: fc.integer(),
      type: fc.constantFrom('region', 'star'),
      Materials: text,
      planets: fc.array(fc.constantFrom<JsonValue>('p', { moons: [1, 2] }, { moons: null })),
      more: json,
    },
    { requiredKeys: ['y', 'z'] },
  )
  .map(of => of as JsonObject);
const members = fc.dictionary(
  fc.oneof(text, fc.constantFrom('systems', 'data', '_meta', 'title')),
  fc.oneof({ weight: 3, arbitrary: record }, { weight: 1, arbitrary: fc.array(record) }),
);

/** Catalogues of every shape, and values that are none. */
const catalogue: fc.Arbitrary<string> = fc.oneof(
  fc.array(record).map(of => exactText(of)),
  fc.array(record, { minLength: 1 }).map(of => of.map(line => exactText(line)).join('\n')),
  members.map(of => exactText(of)),
  fc
    .tuple(members, fc.constantFrom('systems', 'data', 'other'))
    .map(([of, key]) => exactText({ _meta: {}, [key]: of })),
  fc
    .tuple(fc.array(record), fc.constantFrom('systems', 'data', 'R', '_meta'))
    .map(([of, key]) => exactText({ _meta: 1, title: 't', [key]: of })),
  fc.dictionary(text, fc.array(record)).map(of => exactText(of)),
  json.map(of => exactText(of)),
);

describe('any catalogue', () => {
  test('holds the systems that a build takes', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(catalogue, async of => {
        const bytes = Buffer.from(of);
        const { systems, rejected } = await built(bytes);
        let provider: JsonProvider;
        try {
          provider = open(of);
        } catch (error) {
          expect((error as Error).message).toMatch('have the same id');
          return;
        }
        // One id for several systems is for the tests of duplicates: each reader keeps one of them.
        if (provider.rejected.some(({ reason }) => reason.includes('is the id of the system at'))) return;
        expect(await systemsOf(provider)).toEqual(systems);
        expect(provider.rejected).toHaveLength(rejected);
        taken += systems.length;
      }),
      { numRuns: 1000 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});

const AT = '"x":1,"y":2,"z":3';
const path = (provider: JsonProvider) => provider.rejected.map(({ path }) => path);

describe('what is left out', () => {
  test('is reported with its place, field, reason and record', () => {
    const { rejected } = open(
      `{"_meta":1,"title":"t","A":{${AT}},"B":{"x":"one"},"C":7,"R":[{${AT},"id":"i"},{"id":"j"}]}`,
    );
    expect(rejected).toEqual([
      {
        path: '["B"]',
        field: 'x',
        reason: expect.stringContaining('x is the string "one"'),
        record: { x: 'one' },
      },
      { path: '["C"]', reason: expect.stringContaining('expected an object, found 7'), record: 7 },
      { path: '["R"][1]', field: 'x', reason: expect.stringContaining('x is missing'), record: { id: 'j' } },
    ]);
  });
  test('has its place in every shape', () => {
    expect(path(open('[{"id":"i"},null]'))).toEqual(['[0]', '[1]']);
    expect(path(open('{"data":[{"id":"i"}]}'))).toEqual(['data[0]']);
    expect(path(open('{"systems":{"a\\n":{"name":"i"},"R":[1]}}'))).toEqual([
      'systems["a\\n"]',
      'systems["R"][0]',
    ]);
    expect(path(open(`\n{"id":"i"}\n\r\n{${AT},"id":"j"}\n5`))).toEqual(['line 2', 'line 5']);
    expect(path(open('{"id":"i"}'))).toEqual(['line 1']);
  });
  test('are half surrogate pairs, whether escaped or not', () => {
    expect(open(`[{${AT},"id":"i","a":"\ud800"},{${AT},"id":"j","a":"\\ud800"}]`).rejected).toMatchObject([
      { field: 'a', reason: expect.stringContaining('surrogate') },
      { field: 'a', reason: expect.stringContaining('surrogate') },
    ]);
    expect(open(`{"\udc00":{${AT}}}`).rejected).toMatchObject([
      { reason: expect.stringContaining('its key') },
    ]);
  });
  test('is a record of more than 64 MiB, whatever characters it has', () => {
    const record = (bytes: number) => `{${AT},"id":"i","a":"${'€'.repeat(Math.floor((bytes - 40) / 3))}"}`;
    expect(open(record(2 ** 26)).counts.systems).toBe(1);
    expect(open(record(2 ** 26 + 40)).rejected).toEqual([
      {
        path: 'line 1',
        reason: expect.stringMatching(/^it has 671088\d\d bytes, more than the maximum of 67108864 /),
      },
    ]);
  });
});

describe('systems of one id', () => {
  test('are one where they are equal and have no id', () => {
    const { counts, rejected } = open(`[{${AT},"name":"n"},{"name":"n",${AT}},{${AT},"name":"N"}]`);
    expect([counts.systems, rejected]).toEqual([2, []]);
  });
  test('are one where they are identical, whatever their ids come from', () => {
    const { counts, rejected } = open(`{"A":{${AT},"id":"i"},"A":{"id":"i",${AT}},"B":{${AT}},"B":{${AT}}}`);
    expect([counts.systems, rejected]).toEqual([2, []]);
  });
  test('are an error that names it and both places', () => {
    const error =
      'test.json: the systems at [0] and [2] have the same id, "7", and differ: give each a different id';
    expect(() => open(`[{${AT},"id":7},{${AT},"id":"8"},{${AT},"id":"7"}]`)).toThrow(error);
    expect(() => open(`{"A":{${AT}},"A":{${AT},"name":"B"}}`)).toThrow('"SYS_A"');
  });
  test('go to the one that has it as its own', async () => {
    const provider = open(`{"A":{${AT},"a":1},"A":{${AT},"a":2},"B":{${AT},"id":"SYS_A"}}`);
    expect(await provider.systemById('SYS_A')).toMatchObject({ name: 'B' });
    expect(provider.counts.systems).toBe(1);
    expect(provider.rejected).toEqual(
      [1, 2].map(a => ({
        path: '["A"]',
        field: 'id',
        reason: expect.stringContaining('"SYS_A", is the id of the system at ["B"]'),
        record: { x: 1, y: 2, z: 3, a },
      })),
    );
  });
});

describe('a text', () => {
  test('keeps members of one key, and all digits of large ids', async () => {
    const provider = open(`{"A":{${AT},"id":9007199254740993},"A":{${AT},"id":9007199254740995}}`);
    expect((await provider.systemsByName('A')).map(({ id }) => id)).toEqual([
      '9007199254740993',
      '9007199254740995',
    ]);
  });
  test('may begin with a byte order mark, and be bytes', () => {
    for (const catalogue of [`\ufeff[{${AT},"id":"i"}]`, Buffer.from(`\ufeff[{${AT},"id":"i"}]`)]) {
      expect(open(catalogue).counts.systems).toBe(1);
    }
  });
  test.each<[string, string | Uint8Array, string]>([
    [
      'nothing',
      ' \n',
      'line 2, column 1: expected JSON or NDJSON; an empty catalogue is {} or [], found the end',
    ],
    ['a page', '<html>', 'in line 1: '],
    [
      'what follows a list',
      '[]\n{}',
      'line 2, column 1: expected nothing after the end of the document, found "{"',
    ],
    ['what follows an object', '{"a":{}} 1', 'expected nothing after the end'],
    ['a comma at the end', '[{},]', 'line 1, column 5: expected a value, found "]"'],
    ['a missing comma', '[{} {}]', "line 1, column 5: expected ',' or ']', found \"{\""],
    ['a missing colon', '{"a" {}}', 'column 6: expected \':\', found "{"'],
    ['a missing quote', '{"a":{},b:{}}', 'column 9: expected a key in double quotes, found "b"'],
    ['a key with an odd escape', '{"\\q":[]}', 'in a key: '],
    ['an open string', '{"a', 'in a key: '],
    ['an open list', '[{}', "column 4: expected ',' or ']', found the end"],
    ['an open record', '[{"a":1', 'in [0]: '],
    ['an odd bracket', '[{"a":[}}]', 'in [0]: '],
    ['a fault in what is skipped', '{"_meta":{"a"},"b":{}}', 'in ["_meta"]: '],
    ['gzip', new Uint8Array([0x1f, 0x8b, 8]), 'test.json is gzip data, expected JSON: unpack it first'],
    ['no UTF-8', new Uint8Array([0x5b, 0xff, 0x5d]), 'test.json is not valid UTF-8: convert it to UTF-8'],
  ])('that holds %s is refused', (_, of, message) => {
    expect(() => open(of)).toThrow(CorruptError);
    expect(() => open(of)).toThrow(message);
  });
});

describe('a parsed value', () => {
  test('gives what its text gives', async () => {
    const of = `{"A":{"x":-0,"y":2,"z":3,"__proto__":{"a":1}},"systems":{"B":{${AT}}}}`;
    expect(await systemsOf(open(JSON.parse(of)))).toEqual(await systemsOf(open(of)));
  });
  test('is copied', async () => {
    const value = { A: { x: 1, y: 2, z: 3, name: 'n' } };
    const provider = open(value);
    value.A.name = 'other';
    expect((await provider.system('n'))?.record).toEqual({ x: 1, y: 2, z: 3, name: 'n' });
  });
});
