/** Options that name an output: all of them write in the same way, and never destroy what stands there. */
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputTarget } from '#pipeline/store/output-target.ts';
import {
  COMMAND,
  call,
  outcome,
  outputOf,
  run,
  start,
  startProcess,
  succeeds,
  until,
} from '#test/support/run-command.ts';
import { inFolder, temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const at = (name: string) => join(folder.path, name);
const INPUT = at('input.ndjson');
const SET = at('set');
const isRoot = process.getuid?.() === 0;

beforeAll(async () => {
  writeFileSync(INPUT, '{"id":"a","name":"A","x":1,"y":2,"z":3}\n{"id":"bad","x":"?"}\n');
  expect(await call(['build', INPUT, '--out', SET, '--quiet'])).toMatchObject({ code: 0 });
});

/** Each option that names an output: a command that gives it, and a line of what it writes. */
const OPTIONS = {
  '--to': { args: (to: string) => ['export', SET, '--quiet', '--to', to], written: /^\{"id":"a".*\n$/ },
  '--rejects': {
    args: (to: string) => ['build', INPUT, '--out', at('built'), '--quiet', '--rejects', to],
    written: /^\{"file":.*"bad".*\n$/,
  },
};

test.each(['__proto__', 'constructor'])('%s is a file, as other names are', name => {
  expect(outputTarget('--rejects', name)).toMatchObject({ kind: 'file', path: resolve(name) });
});

describe.each(Object.entries(OPTIONS))('%s', (option, { args, written }) => {
  const succeeded = { code: 0, stdout: '', stderr: '' };

  test('makes a file, with the mode of any new one', () =>
    inFolder(async own => {
      const file = join(own, 'out.ndjson');
      writeFileSync(join(own, 'other'), '');
      expect(await call(args(file))).toEqual(succeeded);
      expect(readFileSync(file, 'utf8')).toMatch(written);
      expect(statSync(file).mode).toBe(statSync(join(own, 'other')).mode);
      expect(readdirSync(own).sort()).toEqual(['other', 'out.ndjson']);
    }));

  test('replaces a file as a whole: its mode and owner stay, and other names of it keep the old content', () =>
    inFolder(async own => {
      const file = join(own, 'out.ndjson');
      writeFileSync(file, 'old');
      linkSync(file, join(own, 'old.ndjson'));
      chmodSync(file, 0o640);
      if (isRoot) chownSync(file, 1234, 2345);
      const before = statSync(file);
      expect(await call(args(file))).toEqual(succeeded);
      const after = statSync(file);
      expect([after.mode, after.uid, after.gid]).toEqual([before.mode, before.uid, before.gid]);
      expect(after.ino).not.toBe(before.ino);
      expect(readFileSync(file, 'utf8')).toMatch(written);
      expect(readFileSync(join(own, 'old.ndjson'), 'utf8')).toBe('old');
    }));

  test.each([true, false])('follows links, also to other folders; the target is there: %s', isThere =>
    inFolder(async own => {
      mkdirSync(join(own, 'real'));
      const real = join(own, 'real/target.ndjson');
      if (isThere) writeFileSync(real, 'old');
      symlinkSync('real/target.ndjson', join(own, 'middle'));
      symlinkSync(join(own, 'middle'), join(own, 'link.ndjson'));
      expect(await call(args(join(own, 'link.ndjson')))).toEqual(succeeded);
      expect(readFileSync(real, 'utf8')).toMatch(written);
      expect(readlinkSync(join(own, 'middle'))).toBe('real/target.ndjson');
      expect(lstatSync(join(own, 'link.ndjson')).isSymbolicLink()).toBe(true);
      expect([readdirSync(own).length, readdirSync(join(own, 'real'))]).toEqual([3, ['target.ndjson']]);
    }),
  );

  test('writes through to devices, standard output and pipes', async () => {
    const before = statSync('/dev/null');
    expect(await call(args('/dev/null'))).toEqual(succeeded);
    expect(statSync('/dev/null').ino).toBe(before.ino);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    for (const name of ['-', '/dev/stdout', '/dev/fd/1']) {
      expect(await run(args(name)), name).toEqual({ ...succeeded, stdout: expect.stringMatching(written) });
    }
    expect((await run(args('/dev/stderr'))).stderr).toMatch(written);
  });

  test('adds to an open file that others write too', () =>
    inFolder(async own => {
      const file = join(own, 'log');
      const command = args('/dev/stdout')
        .map(arg => `'${arg}'`)
        .join(' ');
      const script = `{ echo before; '${process.execPath}' '${COMMAND}' ${command}; echo after; } >> '${file}'`;
      await outputOf('sh', ['-euc', script]);
      const lines = readFileSync(file, 'utf8').split('\n');
      expect(lines).toEqual(['before', expect.stringMatching(/^\{/), 'after', '']);
    }));

  test('waits for the reader of a pipe, and goes with it', () =>
    inFolder(async own => {
      const pipe = join(own, 'pipe');
      await outputOf('mkfifo', [pipe]);
      const writer = outcome(start(args(pipe)));
      const reader = startProcess('cat', [pipe]);
      expect(await text(reader.stdout!)).toMatch(written);
      expect(await writer).toEqual(succeeded);
      expect(statSync(pipe).isFIFO()).toBe(true);
      expect(readdirSync(own)).toEqual(['pipe']);
    }));

  /** Paths that cannot be written, each with a part of the message. */
  const REFUSED: Record<string, [path: (own: string) => string, reason: RegExp]> = {
    'a folder': [own => own, /is a folder/],
    'the name of a folder': [own => `${join(own, 'new')}/`, /is the path of a folder/],
    'a folder that is not there': [own => join(own, 'none/out.ndjson'), /its folder does not exist/],
    'below a file': [() => join(INPUT, 'out.ndjson'), /its folder is a file|cannot be written/],
    'a circle of links': [
      own => {
        symlinkSync(join(own, 'circle'), join(own, 'circle'));
        return join(own, 'circle');
      },
      /is a circle of links/,
    ],
    'an empty path': [() => '', /empty/],
    'a URL': [() => 's3://bucket/out.ndjson', /is a URL/],
  };
  test.each(Object.entries(REFUSED))(
    'refuses %s with exit code 2, and touches nothing',
    (_, [path, reason]) =>
      inFolder(async own => {
        const { code, stdout, stderr } = await call(args(path(own)));
        expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
        expect(stderr).toMatch(reason);
        expect(stderr).toContain(option);
        expect(readdirSync(own).filter(name => name !== 'circle')).toEqual([]);
      }),
  );

  test('refuses what lies in the chunk set, through links too', () =>
    inFolder(async own => {
      const set = option === '--to' ? SET : at('built');
      mkdirSync(set, { recursive: true });
      symlinkSync(set, join(own, 'set'));
      symlinkSync(join(set, 'new.ndjson'), join(own, 'link.ndjson'));
      const before = readdirSync(set, { recursive: true });
      for (const path of [join(set, 'index.json'), join(own, 'set/x.ndjson'), join(own, 'link.ndjson')]) {
        const { code, stderr } = await call(args(path));
        expect({ code, path }).toEqual({ code: 2, path });
        expect(stderr).toContain('is inside the chunk set');
      }
      expect(readdirSync(set, { recursive: true })).toEqual(before);
    }));

  const unprivileged = isRoot && succeeds('setpriv', ['--version']);
  test.skipIf(isRoot && !unprivileged)('refuses a folder or a file that may not be written', () =>
    inFolder(async own => {
      chmodSync(own, 0o755);
      mkdirSync(join(own, 'closed'), { mode: 0o755 });
      mkdirSync(join(own, 'open'));
      chmodSync(join(own, 'open'), 0o777);
      writeFileSync(join(own, 'open/kept.ndjson'), 'kept', { mode: 0o444 });
      chmodSync(folder.path, 0o755);
      for (const path of [join(own, 'closed/out.ndjson'), join(own, 'open/kept.ndjson')]) {
        const command = [process.execPath, COMMAND, ...args(path)];
        const user = isRoot
          ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...command]
          : command;
        const { code, stderr } = await outcome(startProcess(user[0]!, user.slice(1)));
        expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('permission') });
      }
      expect(readFileSync(join(own, 'open/kept.ndjson'), 'utf8')).toBe('kept');
    }),
  );
});

test('removes what killed runs left, whoever made it, and leaves alone what is in use', () =>
  inFolder(async own => {
    const file = join(own, 'out.ndjson');
    const left = join(own, '.haven-chunks-scratch-abc123');
    mkdirSync(left);
    writeFileSync(join(left, 'output'), 'half');
    mkdirSync(join(own, '.haven-chunks-scratch-not-ours'));
    // A run that waits for its input holds its folder.
    const args = ['build', '-', '--out', join(own, 'waiting'), '--quiet', '--rejects', join(own, 'w.ndjson')];
    const waiting = start(args);
    const ended = outcome(waiting);
    const scratch = () => readdirSync(own).filter(name => /^\.haven-chunks-scratch-[^-]{6}$/.test(name));
    await until(() => scratch().some(name => name !== '.haven-chunks-scratch-abc123'));
    await until(() => existsSync(join(own, 'waiting')) && readdirSync(join(own, 'waiting')).length > 1);
    expect((await call(OPTIONS['--to'].args(file))).code).toBe(0);
    expect(existsSync(left)).toBe(false);
    expect(scratch()).toHaveLength(1);
    waiting.kill('SIGKILL');
    await ended;
    expect((await call(OPTIONS['--to'].args(file))).code).toBe(0);
    expect(scratch()).toEqual([]);
    expect(existsSync(join(own, '.haven-chunks-scratch-not-ours'))).toBe(true);
  }));

test('--rejects refuses an input, by whatever name', () =>
  inFolder(async own => {
    const input = join(own, 'input.ndjson');
    writeFileSync(input, readFileSync(INPUT));
    linkSync(input, join(own, 'hard.ndjson'));
    symlinkSync(input, join(own, 'soft.ndjson'));
    for (const rejects of [
      input,
      join(own, 'hard.ndjson'),
      join(own, 'soft.ndjson'),
      `${own}/./input.ndjson`,
    ]) {
      const args = ['build', join(own, 'in*.ndjson'), '--out', join(own, 'set'), '--rejects', rejects];
      const { code, stderr } = await call(args);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('is one of the inputs') });
    }
    expect(readFileSync(input)).toEqual(readFileSync(INPUT));
    expect(existsSync(join(own, 'set'))).toBe(false);
  }));

