/** Hints of `build` about options without effect, and about catalogues that it probably reads in a wrong way. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { call } from '#test/support/run-command.ts';
import { starFolder } from './star-folder.ts';

const { at, write } = starFolder();

/** Builds a set from a text. */
async function build(name: string, text: string, ...options: string[]) {
  const input = write(name, text);
  const plain = await call(['build', input, '--out', at(`${name}-set`), ...options]);
  const json = await call(['build', input, '--out', at(`${name}-json`), '--json', ...options]);
  return {
    ...plain,
    json: json.stdout === '' ? undefined : JSON.parse(json.stdout),
    jsonStderr: json.stderr,
  };
}

const NAMELESS = '{"id":"a","x":1,"y":2,"z":3}\n{"id":"b","x":2,"y":2,"z":3,"alias":"B"}\n';

describe('a map without effect', () => {
  const cases: [path: string, unused: boolean][] = [
    ['name=typo', true],
    ['name=alias', false],
    ['region=alias.deep', true],
    ['xyz=gone', true],
    ['x=gone', true],
    ['x=-y*2', false],
  ];
  for (const [entry, isUnused] of cases) {
    test(`${entry}: ${isUnused ? 'a warning, an error with --strict' : 'none, it has one'}`, async () => {
      const name = entry.replace(/\W/g, '-');
      const { code, stderr, json, jsonStderr } = await build(name, NAMELESS, '--map', entry);
      const path = entry.slice(entry.indexOf('=') + 1);
      const warning = `haven-chunks: no record has a value at "${path}", which --map ${entry} names\n`;
      expect(code).toBe(0);
      expect([stderr, jsonStderr]).toEqual(isUnused ? [warning, warning] : ['', '']);
      expect(json.unusedMaps).toEqual(isUnused ? [entry] : []);
      const out = at(`${name}-strict`);
      const strict = await call(['build', at(name), '--out', out, '--map', entry, '--strict']);
      expect(strict.code).toBe(isUnused ? 2 : 0);
      expect(existsSync(out)).toBe(!isUnused);
      if (isUnused) expect(strict.stderr).toContain(`--strict: no record has a value at "${path}"`);
    });
  }
  test('is none in an empty catalogue, and one in a column of CSV', async () => {
    expect((await build('empty.json', '[]', '--map', 'name=typo')).json.unusedMaps).toEqual([]);
    const csv = await build('typo.csv', 'id,x,y,z\na,1,2,3\n', '--map', 'name=typo');
    expect(csv.json.unusedMaps).toEqual(['name=typo']);
  });
});

describe('systems that are named by their ids', () => {
  const hyg = 'id,hip,proper,ra,dec,dist,x,y,z\n0,,Sol,0,0,0,0,0,0\n1,88,,1,2,3,1,2,3\n';
  test('a field that looks like a name is suggested, once', async () => {
    const { stderr, json } = await build('hyg.csv', hyg);
    expect(stderr).toBe(
      'haven-chunks: all systems are named by their ids; the field "proper" looks like a name: --map name=proper\n',
    );
    expect(json.nameField).toBe('proper');
    const odd = await build('odd.json', '[{"id":1,"x":1,"y":1,"z":1,"Name":"A"}]');
    expect(odd.stderr).toContain('--map name=Name');
  });
  test('nothing is suggested where some have names, or no field is sure to be one', async () => {
    for (const [name, text, ...options] of [
      ['mapped.csv', hyg, '--map', 'name=proper'],
      ['named.json', '[{"id":"a","x":1,"y":1,"z":1,"title":"A"},{"id":"b","name":"B","x":2,"y":1,"z":1}]'],
      ['keyed.json', '{"A":{"x":1,"y":1,"z":1,"title":"Of A"}}'],
      ['other.csv', 'id,x,y,z,hip,label_size\na,1,2,3,x,y\n'],
      ['number.json', '[{"id":"a","x":1,"y":1,"z":1,"title":7,"proper":" "}]'],
    ] as const) {
      const { stderr, json } = await build(name, text, ...options);
      expect([name, stderr, json?.nameField]).toEqual([name, '', null]);
    }
  });
  test('neither id nor name: the field is in the message', async () => {
    const csv = await build('nameless.csv', 'proper,x,y,z\nSol,0,0,0\n');
    expect(csv.stderr).toContain('the column "proper" looks like a name: --map name=proper');
    const json = await build('nameless.json', '[{"display_name":"Sol","x":0,"y":0,"z":0}]');
    expect(json.stderr).toContain('the field "display_name" looks like a name: --map name=display_name');
  });
});

test('a decimal comma is named, with the number to write', async () => {
  const advice = 'it has a decimal comma: write a point, -1.5';
  const own = await build('comma.csv', 'id;x;y;z\na;-1,5;2;3\n');
  expect(own.stderr).toMatch(new RegExp(`field x: x is the string "-1,5", expected a number.*; ${advice}`));
  const mapped = await build('comma.json', '[{"id":"a","px":"-1,5","y":2,"z":3}]', '--map', 'x=px');
  expect(mapped.stderr).toContain(advice);
  const beside = await build('beside.csv', 'id;x;y;z;ra;dec;dist\na;-1,5;2;3;10;20;30\n');
  expect(beside.stderr).toContain(advice);
  expect(beside.stderr).not.toContain('--map');
  const list = await build('list.json', '[{"id":"a","x":"1,5,2","y":2,"z":3}]');
  expect(list.stderr).not.toContain('decimal');
});

describe('an invalid input or size', () => {
  test('a URL: what a build reads, and what to do with a chunk set', async () => {
    const { code, stderr } = await call(['build', 'https://example.org/my set', '--out', at('url')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is a URL, but build reads local files \(JSON, NDJSON.*SQLite\)/);
    expect(stderr).toContain("haven-chunks export 'https://example.org/my set' --to catalogue.ndjson");
  });
  const sizes: [size: string, message: RegExp][] = [
    ['5', /the memory is 5 bytes, expected at least 128 MiB for 2 workers.*\. Did you mean 5GB\?/],
    ['512', /the memory is 512 bytes.*\. Did you mean 512MB\?/],
    [
      '1MB',
      /the memory is 1000000 bytes, expected at least 128 MiB for 2 workers, 64 MiB each: give more, such as 4GB, or fewer workers\n/,
    ],
    ['32MiB', /the memory is 33554432 bytes.* or fewer workers\n/],
  ];
  for (const [size, message] of sizes) {
    test(`--memory ${size}`, async () => {
      const options = ['--out', at('small'), '--workers', '2', '--memory', size];
      const { code, stderr } = await call(['build', at('systems.ndjson'), ...options]);
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
    });
  }
});
