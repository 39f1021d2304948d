/** Catalogues as people have them: each builds as it is or with the command that a message gives, or it says what it is. */
import { writeFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());
const at = (name: string) => `${folder.path}/${name}`;
let sets = 0;

/** Builds an input and exports the set: its records, by their names. */
async function records(file: string, options: readonly string[] = []): Promise<JsonObject[]> {
  const set = at(`set-${++sets}`);
  const built = await call(['build', at(file), '--out', set, '--quiet', ...options]);
  expect(built).toMatchObject({ code: 0, stdout: '' });
  const { stdout, code } = await call(['export', set, '--to', '-']);
  expect(code).toBe(0);
  return jsonLines<JsonObject>(stdout).sort((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1));
}

async function refusal(file: string): Promise<string> {
  const { code, stdout, stderr } = await call(['build', at(file), '--out', at('none')]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  return stderr;
}

function write(file: string, content: string | Uint8Array): string {
  writeFileSync(at(file), content);
  return file;
}

const GALAXY = `[
\t{"id64":10477373803,"name":"Sol","coords":{"x":0,"y":0,"z":0},"allegiance":"Federation","bodies":[{"id64":36028807496337835,"bodyId":1,"name":"Sol","type":"Star"}]},
\t{"id64":9223372036854775807,"name":"Colonia","coords":{"x":-9530.5,"y":-910.28125,"z":19808.125}}
]`;

describe('detected', () => {
  test('CSV with and without quotes', async () => {
    const sol = { id: 0, proper: 'Sol', x: 0.000005, y: 0, z: 0 };
    write('hyg.csv', '"id","hip","proper","x","y","z"\n"0","","Sol","0.000005","0","0"\n');
    expect(await records('hyg.csv')).toEqual([sol]);
    write('hyg3.csv.gz', gzipSync('id,hip,proper,x,y,z\n0,,Sol,0.000005,0,0\n'));
    expect(await records('hyg3.csv.gz')).toEqual([sol]);
    write('s.csv', 'name,x,y,z\nSol,0,0,0\n');
    expect(await records('s.csv')).toEqual([{ name: 'Sol', x: 0, y: 0, z: 0 }]);
  });
  test('GeoJSON, also as a text sequence', async () => {
    const feature =
      '{"type":"Feature","id":1,"properties":{"name":"Sirius"},"geometry":{"type":"Point","coordinates":[1,2,3]}}';
    const sirius = [{ id: 1, name: 'Sirius', x: 1, y: 2, z: 3 }];
    expect(await records(write('f.geojson', `{"type":"FeatureCollection","features":[${feature}]}`))).toEqual(
      sirius,
    );
    expect(await records(write('f.geojsons', `\x1e${feature}\n`))).toEqual(sirius);
  });
  test('an Elite Dangerous dump, in zstd; ids keep their digits', async () => {
    write('galaxy.json.zst', zstdCompressSync(GALAXY));
    const [colonia, sol] = await records('galaxy.json.zst');
    expect(sol).toMatchObject({ id64: 10477373803, name: 'Sol', x: 0, coords: { x: 0, y: 0, z: 0 } });
    expect(colonia).toMatchObject({ name: 'Colonia', x: -9530.5, y: -910.28125, z: 19808.125 });
    const found = await call(['query', 'system', at(`set-${sets}`), '--id', '9223372036854775807', '--json']);
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('Colonia') });
    const { stdout } = await call(['export', at(`set-${sets}`), '--to', '-']);
    expect(stdout).toContain('"id64":9223372036854775807');
  });
  test('numbers as strings', async () => {
    expect(await records(write('str.ndjson', '{"id":"1","name":"a","x":"1.5","y":"2","z":"3"}\n'))).toEqual([
      { id: '1', name: 'a', x: 1.5, y: 2, z: 3 },
    ]);
  });
  test('a JSON text sequence', async () => {
    const record = { id: '1', name: 'a', x: 1, y: 2, z: 3 };
    const text = JSON.stringify(record);
    expect(await records(write('seq.json', `\x1e${text}\n\x1e${text.replace('"1"', '"2"')}\n`))).toEqual([
      record,
      { ...record, id: '2' },
    ]);
  });
});

/** The options in a message, as a shell reads them. */
function optionsIn(message: string): string[] {
  return [...message.matchAll(/--map (?:'([^']*)'|(\S+))/g)].flatMap(([, quoted, bare]) => [
    '--map',
    quoted ?? bare!,
  ]);
}

describe('with the options of the message', () => {
  const cases: Record<string, [content: string, more: string[], expected: JsonObject]> = {
    'nested.ndjson': [
      '{"name":"a","star":{"pos":{"x":1,"y":"2","z":3}}}\n{"name":"b"}\n',
      [],
      { name: 'a', x: 1, y: 2, z: 3, star: { pos: { x: 1, y: '2', z: 3 } } },
    ],
    'capitals.json': [
      '[{"name":"a","X":1,"Y":2,"Z":3}]',
      [],
      { name: 'a', X: 1, Y: 2, Z: 3, x: 1, y: 2, z: 3 },
    ],
    'archive.csv': [
      '# NASA Exoplanet Archive\n#\npl_name,ra,dec,sy_dist\na,0,0,10\n',
      ['--map', 'name=pl_name'],
      { name: 'a', pl_name: 'a', ra: 0, dec: 0, sy_dist: 10, x: 10, y: 0, z: 0 },
    ],
  };
  for (const [file, [content, more, expected]] of Object.entries(cases)) {
    test(file, async () => {
      write(file, content);
      const message = await refusal(file);
      const options = optionsIn(message);
      expect(options.length).toBeGreaterThan(0);
      expect((await records(file, [...options, ...more]))[0]).toEqual(expected);
    });
  }
  test('a build that goes on suggests them too', async () => {
    write('mixed.ndjson', '{"name":"a","x":1,"y":2,"z":3}\n{"name":"b","pos":[4,5,6]}\n');
    const { stdout } = await call(['build', at('mixed.ndjson'), '--out', at('mixed')]);
    expect(stdout).toContain('the position may be in other fields: --map xyz=pos\n');
    expect(await records('mixed.ndjson', ['--map', 'xyz=pos'])).toHaveLength(2);
  });
});

test('text that is none of it says what it looks like', async () => {
  expect(await refusal(write('t.tsv', 'Sector\tHex\tName\nSpin\t0101\tX\n'))).toMatch(
    /t\.tsv looks like TSV, with the columns Sector, Hex, Name: x, y and z are missing; name the columns that hold the position: --map x=COLUMN/,
  );
  expect(await refusal(write('c2.json', '//c\n{"a":1}\n'))).toMatch(/c2\.json looks like JSON with comments/);
  expect(await refusal(write('plain.txt', 'nothing here'))).toMatch(/plain\.txt: malformed JSON/);
});

test('--map without a mapping is a wrong command', async () => {
  write('s.csv', 'name,x,y,z\nSol,0,0,0\n');
  const code = async (...options: string[]) => {
    const { code, stderr } = await call(['build', at('s.csv'), '--out', at('none'), ...options]);
    expect(code).toBe(2);
    return stderr;
  };
  expect(await code('--map', 'x')).toMatch(
    /--map is "x"; expected FIELD=PATH, with FIELD one of id, name, region, x, y, z, xyz/,
  );
  expect(await code('--map', 'w=x')).toMatch(/--map is "w=x"/);
  expect(await code('--map', 'x=a', '--map', 'x=b')).toMatch(/--map x is given twice: give it once/);
  expect(await code('--map', 'x=a b')).toMatch(/map: x=a b: expected a path, .*found " b"/);
});
