import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../client/format/json.ts';
import { InputError, UsageError } from '../../pipeline/errors.ts';
import {
  fileInput,
  malformed,
  readRecords,
  resolveInputs,
  standardInput,
} from '../../pipeline/source/index.ts';
import { LineReader } from '../../pipeline/source/lines.ts';
import { parse } from '../../pipeline/source/parse.ts';
import { Sink } from '../../pipeline/source/sink.ts';
import { Window } from '../../pipeline/source/window.ts';
import { input, readAll } from './source-tools.ts';

const A = '{"id":"a","x":1,"y":2,"z":3}';
const B = '{"id":"b","x":1,"y":2,"z":3}';

/** What came, in short: text, path, key, region, offset. */
async function brief(text: string | Uint8Array) {
  const got = await readAll(input(text));
  if (got.error) throw got.error;
  return got.records.map(({ text, key, region, place }) => [text, place.path, key, region, place.offset]);
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
    expect(records.map(({ place: { line, column } }) => [line, column])).toEqual([
      [3, 3],
      [4, 2],
    ]);
  });

  test('a byte order mark takes no column', async () => {
    const { records } = await readAll(input(`\uFEFF${A}`));
    expect(records[0]!.place).toMatchObject({ offset: 3, line: 1, column: 1 });
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
    expect(records[0]).toMatchObject({ key: 'A/"恒', place: { path: '["\\u0041/\\"恒"]' } });
  });

  test('a repeated key gives both records', async () => {
    expect((await readAll(input(`{"A": ${A}, "A": ${B}}`))).records.map(r => r.text)).toEqual([A, B]);
  });
});

