/** Which records an input has, in all shapes of catalogues, and what in it is none. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { A, B, input, readAll } from './source-tools.ts';

/** The records that were read, in short: text, path, key, region, offset. */
async function brief(text: string | Uint8Array) {
  const got = await readAll(input(text));
  if (got.error) throw got.error;
  return got.records.map(({ text, key, region, location }) => [
    text,
    location.path,
    key,
    region,
    location.offset,
  ]);
}

describe('shapes', () => {
  const cases: Record<string, [string, unknown[][]]> = {
    keyed: [`{"A": ${A}}`, [[A, '["A"]', 'A', undefined, 6]]],
    'keyed with _meta': [`{"_meta": {"n": 1}, "A": ${A}}`, [[A, '["A"]', 'A', undefined, 25]]],
    '_meta and data': [`{"_meta": {}, "data": [${A}]}`, [[A, 'data[0]', undefined, undefined, 23]]],
    'data and prose': [
      `{"$schema": "s", "title": "t", "description": "d", "data": [${A}, ${B}]}`,
      [
        [A, 'data[0]', undefined, undefined, 60],
        [B, 'data[1]', undefined, undefined, 90],
      ],
    ],
    'data, keyed': [`{"data": {"A": ${A}}}`, [[A, 'data["A"]', 'A', undefined, 15]]],
    'systems, keyed': [`{"systems": {"A": ${A}}}`, [[A, 'systems["A"]', 'A', undefined, 18]]],
    'systems, listed': [`{"systems": [${A}]}`, [[A, 'systems[0]', undefined, undefined, 13]]],
    'systems, by region': [`{"systems": {"R": [${A}]}}`, [[A, 'systems["R"][0]', undefined, 'R', 19]]],
    'a system called data': [
      `{"data": ${A}, "B": ${B}}`,
      [
        [A, '["data"]', 'data', undefined, 9],
        [B, '["B"]', 'B', undefined, 44],
      ],
    ],
    'by region': [
      `{"R": [${A}, ${B}], "S": []}`,
      [
        [A, '["R"][0]', undefined, 'R', 7],
        [B, '["R"][1]', undefined, 'R', 37],
      ],
    ],
    list: [
      `[${A}, ${B}]`,
      [
        [A, '[0]', undefined, undefined, 1],
        [B, '[1]', undefined, undefined, 31],
      ],
    ],
    NDJSON: [
      `${A}\n${B}\n`,
      [
        [A, undefined, undefined, undefined, 0],
        [B, undefined, undefined, undefined, 29],
      ],
    ],
    'NDJSON with CRLF, blank lines and no end': [
      `\r\n\n  ${A}\r\n \t\r\n\n${B}`,
      [
        [A, undefined, undefined, undefined, 5],
        [B, undefined, undefined, undefined, 40],
      ],
    ],
    'NDJSON after a byte order mark': [
      `\uFEFF${A}\n${B}`,
      [
        [A, undefined, undefined, undefined, 3],
        [B, undefined, undefined, undefined, 32],
      ],
    ],
    'values over several lines': [
      `${A.replaceAll(',', ',\n')}\n${B}${A} ${B}`,
      [
        [A.replaceAll(',', ',\n'), undefined, undefined, undefined, 0],
        [B, undefined, undefined, undefined, 32],
        [A, undefined, undefined, undefined, 60],
        [B, undefined, undefined, undefined, 89],
      ],
    ],
    'one record': [A, [[A, undefined, undefined, undefined, 0]]],
    'one record over lines': [
      `\n${A.replaceAll(',', '\n,')}\n`,
      [[A.replaceAll(',', '\n,'), undefined, undefined, undefined, 1]],
    ],
    'one record with bodies first': [
      '{"planets":[{"x":1}],"space_station":{"x":1},"id":5}',
      [['{"planets":[{"x":1}],"space_station":{"x":1},"id":5}', undefined, undefined, undefined, 0]],
    ],
    'a record with _meta of its own': [
      '{"_meta":{},"x":1,"planets":[]}',
      [['{"_meta":{},"x":1,"planets":[]}', undefined, undefined, undefined, 0]],
    ],
    'a catalogue with a name': [
      `{"name":"My stars","systems":[${A}]}`,
      [[A, 'systems[0]', undefined, undefined, 30]],
    ],
    'a catalogue with a name and _meta': [
      `{"_meta":{},"name":"My stars","A":${A}}`,
      [[A, '["A"]', 'A', undefined, 34]],
    ],
    'a record with _meta and a name only': [
      '{"_meta":{},"name":"n"}',
      [['{"_meta":{},"name":"n"}', undefined, undefined, undefined, 0]],
    ],
    'list of anything': [
      '[1, "a", null, [2]]',
      [
        ['1', '[0]', undefined, undefined, 1],
        ['"a"', '[1]', undefined, undefined, 4],
        ['null', '[2]', undefined, undefined, 9],
        ['[2]', '[3]', undefined, undefined, 15],
      ],
    ],
    'a scalar': ['42', [['42', undefined, undefined, undefined, 0]]],
    'empty object': ['{}', []],
    'empty list': [' [ ] ', []],
    'only _meta': ['{"_meta": {"version": "1.0.0"}}\n', []],
    'empty data': ['{"_meta": {}, "data": []}', []],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) {
    test(name, async () => expect(await brief(text)).toEqual(expected));
    test(`${name}, gzip`, async () => expect(await brief(gzipSync(text))).toEqual(expected));
  }

  test('lines and columns are those of the value', async () => {
    const { records } = await readAll(input(`{\n "R": [\n  ${A},\n\t${B}]}`));
    expect(records.map(({ location: { line, column } }) => [line, column])).toEqual([
      [3, 3],
      [4, 2],
    ]);
  });

  test('a byte order mark takes no column', async () => {
    const { records } = await readAll(input(`\uFEFF${A}`));
    expect(records[0]!.location).toMatchObject({ offset: 3, line: 1, column: 1 });
  });

  test('numbers and words may lie across windows', async () => {
    const words = ['-1.2345678901234567e-10', 'true', 'null', '12345', 'false', '0'];
    for (let windowBytes = 16; windowBytes < 60; windowBytes++) {
      const { records } = await readAll(input(`[${words.join()}]`), { windowBytes });
      expect(records.map(record => record.text)).toEqual(words);
    }
  });

  test('a system called data is one wherever the window ends', async () => {
    const late = '{"planets":["p","q"],"x":1,"y":2,"z":3}';
    for (let windowBytes = 40; windowBytes < 140; windowBytes++) {
      const { records } = await readAll(input(`{"A": ${A}, "data": ${late}}`), { windowBytes });
      expect(records.map(record => record.text)).toEqual([A, late]);
    }
  });

  test('keys are decoded in `key`, and stand as written in the path', async () => {
    const { records } = await readAll(input(`{"\\u0041/\\"恒": ${A}}`));
    expect(records[0]).toMatchObject({ key: 'A/"恒', location: { path: '["\\u0041/\\"恒"]' } });
  });

  test('a repeated key gives both records', async () => {
    expect((await readAll(input(`{"A": ${A}, "A": ${B}}`))).records.map(r => r.text)).toEqual([A, B]);
  });
});

