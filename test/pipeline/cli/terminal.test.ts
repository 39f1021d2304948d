/** Output on a terminal: tables and colours. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '#pipeline/cli/commands/index.ts';
import { paint, wantsColour } from '#pipeline/cli/print/colour.ts';
import { clipped, printable, widthOf } from '#pipeline/cli/print/printable.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { call } from '#test/support/run-command.ts';
import { starFolder } from './star-folder.ts';

const { at, write } = starFolder();

/** The output of a command on a terminal of so many columns. */
const shown = async (args: readonly string[], columns = 100) => {
  const { code, stdout, stderr } = await call(args, { isTTY: true, columns });
  return { code, stdout: stripVTControlCharacters(stdout), stderr };
};

const SPHERE = ['query', 'sphere', at('set'), '--center', '1.5,0,0', '--limit', '2'];

describe('tables', () => {
  test('are the form on a terminal, JSON elsewhere; --json and --table decide', async () => {
    const table = ['name    distance  x  y  z  region  id', 'Star 1       0.5  1  0  0  West    S01'].join(
      '\n',
    );
    expect((await shown(SPHERE)).stdout).toContain(table);
    expect((await call([...SPHERE, '--table'])).stdout).toContain(table);
    const json = (await call(SPHERE)).stdout;
    expect(json).toMatch(/^{"id":"S01".*}\n{"id":"S02".*}\n$/);
    expect((await shown([...SPHERE, '--json'])).stdout).toBe(json);
  });

  test('name the unit that _meta gives, align numbers, and show the fields of --summary', async () => {
    const meta = { units: { position: 'light years' } };
    const systems = [
      { id: 'a', name: 'Near', x: 1.25, y: -10, z: 1e-7, colours: ['red', 'blue'] },
      { id: 'b', name: 'Färther 星', x: -100, y: 2.123456, z: 3e20 },
    ];
    const input = write('units.json', JSON.stringify({ _meta: meta, data: systems }));
    await call(['build', input, '--out', at('units'), '--summary', 'colours', '--quiet']);
    const { stdout } = await shown(['query', 'page', at('units')], 120);
    expect(stdout.split('\n')).toEqual([
      'name         x (ly)    y (ly)       z (ly)  region   id  colours',
      'Färther 星  -100.00    2.1235  3.00000e+20  Unknown  b',
      'Near           1.25  -10.0000   1.00000e-7  Unknown  a   red, blue',
      'Page 1 of 1, 2 systems in total',
      '',
    ]);
  });

  test('name a unit as it is where it has no abbreviation, whatever its name', async () => {
    const meta = { units: { position: 'constructor' } };
    const input = write('odd.json', JSON.stringify({ _meta: meta, data: [{ id: 'a', x: 0, y: 0, z: 0 }] }));
    await call(['build', input, '--out', at('odd'), '--quiet']);
    expect((await shown(['query', 'page', at('odd')], 120)).stdout).toContain('x (constructor)');
  });

  test('cost no more than JSON: the unit is not counted', async () => {
    const meta = { units: { position: 'parsecs' } };
    const input = write('cost.json', JSON.stringify({ _meta: meta, data: [{ id: 'a', x: 0, y: 0, z: 0 }] }));
    await call(['build', input, '--out', at('cost'), '--quiet']);
    for (const args of [
      ['page'],
      ['system', '--id', 'a'],
      ['nearest', '--center', '0,0,0', '--count', '1'],
    ]) {
      const words = ['query', args[0]!, at('cost'), ...args.slice(1), '--stats'];
      const [table, json] = [await call([...words, '--table']), await call([...words, '--json'])];
      expect(table.stdout).toContain('pc');
      expect({ ...JSON.parse(table.stderr), ms: 0 }).toEqual({ ...JSON.parse(json.stderr), ms: 0 });
    }
  });

  test('leave out what a narrow terminal has no room for, and say so', async () => {
    const { stdout } = await shown(SPHERE, 30);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual(['name    distance  x  y  z', 'Star 1       0.5  1  0  0']);
    expect(lines.at(-1)).toBe('Too narrow for region, id: --json prints all fields');
  });

  test('cut long texts before they leave a column out; names, ids and numbers stay complete', async () => {
    const long = 'a note of forty characters and of some more';
    const systems = [
      { id: 'the id of a system', name: 'The name of a system', x: 1234.5678, y: 0, z: 0, notes: long },
    ];
    const input = write('notes.json', JSON.stringify(systems));
    await call(['build', input, '--out', at('notes'), '--summary', 'notes', '--quiet']);
    const lines = async (columns: number) =>
      (await shown(['query', 'page', at('notes')], columns)).stdout.split('\n');
    const start = 'The name of a system  1234.5678  0  0  Unknown  the id of a system  ';
    expect((await lines(120))[1]).toBe(start + long);
    expect((await lines(100))[1]).toBe(`${start}a note of forty characters and …`);
    expect((await lines(84))[1]).toBe(`${start}a note of forty…`);
    const [, narrow, note] = await lines(83);
    expect([narrow, note]).toEqual([start.trimEnd(), 'Too narrow for notes: --json prints all fields']);
  });

  test('a system with its planets and moons', async () => {
    const { stdout } = await shown(['query', 'system', at('set'), '--name', 'Star 10']);
    expect(stdout.split('\n')).toEqual([
      'Star 10',
      '  position            10, 0, 0',
      '  id                  S10',
      '  region              West',
      '  kind                dwarf',
      '  space_station.name  s',
      '  distance            far',
      '  planets (2)',
      '    moons',
      '    m',
      '    n',
      '',
    ]);
  });

  test.each([
    [['query', 'regions'], /^region {2}systems {2}min x {2}max x.*\nEast +30 +30 +59/],
    [['query', 'names'], /^name\nStar 0\n/],
    [['query', 'search', 'Star 5'], /^name +match +x {2}y {2}z {2}region {2}id\nStar 5 +exact/],
    [['query', 'names', '--plan'], /^generation +[0-9a-f]{64}\nroots +\[\]\nleast +1\n/],
  ])('%j', async ([command, kind, ...rest], expected) => {
    const { code, stdout } = await shown([command!, kind!, at('set'), ...rest]);
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
  });

  test('of more rows than decide the widths: all of them', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({
      id: `${i}`,
      name: `N${'x'.repeat(i % 70)}`,
      x: i,
      y: 0,
      z: 0,
    }));
    const input = write('many.json', JSON.stringify(rows));
    await call(['build', input, '--out', at('many'), '--quiet']);
    const { stdout } = await call(['query', 'page', at('many'), '--per-page', '500', '--table']);
    expect(stdout.trimEnd().split('\n')).toHaveLength(502);
  });
});

