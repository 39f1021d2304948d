import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { build } from '#pipeline/index.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { call, jsonLines, run } from '#test/support/run-command.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at, write } = starFolder();

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
      ...[
        'generation',
        'systems',
        'planets',
        'moons',
        'stations',
        'rejected',
        'skipped',
        'identical',
        'duplicates',
      ],
      ...['truncatedTexts', 'leftOut', 'missingFields', 'missingFacets', 'unusedMaps', 'nameField', 'facets'],
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
    expect(stdout).toMatch(/\n {2}chunks +1 file +\d+ B +\d+\n/);
    expect(stdout).toMatch(
      /\n {2}names +2 files +\d+ B +\d+\n[\s\S]*\n {2}total +17 files +\S+ k?B +[\d,]+ bytes per system\n/,
    );
    expect(stdout).toMatch(
      /1 record rejected; all in .*mixed-rejects\.ndjson\n.*line 1, \["B"\]: field x: x is null/,
    );
    expect(stdout).toMatch(/\n {2}facets: region\n/);
    expect(stdout).toContain('1 entry skipped: not systems, by key or type; _meta is kept\n');
    expect(stdout).not.toContain('earlier');

    const again = await call(['build', at('systems.ndjson'), '--out', at('person')]);
    expect(again.stdout).toMatch(/\d files of earlier generations kept/);
  });

  test('says what is lost, and nothing else, with --quiet', async () => {
    const records = [...STARS.slice(0, 2), { ...STARS[0], x: 1 }, { id: 'bad', x: 'north', y: 0, z: 0 }];
    const input = write('lost.ndjson', ndjson(records));
    const args = ['build', input, '--out', at('lost'), '--quiet', '--on-duplicate', 'first'];
    const listed = await call([...args, '--rejects', at('listed.ndjson')]);
    expect(listed).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await call(args)).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(
        /^haven-chunks: 1 record rejected; --rejects FILE lists them\n {2}.*line 4: field x: .*\n1 duplicate left out: .*\n$/,
      ),
    });
  });

  test('says of which facets that were named no system has a value; --strict writes nothing then', async () => {
    const args = ['build', at('systems.ndjson'), '--out', at('facets'), '--facets', 'notes.x,region,odd=a|b'];
    const built = await call([...args, '--json']);
    expect(built.stderr.match(/no system has.*/g)).toEqual([
      'no system has a value of the facet "notes.x", which --facets names',
      'no system has a value of the facet "odd", which --facets names',
    ]);
    const { missingFacets, facets } = JSON.parse(built.stdout);
    expect(missingFacets).toEqual(['notes.x', 'odd']);
    const none = { systems: 0, values: 0, leftOut: 0 };
    expect(facets).toEqual([
      { field: 'notes.x', ...none },
      { field: 'odd', ...none },
      { field: 'region', systems: 60, values: 60, leftOut: 0 },
    ]);
    expect((await call(args)).stdout).toMatch(
      /\n {2}facets: region\n {2}no system has a value of the facet notes\.x\n/,
    );
    const strict = await call([...args.with(3, at('strict')), '--strict']);
    expect(strict).toMatchObject({ code: 2, stdout: '' });
    expect(strict.stderr).toContain(
      '--strict: no system has a value of the facet "notes.x" (notes.x), which',
    );
    expect(existsSync(join(at('strict'), 'index.json'))).toBe(false);
    const wrong = await call([...args.slice(0, -1), 'a[0]']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('"a[0]" is not a path of names, such as planets.materials');
  });

  test('without facets has none; by default it has those that occur', async () => {
    const build = async (name: string, ...facets: string[]) => {
      expect(
        await call(['build', at('systems.ndjson'), '--out', at(name), '--quiet', ...facets]),
      ).toMatchObject({ code: 0 });
      return JSON.parse(readFileSync(join(at(name), 'index.json'), 'utf8'));
    };
    const none = await build('no-facets', '--facets', 'none');
    expect([none.options.facets, none.facets]).toEqual([
      [],
      { root: null, overview: null, valueSample: null },
    ]);
    expect(existsSync(join(at('no-facets'), 'facets'))).toBe(false);
    const { facets } = await build('default-facets');
    expect([facets.root, facets.overview]).not.toContain(null);
  });

  test('says of which fields that were named no system has any', async () => {
    const fields = ['--summary', 'distance,size', '--search-fields', 'name,notes', '--preview-field', 'x'];
    const { stderr } = await call(['build', at('systems.ndjson'), '--out', at('fields'), ...fields]);
    expect(stderr.match(/no system has.*/g)).toEqual([
      'no system has a field "size", which --summary names',
      'no system has a field "notes", which --search-fields names',
    ]);
    const plain = await call(['build', at('systems.ndjson'), '--out', at('plain')]);
    expect(plain.stderr).toBe('');
  });

  test('--rejects has a line for each, with place and record; empty where there are none', async () => {
    const lines = ['{"id":"a","x":1,"y":2,"z":3}', ' {"id":"b","x":"?","y":-0,"z":3}', '7'];
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
          reason: expect.stringMatching(/^x is .*"\?"/),
        },
        record: { id: 'b', x: '?', y: -0, z: 3 },
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
      stderr: expect.stringMatching(/line 2.*"a" is already the id/),
    });
    await call(['build', twice, '--out', at('twice'), '--on-duplicate', 'last', '--quiet']);
    const { stdout } = await call(['export', at('twice'), '--to', '-', '--quiet']);
    expect(jsonLines(stdout)).toMatchObject([{ name: '2' }]);
  });

  test('--rejects lists what is left out for a different system of the same id, also for one with an id of its own', async () => {
    // The id of the first is derived from its key; the last is identical to the one that is kept.
    const keyed = write('keyed.json', '{"Sol": {"x":1,"y":2,"z":3}}');
    const own = write('own.ndjson', '{"id":"SYS_Sol","x":4,"y":5,"z":6}\n'.repeat(2));
    const file = at('left-out.ndjson');
    const { code, stdout } = await call(['build', keyed, own, '--out', at('sol'), '--rejects', file]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/1 duplicate left out.*; all in .*left-out\.ndjson\n.*1 identical copy left out/);
    const duplicate = (input: string, line: number, column: number, offset: number) => ({
      ...{ file: input, line, column, offset, field: 'id' },
      reason: expect.stringMatching(/^a different system with the id "SYS_Sol" is kept/),
    });
    expect(jsonLines(readFileSync(file, 'utf8'))).toEqual([duplicate(keyed, 1, 9, 8)]);

    const other = write('other.ndjson', '\n {"id":"SYS_Sol","x":7,"y":8,"z":9}');
    for (const [policy, expected] of [
      ['first', [duplicate(keyed, 1, 9, 8), duplicate(other, 2, 2, 2)]],
      ['last', [duplicate(keyed, 1, 9, 8), duplicate(own, 1, 1, 0)]],
    ] as const) {
      const args = ['build', keyed, own, other, '--out', at('sol'), '--on-duplicate', policy];
      const { stdout } = await call([...args, '--rejects', file, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ systems: 1, identical: 1, duplicates: 2, rejected: 0 });
      expect(jsonLines(readFileSync(file, 'utf8'))).toEqual(expected);
    }
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
      ...['--facets', 'sentinel,photo=planets.photo|photo'],
    ];
    const args = ['build', '-', '--out', at('piped'), ...options, '--memory', '200MB', '--quiet'];
    expect(await run(args, ndjson(STARS))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(join(at('piped'), 'index.json'), 'utf8')).options).toMatchObject({
      chunkLimit: 5,
      detailWeight: 2000,
      summary: ['photo', 'planets'],
      preview: { size: 2, field: 'distance', order: 'highest' },
      search: { mode: 'words', fields: ['name', 'photo'] },
      facets: [
        { field: 'photo', paths: ['photo', 'planets.photo'] },
        { field: 'sentinel', paths: ['sentinel'] },
      ],
    });
  });

  test('at a URL says to publish there, and writes nothing; a file URL is a path', async () => {
    for (const out of ['s3://bucket/set', 'https://example.org/set']) {
      const { code, stdout, stderr } = await call(['build', at('systems.ndjson'), '--out', out]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(
        `${out} is not a folder: build a set in a folder, then publish the folder there`,
      );
      await expect(build([at('systems.ndjson')], out)).rejects.toThrow('is not a folder');
      expect(existsSync(out.slice(0, out.indexOf('//')))).toBe(false);
    }
    const { href } = pathToFileURL(at('by url'));
    expect((await call(['build', at('systems.ndjson'), '--out', href, '--quiet'])).code).toBe(0);
    expect(existsSync(join(at('by url'), 'index.json'))).toBe(true);
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

  test('a folder that is not there: exit code 2, before any work', async () => {
    const args = ['build', at('systems.ndjson'), '--out', at('x'), '--rejects', at('missing/why.ndjson')];
    expect(await call(args)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/missing\/why\.ndjson: its folder does not exist/),
    });
    expect(existsSync(at('x'))).toBe(false);
  });
});
