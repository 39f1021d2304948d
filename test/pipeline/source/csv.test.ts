/** CSV and TSV: which rows are records, what their cells become, and where they stand. */

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { InputError } from '#pipeline/index.ts';
import { input, readAll } from './source-tools.ts';

async function records(text: string | Uint8Array, options = {}) {
  const got = await readAll(input(text), options);
  if (got.error) throw got.error;
  expect(got.rejects).toEqual([]);
  return got.records.map(({ text }) => parseJson(text) as JsonObject);
}

const SOL = { name: 'Sol', x: 0, y: -1.5, z: 2e-7 };

describe('formats', () => {
  const rows = 'Sol,0,-1.5,2e-7';
  const cases: Record<string, string | Uint8Array> = {
    plain: `name,x,y,z\n${rows}\n`,
    'without a last line end': `name,x,y,z\n${rows}`,
    CRLF: `name,x,y,z\r\n${rows}\r\n`,
    CR: `name,x,y,z\r${rows}\r`,
    quoted: '"name","x","y","z"\n"Sol","0","-1.5","2e-7"\n',
    'with spaces after commas': 'name, x, y, z\n"Sol", 0, -1.5, 2e-7\nSol, 0, -1.5, 2e-7\n',
    'with a byte order mark': `\uFEFFname,x,y,z\n${rows}\n`,
    gzip: gzipSync(`name,x,y,z\n${rows}\n`),
    TSV: 'name\tx\ty\tz\nSol\t0\t-1.5\t2e-7\n',
    semicolons: 'name;x;y;z\nSol;0;-1.5;2e-7\n',
    'vertical bars': 'name|x|y|z\nSol|0|-1.5|2e-7\n',
    'after comments and blank lines': `# a, b, c\n#\n\n  \nname,x,y,z\n${rows}\n\n \n`,
    'a header of JSON words': `null,name,x,y,z\n,${rows}\n`,
  };
  for (const [name, text] of Object.entries(cases)) {
    test(name, async () => {
      for (const record of await records(text)) expect(record).toEqual(SOL);
      for (const windowBytes of [40, 64]) {
        for (const record of await records(text, { windowBytes })) expect(record).toEqual(SOL);
      }
    });
  }
  test('a place counts what stands before the header', async () => {
    const { records } = await readAll(input('\uFEFF# a\n\nname,x,y,z\nn,1,2,3\n\nm,1,2,3\n', [5]));
    expect(records.map(({ location: { line, offset, column } }) => [line, offset, column])).toEqual([
      [4, 19, 1],
      [6, 28, 1],
    ]);
  });
  test('an empty cell at the beginning of a TSV header has a name', async () => {
    expect(await records('\tname\tx\ty\tz\n7\tSol\t0\t-1.5\t2e-7\n')).toEqual([{ 'column 1': 7, ...SOL }]);
  });
  test('JSON is never taken for CSV', async () => {
    for (const text of [
      ...['[1,2]', '{"a,b":1}', '"a"', '1', '"a,b"\n"c"', '{"id":"a","x":1}\n{"id":"b"}'],
      ...['1\t', '\t-0.5 \t\r\n', '"a"\t', 'null\t\t\n', '\ttrue'],
    ])
      expect((await readAll(input(text))).error).toBeUndefined();
  });
});

test('white space around a JSON value does not make it TSV', async () => {
  for (const text of ['0\t', '\t"a"\t\n', ' null\t ']) {
    const got = await readAll(input(text));
    expect(got.error).toBeUndefined();
    expect(got.records.map(record => record.text)).toEqual([text.trim()]);
  }
});

