import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build, LockedError, StoreError } from '#pipeline/index.ts';
import { Destination } from '#pipeline/store/destination.ts';
import { lockFolder } from '#pipeline/store/folder-lock.ts';
import { recordsAt } from '#test/support/arbitrary.ts';
import { buildTexts, fingerprint, ndjson, readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { outcome, runProcess, start, succeeds, until } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, removeTree } from '#test/support/temporary.ts';

const ONE = ndjson(recordsAt([[1, 2, 3]]));
const TWO = ndjson(
  recordsAt([
    [1, 2, 3],
    [4, 5, 6],
  ]),
);

/** All paths below a folder. */
const pathsIn = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

describe('the destination is filled, not replaced', () => {
  test('it keeps inode, mode, owner and group, empty or with a set in it', () =>
    inFolder(async folder => {
      const [one, two] = writeInputs(folder, 'in', [ONE, TWO]);
      const out = join(folder, 'set');
      mkdirSync(out);
      chmodSync(out, 0o2775);
      if (process.getuid?.() === 0) chownSync(out, 1234, 4321);
      const { ino, mode, uid, gid } = statSync(out);
      for (const input of [one!, two!]) {
        await build([input], out);
        expect(statSync(out)).toMatchObject({ ino, mode, uid, gid });
      }
    }));

  test('it may hold names that begin with a dot, and what a new disk has at its root', () =>
    inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [ONE]);
      const out = join(folder, 'set');
      const names = ['.git', '.DS_Store', 'lost+found', '.building-tool', '.building'];
      for (const name of names) mkdirSync(join(out, name), { recursive: true });
      await build(inputs, out);
      await build(inputs, out);
      for (const name of names) expect(existsSync(join(out, name))).toBe(true);
    }));

  test('it may be the working directory', () =>
    inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [ONE]);
      mkdirSync(join(folder, 'set'));
      const child = start(['build', inputs[0]!, '--out', '.', '--quiet'], {}, join(folder, 'set'));
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(readSet(join(folder, 'set')).index.counts.systems).toBe(1);
    }));

  test('a folder of a set that is a file or a link to nothing is said before any input is read', () =>
    inFolder(async folder => {
      const { directory } = await buildTexts(folder, [ONE]);
      rmSync(join(directory, 'chunks'), { recursive: true });
      writeFileSync(join(directory, 'chunks'), '');
      const before = pathsIn(folder);
      const error = await failure(build(writeInputs(folder, 'set', ['not JSON']), directory));
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toContain(`${join(directory, 'chunks')} is not a folder`);
      expect(pathsIn(folder)).toEqual(before);
    }));

  test('a build that fails removes the folders that it made, and no others', () =>
    inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', ['not JSON']);
      mkdirSync(join(folder, 'mine'));
      const before = pathsIn(folder);
      await failure(build(inputs, join(folder, 'mine/a/b')));
      expect(pathsIn(folder)).toEqual(before);
    }));
});

describe('files that the live set has too', () => {
  const stamp = new Date('2020-01-01T00:00:00Z');
  const stateOf = (directory: string) =>
    new Map(
      pathsIn(directory)
        .filter(path => path.endsWith('.mpk'))
        .map(path => {
          const { ino, mtimeMs } = statSync(join(directory, path));
          return [path, { ino, old: mtimeMs === stamp.getTime() }];
        }),
    );

  test('keep inode and time; others are written, also where an unreachable file of their name is there', () =>
    inFolder(async folder => {
      const { directory } = await buildTexts(folder, [ONE]);
      const first = pathsIn(directory);
      const { summary } = await buildTexts(folder, [TWO]);
      const second = pathsIn(directory).filter(path => !first.includes(path));
      expect(summary.unchangedFiles).toBeGreaterThan(0);
      for (const path of pathsIn(directory)) utimesSync(join(directory, path), stamp, stamp);
      const before = stateOf(directory);

      // The same again: nothing moves but the index.
      const again = await buildTexts(folder, [TWO]);
      expect(again.summary.unchangedFiles).toBe(again.summary.files - 1);
      expect(stateOf(directory)).toEqual(before);

      // Back to the first set: its own files lie there unreachable, and a sweep may be about to take them.
      const back = await buildTexts(folder, [ONE]);
      const after = stateOf(directory);
      const rewritten = [...after].filter(([, { old }]) => !old).map(([path]) => path);
      expect(rewritten.length).toBe(back.summary.files - 1 - back.summary.unchangedFiles);
      expect(rewritten.length).toBeGreaterThan(3);
      for (const path of rewritten) {
        expect(first).toContain(path);
        expect(after.get(path)!.ino).not.toBe(before.get(path)!.ino);
      }
      for (const path of second.filter(path => path.endsWith('.mpk')))
        expect(after.get(path)).toEqual(before.get(path));
    }));

  test('are written again where they were damaged', () =>
    inFolder(async folder => {
      const { directory, files } = await buildTexts(folder, [ONE]);
      for (const path of files.stored.keys()) {
        if (path === 'index.json') continue;
        const bytes = Buffer.from(files.stored.get(path)!);
        truncateSync(join(directory, path), bytes.length - 1);
        await build([join(folder, 'set-0.json')], directory);
        expect(readFileSync(join(directory, path)).equals(bytes), path).toBe(true);
        bytes[12] = bytes[12]! ^ 1;
        writeFileSync(join(directory, path), bytes);
        await build([join(folder, 'set-0.json')], directory);
        expect(fingerprint(readSet(directory))).toEqual(fingerprint(files));
      }
    }));
});