describe('parse', () => {
  const place = { file: 'test.json', input: 0, offset: 0, line: 1, column: 1 };
  const value = (text: string) => parse(Buffer.from(text), place).value;

  test('keys written with escapes are theirs, whatever keys came before (nodejs/node#63785)', () => {
    expect(Object.keys(value('{"p":1,"\\\\":0}') as object)).toEqual(['p', '\\']);
    expect(Object.keys(value('{"p":1,"\\"":0}') as object)).toEqual(['p', '"']);
    expect(Object.keys(value('{"q":1,"a\\\\nb":0}') as object)).toEqual(['q', 'a\\nb']);
    expect(Object.keys(value('{"q":1, "a\\nbc" :0}') as object)).toEqual(['q', 'a\nbc']);
  });

  test('what has an escaped key is else as JSON.parse gives it', () => {
    const text =
      ' {"\\n": [1e5 , -0,true,null, "\\"}:", {} , []] , "__proto__":{"a":"\\\\"}, "b":false,"2":1,"1":2, "b":"c"\r\n} ';
    const found = value(text) as JsonObject;
    expect(found).toEqual(JSON.parse(text));
    expect(Object.keys(found)).toEqual(['1', '2', '\n', '__proto__', 'b']);
    expect(Object.is((found['\n'] as number[])[1], -0)).toBe(true);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  test('a deep one is no trouble', () => {
    const depth = 100_000;
    let found = value(`${'['.repeat(depth)}{"\\n":0}${']'.repeat(depth)}`);
    for (let i = 0; i < depth; i++) [found] = found as [JsonValue];
    expect(found).toEqual({ '\n': 0 });
  });

  test('what is no JSON', () => expect(() => value('{"\\n":0')).toThrow(InputError));
});

describe('what is no system', () => {
  test('_meta goes to onMeta, and is skipped like the rest of its kind', async () => {
    const got = await readAll(input(`{"_meta": {"n": [1]}, "_x": 5, "title": "t", "A": ${A}}`));
    expect(got.metas).toEqual([{ n: [1] }]);
    expect(got.skips.map(skip => [skip.place.path, skip.why])).toEqual([
      ['["_meta"]', 'the key "_meta" names no system'],
      ['["_x"]', 'the key "_x" names no system'],
      ['["title"]', 'the key "title" names no system'],
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
    expect(got.rejects.map(({ place, record }) => [place.path, record])).toEqual([
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

describe('too large', () => {
  const big = (bytes: number) => `{"id":"big","x":"${'\\"é'.repeat(bytes / 4)}"}`;
  const shapes: Record<string, (record: string) => string> = {
    lines: record => `${A}\n  ${record}\n${B}\n`,
    'last line': record => `${A}\n${B}\n${record}`,
    list: record => `[${A},\n  ${record},${B}]`,
    keyed: record => `{"A": ${A},\n  "C": ${record} , "B": ${B}}`,
    values: record => `${A.replace(',', ',\n')} ${record}${B}`,
  };
  for (const [name, wrap] of Object.entries(shapes)) {
    for (const windowBytes of [64, 1 << 20]) {
      test(`a record above the limit is rejected in ${name}, window ${windowBytes}`, async () => {
        const record = big(4000);
        const text = Buffer.from(wrap(record));
        const got = await readAll(input(text), { windowBytes, recordBytes: 2000 });
        expect(got.error).toBeUndefined();
        expect(got.records.map(r => JSON.parse(r.text).id)).toEqual(['a', 'b']);
        expect(got.rejects).toHaveLength(1);
        const { place, reason } = got.rejects[0]!;
        expect(place.offset).toBe(text.indexOf(record));
        expect(reason).toMatch(`it has ${Buffer.byteLength(record)} bytes`);
      });

      test(`and is malformed where it is malformed, in ${name}, window ${windowBytes}`, async () => {
        const record = big(4000).replace(/"}$/, '" 1}');
        const text = Buffer.from(wrap(record));
        const got = await readAll(input(text), { windowBytes, recordBytes: 2000 });
        expect(got.error).toBeInstanceOf(InputError);
        expect(got.error!.message).toMatch(`(byte ${text.indexOf('" 1}') + 2})`);
      });
    }
  }

  test('white space around a line is not counted', async () => {
    const line = `${' '.repeat(5000)}${big(4000)}${' '.repeat(5000)}`;
    for (const windowBytes of [64, 1 << 20]) {
      const got = await readAll(input(`${A}\n${line}\n${B}`), { windowBytes, recordBytes: 2000 });
      expect(got.records).toHaveLength(2);
      expect(got.rejects[0]!.reason).toMatch(`it has ${big(4000).length + 1000} bytes`);
      expect(got.rejects[0]!.place).toMatchObject({ offset: A.length + 1 + 5000, column: 5001 });
      expect(
        (await readAll(input(`${A}\n${' '.repeat(5000)}\n${B}`), { windowBytes, recordBytes: 2000 })).rejects,
      ).toEqual([]);
    }
  });

  test('a number without its end is malformed, however long', async () => {
    const number = `${'1'.repeat(4000)}.`;
    for (const text of [`[${A},${number},${B}]`, `${A}\n${number}\n${B}`, `[${A}, ${number}`]) {
      const { error } = await readAll(input(text), { windowBytes: 64, recordBytes: 2000 });
      expect(error).toBeInstanceOf(InputError);
      expect(error!.message).toMatch(/ends inside .*expected a digit/);
    }
  });

  test('exactly at the limit is fine', async () => {
    const got = await readAll(input(`${A}\n${B}`), { recordBytes: A.length });
    expect(got.records).toHaveLength(2);
    expect((await readAll(input(`${A}\n${B}`), { recordBytes: A.length - 1 })).rejects).toHaveLength(2);
  });

  test('65 MiB are above the limit, on a line and in a list', async () => {
    const piece = Buffer.alloc(1 << 20, 0x61);
    for (const [head, tail] of [
      [`${A}\n{"id":"`, `"}\n${B}`],
      [`[${A},{"id":"`, `"},${B}]`],
    ] as const) {
      async function* open() {
        yield Buffer.from(head);
        for (let i = 0; i < 65; i++) yield piece;
        yield Buffer.from(tail);
      }
      const got = await readAll({ file: 'big.json', index: 0, open });
      expect(got.error).toBeUndefined();
      expect(got.records.map(r => r.text)).toEqual([A, B]);
      expect(got.rejects[0]!.reason).toMatch('(65 MiB), more than the 64 MiB a record may have');
    }
  });

  test('is never held whole', async () => {
    const endless = (function* () {
      for (let i = 0; i < 2000; i++) yield Buffer.alloc(1000, 0x31);
    })();
    const window = new Window(Readable.from(endless), 1024);
    const reader = new LineReader(window, new Sink(input(''), {}, { recordBytes: 10_000 }), 1, 0);
    let most = 0;
    for (;;) {
      await window.fill();
      most = Math.max(most, window.view.length);
      if (reader.read([]) === 'done') break;
    }
    expect(window.base + window.view.length).toBe(2_000_000);
    expect(most).toBeLessThan(2 * 10_000);
  });
});

describe('malformed', () => {
  /** Text with `^` before the byte that is wrong. */
  const cases: Record<string, [string, RegExp]> = {
    'no comma in a list': ['[{}\n ^{}]', /line 2, column 2 \(byte 5\): expected ',' or ']', found "{"/],
    'no comma in an object': ['{"A": {} ^"B": {}}', /expected ',' or '}', found """/],
    'comma at the end of a list': ['[{},^]', /expected a value, found "]"/],
    'comma at the end of an object': ['{"A": {},^}', /expected a key in double quotes, found "}"/],
    'no colon': ['{"A" ^{}}', /expected ':', found "{"/],
    'no key': ['{^1: {}}', /expected a key in double quotes or '}', found "1"/],
    'bad escape in a key': [
      '{"a^\\x": {}}',
      /expected a character or escape that may stand in a string, found "\\"/,
    ],
    'control character in a key': ['{"_m": 1, "a^\t": {}}', /found the control character 0x09/],
    'closed by the wrong bracket': ['[{}^}', /expected ',' or ']', found "}"/],
    'text after a list': ['[{}] ^x', /expected nothing after the end of the document, found "x"/],
    'a second list': ['[{}]\n^[]', /expected nothing after the end/],
    'text after an object': ['{"A": {}} ^é', /expected nothing after the end of the document, found "é"/],
    'broken _meta': ['{"_meta": {"a": ^x}, "A": {}}', /in \["_meta"\]: expected a value, found "x"/],
    'broken _key': ['{"_a": [1 ^2], "A": {}}', /in \["_a"\]: expected ',' or a closing bracket/],
    'broken scalar': ['{"A": {}, "B": ^tru}', /in \["B"\]: expected a value, found "t"/],
    'no JSON at all': ['\n ^<html>', /expected JSON or NDJSON, which begins with '{' or '\[', found "<"/],
    'a value missing among values': ['{"x":\n1} ^, {"x":1}', /expected a value, found ","/],
  };
  for (const [name, [marked, message]] of Object.entries(cases)) {
    test(name, async () => {
      const text = marked.replace('^', '');
      for (const windowBytes of [32, 1 << 20]) {
        const { error } = await readAll(input(text), { windowBytes });
        expect(error).toBeInstanceOf(InputError);
        expect(error!.message).toMatch(message);
        expect(error!.message).toMatch(`(byte ${Buffer.byteLength(marked.split('^')[0]!)})`);
        expect(error!.message).toMatch(/^test\.json: malformed JSON at line/);
      }
    });
  }

  const cut: Record<string, [string, RegExp]> = {
    list: [
      '[{}',
      /ends inside the document, at line 1, column 4 \(byte 3\): expected ',' or the closing bracket/,
    ],
    'record of a list': ['[{"a": 1', /ends inside \[0\] that begins at line 1, column 2 \(byte 1\)/],
    'record of a keyed document': [
      '{"A": {"a": "b',
      /ends inside \["A"\] that begins at line 1, column 7 \(byte 6\)/,
    ],
    key: ['{"A": {}, "B', /ends inside the document, .*expected the closing quote of a key/],
    'after a key': ['{"A": {}, "B" ', /expected ':'/],
    'after a colon': ['{"A": {}, "B": ', /expected a value/],
    'after a backslash': ['["a\\', /malformed JSON/],
    'one object': ['{"x":1,\n"y":2', /ends inside the record that begins at line 1, column 1 \(byte 0\)/],
  };
  for (const [name, [text, message]] of Object.entries(cut)) {
    test(`cut: ${name}`, async () => {
      for (const windowBytes of [32, 1 << 20])
        expect((await readAll(input(text), { windowBytes })).error!.message).toMatch(message);
    });
  }

  test('records before the fault come first', async () => {
    const got = await readAll(input(`[${A}, ${B} ${A}]`));
    expect(got.records.map(r => r.text)).toEqual([A, B]);
    expect(got.error).toBeInstanceOf(InputError);
  });

  test('a fault inside a record is found by line, column and byte', async () => {
    for await (const [raw] of readRecords(input('[\n {"id": "é",\n  "x": 01}]'))) {
      expect(malformed(raw!).message).toMatch(
        /line 3, column 9 \(byte 24\), in \[0\]: expected .*, found "1", near … .*"x": 0>>>1} …/,
      );
    }
  });

  test('a line that ends inside its record', async () => {
    for await (const [, raw] of readRecords(input(`${A}\n{"id": "b", "x": [1`))) {
      expect(malformed(raw!).message).toMatch(
        'ends inside the record that begins at line 2, column 1 (byte 29)',
      );
    }
  });
});

describe('not JSON', () => {
  const cases: Record<string, [Uint8Array, RegExp]> = {
    'nothing at all': [Buffer.alloc(0), /is empty: expected JSON/],
    'white space': [Buffer.from(' \n\t\r\n'), /nothing but white space/],
    'a byte order mark': [Buffer.from('\uFEFF'), /nothing but white space/],
    SQLite: [Buffer.from('SQLite format 3\0\x10\0'), /SQLite database inside a stream: give the path/],
    PNG: [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /PNG image/],
    ZIP: [Buffer.from('PK\x03\x04'), /ZIP archive/],
    'UTF-16 with a byte order mark': [Buffer.from('\uFEFF{"a":1}', 'utf16le'), /UTF-16/],
    'UTF-16 without': [Buffer.from('{"a":1}', 'utf16le'), /UTF-16/],
    'UTF-16, big-endian': [Buffer.from('{"a":1}', 'utf16le').swap16(), /UTF-16/],
    'other binary data': [
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]),
      /binary data \(it begins with 7f454c46/,
    ],
    'gzip of gzip': [gzipSync(gzipSync(A)), /gzip twice/],
  };
  for (const [name, [bytes, message]] of Object.entries(cases)) {
    test(name, async () => {
      const { error } = await readAll(input(bytes, [3]));
      expect(error).toBeInstanceOf(InputError);
      expect(error!.message).toMatch(message);
      expect(error!.message).toMatch(/^test\.json/);
    });
  }

  test('is found at once, without reading on', async () => {
    let read = 0;
    async function* open() {
      for (;;) {
        read++;
        yield Buffer.alloc(1 << 16, 0x89);
      }
    }
    expect((await readAll({ file: 'endless', index: 0, open })).error).toBeInstanceOf(InputError);
    expect(read).toBeLessThan(64);
  });
});

describe('gzip', () => {
  const text = Buffer.from(`${A}\n${B}\n`);
  const members = Buffer.concat([gzipSync(text.subarray(0, 20)), gzipSync(''), gzipSync(text.subarray(20))]);
  test('data that hides behind zeros is seen after many chunks, too', async () => {
    const many = Array.from(
      { length: 5000 },
      (_, i) => `{"id":"${createHash('sha256').update(`${i}`).digest('hex')}"}\n`,
    );
    const stored = Buffer.concat([gzipSync(many.join('')), Buffer.from([0, 1])]);
    const got = await readAll(input(stored, [4096]));
    expect(got.error!.message).toMatch('other data follows the gzip data');
  });

  for (const chunk of [1, 7, 1000]) {
    test(`many members, chunks of ${chunk}`, async () => {
      expect((await readAll(input(members, [chunk]))).records.map(r => r.text)).toEqual([A, B]);
    });
    test(`cut, chunks of ${chunk}`, async () => {
      for (const length of [2, 5, 30, members.length - 1]) {
        const { error } = await readAll(input(members.subarray(0, length), [chunk]));
        expect(error).toBeInstanceOf(InputError);
        expect(error!.message).toMatch(/^test\.json: the gzip data ends too early/);
      }
    });
    test(`damaged, chunks of ${chunk}`, async () => {
      const damaged = Buffer.from(gzipSync(text));
      damaged[damaged.length - 6]! ^= 1;
      const { error } = await readAll(input(damaged, [chunk]));
      expect(error).toBeInstanceOf(InputError);
      expect(error!.message).toMatch(/^test\.json: the gzip data is bad \(incorrect data check\)/);
    });
    test(`data that hides behind zeros is seen, chunks of ${chunk} and more`, async () => {
      const hidden = Buffer.concat([members, Buffer.alloc(1), Buffer.alloc(1, 1)]);
      const { error } = await readAll(input(hidden, [chunk, 20, 1 << 20]));
      expect(error!.message).toMatch('other data follows the gzip data');
    });
    test(`zeros may follow, other data may not, chunks of ${chunk}`, async () => {
      const padded = Buffer.concat([members, Buffer.alloc(50)]);
      expect((await readAll(input(padded, [chunk]))).records).toHaveLength(2);
      const hidden = Buffer.concat([padded, gzipSync(text)]);
      expect((await readAll(input(hidden, [chunk]))).error!.message).toMatch(
        'other data follows the gzip data',
      );
      const junk = Buffer.concat([members, Buffer.from('junk')]);
      expect((await readAll(input(junk, [chunk]))).error).toBeInstanceOf(InputError);
    });
  }
});

describe('inputs', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'source-'));
    await writeFile(join(folder, 'b.json'), `[${B}]`);
    await writeFile(join(folder, 'a.json'), `[${A}]`);
    await writeFile(join(folder, '[ab].json'), '[]');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('files as they are given, globs sorted, a path that reads as a glob is itself', async () => {
    const at = (name: string) => join(folder, name);
    const found = await resolveInputs([at('b.json'), '-', at('[ab].json'), at('?.json')]);
    expect(found.map(({ file, index }) => [file, index])).toEqual([
      [at('b.json'), 0],
      ['standard input', 1],
      [at('[ab].json'), 2],
      [at('a.json'), 3],
      [at('b.json'), 4],
    ]);
    expect(found.map(({ path, size }) => [path !== undefined, size])).toEqual([
      [true, 30],
      [false, undefined],
      [true, 2],
      [true, 30],
      [true, 30],
    ]);
  });

  test('what cannot be an input', async () => {
    await expect(resolveInputs([join(folder, 'none.json')])).rejects.toThrow(/none\.json" does not exist/);
    await expect(resolveInputs([join(folder, 'a.json', 'b')])).rejects.toThrow(UsageError);
    await expect(resolveInputs([join(folder, '*.csv')])).rejects.toThrow(/no file matches ".*\*\.csv"/);
    await expect(resolveInputs([folder])).rejects.toThrow(/is a directory: name its files/);
    await expect(resolveInputs(['-', '-'])).rejects.toThrow(UsageError);
  });

  test('a file is read, with progress', async () => {
    const progress: unknown[] = [];
    const [file] = await resolveInputs([join(folder, 'a.json')]);
    for await (const batch of readRecords(file!, { onProgress: (...args) => progress.push(args) })) {
      expect(batch[0]!.bytes.toString()).toBe(A);
    }
    expect(progress).toEqual([[30, 30]]);
  });

  test('a file that cannot be read says which', async () => {
    const path = join(folder, 'gone.json');
    await writeFile(path, '[]');
    const gone = await fileInput(path, 0);
    await rm(path);
    expect((await readAll(gone)).error).toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining(path),
    });
  });

  test.skipIf(process.platform !== 'linux')('a read that fails says where', async () => {
    const { error } = await readAll(await fileInput('/proc/self/mem', 0));
    expect(error).toMatchObject({ code: 'EIO', message: expect.stringContaining("'/proc/self/mem'") });
  });

  test('standard input is any stream, in any pieces', async () => {
    const bytes = gzipSync(`${A}\n${B}`);
    const stream = Readable.from([...bytes].map(byte => Buffer.from([byte])));
    expect((await readAll(standardInput(0, stream))).records.map(r => r.text)).toEqual([A, B]);
  });

  test('a signal ends it, with its reason', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const stream = Readable.from(
      (function* () {
        for (;;) yield Buffer.from(`${A}\n`);
      })(),
    );
    const reading = readRecords(standardInput(0, stream), {}, { signal: controller.signal, windowBytes: 64 });
    await reading.next();
    controller.abort(reason);
    await expect(reading.next()).rejects.toSatisfy(
      error => error === reason || (error as Error).cause === reason,
    );
    expect(stream.destroyed).toBe(true);
  });

  test('who stops reading closes the input', async () => {
    let closed = false;
    async function* open() {
      try {
        for (;;) yield Buffer.from(`${A}\n`);
      } finally {
        closed = true;
      }
    }
    for await (const _ of readRecords({ file: 'endless', index: 0, open }, {}, { windowBytes: 64 })) break;
    expect(closed).toBe(true);
  });
});