describe('cells', () => {
  const cell = async (text: string) => (await records(`name,x,y,z,a\nn,1,2,3,${text}\n`))[0]!['a'];
  test('are numbers where JSON would write them so, else strings', async () => {
    for (const text of [
      '0',
      '1',
      '-1.5',
      '0.1',
      '5e-324',
      '1e+21',
      '9007199254740991',
      '123456789012345680000',
    ])
      expect(await cell(text)).toBe(Number(text));
    for (const text of [
      '007',
      '1.50',
      '1.',
      '.5',
      '+1',
      '-0',
      '1e3',
      '1E5',
      '0x1',
      'NaN',
      'Infinity',
      ' 1',
      '1 ',
      'true',
      'null',
      '9007199254740993',
      '1_000',
    ])
      expect(await cell(text)).toBe(text);
    expect(await cell('"5"')).toBe(5);
  });
  test('are absent where they are empty, quoted or not', async () => {
    expect(await records('name,x,y,z,a,b\nn,1,2,3,,""\n')).toEqual([{ name: 'n', x: 1, y: 2, z: 3 }]);
  });
  test('may hold delimiters, quotes and line ends in quotes', async () => {
    expect(await cell('"a,""b""\r\nc\rd\n"')).toBe('a,"b"\r\nc\rd\n');
  });
  test('keep keys and texts of any characters', async () => {
    const text = 'name,x,y,z,__proto__,"k ""é"" 🌟"\nn,1,2,3,"\u2028\\",🌟à\n';
    const [record] = (await readAll(input(text, [1]))).records;
    expect(record!.text).toBe('{"name":"n","x":1,"y":2,"z":3,"__proto__":"\u2028\\\\","k \\"é\\" 🌟":"🌟à"}');
  });
});

/** Any text that a cell can be, and how it may be quoted. */
const cells = fc.record({
  text: fc.oneof(
    fc.string({
      unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', '\t', ';', ' ', '#', 'é', '🌟', '.'),
      maxLength: 6,
    }),
    fc.double({ noNaN: true }).map(String),
  ),
  quoted: fc.boolean(),
});

test('any cells come back, and each row knows its line and byte', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cells, cells), { maxLength: 8 }),
      fc.constantFrom(',', '\t', ';', '|'),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
      async (rows, delimiter, end, chunks) => {
        const cellText = ({ text, quoted }: { text: string; quoted: boolean }) =>
          quoted || /[",;|\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        let text = ['name', 'x', 'y', 'z', 'a', 'b'].join(delimiter) + end;
        const starts: [line: number, offset: number][] = [];
        for (const [i, row] of rows.entries()) {
          starts.push([text.match(/\r\n|\r|\n/g)!.length + 1, Buffer.byteLength(text)]);
          text += [`n${i}`, '1', '2', '3', ...row.map(cellText)].join(delimiter) + end;
        }
        const { records, rejects, error } = await readAll(input(text, chunks));
        expect([error, rejects]).toEqual([undefined, []]);
        expect(records.map(({ location }) => [location.line, location.offset])).toEqual(starts);
        const texts = rows.map(row => row.map(({ text }) => (text === '' ? undefined : text)));
        expect(
          records.map(({ text }) => [JSON.parse(text).a, JSON.parse(text).b].map(value => value?.toString())),
        ).toEqual(texts);
      },
    ),
    { numRuns: 300 },
  ));

