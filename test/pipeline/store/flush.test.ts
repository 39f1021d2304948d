import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build, publishTileset, updateTileset } from '#pipeline/index.ts';
import { flush } from '#pipeline/store/folder-store.ts';
import { recordsAt } from '#test/support/arbitrary.ts';
import { ndjson, readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { COMMAND, copiedCommand, HAS_STRACE, type SystemCall, traced } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const CALLS = ['fsync', 'fdatasync', 'rename', 'renameat', 'renameat2'];

const trace = (folder: string, ...args: string[]) => traceOf(COMMAND, folder, ...args);

function traceOf(command: string, folder: string, ...args: string[]) {
  const all = [process.execPath, command, ...args, '--quiet'];
  const { code, stderr, calls } = traced(CALLS, join(folder, 'calls'), all);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const named = (name: string) => calls.filter(call => call.name.startsWith(name));
  return { flushes: [...named('fsync'), ...named('fdatasync')], renames: named('rename') };
}

function traceBuild(folder: string, records: string, ...options: string[]) {
  const [input] = writeInputs(folder, 'in', [records]);
  const out = join(folder, 'new/set');
  return { out, ...trace(folder, 'build', input!, '--out', out, ...options) };
}

/** Options that make many files, none of them flushed. */
const OPTIONS = { search: { mode: 'none' }, chunkLimit: 8, flush: false } as const;

/** Paths of all files in a folder but the mark. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
    .map(entry => join(entry.parentPath, entry.name));
}

const first = ndjson(recordsAt(Array.from({ length: 50 }, (_, i) => [i, 2, 3])));
const second = ndjson(recordsAt(Array.from({ length: 60 }, (_, i) => [i, 2, 3])));

// Folders of /proc cannot be flushed (EINVAL), like those of some network mounts.
test.skipIf(!existsSync('/proc/self/fd'))('a folder that cannot be flushed is passed over', async () => {
  const handle = await open('/proc/self', 'r');
  await expect(handle.sync().finally(() => handle.close())).rejects.toMatchObject({ code: 'EINVAL' });
  await flush('/proc/self');
  await expect(flush('/proc/self/status')).rejects.toMatchObject({ code: 'EINVAL' });
});

describe.skipIf(!HAS_STRACE)('what a power cut must not undo', () => {
  test.each([
    ['a new folder', [first]],
    ['a set that changes', [first, second]],
    ['a set that stays the same', [first, first]],
  ])('is flushed in order: files, their folders, index.json, its folder; %s', (what, builds) =>
    inFolder(folder => {
      const options = ['--search', 'none', '--chunk-limit', '8'];
      const traces = builds.map(records => traceBuild(folder, records, ...options));
      const { out, flushes, renames } = traces.at(-1)!;
      const index = join(out, 'index.json');
      const before = (call: SystemCall, next: SystemCall) => expect(call.ended).toBeLessThan(next.began);
      const flushesOf = (path: string) => flushes.filter(call => call.paths[0] === path);
      const isStaged = (path: string) => path.includes('.building-');
      const moves = renames.filter(({ paths }) => !isStaged(paths[1]!));

      const last = moves.at(-1)!;
      expect(last.paths[1]).toBe(index);
      for (const move of moves.slice(0, -1)) {
        before(flushesOf(move.paths[0]!)[0]!, move);
        before(move, flushesOf(dirname(move.paths[1]!))[0]!);
      }
      const [indexFlush] = flushesOf(last.paths[0]!);
      before(indexFlush!, last);
      before(flushesOf(out)[0]!, indexFlush!);
      const earlier = flushes.filter(call => call !== indexFlush && call.paths[0] !== out);
      for (const flush of earlier) before(flush, indexFlush!);
      before(last, flushesOf(out).at(-1)!);

      // Every file of the generation: in staging before it moves, or where it stays.
      const files = flushes.filter(({ paths }) => paths[0]!.endsWith('.mpk'));
      const staged = files.filter(({ paths }) => isStaged(paths[0]!));
      expect(staged).toHaveLength(moves.length - 1);
      const { contents } = readSet(out);
      if (what !== 'a set that changes') expect(files).toHaveLength(contents.size - 1);
      expect(files.length - staged.length > 0).toBe(what !== 'a new folder');
      expect(staged.length > 0).toBe(what !== 'a set that stays the same');
      // Folders of kinds, the destination twice, those above it that were made, the index, the list of new files.
      const kinds = readdirSync(out).length - 1;
      const above = what === 'a new folder' ? 2 : 0;
      expect(flushes).toHaveLength(files.length + kinds + 2 + above + 2);
    }),
  );

  test('and so is the map beside a set, its page last', () =>
    inFolder(folder => {
      const command = copiedCommand(join(folder, 'package'));
      const viewer = join(dirname(command), 'viewer');
      mkdirSync(join(viewer, 'map'), { recursive: true });
      for (const name of ['index.html', 'map/index-a.js']) writeFileSync(join(viewer, name), 'of a map');
      const [input] = writeInputs(folder, 'in', [first]);
      const out = join(folder, 'set');
      const { flushes } = traceOf(command, folder, 'build', input!, '--out', out, '--viewer');
      const ofMap = flushes
        .map(({ paths }) => paths[0]!)
        .filter(path => /index\.html|index-a\.js/.test(path));
      expect(ofMap).toHaveLength(2);
      expect(ofMap[0]).toContain('index-a.js');
    }));

  test('and nothing is with --no-flush', () =>
    inFolder(folder => {
      const { out, flushes } = traceBuild(folder, first, '--no-flush');
      expect(flushes).toEqual([]);
      expect(readSet(out).index.counts.systems).toBe(50);
    }));

  test('and a new folder that is published to is, in each folder above it that was made', () =>
    inFolder(async folder => {
      const [input] = writeInputs(folder, 'in', [first]);
      await build([input!], join(folder, 'set'), OPTIONS);
      const { flushes } = trace(folder, 'publish', join(folder, 'set'), join(folder, 'new/live'));
      const flushed = new Set(flushes.map(({ paths }) => paths[0]));
      for (const path of [folder, join(folder, 'new')]) expect(flushed).toContain(path);
    }));

  test.each([
    ['empty', () => ''],
    ['cut off', text => text.slice(0, -1)],
    ['one of more folders than there are', text => text.replace(/\d+/, '99999999')],
    ['one of an odd number', text => text.replace(/\d+/, '1e9')],
    ['another file', () => 'New folders above, with this one: 1\n'],
  ] as [string, (text: string) => string][])(
    'and all folders above are, if the mark of unflushed files is %s',
    (_, damaged) =>
      inFolder(async folder => {
        const [input, edit] = writeInputs(folder, 'in', [first, ndjson(recordsAt([[9, 9, 9]]))]);
        const set = join(folder, 'new/set');
        await build([input!], set, OPTIONS);
        const mark = join(set, '.haven-chunks-unflushed');
        writeFileSync(mark, damaged(readFileSync(mark, 'utf8')));
        const { flushes } = trace(folder, 'update', set, '--upsert', edit!);
        const flushed = new Set(flushes.map(({ paths }) => paths[0]));
        for (let path = dirname(set); path !== '/'; path = dirname(path)) expect(flushed).toContain(path);
        expect(existsSync(mark)).toBe(false);
      }),
  );

  test.each(['build', 'update', 'update of nothing', 'publish', 'rollback', 'gc'])(
    'and files that an earlier command has not flushed are, by the next %s',
    command =>
      inFolder(async folder => {
        const [old, next, edit] = writeInputs(folder, 'in', [first, second, ndjson(recordsAt([[9, 9, 9]]))]);
        const [set, live] = [join(folder, 'set'), join(folder, 'live')];
        await build([old!], set, OPTIONS);
        const { generation } = readSet(set).index;
        const isPublished = ['publish', 'rollback', 'gc'].includes(command);
        const out = isPublished ? live : set;
        if (isPublished) await publishTileset(set, live, { flush: false });
        await updateTileset(set, { upsert: [edit!] }, { flush: false });
        if (isPublished) await publishTileset(set, live, { flush: false });
        if (command === 'publish') await build([next!], set, OPTIONS);
        const unflushed = filesIn(out);
        const foreign = join(out, 'notes.txt');
        writeFileSync(foreign, 'of the user');
        const args = {
          build: ['build', next!, '--out', set, '--search', 'none', '--chunk-limit', '8'],
          update: ['update', set, '--delete', writeInputs(folder, 'ids', ['["S0"]'])[0]!],
          'update of nothing': ['update', set, '--upsert', edit!],
          publish: ['publish', set, live],
          rollback: ['rollback', live, '--to', generation],
          gc: ['gc', live, '--keep', '1', '--grace', '1d'],
        }[command]!;
        const { flushes } = trace(folder, ...args);
        const flushed = new Set(flushes.map(({ paths }) => paths[0]));
        const folders = unflushed.map(path => dirname(path));
        for (const path of [...unflushed, ...folders]) expect(flushed).toContain(path);
        expect(flushed).toContain(folder);
        expect(flushed).not.toContain(foreign);
        // The next command has only its own files to flush.
        expect(readdirSync(out).filter(name => name.startsWith('.'))).toEqual([]);
      }),
  );
});