describe('export --to', () => {
  test('a database goes the same way: into a pipe, over an older one, but not over one that is in use', () =>
    inFolder(async own => {
      const file = join(own, 'out.db');
      writeFileSync(file, 'old', { mode: 0o600 });
      expect((await call(['export', SET, '--to', file])).code).toBe(0);
      expect([readFileSync(file, 'latin1').slice(0, 15), statSync(file).mode & 0o777]).toEqual([
        'SQLite format 3',
        0o600,
      ]);
      const pipe = join(own, 'pipe.db');
      await outputOf('mkfifo', [pipe]);
      const reader = startProcess('sh', ['-c', `cat '${pipe}' > '${join(own, 'read.db')}'`]);
      const read = outcome(reader);
      expect((await run(['export', SET, '--to', pipe, '--quiet'])).code).toBe(0);
      await read;
      expect(readFileSync(join(own, 'read.db'))).toEqual(readFileSync(file));
      writeFileSync(`${file}-wal`, 'changes');
      const refused = await call(['export', SET, '--to', file]);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('out.db-wal') });
    }));

  test('a pipe gets the shape that its name tells, and NDJSON if it tells none', () =>
    inFolder(async own => {
      const pipe = join(own, 'pipe');
      await outputOf('mkfifo', [pipe]);
      for (const [name, head] of [
        ['pipe.json.gz', '{\n"A":'],
        ['pipe.csv', 'id,name,'],
        ['pipe', '{"id":"a"'],
      ] as const) {
        const named = join(own, name);
        if (name !== 'pipe') renameSync(pipe, named);
        const reader = startProcess('sh', ['-c', `cat '${named}' > '${join(own, 'read')}'`]);
        const read = outcome(reader);
        expect(await run(['export', SET, '--to', named, '--quiet'])).toMatchObject({ code: 0, stderr: '' });
        await read;
        const bytes = readFileSync(join(own, 'read'));
        expect((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().slice(0, head.length)).toBe(
          head,
        );
        if (name !== 'pipe') renameSync(named, pipe);
      }
    }));

  test('--json has all that is not kept, and is refused where it would meet the catalogue', async () => {
    const input = at('rich.json');
    const record = { x: 1, y: 2, z: 3, fauna: 7, mass: 1, planets: [{ name: 'p', rings: 2 }] };
    writeFileSync(input, JSON.stringify({ _meta: { v: 1 }, A: record }));
    await call(['build', input, '--out', at('rich'), '--quiet']);
    const { stdout, stderr } = await call(['export', at('rich'), '--to', at('rich.db'), '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      shape: 'db',
      systems: 1,
      metasLeftOut: 1,
      leftOut: { 'systems.mass': 1, 'planets.rings': 1 },
      rewritten: { 'systems.fauna': 1 },
      relaxed: [],
    });
    const { code } = await call(['export', at('rich'), '--to', '-', '--json']);
    expect(code).toBe(2);
  });
});
