/** Which files are inputs: paths and globs as the shell has them, each file once, none of a chunk set. */
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build, type LeftOutFile, UsageError } from '#pipeline/index.ts';
import { resolveInputs } from '#pipeline/source/index.ts';
import { COMMAND, call, runProcess } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';
import { A } from './source-tools.ts';

/** Resolves patterns in a folder; gives paths that begin there. */
async function resolve(folder: string, patterns: readonly string[]) {
  const short = (path: string) => path.replaceAll(`${folder}/`, '');
  const leftOut: LeftOutFile[] = [];
  const inputs = await resolveInputs(
    patterns.map(pattern => join(folder, pattern)),
    file => leftOut.push(file),
  );
  return {
    files: inputs.map(({ file }) => short(file)),
    indices: inputs.map(({ index }) => index),
    leftOut: leftOut.map(({ file, reason }) => `${short(file)}: ${short(reason)}`),
  };
}

function write(folder: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${path} ${A}\n`);
  }
}

describe('paths and globs', () => {
  const odd = [
    '*.json',
    '[ab].json',
    '{a,b}.json',
    '!x.json',
    '(a|b).json',
    'a?.json',
    'a b.json',
    '#1.json',
    '**',
  ];
  test('a path that exists is taken literally', () =>
    inFolder(async folder => {
      write(folder, ...odd, 'a.json', 'b.json');
      for (const path of odd) expect((await resolve(folder, [path])).files).toEqual([path]);
    }));
  test('globs match as in a shell: no dot files, braces, sorted', () =>
    inFolder(async folder => {
      write(
        folder,
        'c.json',
        'a.json',
        'b.ndjson',
        '.hidden.json',
        'sub/d.json',
        '.git/e.json',
        'sub/.f/g.json',
      );
      const files = async (...patterns: string[]) => (await resolve(folder, patterns)).files;
      expect(await files('*.json')).toEqual(['a.json', 'c.json']);
      expect(await files('{c,a}.json', 'b.{csv,ndjson}')).toEqual(['a.json', 'c.json', 'b.ndjson']);
      expect(await files('**/*.json')).toEqual(['a.json', 'c.json', 'sub/d.json']);
      expect(await files('[!a]*')).toEqual(['b.ndjson', 'c.json']);
      expect(await files('.*.json')).toEqual(['.hidden.json']);
    }));
  test('what matches no file says so', () =>
    inFolder(async folder => {
      write(folder, 'sub/a.json');
      await expect(resolve(folder, ['su*'])).rejects.toThrow(
        /matches only folders: name their files, such as ".*su\*\/\*\.json"/,
      );
      await expect(resolve(folder, ['*.csv'])).rejects.toThrow(/no file matches/);
      await expect(resolve(folder, ['sub'])).rejects.toThrow(/is a directory/);
      await expect(resolveInputs(['https://example.org/a.json'])).rejects.toThrow(
        /is a URL, but build reads local files .*\. Download a catalogue first; if it is a chunk set/,
      );
    }));
});

describe('a file is read once', () => {
  test('by whatever paths it is given', () =>
    inFolder(async folder => {
      write(folder, 'a.json', 'b.json');
      symlinkSync('a.json', join(folder, 'link.json'));
      linkSync(join(folder, 'a.json'), join(folder, 'hard.json'));
      symlinkSync('nothing', join(folder, 'broken.json'));
      const { files, indices, leftOut } = await resolve(folder, ['b.json', '*.json', './b.json']);
      expect(files).toEqual(['b.json', 'a.json']);
      expect(indices).toEqual([0, 1]);
      expect(leftOut.sort()).toEqual([
        'b.json: it is given twice',
        'b.json: it is given twice',
        'broken.json: it is a broken link',
        'hard.json: it is the same file as a.json',
        'link.json: it is the same file as a.json',
      ]);
    }));
  test('links that go round in a circle end', () =>
    inFolder(async folder => {
      write(folder, 'sub/a.json', 'sub/b.json');
      symlinkSync('..', join(folder, 'sub/up'));
      symlinkSync('.', join(folder, 'sub/here'));
      symlinkSync('self', join(folder, 'self'));
      expect((await resolve(folder, ['**/*.json'])).files).toEqual(['sub/a.json', 'sub/b.json']);
      expect((await resolve(folder, ['*/*/*.json'])).files).toEqual(['sub/here/a.json', 'sub/here/b.json']);
      await expect(resolve(folder, ['self'])).rejects.toThrow(UsageError);
    }));
});

test.skipIf(process.platform === 'win32')(
  'pipes are read by their paths, beside a file and standard input',
  () =>
    inFolder(async folder => {
      const csv = (id: string) => `id,x,y,z\\n${id},1,2,3\\n`;
      writeFileSync(join(folder, 'a.ndjson'), A);
      const command = `trap 'kill $(jobs -p) 2>/dev/null' EXIT; mkfifo pipe; printf '${csv('f')}' > pipe & printf '${csv('s')}' | '${process.execPath}' '${COMMAND}' \
      build a.ndjson pipe <(printf '${csv('p')}') - --out set --json`;
      const { code, stdout, stderr } = await runProcess('bash', ['-c', command], { cwd: folder });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({ systems: 4, rejected: 0 });
    }),
);

describe('files of chunk sets', () => {
  test('are left out of globs, and refused by name', () =>
    inFolder(async folder => {
      writeFileSync(join(folder, 'a.json'), `[${A}]`);
      await build([join(folder, 'a.json')], join(folder, 'set'));
      writeFileSync(join(folder, 'set/notes.json'), `[${A}]`);
      mkdirSync(join(folder, 'set/.building-abcdef'));
      writeFileSync(join(folder, 'set/.building-abcdef/scratch.json'), `[${A}]`);
      const { files, leftOut } = await resolve(folder, ['**/*.json', 'set/.*/*.json']);
      expect(files).toEqual(['a.json', 'set/notes.json']);
      expect(leftOut).toEqual([
        `set/index.json: it is a file of the chunk set ${folder}/set`.replaceAll(`${folder}/`, ''),
        'set/.building-abcdef/scratch.json: it is a file of the chunk set set',
      ]);
      await expect(resolve(folder, ['set/index.json'])).rejects.toThrow(
        /is a chunk set, not a catalogue\. Export it first: haven-chunks export .*set --to catalogue\.ndjson/,
      );
      await expect(resolve(folder, ['set'])).rejects.toThrow(/is a chunk set, not a catalogue/);
      await expect(resolve(folder, ['set/*/*.mpk'])).rejects.toThrow(/all files belong to chunk sets/);
    }));
  test('a build tells what it left out, and builds again over its own set', () =>
    inFolder(async folder => {
      writeFileSync(join(folder, 'a.json'), `[${A}]`);
      symlinkSync('a.json', join(folder, 'b.json'));
      const args = ['build', join(folder, '**/*.json'), '--out', join(folder, 'set')];
      expect((await call(args)).code).toBe(0);
      const { code, stdout } = await call(args);
      expect(code).toBe(0);
      expect(stdout).toMatch(/b\.json left out: it is the same file as .*a\.json\n/);
      expect(stdout).toMatch(/set\/index\.json left out: it is a file of the chunk set/);
      expect(stdout).toMatch(/\n {2}1 system,/);
    }));
});