describe('a value that is not a system', () => {
  test('_meta goes to onMeta, and is skipped like the rest of its kind', async () => {
    const got = await readAll(input(`{"_meta": {"n": [1]}, "_x": 5, "title": "t", "A": ${A}}`));
    expect(got.metas).toEqual([{ n: [1] }]);
    expect(got.skips.map(skip => [skip.location.path, skip.why])).toEqual([
      ['["_meta"]', 'the key "_meta" does not name a system'],
      ['["_x"]', 'the key "_x" does not name a system'],
      ['["title"]', 'the key "title" does not name a system'],
    ]);
    expect(got.rejects).toEqual([]);
  });

  test('a _meta above 1 MiB is skipped with the reason', async () => {
    const got = await readAll(input(`{"_meta": "${'m'.repeat(2 ** 20)}", "A": ${A}}`));
    expect(got.metas).toEqual([]);
    expect(got.skips[0]!.why).toMatch('longer than 1048576 bytes');
    expect(got.records).toHaveLength(1);
  });

  test('a _meta that could not be stored is skipped with the reason', async () => {
    const got = await readAll(input(`{"_meta": "\\ud800", "A": ${A}}`));
    expect(got.metas).toEqual([]);
    expect(got.skips[0]!.why).toMatch('surrogate');
  });

  test('other scalars are rejected with their value', async () => {
    const got = await readAll(input(`{"A": ${A}, "B": 5, "C": null, "D": "text"}`));
    expect(got.rejects.map(({ location, record }) => [location.path, record])).toEqual([
      ['["B"]', 5],
      ['["C"]', null],
      ['["D"]', 'text'],
    ]);
    expect(got.rejects[0]!.reason).toMatch('expected an object, found 5');
  });

  test('a $schema that is an object is a system', async () => {
    expect((await readAll(input(`{"$schema": ${A}}`))).records).toHaveLength(1);
  });

  test('a record whose key, or whose region key, is not UTF-8 is rejected', async () => {
    const key = Buffer.concat([Buffer.from('{"'), Buffer.from([0xff]), Buffer.from(`": ${A}, "B": ${B}}`)]);
    const keyed = await readAll(input(key));
    expect(keyed.rejects.map(reject => reject.reason)).toEqual([
      'its key "\uFFFD": it is not valid UTF-8: convert the file to UTF-8',
    ]);
    expect(keyed.records.map(record => record.key)).toEqual(['B']);
    const region = Buffer.concat([Buffer.from('{"'), Buffer.from([0xff]), Buffer.from(`": [${A}, ${B}]}`)]);
    expect((await readAll(input(region))).rejects).toHaveLength(2);
  });
});
