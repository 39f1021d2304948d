import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startServer } from '#test/support/file-server.ts';
import { call, jsonLines } from '#test/support/run-command.ts';
import { STARS, starFolder } from './star-folder.ts';

const { at } = starFolder();

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
    expect(jsonLines(stdout)).toEqual([{ ...STARS[10], distance: 10 }]);
  });

  test.each([
    [['--radius', '1'], 'no system within 1 of (0, 9, 0); the nearest is Star 0, at 9'],
    [['--radius', '9.1', '--min-radius', '9.06'], 'no system at these distances from (0, 9, 0)'],
    [['--limit', '0'], 'no systems: --limit is 0'],
  ])('no result for %j: exit code 4, no output, and why', async (args, message) => {
    const stderr = `haven-chunks: ${message}\n`;
    expect(await sphere('--center', '0,9,0', ...args)).toEqual({ code: 4, stdout: '', stderr });
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
      stderr: expect.stringContaining('does not exist'),
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
