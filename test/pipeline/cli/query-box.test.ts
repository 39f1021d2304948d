import { describe, expect, test } from 'vitest';
import { startServer } from '#test/support/file-server.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at, write } = starFolder();

describe('query box', () => {
  const box = (...args: string[]) => call(['query', 'box', at('set'), ...args]);
  const ids = (stdout: string) => jsonLines<{ id: string }>(stdout).map(({ id }) => id);

  test('prints the systems of a box with its sides, nearest to the centre first, ties by id', async () => {
    const { code, stdout, stderr } = await box('--min', '10,-1,0', '--max', '14,1,0');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(ids(stdout)).toEqual(['S12', 'S11', 'S13', 'S10', 'S14']);
    expect(stdout).toContain('"x":11,"y":0,"z":0,"region":"West","distance":1}\n');
    const limited = await box('--min', '10,-1,0', '--max', '14,1,0', '--limit', '2', '--details');
    expect(jsonLines(limited.stdout)).toEqual([
      { ...STARS[12], distance: 0 },
      { ...STARS[11], distance: 1 },
    ]);
  });

  test('none: exit code 4, and where the systems are', async () => {
    const none = { code: 4, stdout: '' };
    expect(await box('--min', '0,1,0', '--max', '9,9,9')).toEqual({
      ...none,
      stderr: 'haven-chunks: no system in the box; the systems of the set are from (0, 0, 0) to (59, 0, 0)\n',
    });
    const limited = await box('--min', '0,0,0', '--max', '9,9,9', '--limit', '0');
    expect(limited).toEqual({ ...none, stderr: 'haven-chunks: no systems: --limit is 0\n' });
    await call(['build', write('none.json', '[]'), '--out', at('empty'), '--quiet']);
    expect(await call(['query', 'box', at('empty'), '--min', '0,0,0', '--max', '9,9,9'])).toEqual({
      ...none,
      stderr: 'haven-chunks: no systems: the chunk set is empty\n',
    });
  });

  test('--table names the distance, --plan what is read', async () => {
    const { stdout } = await box('--min', '20,0,0', '--max', '22,0,0', '--table');
    expect(stdout).toMatch(/name .*distance/);
    const server = await startServer(at('set'));
    try {
      const args = ['query', 'box', server.url, '--min', '30,0,0', '--max', '33,0,0', '--stats'];
      const planned = await call([...args, '--plan']);
      expect(server.hits.filter(({ path }) => path.includes('chunks/'))).toEqual([]);
      const { pages, chunks, requests } = JSON.parse(planned.stdout);
      server.hits.length = 0;
      const asked = await call(args);
      expect(JSON.parse(asked.stderr).requests).toBe(server.hits.length);
      const read = server.hits.slice(1).map(({ path }) => path.slice(-44, -4));
      expect(read.toSorted()).toEqual([...pages, ...chunks].map(({ hash }) => hash).toSorted());
      expect(server.hits.length).toBe(requests);
    } finally {
      await server.close();
    }
  });

  test.each([
    [['--max', '0,0,0'], /--min is missing/],
    [['--min', '0,0,0'], /--max is missing/],
    [['--min', '0,0', '--max', '1,1,1'], /--min is "0,0", expected/],
    [['--min', '0,2,0', '--max', '1,1,1'], /max is \[1,1,1\], below min, \[0,2,0\], in y: exchange 1 and 2/],
    [['--min', '0,0,0', '--max', '1,1,1', '--count', '5'], /unknown option --count\. Did you mean --limit\?/],
    [['--from', '0,0,0', '--to', '1,1,1'], /unknown option --from\. Did you mean --min\?/],
  ])('%j: exit code 2', async (args, reason) => {
    expect(await box(...args)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(reason) });
  });
});
