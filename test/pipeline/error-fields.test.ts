import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { isHavenError } from '#client/index.ts';
import { openTileset } from '#client/node/index.ts';
import { type BuildOptions, build, exportSet, folderStore, updateTileset } from '#pipeline/index.ts';
import { lockFolder } from '#pipeline/store/folder-lock.ts';
import { inFolder } from '#test/support/temporary.ts';

const STAR = '{"id":"a","x":1,"y":2,"z":3}';

/** The error of a build from a text. */
const failureOf = (name: string, text: string, options: BuildOptions = {}) =>
  inFolder(async folder => {
    const file = join(folder, name);
    writeFileSync(file, text);
    const error = await build([file], join(folder, 'set'), options).then(
      () => expect.fail('no error'),
      (error: unknown) => error,
    );
    expect(isHavenError(error)).toBe(true);
    const { file: path, ...fields } = error as { file?: string };
    return { ...fields, file: path?.slice(folder.length + 1) };
  });

async function expectRowError(work: Promise<unknown>, file: string): Promise<void> {
  const error = await work.catch((error: unknown) => error);
  expect(error).toMatchObject({ name: 'InputError', file, field: 'z' });
  for (const field of ['line', 'column']) expect(error).not.toHaveProperty(field);
}

describe('errors of a build have fields', () => {
  test('the place of malformed JSON', async () => {
    const lines = [STAR, '{"id":"b","x":1 "y":2}', '{"id":"c","x":1,"y":2,"z":3}'];
    const error = await failureOf('in.ndjson', lines.join('\n'));
    expect(error).toMatchObject({ name: 'InputError', file: 'in.ndjson', line: 2, column: 17, found: '"""' });
  });

  test('the first of rejected records', async () => {
    const error = await failureOf('in.ndjson', `${STAR}\n{"id":"b","x":null,"y":2,"z":3}`, { strict: true });
    expect(error).toMatchObject({ name: 'InputError', file: 'in.ndjson', line: 2, field: 'x' });
  });

  test('an id that is taken', async () => {
    const error = await failureOf('in.ndjson', `${STAR}\n{"id":"a","x":9,"y":2,"z":3}`);
    expect(error).toMatchObject({ name: 'InputError', file: 'in.ndjson', line: 2, field: 'id', found: 'a' });
    expect(error).toHaveProperty('column');
  });

  test('a row of a database, which has no line', () =>
    inFolder(async folder => {
      const file = join(folder, 'in.db');
      const database = new DatabaseSync(file);
      database.exec(
        "CREATE TABLE systems (id, name, x, y, z); INSERT INTO systems VALUES ('a', 'A', 1, 2, NULL)",
      );
      database.close();
      const set = join(folder, 'set');
      await expectRowError(build([file], set), file);
      const good = join(folder, 'in.json');
      writeFileSync(good, STAR);
      await build([good], set);
      await expectRowError(updateTileset(set, { upsert: [file] }), file);
    }));

  test.each([
    ['in.json', ''],
    ['in.json', '<html>'],
    ['in.csv', 'id,name,mass\na,b,c'],
    ['in.csv', 'id,x,y,z,x\na,1,2,3,4'],
    ['in.json', '\x1f\x8b\x08\0'],
  ])('the file and the reason: %s of %j', async (name, text) => {
    const error = await failureOf(name, text);
    expect(error).toMatchObject({ name: 'InputError', file: name, reason: expect.any(String) });
  });

  test('an option out of range', async () => {
    const error = await failureOf('in.json', '[]', { gzipLevel: 12 });
    expect(error).toMatchObject({ name: 'UsageError', found: 12 });
  });

  test('the folder that another process fills', () =>
    inFolder(async folder => {
      const set = join(folder, 'set');
      mkdirSync(set);
      const lock = lockFolder(set);
      try {
        const file = join(folder, 'in.json');
        writeFileSync(file, `[${STAR}]`);
        const error = await build([file], set).catch((error: unknown) => error);
        expect(error).toMatchObject({ name: 'LockedError', file: set });
      } finally {
        lock.release();
      }
    }));
});

test('an output that cannot be written has its path as a field', () =>
  inFolder(async folder => {
    const file = join(folder, 'in.json');
    writeFileSync(file, `[${STAR}]`);
    await build([file], join(folder, 'set'));
    const tileset = await openTileset(join(folder, 'set'));
    const error = await exportSet(tileset, join(folder, 'set')).catch((error: unknown) => error);
    expect(error).toMatchObject({
      name: 'UsageError',
      file: join(folder, 'set'),
      reason: expect.any(String),
    });
  }));

test('a conflict in a store has the path of the file', () =>
  inFolder(async folder => {
    const store = folderStore(folder);
    await store.put('a/b', new Uint8Array(1));
    const error = await store
      .put('a/b', new Uint8Array(1), { ifNoneMatch: '*' })
      .catch((error: unknown) => error);
    expect(error).toMatchObject({ name: 'ConflictError', file: 'a/b' });
  }));