describe('help and descriptions on a narrow terminal', () => {
  const words = (text: string) => text.split(/\s+/).filter(word => word !== '');
  const isCommand = (line: string) => line.startsWith('  haven-chunks ');

  test.each([
    ['--help'],
    ['help', 'query'],
    ['help', 'exit-codes'],
    ...COMMANDS.map(({ name }) => ['help', ...name.split(' ')]),
  ])('%s %s %s: the same words, in lines that fit', async (...args) => {
    const wide = (await shown(args, 200)).stdout;
    const narrow = (await shown(args, 80)).stdout;
    expect(wide).toBe((await call(args)).stdout);
    expect(words(narrow)).toEqual(words(wide));
    const fits = (line: string) => line.length <= 80 || isCommand(line);
    expect(narrow.split('\n').filter(line => !fits(line))).toEqual([]);
  });

  test('texts stay in their column, and paragraphs are broken again', async () => {
    const { stdout } = await shown(['help', 'query', 'nearest'], 80);
    expect(stdout).toContain(
      [
        '  --where FILTER   only systems with a value: FIELD=VALUE, FIELD!=VALUE,',
        '                   FIELD=V1|V2, FIELD>=N (can be repeated)',
      ].join('\n'),
    );
    expect(stdout).toContain(
      'materials of planets and moons; "inspect SET" shows them. != is also true of a\nsystem',
    );
    const build = (await shown(['help', 'build'], 80)).stdout;
    expect(build).toMatch(/\n {2}--map xyz=pos {20,}three numbers: .*\n {44}z\]\n/);
  });

  test('inspect breaks long lists', async () => {
    const args = ['inspect', at('set')];
    const narrow = (await shown(args, 70)).stdout;
    expect(words(narrow)).toEqual(words((await call(args)).stdout));
    expect(narrow).toMatch(/\n {2}roots +tree [0-9a-f]{40},\n {17}overview [0-9a-f]{40},?\n/);
  });
});

