import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LockedError, StoreError } from '#pipeline/index.ts';
import { takeLease } from '#pipeline/store/lease.ts';
import { ndjson, readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { COMMAND, HAS_STRACE, traced } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const HOUR_AGO = Date.now() / 1000 - 3600;

describe('a lease', () => {
  test('is held by one, and leaves no file behind', () =>
    inFolder(folder => {
      const lease = takeLease(folder);
      for (let i = 0; i < 3; i++) expect(() => takeLease(folder)).toThrow(LockedError);
      lease.check();
      expect(readdirSync(folder)).toHaveLength(1);
      lease.release();
      expect(readdirSync(folder)).toEqual([]);
      takeLease(folder).release();
    }));

  test('that does not beat is taken over, and its holder learns of it', () =>
    inFolder(folder => {
      const silent = takeLease(folder);
      const [name] = readdirSync(folder);
      utimesSync(join(folder, name!), HOUR_AGO, HOUR_AGO);
      const next = takeLease(folder);
      expect(() => takeLease(folder)).toThrow(LockedError);
      expect(() => silent.check()).toThrow(StoreError);
      next.check();
      silent.release();
      next.check();
      expect(readdirSync(folder)).toHaveLength(1);
      next.release();
      expect(readdirSync(folder)).toEqual([]);
    }));

  test('that cannot be taken leaves no file that others wait for', () =>
    inFolder(folder => {
      const path = join(folder, '.haven-chunks-lease-1');
      // A file of an abandoned lease that cannot be removed.
      mkdirSync(path);
      utimesSync(path, HOUR_AGO, HOUR_AGO);
      expect(() => takeLease(folder)).toThrow(/directory/i);
      rmdirSync(path);
      expect(readdirSync(folder)).toEqual([]);
      takeLease(folder).release();
    }));

  test('is not taken while any other beats, whatever its number', () =>
    inFolder(folder => {
      for (const number of [1, 7]) {
        writeFileSync(join(folder, `.haven-chunks-lease-${number}`), '.');
        expect(() => takeLease(folder)).toThrow(LockedError);
        expect(readdirSync(folder)).toEqual([`.haven-chunks-lease-${number}`]);
        rmSync(join(folder, `.haven-chunks-lease-${number}`));
      }
    }));

  test.skipIf(!HAS_STRACE)('stands in where the file system does not lock', () =>
    inFolder(folder => {
      const [input] = writeInputs(folder, 'in', [ndjson([{ id: 'a', x: 1, y: 2, z: 3 }])]);
      const out = join(folder, 'set');
      const record = join(folder, 'calls');
      const build = [process.execPath, COMMAND, 'build', input!, '--out', out, '--quiet'];
      const calls = ['fcntl', 'unlink', 'openat'];
      expect(traced(calls, record, build).code).toBe(0);
      // Node needs this system call for other ends, before and after: two fail, for the lock and for a probe.
      const lines = readFileSync(record, 'utf8').split('\n');
      const first = lines.findIndex(line => line.includes('fcntl(') && line.includes('.haven-chunks-lock'));
      expect(lines[first]).toContain('F_SETLK');
      const thread = lines[first]!.split(' ')[0]!;
      // Short numbers of threads are padded.
      const earlier = lines
        .slice(0, first)
        .filter(line => /^(\d+) +fcntl\(/.exec(line)?.[1] === thread).length;
      const noLocks = ['-e', `inject=fcntl:error=ENOLCK:when=${earlier + 1}..${earlier + 2}`];
      expect(traced(calls, record, [...noLocks, ...build])).toMatchObject({ code: 0, stderr: '' });
      expect(readFileSync(record, 'utf8')).toMatch(
        /openat\(.*haven-chunks-lease-1", O_WRONLY\|O_CREAT\|O_EXCL/,
      );
      expect(readSet(out).index.counts.systems).toBe(1);
      expect(readdirSync(out).filter(name => name.startsWith('.'))).toEqual([]);
    }),
  );
});
