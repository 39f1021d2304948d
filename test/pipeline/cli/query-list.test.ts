import { describe, expect, test } from 'vitest';
import { call, jsonLines } from '#test/support/run-command.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at, write } = starFolder();
const list = (...args: string[]) => call(['query', 'list', at('set'), ...args]);
const idsOf = (stdout: string) => (JSON.parse(stdout).systems as { id: string }[]).map(({ id }) => id);

describe('query list', () => {
  test('values: booleans, numbers, strings, with counts and bounds', async () => {
    const { code, stdout, stderr } = await list('kind');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonLines(stdout)).toEqual([
      { value: true, systems: 12, bounds: { min: [3, 0, 0], max: [58, 0, 0] } },
      { value: 5, systems: 12, bounds: { min: [1, 0, 0], max: [56, 0, 0] } },
      { value: '5', systems: 12, bounds: { min: [2, 0, 0], max: [57, 0, 0] } },
      { value: 'dwarf', systems: 24, bounds: { min: [0, 0, 0], max: [59, 0, 0] } },
      { value: 'giant', systems: 12, bounds: { min: [4, 0, 0], max: [59, 0, 0] } },
    ]);
    expect((await list('kind', '--table')).stdout).toMatch(/value .*systems .*min x/);
  });

  test('a page of a value: a string, or else the number or boolean that it reads as', async () => {
    const all = (test: (kind: unknown) => boolean) =>
      STARS.filter(({ kind }) => test(kind))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ id }) => id);
    const dwarfs = all(kind => String(kind).includes('dwarf'));
    const { stdout } = await list('kind', 'dwarf', '--page', '2', '--per-page', '10');
    expect(idsOf(stdout)).toEqual(dwarfs.slice(10, 20));
    expect(JSON.parse(stdout)).toMatchObject({ total: 24, page: 2, per_page: 10, total_pages: 3 });
    expect(idsOf((await list('kind', '5')).stdout)).toEqual(all(kind => kind === '5'));
    expect(idsOf((await list('kind', 'true')).stdout)).toEqual(all(kind => kind === true));
  });

  test('--order: the highest number first, then systems without one', async () => {
    const { stdout } = await list('kind', '--order', 'desc', '--per-page', '60');
    const ids = idsOf(stdout);
    expect(ids).toHaveLength(60);
    expect(new Set(ids.slice(0, 12))).toEqual(
      new Set(STARS.filter(({ kind }) => kind === 5).map(({ id }) => id)),
    );
  });

  test('a listing of a facet that the build declares has the paths of the facet', async () => {
    const input = write(
      'ores.ndjson',
      '{"id":"A","x":0,"y":0,"z":0,"planets":[{"ores":"Au, Fe"},{"ores":["Au"]}]}\n',
    );
    const built = await call([
      ...[
        'build',
        input,
        '--out',
        at('ores'),
        '--facets',
        'ore=ores|planets.ores',
        '--listings',
        'ore,absent',
      ],
    ]);
    expect(built.code).toBe(0);
    expect(built.stderr).toContain('no system has a field "absent", which --listings names');
    const { stdout } = await call(['query', 'list', at('ores'), 'ore']);
    expect(jsonLines(stdout)).toMatchObject([
      { value: 'Au', systems: 1 },
      { value: 'Fe', systems: 1 },
    ]);
  });

  test('a near miss suggests; what is not listed says how to list it', async () => {
    const said = async (expected: number, ...args: string[]) => {
      const { code, stderr } = await list(...args);
      expect(code).toBe(expected);
      return stderr.split('\n')[0];
    };
    expect(await said(4, 'kind', 'dwarg')).toBe(
      'haven-chunks: no system has the value "dwarg" in "kind"; did you mean dwarf?',
    );
    expect(await said(2, 'kinds')).toBe(
      'haven-chunks: the set has no listing of "kinds", only of kind, region: build it with --listings kinds. Did you mean kind?',
    );
    expect(await said(2, 'kind', 'dwarf', '--order', 'asc')).toContain('--order is for all systems');
    expect(await said(2, 'kind', '--page', '2')).toContain('--page and --per-page need a VALUE, or --order');
    expect(await said(4, 'kind', 'giant', '--page', '9')).toBe(
      'haven-chunks: page 9 is empty; the last page is 1',
    );
    expect(await said(1, 'kind', '--order', 'asc')).toContain('built without a listing of "kind:asc"');
  });
});

test('build: a wrong listing is a usage error, one that no system has a value for a warning', async () => {
  const input = write('one.json', '[{"id":"a","x":1,"y":2,"z":3}]');
  const built = (listings: string) =>
    call(['build', input, '--out', at('other'), '--listings', listings, '--json']);
  const wrong = await built('a|b');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('listings: expected NAME=PATH|PATH');
  const { code, stdout, stderr } = await built('nothing,absent:asc');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ missingFields: expect.arrayContaining(['absent', 'nothing']) });
  expect(stderr).toContain('no system has a field "nothing", which --listings names');
});
