import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type GalaxyOptions, type GalaxyShape, galaxy } from '#data/galaxy.ts';
import { runProcess, startProcess } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const text = (options: GalaxyOptions, shape?: GalaxyShape): string => [...galaxy(options, shape)].join('');

describe('command line', () => {
  const script = new URL('../../data/galaxy.ts', import.meta.url).pathname;
  const { path: folder, remove } = temporaryFolder();
  afterAll(remove);

  const run = (...args: string[]) => runProcess(process.execPath, [script, ...args]);

  test('writes to standard output what the function gives, and nothing else', async () => {
    expect(await run('--count', '700', '--mode', 'uniform')).toEqual({
      code: 0,
      stdout: text({ count: 700, mode: 'uniform' }),
      stderr: '',
    });
  });

  test('writes to a file', async () => {
    const out = join(folder, 'data.json');
    const args = ['--count', '300', '--seed', '9', '--slim', '--shape', 'json', '--start', '5', '--out', out];
    expect(await run(...args)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(out, 'utf8')).toBe(text({ count: 300, seed: 9, slim: true, start: 5 }, 'json'));
  });

  test.each([
    [['--count', '1e6'], 'count must be an integer in digits; found "1e6"'],
    [['--colour'], '--colour'],
    [['--count', '5', '--end', '6'], 'end must be'],
  ])('%j is a wrong command: exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain('--help');
  });

  test('a file that cannot be written gives exit code 3 and its name', async () => {
    const out = join(folder, 'absent', 'x.ndjson');
    const { code, stderr } = await run('--out', out);
    expect(code).toBe(3);
    expect(stderr).toContain(out);
  });

  test('a reader that goes away ends it quietly', async () => {
    const child = startProcess(process.execPath, [script, '--count', '4000000000']);
    let stderr = '';
    child.stderr!.on('data', chunk => {
      stderr += chunk;
    });
    child.stdout!.once('data', () => child.stdout!.destroy());
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([0, '']);
  });
});
