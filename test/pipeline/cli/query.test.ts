/** The queries of the command line beside the sphere, compared with SQL over the bundled catalogue. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { standardFold } from '#client/node/index.ts';
import { counted } from '#pipeline/cli/print/units.ts';
import { fileCatalogue } from '#test/support/catalogues.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import { startServer } from '#test/support/file-server.ts';
import { catalogueOracle, type Match } from '#test/support/oracle.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const CATALOGUE = fileURLToPath(new URL('../../../data/nearby-stars.json', import.meta.url));
const { systems } = fileCatalogue(readFileSync(CATALOGUE));
const oracle = catalogueOracle(systems, standardFold());

const folder = temporaryFolder();
const set = join(folder.path, 'set');
const twins = join(folder.path, 'twins');
afterAll(() => {
  oracle.close();
  folder.remove();
});

/** Names that repeat, a record with false core fields of its own, and fields that rows show. */
const TWINS = [
  { id: 'c', name: 'Twin', x: 1, y: -0, z: 0, region: 'R', notes: 'Ünder the -42' },
  { id: 'b', name: 'Twin', x: 2, y: 0, z: 0, region: 'R', planets: [{ name: 'p' }] },
  { id: 'a', name: 'twin', x: 3, y: 0, z: 0, region: 'S' },
  { id: 7, name: null, x: 4, y: 0, z: 0, distance: 'far' },
];

beforeAll(async () => {
  const [input] = writeInputs(folder.path, 'twins', [ndjson(TWINS)]);
  const options = ['--summary', 'notes,distance', '--search', 'words', '--search-fields', 'name,notes'];
  const built = [
    await call(['build', CATALOGUE, '--out', set, '--quiet']),
    await call(['build', input!, '--out', twins, '--quiet', ...options]),
  ];
  expect(built.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(2).fill({ code: 0, stderr: '' }));
});

const query = (kind: string, ...args: string[]) => call(['query', kind, set, ...args]);

/** The output for the system at an index of the catalogue. */
const whole = (n: number): JsonObject => {
  const { id, name, region, record } = systems[n]!;
  return { ...record, id, name, region };
};
const short = (n: number): JsonObject => {
  const { id, name, region, x, y, z } = whole(n);
  return { id, name, x, y, z, region } as JsonObject;
};

describe('query system', () => {
  test('by name and by id: whole records, as SQL finds them', async () => {
    for (const n of [0, 5, 100, 316]) {
      const { id, name } = systems[n]!;
      const byName = await query('system', '--name', name);
      expect(byName).toMatchObject({ code: 0, stderr: '' });
      expect(jsonLines(byName.stdout)).toEqual(oracle.named(name, false).map(whole));
      const byId = await query('system', `--id=${id}`);
      expect(jsonLines(byId.stdout)).toEqual([whole(oracle.byId(id)!)]);
    }
    const { stdout } = await query('system', '--name', 'pRoxima cENTAURI', '--ignore-case');
    expect(jsonLines(stdout)).toEqual(oracle.named('Proxima Centauri', true).map(whole));
  });

  test('all of a name, by name, then id; what answers the query stands for fields of the same name', async () => {
    const exact = await call(['query', 'system', twins, '--name', 'Twin']);
    expect(jsonLines(exact.stdout)).toEqual([TWINS[1], TWINS[0]]);
    expect(exact.stdout).toContain('"y":-0');
    const folded = await call(['query', 'system', twins, '--name', 'TWIN', '--ignore-case']);
    expect(jsonLines(folded.stdout)).toEqual([TWINS[1], TWINS[0], TWINS[2]]);
    const derived = await call(['query', 'system', twins, '--id', '7']);
    expect(jsonLines(derived.stdout)).toEqual([
      { ...TWINS[3], id: '7', name: expect.any(String), region: 'Unknown' },
    ]);
  });

  test.each([
    ['--name=sol', 'no system named "sol"; did you mean Sol? --ignore-case finds it'],
    ['--name=Siruis', 'no system named "Siruis"; did you mean Sirius?'],
    ['--name=Riruis', 'no system named "Riruis"'],
    ['--name=', 'no system named ""'],
    ['--name=SYS_SOL', 'no system named "SYS_SOL"; it is an id: use --id SYS_SOL'],
    ['--id=sol', 'no system with id "sol"; it is a name: use --name Sol (id SYS_SOL)'],
    ['--id=SYS_NONE', 'no system with id "SYS_NONE"'],
  ])('%s: exit code 4, no output, and the names that exist', async (option, message) => {
    expect(await query('system', option)).toEqual({
      code: 4,
      stdout: '',
      stderr: `haven-chunks: ${message}\n`,
    });
  });
});

