/** Faults of JSON texts, and inputs that are none. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InputError } from '#pipeline/index.ts';
import { malformed, readRecords } from '#pipeline/source/index.ts';
import { A, B, input, readAll } from './source-tools.ts';

describe('malformed', () => {
  /** Text with `^` before the byte that is wrong. */
  const cases: Record<string, [string, RegExp]> = {
    'no comma in a list': ['[{}\n ^{}]', /line 2, column 2 \(byte 5\): expected ',' or ']', found "{"/],
    'no comma in an object': ['{"A": {} ^"B": {}}', /expected ',' or '}', found """/],
    'comma at the end of a list': ['[{},^]', /expected a value, found "]"/],
    'comma at the end of an object': ['{"A": {},^}', /expected a key in double quotes, found "}"/],
    'no colon': ['{"A" ^{}}', /expected ':', found "{"/],
    'no key': ['{^1: {}}', /expected a key in double quotes or '}', found "1"/],
    'bad escape in a key': ['{"a^\\x": {}}', /expected a valid character or escape in a string, found "\\"/],
    'control character in a key': ['{"_m": 1, "a^\t": {}}', /found the control character 0x09/],
    'closed by the wrong bracket': ['[{}^}', /expected ',' or ']', found "}"/],
    'text after a list': ['[{}] ^x', /expected nothing after the end of the document, found "x"/],
    'a second list': ['[{}]\n^[]', /expected nothing after the end/],
    'text after an object': ['{"A": {}} ^é', /expected nothing after the end of the document, found "é"/],
    'broken _meta': ['{"_meta": {"a": ^x}, "A": {}}', /in \["_meta"\]: expected a value, found "x"/],
    'broken _key': ['{"_a": [1 ^2], "A": {}}', /in \["_a"\]: expected ',' or a closing bracket/],
    'broken scalar': ['{"A": {}, "B": ^tru}', /in \["B"\]: expected a value, found "t"/],
    'no JSON at all': [
      '\n ^§1',
      /expected JSON or NDJSON, which begins with '{' or '\[', or CSV with a header, found "§"/,
    ],
    'a comment': [
      '[{"a": 1}, ^/* none */ {}]',
      /expected a value, found a comment, which JSON does not allow/,
    ],
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
    'white space': [Buffer.from(' \n\t\r\n'), /contains only white space/],
    'a byte order mark': [Buffer.from('\uFEFF'), /contains only white space/],
    SQLite: [Buffer.from('SQLite format 3\0\x10\0'), /SQLite database inside a stream: give the path/],
    PNG: [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /PNG image/],
    ZIP: [Buffer.from('PK\x03\x04'), /ZIP archive/],
    'UTF-16 with a byte order mark': [Buffer.from('\uFEFF{"a":1}', 'utf16le'), /UTF-16/],
    'UTF-16 without': [Buffer.from('{"a":1}', 'utf16le'), /UTF-16/],
    'UTF-16, big-endian': [Buffer.from('{"a":1}', 'utf16le').swap16(), /UTF-16/],
    'a spreadsheet': [
      Buffer.from('PK\x03\x04\x14\0[Content_Types].xml'),
      /spreadsheet: save its sheet as CSV/,
    ],
    Parquet: [Buffer.from('PAR1\x15\0'), /Parquet file: write it as CSV/],
    PDF: [Buffer.from('%PDF-1.7\n'), /PDF document; expected JSON/],
    tar: [Buffer.concat([Buffer.alloc(257, 'a'), Buffer.from('ustar\0')]), /tar archive: unpack it/],
    'a web page': [Buffer.from('\n<!DOCTYPE html><html a="b,c">'), /web page, not the data/],
    XML: [Buffer.from('<?xml version="1.0"?><VOTABLE>'), /is XML/],
    JavaScript: [Buffer.from('const data = {x: 1, y: 2}'), /looks like JavaScript/],
    'JSON with comments': [Buffer.from('//c\n{"a":1}'), /looks like JSON with comments/],
    'a table with spaces': [
      Buffer.from('name x y z\nSol 0 0 0\n'),
      /line 1, column 1 .*expected JSON or NDJSON, .*or CSV with a header, found "n"/,
    ],
    'JSON after hashes': [Buffer.from('# a\n\n# b, c\n [1]'), /looks like JSON with comments/],
    'other binary data': [
      Buffer.from([0x7a, 0x45, 0x4c, 0x46, 2, 1, 1]),
      /binary data \(it begins with 7a454c46/,
    ],
    'gzip of gzip': [gzipSync(gzipSync(A)), /compressed twice \(gzip data inside\)/],
    'zstd of gzip': [zstdCompressSync(gzipSync(A)), /compressed twice \(gzip data inside\)/],
    'gzip of zstd': [gzipSync(zstdCompressSync(A)), /compressed twice \(zstd data inside\)/],
  };
  for (const [name, [bytes, message]] of Object.entries(cases)) {
    test(name, async () => {
      const { error } = await readAll(input(bytes, [3]));
      expect(error).toBeInstanceOf(InputError);
      expect(error!.message).toMatch(message);
      expect(error!.message).toMatch(/^test\.json/);
    });
  }

  test('text is never called binary', async () => {
    for (const text of [
      'Sector Hex Name',
      'Sector\tHex\tName\n',
      '- name: Sol',
      'é\x1b[0m',
      '\f# title',
      'caf\xe9 a, b\n',
    ]) {
      for (const encoding of ['utf8', 'latin1'] as const) {
        const { error } = await readAll(input(Buffer.from(text, encoding)));
        expect(error).toBeInstanceOf(InputError);
        expect(error!.message).not.toMatch(/binary/);
      }
    }
  });

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
