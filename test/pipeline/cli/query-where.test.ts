import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import { startServer } from '#test/support/file-server.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** Systems on a line; materials lie on planets and moons. */
const SYSTEMS = Array.from({ length: 40 }, (_, i) => ({
  ...{ id: `S${i}`, name: `Star ${i}`, x: i, y: 0, z: 0, region: i < 20 ? 'West' : 'East', age: i },
  ...(i % 10 === 0 && { planets: [{ materials: 'Gold, Cadmium' }, { moons: [{ materials: 'Iron' }] }] }),
  ...(i % 4 === 1 && { sentinel: i % 8 === 1 ? 'Low' : 'None', created_at: `2026-01-${10 + (i % 20)}` }),
}));

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
beforeAll(async () => {
  const [input] = writeInputs(folder.path, 'systems', [ndjson(SYSTEMS)]);
  const facets = 'age,created_at,material=planets.materials|planets.moons.materials,region,sentinel';
  const build = ['build', input!, '--out', at('set'), '--chunk-limit', '4', '--facets', facets, '--quiet'];
  expect(await call(build)).toMatchObject({ code: 0 });
});
afterAll(folder.remove);

const query = (kind: string, ...args: string[]) => call(['query', kind, at('set'), ...args]);
const nearest = (...filters: string[]) =>
  query('nearest', '--center', '0,0,0', '--count', '3', ...filters.flatMap(filter => ['--where', filter]));
const ids = (stdout: string) => jsonLines<{ id: string }>(stdout).map(({ id }) => id);

describe('--where', () => {
  test.each<[filters: string[], ids: string[]]>([
    [['material=Cadmium'], ['S0', 'S10', 'S20']],
    [
      ['material=Iron', 'region=East'],
      ['S20', 'S30'],
    ],
    [
      ['material!=Gold', 'sentinel!=Low|None'],
      ['S2', 'S3', 'S4'],
    ],
    [
      ['sentinel=Low|None', 'age>5'],
      ['S9', 'S13', 'S17'],
    ],
    [
      ['age>=30', 'age<32'],
      ['S30', 'S31'],
    ],
    [['age=7'], ['S7']],
    [['created_at>=2026-01-25'], ['S17', 'S37']],
  ])('%j', async (filters, right) => {
    const { code, stdout, stderr } = await nearest(...filters);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(ids(stdout)).toEqual(right);
  });

  test('in spheres and boxes, with --ignore-case and --details', async () => {
    const sphere = await query('sphere', '--center', '10,0,0', '--radius', '10', '--where', 'material=Gold');
    expect(ids(sphere.stdout)).toEqual(['S10', 'S0', 'S20']);
    const box = [
      '--min',
      '0,0,0',
      '--max',
      '25,0,0',
      '--where',
      'material=GOLD',
      '--ignore-case',
      '--details',
    ];
    const { stdout } = await query('box', ...box);
    expect(ids(stdout)).toEqual(['S10', 'S20', 'S0']);
    expect(stdout).toContain('"planets":[{"materials":"Gold, Cadmium"}');
  });

  test('nothing: exit code 4, and the nearest system that matches', async () => {
    const none = { code: 4, stdout: '' };
    const sphere = (...args: string[]) => query('sphere', '--center', '1,0,0', '--radius', '5', ...args);
    expect(await sphere('--where', 'region=East')).toEqual({
      ...none,
      stderr:
        'haven-chunks: no system that matches --where within 5 of (1, 0, 0); the nearest is Star 20, at 19\n',
    });
    expect(await sphere('--where', 'region=Nowhere')).toEqual({
      ...none,
      stderr: 'haven-chunks: no system that matches --where\n',
    });
    expect(await query('box', '--min', '0,0,0', '--max', '5,0,0', '--where', 'region=East')).toEqual({
      ...none,
      stderr: 'haven-chunks: no system in the box matches --where\n',
    });
  });

  test('--plan lists the facets that are read, and --stats counts them', async () => {
    const server = await startServer(at('set'));
    try {
      const sphere = ['query', 'sphere', server.url, '--center', '10,0,0', '--radius', '12', '--stats'];
      const args = [...sphere, '--where', 'material=Gold'];
      const planned = await call([...args, '--plan']);
      const { pages, chunks, facets, requests } = JSON.parse(planned.stdout);
      server.hits.length = 0;
      const asked = await call(args);
      expect(JSON.parse(asked.stderr).requests).toBe(requests);
      const read = server.hits.slice(1).map(({ path }) => path.slice(-44, -4));
      const named: { hash: string }[] = [...pages, ...chunks, ...facets];
      expect(read.toSorted()).toEqual(named.map(({ hash }) => hash).toSorted());
      expect(facets.length).toBeGreaterThan(0);
      expect(JSON.parse((await call([...sphere, '--plan'])).stdout).facets).toEqual([]);
    } finally {
      await server.close();
    }
  });

  test.each([
    [['--where', 'material'], /--where is "material", expected FIELD=VALUE/],
    [['--where', 'materials=Gold'], /"materials" is not a facet .*: did you mean material\?\n/],
    [['--where', 'colour=red'], /"colour" is not a facet .*: give one of age, created_at, material, region/],
    [['--ignore-case'], /--ignore-case needs --where/],
    [['--filter', 'a=b'], /unknown option --filter\. Did you mean --where\?/],
  ])('%j: exit code 2', async (args, reason) => {
    expect(await query('sphere', '--center', '0,0,0', '--radius', '1', ...args)).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(reason),
    });
  });
});