describe('text of a foreign catalogue', () => {
  test('cannot move the cursor, colour or reorder what is printed', async () => {
    const evil = '\u001b[31mred\u009b2J\u202etxt\nline';
    const input = write(
      'evil.json',
      JSON.stringify([{ id: 'e', name: evil, x: 1, y: 2, z: 3, [evil]: evil }]),
    );
    await call(['build', input, '--out', at('evil'), '--quiet', '--summary', evil]);
    for (const args of [['page'], ['names'], ['system', '--id', 'e'], ['regions'], ['search', 'line']]) {
      const [kind, ...rest] = args;
      const { stdout } = await call(['query', kind!, at('evil'), ...rest, '--table'], { isTTY: false });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
      expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    }
    const { stderr } = await call(['query', 'system', at('evil'), '--id', evil]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    expect(stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(printable(evil)).toBe('\\u001b[31mred\\u009b2J\\u202etxt\\u000aline');
  });

  test('nor can what commands say about their work: summaries, messages, descriptions', async () => {
    const evil = '\u001b\u009b\u202e';
    const system = { id: `i${evil}`, name: `n${evil}`, x: 1, y: 2, z: 3, [evil]: `v${evil}` };
    const bad = { [`k${evil}`]: { x: `x${evil}`, y: 0, z: 0 } };
    const input = write('hostile.json', JSON.stringify({ _meta: { evil }, a: system, ...bad }));
    const other = write('other.ndjson', ndjson([{ ...system, [evil]: 'another' }]));
    const set = at('hostile');
    const fields = [
      '--facets',
      evil,
      '--summary',
      evil,
      '--listings',
      evil,
      '--search-fields',
      `name,${evil}`,
    ];
    const outcomes = [await call(['build', input, '--out', set, ...fields])];
    await call(['build', other, '--out', at('other'), '--quiet']);
    mkdirSync(join(set, 'chunks', evil));
    writeFileSync(join(set, 'chunks', evil, evil), '');
    const files = readdirSync(set, { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('.mpk'),
    );
    for (const args of [
      ['inspect', set],
      ...files.map(name => ['inspect', join(set, name)]),
      ['verify', set],
      ['query', 'search', set, 'v', '--table'],
      ['query', 'facets', set, '--table'],
      ['export', set, '--to', at('hostile.db')],
      ['diff', set, at('other'), '--table', '--fields'],
      ['update', set, '--upsert', input],
    ])
      outcomes.push(await call(args));
    const printed = outcomes.map(({ stdout, stderr }) => stdout + stderr);
    for (const text of printed) expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    // Few files have no text of the catalogue.
    expect(printed.filter(text => text.includes('\\u202e')).length).toBeGreaterThan(printed.length / 2);
  });

  test('is measured and cut in columns', () => {
    expect(['abc', '星', 'é', '👩‍🚀'].map(widthOf)).toEqual([3, 2, 1, 2]);
    expect([clipped('abcdef', 6), clipped('abcdef', 4), clipped('星星星', 4)]).toEqual([
      'abcdef',
      'abc…',
      '星…',
    ]);
  });
});

describe('colours', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [false, { FORCE_COLOR: '' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
  ])('terminal %s, %j: %s', (isTTY, env, expected) => {
    expect(wantsColour({ isTTY }, env)).toBe(expected);
  });

  test('headings and errors are coloured on a terminal, and only there', async () => {
    vi.stubEnv('NO_COLOR', undefined);
    vi.stubEnv('FORCE_COLOR', undefined);
    expect(paint('bold', 'a', { isTTY: true })).toBe('\u001b[1ma\u001b[22m');
    expect((await call(SPHERE, { isTTY: true })).stdout).toContain('\u001b[1mname');
    expect((await call([...SPHERE, '--table'])).stdout).toMatch(/^name/);
    expect((await call(['biuld'], { isTTY: true })).stderr).toContain('\u001b[31mhaven-chunks:');
    expect((await call(['biuld'])).stderr).toMatch(/^haven-chunks:/);
  });
});
