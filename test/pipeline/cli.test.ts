import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { galaxySystems } from '../../data/galaxy.ts';
import manifest from '../../package.json' with { type: 'json' };
import { call, jsonLines, run } from '../support/command.ts';
import { startServer } from '../support/http.ts';
import { ndjson, temporaryFolder } from '../support/sets.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
afterAll(() => folder.remove());

/** Systems on a line, at 0, 1, 2 and so on; every tenth has two planets of one moon each, and a station. */
const RECORDS = Array.from({ length: 60 }, (_, i) => ({
  id: `S${String(i).padStart(2, '0')}`,
  name: `Star ${i}`,
  x: i === 0 ? -0 : i,
  y: 0,
  z: 0,
  region: i < 30 ? 'West' : 'East',
  ...(i % 10 === 0 && {
    planets: [{ moons: [{ name: 'm' }] }, { moons: [{ name: 'n' }] }],
    space_station: { name: 's' },
    distance: 'far',
  }),
}));

const write = (name: string, text: string) => {
  writeFileSync(at(name), text);
  return at(name);
};

beforeAll(async () => {
  write('systems.ndjson', ndjson(RECORDS));
  const { code } = await call([
    'build',
    at('systems.ndjson'),
    '--out',
    at('set'),
    '--chunk-limit',
    '8',
    '--quiet',
  ]);
  expect(code).toBe(0);
});

