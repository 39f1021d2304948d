import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { galaxy } from '#data/galaxy.ts';
import { COMMAND, firstOutput, outcome, run, runProcess, start, until } from '#test/support/run-command.ts';
import { pathsBelow, temporaryFolder } from '#test/support/temporary.ts';

/** The command as it runs in a checkout; `run` and `start` take the compiled one. */
const CHECKOUT = fileURLToPath(new URL('../../../pipeline/cli.ts', import.meta.url));

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
afterAll(() => folder.remove());

beforeAll(async () => {
  writeFileSync(at('galaxy.ndjson'), [...galaxy({ count: 20_000, slim: true })].join(''));
  const built = await run(['build', at('galaxy.ndjson'), '--out', at('set'), '--search', 'none', '--quiet']);
  expect(built).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('exit codes reach the shell', async () => {
  const sphere = ['query', 'sphere', at('set'), '--center', '0,0,1e9'];
  writeFileSync(at('bad.json'), '[1]');
  const outcomes = await Promise.all([
    run([...sphere, '--limit', '1']),
    run(['build', at('bad.json'), '--out', at('bad')]),
    run([...sphere, '--limt', '1']),
    run(['inspect', at('nowhere')]),
    run([...sphere, '--radius', '1']),
  ]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 1, 2, 3, 4]);
});

describe('a signal', () => {
  const namesIn = (name: string) => pathsBelow(at(name));
  const into = (name: string) => ['--out', join(at(name), 'set'), '--rejects', join(at(name), 'why.ndjson')];

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s while reading: exit code %i, and nothing stays behind', async (signal, code) => {
    mkdirSync(at(signal));
    const child = start(['build', '-', ...into(signal)]);
    const ended = outcome(child);
    child.stdin!.on('error', () => {});
    child.stdin!.write(readFileSync(at('galaxy.ndjson')));
    await until(() => namesIn(signal).length > 1, ended);
    child.kill(signal);
    expect(await ended).toEqual({ code, stdout: '', stderr: `haven-chunks: stopped by ${signal}\n` });
    expect(namesIn(signal)).toEqual([]);
  });

  test('while files are written: nothing stays behind either', async () => {
    // So heavy that files are still waiting for the compressor when the signal comes.
    const heavy = Array.from({ length: 400 }, (_, i) => {
      const note = randomBytes(50_000).toString('hex');
      return `${JSON.stringify({ id: `S${i}`, x: i, y: i, z: i, note })}\n`;
    });
    writeFileSync(at('heavy.ndjson'), heavy.join(''));
    mkdirSync(at('writing'));
    const child = start([
      'build',
      at('heavy.ndjson'),
      ...['--workers', '1', '--memory', '64MiB'],
      '--chunk-limit',
      '8',
      ...into('writing'),
    ]);
    const ended = outcome(child);
    await until(() => namesIn('writing').some(name => name.endsWith('.mpk')), ended);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(namesIn('writing')).toEqual([]);
  });
});

describe('a reader that has had enough', () => {
  test.each([
    ['query', ['query', 'sphere', at('set'), '--center', '0,0,0', '--radius', 'Infinity']],
    ['export', ['export', at('set'), '--to', '-', '--quiet']],
  ])('%s ends quietly, with exit code 0, long before the end', async (_name, args) => {
    const child = start(args);
    const stderr: string[] = [];
    child.stderr!.on('data', chunk => stderr.push(String(chunk)));
    const first = await firstOutput(child);
    child.stdout!.destroy();
    const [code, signal] = await once(child, 'close');
    expect(JSON.parse(first.split('\n')[0]!)).toHaveProperty('region');
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: [] });
  });
});

test('a reader of messages that is gone changes neither the exit code nor the set', async () => {
  const ended = async (args: readonly string[]) => {
    const child = start(args);
    child.stderr!.destroy();
    child.stdin!.on('error', () => {});
    child.stdin!.end('{"id":"a","x":1,"y":2,"z":3}\n{"id":"b"}\n');
    const [code] = await once(child, 'close');
    return code;
  };
  const unheard = at('unheard');
  // A rejected record is a message.
  expect(await ended(['build', '-', '--out', unheard])).toBe(0);
  expect(await run(['verify', unheard, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await ended(['query', 'system', unheard, '--id', 'b'])).toBe(4);
  expect(await ended(['query', 'sistem', unheard])).toBe(2);
});

test('no folder for temporary files: its name, and what to do', async () => {
  const TMPDIR = at('no-such-folder');
  for (const args of [
    ['verify', at('set')],
    ['serve', at('galaxy.ndjson')],
  ]) {
    const { code, stderr } = await outcome(start(args, { TMPDIR }));
    expect(stderr).toContain(`haven-chunks: cannot make a temporary folder in ${TMPDIR}: `);
    expect(stderr).toContain('(the folder does not exist: name another one, ');
    expect(code).toBe(3);
  }
});

test.skipIf(process.platform === 'win32')(
  'a directory as standard input is not an empty catalogue',
  async () => {
    const args = [
      '-c',
      'exec "$0" "$@" < /',
      process.execPath,
      CHECKOUT,
      'build',
      '-',
      '--out',
      at('directory'),
    ];
    const { code, stderr } = await runProcess('sh', args);
    expect(stderr).toContain('standard input is a directory: ');
    expect(code).toBe(2);
  },
);

test.each(['ndjson', 'csv.gz', 'db'])(
  'no room for an export .%s: its name, and nothing stays behind',
  async ending => {
    mkdirSync(at(ending));
    const to = join(at(ending), `whole.${ending}`);
    // A limit to the size of files, in blocks of 512 bytes, stands for a full disk.
    const limited = ['-c', 'ulimit -f 32 && exec "$0" "$@"', process.execPath, COMMAND];
    const ended = await runProcess('sh', [...limited, 'export', at('set'), '--to', to]);
    expect(ended).toMatchObject({ code: 3, stdout: '' });
    expect(ended.stderr).toContain(`cannot write ${to}: `);
    if (ending !== 'db') expect(ended.stderr).toContain('ulimit -f unlimited');
    expect(readdirSync(at(ending))).toEqual([]);
  },
);

test('no room for --rejects: its name, and nothing stays behind', async () => {
  mkdirSync(at('rejects'));
  const rejected = Array.from(
    { length: 2_000 },
    (_, i) => `{"id":"S${i}","x":null,"note":"${'n'.repeat(40)}"}\n`,
  );
  writeFileSync(at('rejected.ndjson'), `${rejected.join('')}{"id":"kept","x":1,"y":2,"z":3}\n`);
  const to = join(at('rejects'), 'why.ndjson');
  const args = ['build', at('rejected.ndjson'), '--out', join(at('rejects'), 'set'), '--rejects', to];
  const limited = ['-c', 'ulimit -f 128 && exec "$0" "$@"', process.execPath, COMMAND];
  const ended = await runProcess('sh', [...limited, ...args]);
  expect(ended).toMatchObject({ code: 3, stdout: '' });
  expect(ended.stderr).toContain(`cannot write ${to}: `);
  expect(readdirSync(at('rejects'))).toEqual([]);
});

test('HAVEN_DEBUG=1 shows where an error came from, and nothing else does', async () => {
  const args = ['inspect', at('nowhere')];
  expect((await run(args)).stderr).toMatch(/^haven-chunks: .*\n$/);
  const shown = await runProcess(process.execPath, [CHECKOUT, ...args], { env: { HAVEN_DEBUG: '1' } });
  expect(shown.stderr).toMatch(/\n +at .*inspect\.ts:\d+/);
});