test('what a run has installed stays if it was killed before it removed its staging', () =>
  inFolder(async folder => {
    const { directory, files } = await buildTexts(folder, [ndjson(recordsAt([[1, 2, 3]]))]);
    const paths = [...files.stored.keys()].filter(path => path !== 'index.json');
    const orphan = `chunks/${'0'.repeat(40)}.mpk`;
    writeFileSync(join(directory, orphan), 'not installed');
    mkdirSync(join(directory, '.building-abcdef'));
    writeFileSync(join(directory, '.building-abcdef', 'new-files.json'), JSON.stringify([...paths, orphan]));
    const opened = await Destination.open(directory);
    await opened.close();
    expect(existsSync(join(directory, orphan))).toBe(false);
    expect(fingerprint(readSet(directory))).toEqual(fingerprint(files));
  }));

describe('a build whose staging another process touches', () => {
  /** Builds TWO over a set of ONE, and calls `touch` with the folder of the new files once all are written. */
  async function buildTouched(
    folder: string,
    touch: (set: string) => void,
  ): Promise<{ error: Error; old: string[]; left: string[]; directory: string }> {
    const { directory, files } = await buildTexts(folder, [ONE]);
    const before = pathsIn(directory);
    const inputs = writeInputs(folder, 'in', [TWO]);
    const original = Destination.prototype.install;
    Destination.prototype.install = function (...args) {
      const [name] = readdirSync(directory).filter(name => name.startsWith('.building-'));
      touch(join(directory, name!, 'set'));
      return original.apply(this, args);
    };
    try {
      const error = await failure(build(inputs, directory));
      expect(fingerprint(readSet(directory))).toEqual(fingerprint(files));
      const left = pathsIn(directory).filter(path => !before.includes(path));
      return { error, old: before, left, directory };
    } finally {
      Destination.prototype.install = original;
    }
  }

  const someFile = (set: string, kind: string) => join(set, kind, readdirSync(join(set, kind))[0]!);

  test.each<[string, (set: string) => void, string]>([
    ['removes it', set => rmSync(dirname(set), { recursive: true }), 'tree/'],
    ['removes its files', set => rmSync(set, { recursive: true }), 'tree/'],
    ['removes one kind', set => rmSync(join(set, 'chunks'), { recursive: true }), 'chunks/'],
    ['removes one file', set => rmSync(someFile(set, 'chunks')), 'chunks/'],
    ['cuts a chunk', set => truncateSync(someFile(set, 'chunks'), 20), 'chunks/'],
    ['cuts a tree page', set => truncateSync(someFile(set, 'tree'), 20), 'tree/'],
  ])('%s: it fails and names the file, the old set stays, nothing else does', (_, touch, named) =>
    inFolder(async folder => {
      const { error, left } = await buildTouched(folder, touch);
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toContain(named);
      expect(left).toEqual([]);
    }),
  );

  test('removes the lock: it fails', () =>
    inFolder(async folder => {
      const { error, left } = await buildTouched(folder, set =>
        rmSync(join(dirname(dirname(set)), '.haven-chunks-lock')),
      );
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toContain('.haven-chunks-lock was removed');
      expect(left).toEqual([]);
    }));

  test('exits 3', () =>
    inFolder(async folder => {
      const out = join(folder, 'set');
      const child = start(['build', '-', '--out', out, '--quiet']);
      const ended = outcome(child);
      child.stdin!.write(TWO);
      await until(() => isUnderWay(out));
      // The build may write one more file there at this moment; or notice at once, and remove what else is its own.
      for (const name of readdirSync(out)) removeTree(join(out, name));
      child.stdin!.end(ONE.replaceAll('"id":"', '"id":"other '));
      const { code, stderr } = await ended;
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(out) });
      expect(existsSync(out)).toBe(false);
    }));
});