describe('query page', () => {
  const page = async (...args: string[]) => {
    const { code, stdout, stderr } = await query('page', ...args);
    expect(stderr).toMatch(code === 0 ? /^$/ : /^haven-chunks: .*\n$/);
    return { code, ...JSON.parse(stdout) };
  };

  test.each([
    [[], {}],
    [['--page', '4'], { page: 4 }],
    [['--page', '3', '--per-page', '7'], { page: 3, perPage: 7 }],
    [['--region', 'Centaurus'], { region: 'Centaurus' }],
    [
      ['--region', 'Centaurus', '--page', '2', '--per-page', '2'],
      { region: 'Centaurus', page: 2, perPage: 2 },
    ],
    [['--page', '99'], { page: 99 }],
    [['--region', 'nowhere'], { region: 'nowhere' }],
  ])('%j', async (args, asked) => {
    const { rows, total } = oracle.page(asked);
    const { page: number = 1, perPage = 100 } = asked as { page?: number; perPage?: number };
    expect(await page(...args)).toEqual({
      code: rows.length > 0 ? 0 : 4,
      systems: rows.map(short),
      ...{ total, page: number, per_page: perPage, total_pages: Math.ceil(total / perPage) },
    });
  });

  test('an empty page: the number of pages', async () => {
    const message = async (...args: string[]) => (await query('page', ...args)).stderr;
    expect(await message('--page', '99')).toBe('haven-chunks: page 99 is empty; the last page is 4\n');
    expect(await message('--region', 'lyra')).toBe('haven-chunks: no region "lyra"; did you mean Lyra?\n');
    expect(await message('--region', 'zzzzz')).toBe(
      'haven-chunks: no region "zzzzz"; "query regions" lists all\n',
    );
    expect(await message('--region', '')).toBe('haven-chunks: no region ""; "query regions" lists all\n');
  });

  test('--after a system, or after all of a name', async () => {
    const { id, name } = systems[20]!;
    const { rows } = oracle.page({ after: { name, id }, perPage: 5 });
    const { systems: found } = await page('--after', name, '--after-id', id, '--per-page', '5');
    expect(found).toEqual(rows.map(short));
    expect(found).toHaveLength(5);

    const idsAfter = async (...args: string[]) => {
      const { stdout } = await call(['query', 'page', twins, ...args]);
      return (JSON.parse(stdout).systems as { id: string }[]).map(row => row.id);
    };
    const all = await idsAfter();
    expect(all).toHaveLength(4);
    expect(await idsAfter('--after', 'Twin')).toEqual(all.slice(all.indexOf('c') + 1));
    expect(await idsAfter('--after', 'Twin', '--after-id', 'b')).toEqual(all.slice(all.indexOf('c')));
    expect(await idsAfter('--after', 'Twi')).toEqual(all.slice(all.indexOf('b')));
  });

  test('rows have the fields of --summary', async () => {
    const { stdout } = await call(['query', 'page', twins, '--region', 'R', '--per-page', '2']);
    expect(JSON.parse(stdout).systems[1]).toEqual(TWINS[0]);
    expect(stdout).toContain('"y":-0');
  });
});

test('query regions: counts and bounds, as SQL has them', async () => {
  const { code, stdout } = await query('regions');
  expect(code).toBe(0);
  expect(jsonLines(stdout)).toEqual(
    oracle.regions().map(({ region, systems, min, max }) => ({ region, systems, bounds: { min, max } })),
  );
});

