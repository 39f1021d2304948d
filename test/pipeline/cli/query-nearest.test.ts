import { describe, expect, test } from 'vitest';
import { startServer } from '#test/support/file-server.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at } = starFolder();

describe('query nearest', () => {
  const nearest = (...args: string[]) => call(['query', 'nearest', at('set'), ...args]);
  const ids = (stdout: string) => jsonLines<{ id: string }>(stdout).map(({ id }) => id);

  test('prints so many systems, nearest first, ties by id, as query sphere does with a limit', async () => {
    const { code, stdout, stderr } = await nearest('--center', '20,0,0', '--count', '4');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(ids(stdout)).toEqual(['S20', 'S19', 'S21', 'S18']);
    expect(stdout).toContain('"x":19,"y":0,"z":0,"region":"West","distance":1}\n');
    const sphere = await call(['query', 'sphere', at('set'), '--center', '20,0,0', '--limit', '4']);
    expect(sphere.stdout).toBe(stdout);
  });

  test('--min-radius, --max-radius and --details: whole records of a shell', async () => {
    const shell = ['--center=-1,0,0', '--min-radius', '11', '--max-radius', '12'];
    const few = await nearest(...shell, '--count=9');
    expect(ids(few.stdout)).toEqual(['S10', 'S11']);
    const { stdout } = await nearest(...shell, '--count=1', '--details');
    expect(jsonLines(stdout)).toEqual([{ ...STARS[10], distance: 11 }]);
  });

  test('more than there are: all of them; none: exit code 4 and a reason', async () => {
    expect(ids((await nearest('--center', '0,0,0', '--count', '99')).stdout)).toEqual(
      STARS.map(({ id }) => id),
    );
    const none = async (...args: string[]) => {
      const { code, stdout, stderr } = await nearest(...args);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      return stderr;
    };
    expect(await none('--center', '0,9,0', '--count', '3', '--max-radius', '1')).toBe(
      'haven-chunks: no system within 1 of (0, 9, 0); the nearest is Star 0, at 9\n',
    );
    expect(await none('--center', '0,9,0', '--count', '3', '--min-radius', '99')).toContain(
      'no system at these distances from (0, 9, 0)',
    );
    expect(await none('--center', '0,0,0', '--count', '0')).toContain('no systems: --count is 0');
  });

  test('--table names the distance', async () => {
    const { stdout } = await nearest('--center', '20,0,0', '--count', '2', '--table');
    expect(stdout).toMatch(/name .*distance/);
    expect(stdout).toContain('Star 20');
  });

  test('--plan and --stats over HTTP: what may be read, what was read', async () => {
    const server = await startServer(at('set'));
    try {
      const args = ['query', 'nearest', server.url, '--center', '30,0,0', '--count', '5', '--stats'];
      const planned = await call([...args, '--plan']);
      expect(server.hits.filter(({ path }) => path.includes('chunks/'))).toEqual([]);
      expect(JSON.parse(planned.stderr)).toMatchObject({ requests: server.hits.length });
      const { pages, chunks, requests } = JSON.parse(planned.stdout);

      server.hits.length = 0;
      const asked = await call(args);
      expect(ids(asked.stdout)).toEqual(['S30', 'S29', 'S31', 'S28', 'S32']);
      expect(JSON.parse(asked.stderr).requests).toBe(server.hits.length);
      expect(server.hits.length).toBeLessThanOrEqual(requests);
      const named = [...pages, ...chunks].map(({ hash }) => hash);
      const read = server.hits.slice(1).map(({ path }) => path.slice(-44, -4));
      expect(read.filter(hash => !named.includes(hash))).toEqual([]);
    } finally {
      await server.close();
    }
  });

  test.each([
    [['--center', '0,0,0'], /--count is missing/],
    [['--count', '5'], /--center is missing/],
    [['--center', '0,0,0', '--count', 'all'], /--count is "all", expected/],
    [['--center', '0,0', '--count', '5'], /--center is "0,0", expected/],
    [['--center', '0,0,0', '--count', '5', '--max-radius=-1'], /maxRadius is -1; give 0 or more/],
    [['--center', '0,0,0', '--count', '5', '--radius', '1'], /unknown option --radius/],
  ])('%j: exit code 2', async (args, reason) => {
    expect(await nearest(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(reason) });
  });
});