describe('rows that are not records', () => {
  const HEADER = 'id,x,y,z\n';
  test('are rejected with their line, and the others are read', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${HEADER}a,1,2,3\nb,1,2\nc,1,2,3,4\n# comment\n`),
      Buffer.from([0xff, 0x41]),
      Buffer.from(',1,2,3\nd,1,2,3\n'),
    ]);
    const { records, rejects, error } = await readAll(input(bytes));
    expect(error).toBeUndefined();
    expect(records.map(({ text }) => JSON.parse(text).id)).toEqual(['a', 'd']);
    expect(rejects.map(({ location, field, reason }) => [location.line, field, reason])).toEqual([
      [3, undefined, expect.stringMatching(/^the row has 3 cells, expected 4 as in the header: quote/)],
      [4, undefined, expect.stringMatching(/^the row has 5 cells/)],
      [5, undefined, expect.stringMatching(/comment lines are allowed only before the header/)],
      [6, 'id', expect.stringMatching(/not valid UTF-8/)],
    ]);
  });
  const malformed: Record<string, [string, RegExp]> = {
    'a quote inside a cell': [
      'a,1,2,3\nb,6" scope,2,3\n',
      /line 3 \(byte 17\): a quote inside a cell without quotes/,
    ],
    'text after a quote': ['a,1,2,3\n"b"c,1,2,3\n', /line 3 \(byte 17\): after the closing quote of a cell/],
    'a quote that is never closed': [
      'a,1,2,3\n"b,1,2,3\nc,1,2,3',
      /line 3 \(byte 17\): the input ends inside a quoted cell/,
    ],
  };
  for (const [name, [rows, message]] of Object.entries(malformed)) {
    test(`${name} ends the reading, after the rows before it`, async () => {
      for (const chunks of [[1], [1000]]) {
        const { records, error } = await readAll(input(HEADER + rows, chunks), { windowBytes: 64 });
        expect(error).toBeInstanceOf(InputError);
        expect(error!.message).toMatch(message);
        expect(records.map(({ text }) => JSON.parse(text).id)).toEqual(['a']);
      }
    });
  }
  test('a row that is too long is an error, not a matter of memory', async () => {
    const { error } = await readAll(input(`${HEADER}a,1,2,"${'x'.repeat(5000)}`), {
      recordBytes: 1000,
      windowBytes: 64,
    });
    expect(error).toBeInstanceOf(InputError);
    expect(error!.message).toMatch(/line 2 .*longer than the maximum size of a record/);
  });
});

describe('headers', () => {
  const cases: Record<string, [string, RegExp]> = {
    'without a position': [
      'Sector\tHex\tName\nSpin\t0101\tX\n',
      /^test\.json looks like TSV, with the columns Sector, Hex, Name: x, y and z are missing; name the columns/,
    ],
    'after comments': [
      '# NASA archive\npl_name,ra\n',
      /^test\.json looks like CSV with comment lines, with the columns pl_name, ra: x, y and z are missing/,
    ],
    'with angles': ['pl_name,ra,dec,sy_dist\n', /other columns: --map 'xyz=radec\(ra,dec,sy_dist\)'/],
    'with a parallax': ['id,RAJ2000,DEJ2000,Plx\n', /--map 'xyz=radec\(RAJ2000,DEJ2000,Plx mas\)'/],
    'in capitals': ['id,X,Y,Z\n', /--map x=X --map y=Y --map z=Z/],
    'with odd names': ['id,pos X,pos Y,pos Z\n', /--map 'x=\["pos X"\]' --map 'y=\["pos Y"\]'/],
    'without a name': [
      'x,y,z\n1,2,3\n',
      /id and name are missing; name a column that holds one: --map name=COLUMN/,
    ],
    'of numbers': ['1,2,3\n', /its header \(line 1\) contains the number 1, expected names of columns/],
    'with a name twice': ['id,x,y,z,x\n', /names the column "x" twice/],
  };
  for (const [name, [text, message]] of Object.entries(cases)) {
    test(name, async () => {
      const { error } = await readAll(input(text));
      expect(error).toBeInstanceOf(InputError);
      expect(error!.message).toMatch(message);
    });
  }
  test('a header alone is an empty catalogue', async () => {
    expect(await records('name,x,y,z\n')).toEqual([]);
    expect(await records('name,x_cords,y_cords,z_cords')).toEqual([]);
  });
  test('a map makes the position', async () => {
    const text = 'name,ra,dec,plx\nn,6,0,100\n';
    const got = await records(text, { map: { xyz: 'radec(ra h, dec, plx mas)' } });
    expect(got).toEqual([{ name: 'n', ra: 6, dec: 0, plx: 100, x: expect.closeTo(0, 12), y: 10, z: 0 }]);
    const flat = await records('coords.x,coords.y,coords.z,id\n1,2,3,i\n', {
      map: { x: 'coords.x', y: '-coords.y', z: 'coords.z/2' },
    });
    expect(flat).toEqual([{ id: 'i', 'coords.x': 1, 'coords.y': 2, 'coords.z': 3, x: 1, y: -2, z: 1.5 }]);
    const { error } = await readAll(input(text), { map: { x: 'nope' } });
    expect(error!.message).toMatch(/columns name, ra, dec, plx: nope is missing or null \(map x=nope\)/);
  });
});
