import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../pipeline/errors.ts';
import { Staging } from '../../pipeline/staging.ts';
import { inFolder } from '../support/sets.ts';

const INDEX = '{"format":"haven-chunks","version":1}';

/** Writes a set of one file, named as is its index, into a staging folder. */
function fill(staging: Staging, name: string): void {
  mkdirSync(join(staging.set, 'chunks'), { recursive: true });
  writeFileSync(join(staging.set, 'chunks', `${name}.mpk`), name);
  writeFileSync(join(staging.set, 'index.json'), INDEX.replace('}', `,"of":"${name}"}`));
}

describe('staging', () => {
  test('grows beside the destination, unseen until it is installed, and goes without a trace', () =>
    inFolder(folder => {
      const staging = new Staging(join(folder, 'set'));
      fill(staging, 'a');
      expect(existsSync(join(folder, 'set'))).toBe(false);
      expect(readdirSync(folder)).toHaveLength(1);
      expect(readdirSync(folder)[0]).toMatch(/^\./);
      staging.install();
      staging.remove();
      expect(readdirSync(folder)).toEqual(['set']);
      expect(readFileSync(join(folder, 'set/chunks/a.mpk'), 'utf8')).toBe('a');
    }));

  test('is removed without a trace where it was not installed', () =>
    inFolder(folder => {
      const staging = new Staging(join(folder, 'new/set'));
      fill(staging, 'a');
      staging.remove();
      expect(readdirSync(join(folder, 'new'))).toEqual([]);
    }));

  test('adds to a set that is there, and replaces its index', () =>
    inFolder(folder => {
      for (const name of ['a', 'b', 'b']) {
        const staging = new Staging(join(folder, 'set'));
        fill(staging, name);
        staging.install();
        staging.remove();
      }
      expect(readdirSync(join(folder, 'set/chunks')).sort()).toEqual(['a.mpk', 'b.mpk']);
      expect(readFileSync(join(folder, 'set/index.json'), 'utf8')).toContain('"of":"b"');
    }));

  test.each(['an empty folder', 'a set', 'nothing'])('goes where a link leads: to %s', target =>
    inFolder(folder => {
      const real = join(folder, 'real/set');
      mkdirSync(target === 'nothing' ? join(folder, 'real') : real, { recursive: true });
      if (target === 'a set') writeFileSync(join(real, 'index.json'), INDEX);
      symlinkSync('real/set', join(folder, 'link'));
      const staging = new Staging(join(folder, 'link'));
      fill(staging, 'a');
      staging.install();
      staging.remove();
      expect(readdirSync(folder).sort()).toEqual(['link', 'real']);
      expect(readdirSync(join(folder, 'real'))).toEqual(['set']);
      expect(readFileSync(join(folder, 'link/index.json'), 'utf8')).toContain('"of":"a"');
    }),
  );

  test('fills an empty folder', () =>
    inFolder(folder => {
      mkdirSync(join(folder, 'set'));
      const staging = new Staging(join(folder, 'set'));
      fill(staging, 'a');
      staging.install();
      staging.remove();
      expect(existsSync(join(folder, 'set/index.json'))).toBe(true);
    }));

  test.each([
    ['a file', (at: string) => writeFileSync(at, INDEX)],
    [
      'a folder of other files',
      (at: string) => {
        mkdirSync(at);
        writeFileSync(join(at, 'photo.jpg'), 'mine');
      },
    ],
    [
      'a folder with an index.json of something else',
      (at: string) => {
        mkdirSync(at);
        writeFileSync(join(at, 'index.json'), '{"format":"potree"}');
      },
    ],
  ])('refuses %s', (_, make) =>
    inFolder(folder => {
      const destination = join(folder, 'set');
      make(destination);
      const before = readdirSync(folder, { recursive: true }).sort();
      expect(() => new Staging(destination)).toThrow(UsageError);
      expect(() => new Staging(destination)).toThrow(destination);
      expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
    }),
  );

  test('removes what killed builds of this destination left, and nothing of anybody else', () =>
    inFolder(folder => {
      const running = new Staging(join(folder, 'set'));
      const names = {
        // No process has so high a number.
        dead: `.set.building-${hostname()}-4194999-abcdef`,
        elsewhere: '.set.building-another.host-4194999-abcdef',
        other: `.set2.building-${hostname()}-4194999-abcdef`,
        // Of a host of this one's name and a number, whose process 7 is alive there.
        longer: `.set.building-${hostname()}-4194999-7-abcdef`,
        foreign: '.set',
      };
      for (const name of Object.values(names)) mkdirSync(join(folder, name, 'set'), { recursive: true });
      const staging = new Staging(join(folder, 'set'));
      expect(existsSync(running.set)).toBe(true);
      expect(existsSync(join(folder, names.dead))).toBe(false);
      for (const name of [names.elsewhere, names.other, names.longer, names.foreign])
        expect(existsSync(join(folder, name))).toBe(true);
      expect(staging.set).not.toBe(running.set);
    }));
});