describe('query search', () => {
  const hit = ({ n, ...how }: Match) => ({ ...short(n), ...how });
  test.each(['centauri', 'TAU', 'm', '%', 'g2v', ' B'])('"%s"', async text => {
    const expected = oracle.matches(text);
    const { code, stdout, stderr } = await query('search', text, '--limit', '1000');
    const none = `haven-chunks: no system contains "${text}" in name, nor in a value of a facet\n`;
    const isFound = expected.length > 0;
    expect({ code, stderr }).toEqual({ code: isFound ? 0 : 4, stderr: isFound ? '' : none });
    expect(jsonLines(stdout)).toEqual(expected.map(hit));
  });

  test('says where more match than are printed', async () => {
    const matches = oracle.matches('a').map(hit);
    const { code, stdout, stderr } = await query('search', 'a', '--limit', '5', '--stats');
    expect(code).toBe(0);
    const found = jsonLines(stdout);
    expect(found).toHaveLength(5);
    expect(matches).toEqual(expect.arrayContaining(found));
    const [says, stats] = stderr.split('\n');
    expect(says).toMatch(/^haven-chunks: more than 5 systems match; .*--limit$/);
    expect(JSON.parse(stats!)).toMatchObject({ truncated: true });
    expect(JSON.parse((await query('search', 'centauri', '--stats')).stderr)).toMatchObject({
      truncated: false,
    });
  });

  test('by the words and fields that the set was built with', async () => {
    const found = async (...args: string[]) =>
      jsonLines((await call(['query', 'search', twins, ...args])).stdout);
    const { notes: _, ...twin } = TWINS[0]!;
    for (const text of ['under THE', 'ÜNDER'])
      expect(await found(text)).toEqual([{ ...twin, match: 'value', field: 'notes' }]);
    expect(await found('nder')).toEqual([]);
  });

  test.each(['centaur', 'TAU', 'm'])('values of facets with "%s"', async text => {
    const { code, stdout, stderr } = await query('search', text, '--values', '--limit', '1000');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonLines(stdout)).toEqual(oracle.values(text));
    const table = await query('search', text, '--values', '--limit', '1', '--table');
    const [first] = oracle.values(text);
    expect(table.stdout).toContain(first!.value);
    const systems = await query('search', text, '--table');
    const { field, value } = first!;
    expect(systems.stderr).toContain(`${counted(first!.systems, 'system')} with ${field} "${value}"`);
    const none = await query('search', 'no such text', '--values');
    expect(none.stderr).toContain('no value of a facet contains "no such text"');
  });

  test('a filter is refused with the query that filters', async () => {
    for (const kind of ['search', 'page'])
      expect((await query(kind, '--where', 'a=b')).stderr).toMatch(
        /--where is not an option here: .*query list/,
      );
  });

  test('a text may begin with a dash', async () => {
    const expected = oracle.matches('-09').map(hit);
    expect(expected).not.toEqual([]);
    expect(jsonLines((await query('search', '--limit', '500', '--', '-09')).stdout)).toEqual(expected);
  });
});

describe('query names', () => {
  test.each([
    [[], {}],
    [['--prefix', 'Al'], { prefix: 'Al' }],
    [['--prefix', 'al', '--ignore-case', '--limit', '3'], { prefix: 'al', ignoreCase: true, limit: 3 }],
    [['--limit', '1000'], { limit: 1000 }],
    [['Al'], { prefix: 'Al' }],
    [['--prefix', 'al'], { prefix: 'al' }],
  ])('%j', async (args, asked: { prefix?: string; ignoreCase?: boolean; limit?: number }) => {
    const expected = oracle.names(asked);
    const { code, stdout, stderr } = await query('names', ...args);
    const none = 'haven-chunks: no name begins with "al"; did you mean Alcor? --ignore-case finds it\n';
    const limit = asked.limit ?? 10;
    const cut = `haven-chunks: more than ${limit} names; give a longer PREFIX or a larger --limit\n`;
    const all = oracle.names({ ...asked, limit: 1000 });
    if (all.length === 0) expect({ code, stderr }).toEqual({ code: 4, stderr: none });
    else expect({ code, stderr }).toEqual({ code: 0, stderr: all.length > limit ? cut : '' });
    expect(jsonLines(stdout)).toEqual(expected);
  });
});

