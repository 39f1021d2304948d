import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { firstOutput, outcome, runProcess, startProcess } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';
import manifest from '../../package.json' with { type: 'json' };

const build = fileURLToPath(new URL('../../build/', import.meta.url));

let clone: string;
let remove: () => void;
beforeEach(() => {
  ({ path: clone, remove } = temporaryFolder());
});
afterEach(() => remove());

describe('node build/start.js', () => {
  const lock = (version: string, optional: string[] = []) =>
    JSON.stringify({
      packages: {
        '': { name: 'clone' },
        'node_modules/node': { version, integrity: `sha512-${version}` },
        ...Object.fromEntries(optional.map(name => [`node_modules/${name}`, { version, optional: true }])),
      },
    });

  /** A clone with a start.ts, and an npm that only writes down how it was called and puts a Node in place. */
  const prepare = (npm: string) => {
    mkdirSync(join(clone, 'build'));
    mkdirSync(join(clone, 'bin'));
    for (const file of ['bootstrap.js', 'start.js']) cpSync(join(build, file), join(clone, 'build', file));
    writeFileSync(join(clone, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(clone, 'package-lock.json'), lock('1.0.0', ['for-another-platform']));
    writeFileSync(join(clone, 'bin/npm'), `#!/bin/sh\necho "$@" >>calls\n${npm}\n`, { mode: 0o755 });
    writeFileSync(
      join(clone, 'build/start.ts'),
      `const [code, wait]: string[] = process.argv.slice(2);
       process.on('SIGTERM', () => process.exit(Number(code)));
       console.log(process.argv.slice(2).join('|'));
       if (wait) setInterval(() => {}, 1000); else process.exitCode = Number(code);`,
    );
  };
  const installs = `mkdir -p node_modules/node/bin && ln -sf "${process.execPath}" node_modules/node/bin/node && cp installed.json node_modules/.package-lock.json`;
  const installed = (version: string) => writeFileSync(join(clone, 'installed.json'), lock(version));

  const start = (...args: string[]) =>
    startProcess(process.execPath, [join(clone, 'build/start.js'), ...args], {
      env: { PATH: `${join(clone, 'bin')}:${process.env['PATH']}` },
    });
  const calls = () =>
    existsSync(join(clone, 'calls')) ? readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n') : [];

  test('installs in a fresh clone, then hands on arguments and exit code', async () => {
    prepare(installs);
    installed('1.0.0');
    const { code, stdout, stderr } = await outcome(start('3', '', 'two words'));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '3||two words\n' });
    expect(stderr).toMatch(/^Installing .*\n$/);
    expect(calls()).toEqual([expect.stringMatching(/^ci --include=dev /)]);
  });

  test('installs once, and again when the lock file changes', async () => {
    prepare(installs);
    installed('1.0.0');
    await outcome(start('0'));
    expect(await outcome(start('0'))).toEqual({ code: 0, stdout: '0\n', stderr: '' });
    expect(calls()).toHaveLength(1);

    writeFileSync(join(clone, 'package-lock.json'), lock('2.0.0'));
    installed('2.0.0');
    await outcome(start('0'));
    expect(calls()).toHaveLength(2);
  });

  test("shows npm's output when it fails", async () => {
    prepare('echo the reason; exit 9');
    const { code, stdout, stderr } = await outcome(start('0'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the reason');
  });

  test('hands on signals', async () => {
    prepare(installs);
    installed('1.0.0');
    const child = start('7', 'wait');
    const ended = outcome(child);
    await firstOutput(child);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(7);
  });
});

describe('before anything is installed', () => {
  const scripts = Object.entries(manifest.scripts).filter(
    ([name]) => !['start', 'map', 'test', 'check', 'prepack'].includes(name),
  );

  test.each(scripts)('npm run %s says what to do', async (name, script) => {
    mkdirSync(join(clone, 'build'));
    for (const file of ['bootstrap.js', 'installed.js'])
      cpSync(join(build, file), join(clone, 'build', file));
    writeFileSync(join(clone, 'package.json'), '{ "type": "module" }');
    const child = startProcess('sh', ['-c', script], {
      cwd: clone,
      env: {
        PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
        npm_lifecycle_event: name,
      },
    });
    expect(await outcome(child)).toEqual({
      code: 1,
      stdout: '',
      stderr: `npm run ${name} needs the packages of this project, which are not installed: run "npm start" or "npm ci" first\n`,
    });
  });
});

describe('node build/count.js', () => {
  const file = (status: string, ...statuses: string[]) => ({
    status,
    assertionResults: statuses.map(one => ({ status: one })),
  });

  test.each([
    ['1 passed, 0 failed', 0, [file('passed', 'passed')]],
    [
      '2 passed, 0 failed, 2 skipped',
      0,
      [file('passed', 'passed', 'skipped', 'todo'), file('passed', 'passed')],
    ],
    ['1 passed, 1 failed', 1, [file('failed', 'failed', 'passed')]],
    ['1 passed, 1 failed', 1, [file('passed', 'passed'), file('failed')]],
    ['0 passed, 0 failed, 1 skipped', 1, [file('passed', 'skipped')]],
    ['0 passed, 0 failed', 1, []],
    ['0 passed, 0 failed', 1, undefined],
  ])('%s: exit code %i', async (line, code, testResults) => {
    const report = join(clone, 'report.json');
    if (testResults) writeFileSync(report, JSON.stringify({ testResults }));
    expect(await runProcess(process.execPath, [join(build, 'count.js'), report])).toEqual({
      code,
      stdout: `${line}\n`,
      stderr: '',
    });
  });
});