describe('help', () => {
  test.each([
    [['--help'], /^A star catalogue.*\n\nUsage: haven-chunks COMMAND[\s\S]*\n {2}build +Builds/],
    [['help', 'build'], /\nUsage: haven-chunks build INPUT\.\.\. --out DIR \[options\]\n/],
    [['build', '--help'], /--chunk-limit N +most systems in a chunk \(default: 1024\)/],
    [['query', 'sphere', '-h'], /--center X,Y,Z/],
    [['query', '--help'], /\n {2}query sphere {2}/],
    [['inspect', '--help'], /Usage: haven-chunks inspect SET\|FILE/],
    [['verify', '--help'], /Usage: haven-chunks verify SET \[options\]/],
    [['export', '--help'], /\nExamples:\n {2}# /],
  ])('%j', async (args, expected) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(expected);
    expect(stdout).toMatch(/Exit codes:\n {2}0 {2}done\n {2}1 {2}the data is bad/);
    expect(stdout.split('\n').filter(line => line.length > 120)).toEqual([]);
  });

  test('the version is that of the package', async () => {
    expect(await call(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });
});

describe('a wrong command: exit code 2, the reason, and how it should be', () => {
  test.each([
    [
      [],
      /a command is missing: build, query sphere, query system, .*, inspect, verify, export\nTry: haven-chunks --help\n$/,
    ],
    [['biuld', 'a'], /unknown command "biuld"; did you mean build\?/],
    [['sphere'], /unknown command "sphere"; did you mean query sphere\?/],
    [['zzzzzzzz'], /unknown command "zzzzzzzz"; there are: build, query sphere/],
    [['query', 'spere', 'a'], /unknown command "query spere"; did you mean query sphere\?/],
    [['query'], /query: what kind\? query sphere/],
    [['build'], /build: INPUT is missing.*\nUsage: haven-chunks build INPUT\.\.\. --out DIR/],
    [['build', 'a.json'], /build: --out is missing\nUsage:/],
    [['build', 'a.json', '--ou', 'b'], /unknown option --ou; did you mean --out\?/],
    [['build', 'a.json', '--out', 'b', '--zzzzzz'], /unknown option --zzzzzz\n/],
    [['build', 'a.json', '--out'], /--out needs a value, DIR; found nothing/],
    [['build', 'a.json', '--out', '--strict'], /--out needs a value, DIR; found --strict/],
    [['build', 'a.json', '--out', 'b', '--strict=1'], /--strict takes no value/],
    [['build', 'a.json', '--out', 'b', '--out', 'c'], /--out is there twice/],
    [
      ['build', 'a.json', '--out', 'b', '--on-duplicate', 'frist'],
      /--on-duplicate is "frist".*did you mean first\?/,
    ],
    [
      ['build', 'a.json', '--out', 'b', '--chunk-limit', '1e3'],
      /--chunk-limit is "1e3"; expected a whole number/,
    ],
    [['build', 'a.json', '--out', 'b', '--preview-order', 'highest'], /give --preview-field as well/],
    [
      ['build', 'a.json', '--out', 'b', '--preview-field', 'x', '--preview-order', 'most'],
      /--preview-order is "most"; expected one of lowest, highest/,
    ],
    [['build', 'a.json', '--out', 'b', '--search', 'word'], /--search is "word".*did you mean words\?/],
    [
      ['build', 'a.json', '--out', 'b', '--search', 'none', '--search-fields', 'x'],
      /leave --search-fields out/,
    ],
    [['build', 'missing.json', '--out', 'b'], /"missing.json" does not exist/],
    [['query', 'sphere', 'a', '--radius', '1'], /--center is missing/],
    [['query', 'sphere', 'a', '--center', '1,2,3'], /--radius is missing; or give a --limit/],
    [
      ['query', 'sphere', 'a', '--center', '1,2', '--radius', '1'],
      /--center is "1,2"; expected three numbers X,Y,Z/,
    ],
    [['query', 'sphere', 'a', '--center', '1,,3', '--radius', '1'], /--center is "1,,3"/],
    [['query', 'sphere', 'a', '--center', '1,2,0x3', '--radius', '1'], /--center is "1,2,0x3"/],
    [
      ['query', 'sphere', 'a', '--center', '1,2,3', '--radius', 'big'],
      /--radius is "big"; expected a number/,
    ],
    [['inspect', 'a', 'b'], /inspect: "b" is one argument too much/],
  ])('%j', async (args, expected) => {
    const { code, stdout, stderr } = await call(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^haven-chunks: .*\n([\s\S]*\n)?Try: haven-chunks .*--help\n$/);
  });

  test('what only the data can tell', async () => {
    const sphere = ['query', 'sphere', at('set'), '--center', '0,0,0'];
    expect(await call([...sphere, '--radius=-1'])).toMatchObject({ code: 2, stdout: '' });
    expect(await call(['build', at('systems.ndjson'), '--out', folder.path])).toMatchObject({ code: 2 });
    expect(await call(['build', at('systems.ndjson'), '--out', at('x'), '--chunk-limit', '0'])).toMatchObject(
      {
        code: 2,
        stderr: expect.stringContaining('the chunk limit is 0'),
      },
    );
    expect(await call(['export', at('set'), '--to', at('x.xml')])).toMatchObject({ code: 2 });
    for (const set of [at('set'), at('set/index.json')]) {
      expect(await call(['export', set, '--to', at('set/index.json')])).toMatchObject({ code: 2 });
    }
    expect(await call([...sphere, '--limit', '1'])).toMatchObject({ code: 0 });
  });
});

describe('build', () => {
  test('--json prints one object, and nothing else is printed where there is no terminal', async () => {
    const { code, stdout, stderr } = await call([
      'build',
      at('systems.ndjson'),
      '--out',
      at('json'),
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.endsWith('}\n')).toBe(true);
    const summary = JSON.parse(stdout);
    expect(Object.keys(summary)).toEqual([
      ...['generation', 'systems', 'planets', 'moons', 'stations', 'rejected', 'skipped', 'duplicates'],
      ...['files', 'bytes', 'seconds', 'peakMemoryBytes'],
    ]);
    const index = JSON.parse(readFileSync(join(at('json'), 'index.json'), 'utf8'));
    expect(summary).toMatchObject({
      generation: index.generation,
      ...{ systems: 60, planets: 12, moons: 12, stations: 6, rejected: 0, skipped: 0, duplicates: 0 },
      seconds: expect.any(Number),
    });
    const files = readdirSync(at('json'), { recursive: true, withFileTypes: true }).filter(of => of.isFile());
    const sizes = files.map(file => readFileSync(join(file.parentPath, file.name)).length);
    expect(summary.files).toBe(files.length);
    expect(summary.bytes).toBe(sizes.reduce((sum, of) => sum + of, 0));
    expect(summary.peakMemoryBytes).toBeGreaterThan(1e7);
  });

  test('prints a summary for a person: counts, parts, losses, what is kept', async () => {
    const input = write('mixed.json', '{"_meta":1,"A":{"x":1,"y":2,"z":3},"B":{"x":null,"y":0,"z":0}}');
    const args = ['build', input, '--out', at('person'), '--rejects', at('mixed-rejects.ndjson')];
    const { code, stdout, stderr } = await call(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(
      /^Built .*person, generation [0-9a-f]{64}\n {2}1 system, 0 planets, 0 moons, 0 stations\n/,
    );
    expect(stdout).toMatch(/\n {2}chunks +1 file +\d+ B\n/);
    expect(stdout).toMatch(
      /\n {2}names +2 files +\d+ B\n[\s\S]*\n {2}together +12 files +\S+ k?B {2}[\d,]+ bytes a system\n/,
    );
    expect(stdout).toMatch(
      /1 record rejected; all in .*mixed-rejects\.ndjson\n.*line 1, \["B"\]: field x: x is null/,
    );
    expect(stdout).toContain('1 entry skipped');
    expect(stdout).not.toContain('earlier');

    const again = await call(['build', at('systems.ndjson'), '--out', at('person')]);
    expect(again.stdout).toMatch(/\d files of earlier generations kept/);
  });

  test('--rejects has a line for each, with place and record; empty where there are none', async () => {
    const lines = ['{"id":"a","x":1,"y":2,"z":3}', ' {"id":"b","x":"1","y":-0,"z":3}', '7'];
    const input = write('rejects.ndjson', `${lines.join('\n')}\n`);
    const file = at('why.ndjson');
    const { code } = await call(['build', input, '--out', at('rejects'), '--rejects', file, '--quiet']);
    expect(code).toBe(0);
    const text = readFileSync(file, 'utf8');
    expect(jsonLines(text)).toEqual([
      {
        ...{
          file: input,
          line: 2,
          column: 2,
          offset: 30,
          field: 'x',
          reason: expect.stringMatching(/^x is the text "1"/),
        },
        record: { id: 'b', x: '1', y: -0, z: 3 },
      },
      {
        file: input,
        line: 3,
        column: 1,
        offset: 62,
        reason: expect.stringMatching(/expected an object/),
        record: 7,
      },
    ]);
    expect(text).toContain('"y":-0');

    await call(['build', at('systems.ndjson'), '--out', at('rejects'), '--rejects', file, '--quiet']);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  test('all rejected, or one with --strict: exit code 1, no set, and the rejects are kept', async () => {
    mkdirSync(at('none'));
    const bad = write('bad.json', '[{"id":"a","x":1,"y":2}]');
    const half = write('half.json', '[{"id":"a","x":1,"y":2},{"id":"b","x":1,"y":2,"z":3}]');
    for (const args of [[bad], [half, '--strict']]) {
      const rejects = join(at('none'), 'why.ndjson');
      const outcome = await call(['build', ...args, '--out', at('none/set'), '--rejects', rejects, '--json']);
      expect(outcome).toMatchObject({ code: 1, stdout: '' });
      expect(outcome.stderr).toMatch(/rejected; nothing was written[\s\S]*\[0\]: field z: z is missing/);
      expect(jsonLines(readFileSync(rejects, 'utf8'))).toMatchObject([{ path: '[0]', field: 'z' }]);
      expect(readdirSync(at('none'))).toEqual(['why.ndjson']);
    }
  });

  test('malformed input and ids used twice: exit code 1 with the place; --on-duplicate decides', async () => {
    const malformed = write('malformed.json', '[{"id":"a","x":1,"y":2,"z":3},\n{"id" 5}]');
    const broken = await call(['build', malformed, '--out', at('broken')]);
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toMatch(/^haven-chunks: .*malformed\.json: malformed JSON at line 2, column 7/);

    const twice = write(
      'twice.ndjson',
      '{"id":"a","name":"1","x":1,"y":2,"z":3}\n{"id":"a","name":"2","x":1,"y":2,"z":3}',
    );
    expect(await call(['build', twice, '--out', at('twice')])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/line 2.*"a" is taken already/),
    });
    await call(['build', twice, '--out', at('twice'), '--on-duplicate', 'last', '--quiet']);
    const { stdout } = await call(['export', at('twice'), '--to', '-', '--quiet']);
    expect(jsonLines(stdout)).toMatchObject([{ name: '2' }]);
  });

  test('reads standard input; options shape the set', async () => {
    const options = [
      '--chunk-limit',
      '5',
      '--detail-weight=2000',
      '--summary',
      'planets, photo',
      '--gzip-level',
      '1',
      ...['--preview-size', '2', '--preview-field', 'distance', '--preview-order', 'highest'],
      ...['--search', 'words', '--search-fields', 'photo,name'],
    ];
    const args = ['build', '-', '--out', at('piped'), ...options, '--work-megabytes', '1', '--quiet'];
    expect(await run(args, ndjson(RECORDS))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(join(at('piped'), 'index.json'), 'utf8')).options).toEqual({
      chunkLimit: 5,
      detailWeight: 2000,
      summary: ['photo', 'planets'],
      preview: { size: 2, field: 'distance', order: 'highest' },
      search: { mode: 'words', fields: ['name', 'photo'] },
    });
  });

  test('refuses to write rejects over an input or into the set', async () => {
    const input = write('precious.json', '[{"id":"a","x":1,"y":2,"z":3}]');
    const before = readFileSync(input, 'utf8');
    for (const rejects of [input, at('refused/rejects.ndjson')]) {
      const glob = input.replace('precious', 'prec*');
      const args = ['build', glob, '--out', at('refused'), '--rejects', rejects];
      mkdirSync(at('refused'), { recursive: true });
      expect(await call(args)).toMatchObject({ code: 2, stdout: '' });
    }
    expect(readFileSync(input, 'utf8')).toBe(before);
  });

  test('a place that cannot be written to: exit code 3', async () => {
    const args = ['build', at('systems.ndjson'), '--out', at('x'), '--rejects', at('missing/why.ndjson')];
    expect(await call(args)).toMatchObject({ code: 3, stderr: expect.stringMatching(/ENOENT.*missing/) });
  });
});

describe('query sphere', () => {
  const sphere = (...args: string[]) => call(['query', 'sphere', at('set'), ...args]);

  test('prints a system a line, nearest first, ties by id', async () => {
    const { code, stdout, stderr } = await sphere('--center', '2,0,0', '--radius', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('{"id":"S02","name":"Star 2","x":2,"y":0,"z":0,"region":"West","distance":0}');
    expect(lines[4]).toBe('{"id":"S04","name":"Star 4","x":4,"y":0,"z":0,"region":"West","distance":2}');
    expect(lines[3]).toContain('"id":"S00","name":"Star 0","x":-0,');
    expect(jsonLines<{ id: string }>(stdout).map(({ id }) => id)).toEqual([
      'S02',
      'S01',
      'S03',
      'S00',
      'S04',
    ]);
  });

  test('takes coordinates below zero in either form, and all of space where a limit is given', async () => {
    const apart = await sphere('--center', '-1,-2.5,3e0', '--limit', '2');
    const joined = await sphere('--center=-1,-2.5,3e0', '--radius', 'Infinity', '--limit=2');
    expect(jsonLines(apart.stdout)).toMatchObject([{ id: 'S00' }, { id: 'S01' }]);
    expect(joined).toEqual(apart);
  });

  test('--min-radius and --details: a shell of whole records, the distance its own', async () => {
    const { stdout } = await sphere(
      '--center',
      '0,0,0',
      '--radius',
      '10',
      '--min-radius',
      '9.5',
      '--details',
    );
    expect(jsonLines(stdout)).toEqual([{ ...RECORDS[10], distance: 10 }]);
  });

  test('no result: exit code 4 and no output', async () => {
    expect(await sphere('--center', '0,9,0', '--radius', '1')).toEqual({ code: 4, stdout: '', stderr: '' });
    expect(await sphere('--center', '0,0,0', '--limit', '0')).toMatchObject({ code: 4 });
  });

  test('--plan and --stats over HTTP: what would be read, what was read', async () => {
    const server = await startServer(at('set'));
    try {
      const args = ['query', 'sphere', server.url, '--center', '0,0,0', '--radius', '5', '--stats'];
      const planned = await call([...args, '--plan']);
      const plan = JSON.parse(planned.stdout);
      expect(server.hits.filter(({ path }) => path.includes('chunks/'))).toEqual([]);
      expect(JSON.parse(planned.stderr)).toMatchObject({ requests: server.hits.length });

      server.hits.length = 0;
      const asked = await call(args);
      const stats = JSON.parse(asked.stderr);
      expect(Object.keys(stats)).toEqual(['requests', 'bytes', 'roundTrips', 'cacheHits', 'ms']);
      expect(stats.requests).toBe(server.hits.length);
      expect(jsonLines(asked.stdout)).toHaveLength(6);
      expect(plan).toMatchObject({ requests: server.hits.length, pages: [{}] });
      const read = server.hits.map(({ path }) => path.slice(-44, -4));
      const { pages, chunks } = plan as Record<'pages' | 'chunks', { hash: string; systems: number }[]>;
      expect(['/index.', ...read.slice(1)].sort()).toEqual(
        ['/index.', ...[...pages, ...chunks].map(({ hash }) => hash)].sort(),
      );
      expect(plan.systems).toBe(chunks.reduce((sum, { systems }) => sum + systems, 0));
    } finally {
      await server.close();
    }
  });

  test('no set, no server: exit code 3; a damaged set: 1; a newer version: 1', async () => {
    const query = ['--center', '0,0,0', '--radius', '5'];
    expect(await call(['query', 'sphere', at('nowhere'), ...query])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('holds no chunk set'),
    });
    const server = await startServer(at('set'), { plan: () => ({ kind: 'status', status: 403 }) });
    const refused = await call(['query', 'sphere', server.url, ...query]);
    await server.close();
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('status 403') });

    const index = readFileSync(join(at('set'), 'index.json'), 'utf8');
    for (const altered of [
      index.replace('"systems":60', '"systems":61'),
      index.replace('"version":1', '"version":9'),
    ]) {
      mkdirSync(at('altered'), { recursive: true });
      writeFileSync(join(at('altered'), 'index.json'), altered);
      expect(await call(['query', 'sphere', at('altered'), ...query])).toMatchObject({ code: 1, stdout: '' });
    }
  });
});

describe('inspect', () => {
  test('a set: by its index and tree, for a person and for a script', async () => {
    const { code, stdout } = await call(['inspect', at('set')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n {2}systems +60\n {2}planets +12\n/);
    expect(stdout).toMatch(/\n {2}x +0 to 59\n/);
    expect(stdout).toMatch(/\nTree: \d+ inner nodes, \d+ leaves, 1 page, \d+ deep\n/);
  });

  test('what it counts is what there is: leaves that share chunks, equal files, every byte', async () => {
    const systems = [...galaxySystems({ count: 500, slim: true })].map(({ id, name, x, y, z }) => ({
      id,
      name,
      x,
      y,
      z,
    }));
    // Far away, two chunks whose details are the same file.
    const equal = Array.from({ length: 40 }, (_, i) => ({ id: `E${i}`, x: 1e9 + i, y: 0, z: 0, note: 'n' }));
    const input = write('scattered.ndjson', ndjson([...systems, ...equal]));
    const options = ['--chunk-limit', '20', '--preview-size', '2', '--quiet'];
    await call(['build', input, '--out', at('scattered'), ...options]);
    const index = join(at('scattered'), 'index.json');
    const json = JSON.parse((await call(['inspect', index, '--json'])).stdout);
    expect(json.index).toEqual(JSON.parse(readFileSync(index, 'utf8')));

    const stored = Object.fromEntries(
      readdirSync(at('scattered')).map(kind => {
        const files = kind === 'index.json' ? ['.'] : readdirSync(join(at('scattered'), kind));
        const sizes = files.map(name => statSync(join(at('scattered'), kind, name)).size);
        return [kind, { files: files.length, bytes: sizes.reduce((sum, of) => sum + of, 0) }];
      }),
    );
    expect(json.stored).toEqual(stored);
    for (const kind of ['chunks', 'details', 'previews', 'tree'])
      expect(json.named[kind].files).toBe(stored[kind]!.files);
    expect(json.chunks.count).toBe(stored['chunks']!.files);
    expect(json.previews.rows).toBe(2 * json.previews.nodes);
    expect(json.previews.nodes).toBeGreaterThan(1);
    expect(json.leaves.count).toBeGreaterThan(json.chunks.count);
    expect(json.named.details.files).toBeLessThan(json.chunks.count);
    expect(json.leaves.count).toBe(json.tree.leaves);
    expect(json.leaves.mean * json.leaves.count).toBeCloseTo(540);
    expect(json.chunks.mean * json.chunks.count).toBeCloseTo(540);
    const tenths: number[] = json.leaves.tenths;
    expect(tenths.reduce((sum, of) => sum + of)).toBe(json.leaves.count);

    const server = await startServer(at('scattered'));
    const remote = await call(['inspect', server.url, '--json']);
    await server.close();
    expect(JSON.parse(remote.stdout)).toEqual({ ...json, location: server.url, stored: null });
  });

  test.each([
    ['chunks', 'chunk', /\n {2}id +\d+ {2}texts, each written out\n/],
    ['details', 'details', /\n {2}planets\[\] +\d+ {2}objects, 1 shape\n/],
    ['previews', 'preview', /\n {2}\{"id":"S\d\d",/],
    ['tree', 'tree page', /\n {2}inner {2}60 systems {2}\[0, 0, 0\] to \[59, 0, 0\]\n {4}/],
  ])('a file in %s', async (kind, says, shows) => {
    const files = readdirSync(join(at('set'), kind)).map(name => join(at('set'), kind, name));
    const dumps = await Promise.all(files.slice(0, 8).map(file => call(['inspect', file])));
    for (const { code, stdout } of dumps) {
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`\\n  kind +${says}\\n`));
      expect(stdout).toContain('whole, and what its name says');
    }
    expect(dumps.map(({ stdout }) => stdout).join('')).toMatch(shows);
    const { value } = JSON.parse((await call(['inspect', files[0]!, '--json'])).stdout);
    expect(value).toBeTypeOf('object');
  });

  test('a file under a false name, or that is no file of the format: exit code 1, and what is wrong', async () => {
    const [name] = readdirSync(join(at('set'), 'chunks'));
    writeFileSync(at('renamed.mpk'), readFileSync(join(at('set'), 'chunks', name!)));
    const renamed = await call(['inspect', at('renamed.mpk')]);
    expect(renamed.code).toBe(1);
    expect(renamed.stdout).toMatch(
      /\n {2}kind +chunk\n[\s\S]*\n {2}state +its name is not its content's hash, [0-9a-f]{40}\n/,
    );
    expect(renamed.stderr).toContain("its name is not its content's hash");
    expect(await call(['inspect', at('systems.ndjson')])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('none of the format'),
    });
    expect(await call(['inspect', at('nowhere')])).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('export', () => {
  test('to a file, with a summary on standard error; to standard output', async () => {
    const { code, stdout, stderr } = await call(['export', at('set'), '--to', at('out.ndjson')]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/^Exported 60 systems to .*out\.ndjson in [\d.]+ s\n$/);
    const printed = await call(['export', at('set'), '--to', '-', '--quiet']);
    expect(printed).toEqual({ code: 0, stdout: readFileSync(at('out.ndjson'), 'utf8'), stderr: '' });
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(jsonLines<{ id: string }>(printed.stdout).sort(byId)).toEqual(RECORDS);
  });

  test('says what the shape has no room for', async () => {
    const input = write('meta.json', '{"_meta":{"a":1},"A":{"x":1,"y":2,"z":3}}');
    await call(['build', input, '--out', at('meta'), '--quiet']);
    const { stderr } = await call(['export', at('meta'), '--to', at('meta-out.ndjson')]);
    expect(stderr).toMatch(/\n {2}1 _meta value of the set left out/);
    expect((await call(['export', at('meta'), '--to', at('meta-out.json')])).stderr).not.toContain(
      'left out',
    );
  });

  test('a missing folder, a damaged set: exit codes 3 and 1', async () => {
    expect(await call(['export', at('set'), '--to', at('missing/x.json')])).toMatchObject({ code: 3 });
    await call(['build', at('systems.ndjson'), '--out', at('damaged'), '--quiet']);
    const [chunk] = readdirSync(join(at('damaged'), 'chunks'));
    writeFileSync(join(at('damaged'), 'chunks', chunk!), 'gone');
    expect(await call(['export', at('damaged'), '--to', at('x.json')])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });
});
