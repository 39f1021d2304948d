import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build, StoreError, UsageError } from '#pipeline/index.ts';
import { recordsAt } from '#test/support/arbitrary.ts';
import { buildTexts, ndjson, readSet, writeInputs } from '#test/support/chunk-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

describe('the destination', () => {
  const texts = [ndjson(recordsAt([[1, 2, 3]]))];

  test('is made with its parents, or filled where it is an empty folder', async () => {
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', texts);
      mkdirSync(join(folder, 'empty'));
      for (const out of [join(folder, 'a/b/c'), join(folder, 'empty')]) {
        expect(await build(inputs, out)).toMatchObject({ systems: 1, replaced: false });
        expect(readSet(out).index.counts.systems).toBe(1);
        expect(readdirSync(dirname(out)).filter(name => name.startsWith('.'))).toEqual([]);
      }
    });
  });

  test('keeps the files of the set that was there, and the answers are those of the new one', async () => {
    await inFolder(async folder => {
      const before = await buildTexts(folder, texts);
      const old = await openTileset(before.directory, { cacheBytes: 0 });
      const after = await buildTexts(folder, [
        ndjson(
          recordsAt([
            [4, 5, 6],
            [7, 8, 9],
          ]),
        ),
      ]);
      expect(after.summary).toMatchObject({ systems: 2, replaced: true });
      for (const path of before.files.contents.keys()) expect(after.files.contents.has(path)).toBe(true);
      const everything = { center: [0, 0, 0], radius: Infinity } as const;
      expect(await old.sphere(everything).toArray()).toHaveLength(1);
      expect(await (await openTileset(after.directory)).sphere(everything).toArray()).toHaveLength(2);
      expect(readdirSync(folder).sort()).toEqual(['set', 'set-0.json']);
    });
  });

  test('that is the same set already stays the same, byte for byte', async () => {
    await inFolder(async folder => {
      const one = await buildTexts(folder, texts);
      const two = await buildTexts(folder, texts);
      expect([...two.files.stored]).toEqual([...one.files.stored]);
    });
  });

  test('may be a symbolic link to an empty folder, to a set, or to nothing yet', async () => {
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', texts);
      for (const name of ['links', 'empty', 'sets']) mkdirSync(join(folder, name));
      for (const [link, target] of Object.entries({ empty: '../empty', new: '../sets/new', again: 'new' })) {
        const out = join(folder, 'links', link);
        symlinkSync(target, out);
        await build(inputs, out);
        expect(lstatSync(out).isSymbolicLink()).toBe(true);
        expect(readSet(out).index.counts.systems).toBe(1);
      }
      expect(readSet(join(folder, 'sets/new')).index.counts.systems).toBe(1);
      expect(readdirSync(join(folder, 'links')).sort()).toEqual(['again', 'empty', 'new']);
      symlinkSync('loop', join(folder, 'loop'));
      await expect(build(inputs, join(folder, 'loop'))).rejects.toThrow(StoreError);
    });
  });

  test('is a set to replace even where its index is damaged', async () => {
    await inFolder(async folder => {
      const { directory, files } = await buildTexts(folder, texts);
      const index = join(directory, 'index.json');
      const whole = readFileSync(index);
      for (const damaged of ['', '{"version":1']) {
        writeFileSync(index, damaged);
        expect(await build(writeInputs(folder, 'in', texts), directory)).toMatchObject({ replaced: true });
        expect(readFileSync(index)).toEqual(whole);
        expect(readSet(directory).contents.size).toBe(files.contents.size);
      }
      writeFileSync(index, '');
      writeFileSync(join(directory, 'mine'), '');
      expect(await failure(build(writeInputs(folder, 'in', texts), directory))).toBeInstanceOf(UsageError);
    });
  });

  test('that holds anything else is refused, and left alone', async () => {
    await inFolder(async folder => {
      const inputs = writeInputs(folder, 'in', texts);
      writeFileSync(join(folder, 'file'), 'mine');
      for (const out of [join(folder, 'file'), folder]) {
        const error = await failure(build(inputs, out));
        expect(error).toBeInstanceOf(UsageError);
        expect(error.message).toContain(out);
      }
      expect(readdirSync(folder).sort()).toEqual(['file', 'in-0.json']);
    });
  });
});