describe('query facets', () => {
  const regions = systems.map(({ region }) => region);
  const counts = [...new Set(regions)]
    .map(value => ({ value, systems: regions.filter(region => region === value).length }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
  const cut = 'haven-chunks: more than 10 values; give a longer --prefix or a larger --limit\n';

  test('lists the facets', async () => {
    const { code, stdout, stderr } = await query('facets');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, , region] = jsonLines(stdout);
    expect(region).toEqual({ field: 'region', paths: ['region'], values: counts.length });
  });

  test('lists the values of one, and says if there are more', async () => {
    expect(counts.length).toBeGreaterThan(10);
    const first = await query('facets', 'region');
    expect(first).toMatchObject({ code: 0, stderr: cut });
    const all = await query('facets', 'region', '--limit', `${counts.length}`);
    expect(all).toMatchObject({ code: 0, stderr: '' });
    const byFold = (a: { value: string }, b: { value: string }) => a.value.localeCompare(b.value, 'en');
    expect(jsonLines(all.stdout)).toEqual(counts.toSorted(byFold));
    expect(jsonLines(first.stdout)).toEqual(counts.toSorted(byFold).slice(0, 10));
    const [, stats] = (await query('facets', 'region', '--stats')).stderr.split('\n');
    expect(JSON.parse(stats!)).toMatchObject({ truncated: true });
  });

  test('with a prefix, in any case', async () => {
    const { stdout, stderr } = await query('facets', 'region', '--prefix', 'ly');
    expect({ found: jsonLines(stdout), stderr }).toEqual({
      found: [{ value: 'Lyra', systems: 8 }],
      stderr: '',
    });
  });

  test.each([
    [['region', '--limit', '0'], 4, /^haven-chunks: no values: --limit is 0\n$/],
    [['region', '--prefix', 'zz'], 4, /^haven-chunks: no value of "region" begins with "zz"\n$/],
    [['regoin'], 2, /"regoin" is not a facet of the set.*Did you mean region\?/],
    [['--limit', '3'], 2, /--prefix and --limit need a FIELD/],
  ])('%j', async (args, code, stderr) => {
    expect(await query('facets', ...args)).toEqual({
      code,
      stdout: '',
      stderr: expect.stringMatching(stderr),
    });
  });
});

describe('what queries cost and would cost', () => {
  test.each([
    ['system', ['--name', 'Sol'], ['names', 'tree']],
    ['system', ['--name', 'sol', '--ignore-case'], ['folded', 'names', 'tree']],
    ['system', ['--id', 'SYS_SOL'], ['ids', 'tree']],
    ['page', ['--page', '2'], ['names']],
    ['page', ['--region', 'Centaurus'], ['listings', 'members']],
    ['regions', [], ['listings']],
    ['list', ['region'], ['listings']],
    ['list', ['region', 'Centaurus'], ['listings', 'members']],
    ['search', ['tau'], ['folded', 'grams']],
    ['names', ['--prefix', 'A'], ['names']],
    ['names', ['--ignore-case'], ['folded']],
  ])(
    '%s %j: --plan names what is read first, and reads nothing; --stats counts',
    async (kind, args, tables) => {
      const server = await startServer(set);
      try {
        const planned = await call(['query', kind, server.url, ...args, '--plan', '--stats']);
        expect(planned.code).toBe(0);
        expect(JSON.parse(planned.stderr)).toMatchObject({ requests: 1, roundTrips: 1 });
        expect(server.hits).toHaveLength(1);
        const { roots, least } = JSON.parse(planned.stdout) as {
          roots: { table: string; file: string }[];
          least: number;
        };
        expect(roots.map(({ table }) => table)).toEqual(tables);

        server.hits.length = 0;
        const asked = await call(['query', kind, server.url, ...args, '--stats']);
        expect(asked.code).toBe(0);
        const { requests } = JSON.parse(asked.stderr.trimEnd().split('\n').at(-1)!);
        expect(requests).toBe(server.hits.length);
        expect(requests).toBeGreaterThanOrEqual(least);
        for (const { file } of roots) expect(server.hits.some(({ path }) => path.endsWith(file))).toBe(true);
      } finally {
        await server.close();
      }
    },
  );
});

describe('a query that cannot be answered', () => {
  test.each([
    ['system', [], /give either --name or --id/],
    ['system', ['--name', 'a', '--id', 'b'], /give either --name or --id/],
    ['system', ['--id', 'b', '--ignore-case'], /--ignore-case needs --name/],
    ['page', ['--page', '0'], /--page is "0", expected an integer of at least 1/],
    ['page', ['--per-page', '0'], /--per-page is "0", expected an integer of at least 1/],
    ['page', ['--per-page', 'all'], /--per-page is "all", expected an integer/],
    ['page', ['--after', 'a', '--page', '2'], /give either --page or --after/],
    ['page', ['--after-id', 'a'], /--after-id needs --after/],
    ['search', [], /TEXT is missing/],
    ['search', [''], /the search string is empty/],
    ['names', ['--limit', '-1'], /--limit is "-1", expected an integer/],
  ])('%s %j: exit code 2', async (kind, args, reason) => {
    expect(await query(kind, ...args)).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(reason),
    });
  });

  test('no set: exit code 3; a set built without an index to search: 1, planned or not', async () => {
    const nowhere = await call(['query', 'regions', join(folder.path, 'nowhere')]);
    expect(nowhere).toMatchObject({ code: 3, stdout: '' });
    const out = join(folder.path, 'unsearched');
    await call(['build', CATALOGUE, '--out', out, '--search', 'none', '--quiet']);
    for (const plan of [[], ['--plan']]) {
      expect(await call(['query', 'search', out, 'sol', ...plan])).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('search index'),
      });
    }
    expect((await call(['query', 'system', out, '--name', 'Sol'])).code).toBe(0);
  });
});