/** True once a build to a folder waits for its input. */
function isUnderWay(out: string): boolean {
  const staging = existsSync(out) && readdirSync(out).find(name => name.startsWith('.building-'));
  return !!staging && existsSync(join(out, staging, 'scratch'));
}

describe('the lock', () => {
  test('two builds to one folder: the first wins whole, the other fails at once and changes nothing', () =>
    inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [ONE]);
      const out = join(folder, 'set');
      const child = start(['build', '-', '--out', out, '--quiet']);
      const ended = once(child, 'close');
      await until(() => isUnderWay(out));
      // Below its staging folder the first build goes on with its work.
      const before = readdirSync(out).sort();
      const error = await failure(build(inputs, out));
      expect(error).toBeInstanceOf(LockedError);
      expect(error.message).toContain(`${out} is in use`);
      const other = start(['build', inputs[0]!, '--out', out]);
      expect(await once(other, 'close')).toEqual([3, null]);
      expect(readdirSync(out).sort()).toEqual(before);
      child.stdin!.end(TWO);
      expect(await ended).toEqual([0, null]);
      expect(readSet(out).index.counts.systems).toBe(2);
      expect(readdirSync(out).filter(name => name.startsWith('.'))).toEqual([]);
    }));

  test('is free after kill -9, and the next build removes what is left, whatever its name says', () =>
    inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', [ONE]);
      const out = join(folder, 'set');
      const child = start(['build', '-', '--out', out, '--quiet']);
      await until(() => isUnderWay(out));
      await kill(child);
      expect(readdirSync(out).filter(name => name.startsWith('.'))).toHaveLength(2);
      await build(inputs, out);
      expect(readdirSync(out).filter(name => name.startsWith('.'))).toEqual([]);
    }));

  test('of many in one process, one has it; it leaves no file behind', () =>
    inFolder(folder => {
      const lock = lockFolder(folder);
      for (let i = 0; i < 3; i++) expect(() => lockFolder(folder)).toThrow(LockedError);
      lock.check();
      lock.release();
      expect(readdirSync(folder)).toEqual([]);
      lockFolder(folder).release();
    }));

  const isRoot = process.getuid?.() === 0;
  const hasSetpriv = isRoot && succeeds('setpriv', ['--version']);
  test.skipIf(!hasSetpriv)('of another user, which may not be opened: whose it is, and what to do', () =>
    inFolder(async folder => {
      for (const mode of [0o600, 0o644]) {
        chmodSync(folder, 0o777);
        const path = join(folder, '.haven-chunks-lock');
        writeFileSync(path, '', { mode });
        chmodSync(path, mode);
        const module = new URL('../../../pipeline/store/folder-lock.ts', import.meta.url).href;
        const script =
          'const [module, folder] = process.argv.slice(1); (await import(module)).lockFolder(folder)';
        const node = [process.execPath, '--input-type=module', '-e', script, module, folder];
        const user = ['--reuid=65534', '--regid=65534', '--clear-groups'];
        const { code, stderr } = await runProcess('setpriv', [...user, ...node]);
        expect(code).toBe(1);
        expect(stderr).toContain('StoreError');
        expect(stderr).toContain(
          `${path}, which belongs to the user root (id 0), may not be opened: wait for`,
        );
      }
    }),
  );

  test('a file of its name that is none is named', () =>
    inFolder(folder => {
      writeFileSync(join(folder, '.haven-chunks-lock'), 'x'.repeat(5000));
      expect(() => lockFolder(folder)).toThrow(join(folder, '.haven-chunks-lock'));
      expect(() => lockFolder(folder)).toThrow(StoreError);
    }));
});

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
