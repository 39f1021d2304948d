/** Edits of a database in the schema of Haven's migration guide. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { CorruptError, type JsonObject, NotFoundError, type WritableProvider } from '#client/index.ts';
import { INDEXES, TABLES } from '#pipeline/export/haven-schema.ts';
import {
  EditConflictError,
  InputError,
  LockedError,
  openWritableProvider,
  UsageError,
} from '#pipeline/index.ts';
import { SqliteWriter } from '#pipeline/providers/sqlite-writer.ts';
import { deletion } from '#pipeline/providers/system-edit.ts';
import { ask, database } from '#test/support/databases.ts';
import { PIPELINE, runProcess, succeeds } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const SCHEMA = Object.entries(TABLES)
  .map(([table, columns]) => `CREATE TABLE ${table} (${columns});`)
  .join('');

const A: JsonObject = {
  ...{ id: 'A', name: 'a', x: 1, y: -0, z: 3, region: 'R', fauna: 'High', photo: null },
  planets: [
    { name: 'P', moons: [{ name: 'm' }, { name: 'n', orbit_speed: 2 }] },
    { name: 'Q', moons: [] },
  ],
  space_station: { name: 'S', x: 1, y: 2, z: 3 },
};

/** A provider of a new database. */
async function opened(
  use: (provider: WritableProvider, path: string) => Promise<void>,
  statements = SCHEMA + INDEXES,
): Promise<void> {
  await inFolder(async folder => {
    const path = database(join(folder, 'haven.db'), statements);
    const provider = await openWritableProvider(path);
    try {
      await use(provider, path);
    } finally {
      provider.close();
    }
  });
}

const countOf = (path: string, table: string) => ask(path, `SELECT count(*) AS n FROM ${table}`)[0]!['n'];

describe('the schema of the guide', () => {
  test('has the rows that the guide writes, and loses them with their system', () =>
    opened(async (provider, path) => {
      expect(await provider.addSystem(A)).toBe('A');
      const [row] = ask(path, 'SELECT * FROM systems');
      expect(row).toMatchObject({
        id: 'A',
        name: 'a',
        x: 1,
        y: 0,
        z: 3,
        region: 'R',
        fauna: 'High',
        photo: null,
      });
      expect(row!['created_at']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(ask(path, 'SELECT system_id, name FROM planets')).toEqual([
        { system_id: 'A', name: 'P' },
        { system_id: 'A', name: 'Q' },
      ]);
      expect(ask(path, 'SELECT planet_id, name, orbit_speed FROM moons')).toEqual([
        { planet_id: 1, name: 'm', orbit_speed: null },
        { planet_id: 1, name: 'n', orbit_speed: 2 },
      ]);
      await provider.addSystem({ ...A, id: 'B', name: 'b' });
      await provider.deleteSystem('A');
      expect(['systems', 'planets', 'moons', 'space_stations'].map(table => countOf(path, table))).toEqual([
        1, 2, 2, 1,
      ]);
      expect(await provider.system('a')).toBe(undefined);
      expect(await provider.system('b')).toMatchObject({ id: 'B' });
    }));

  test('an update sets modified_at, and leaves other columns and rows alone', () =>
    opened(async (provider, path) => {
      await provider.addSystem({ ...A, modified_at: 'long ago' });
      await provider.updateSystem('A', { fauna: null, materials: 'Gold' });
      const [row] = ask(path, 'SELECT * FROM systems');
      expect(row).toMatchObject({ fauna: null, materials: 'Gold', region: 'R' });
      expect(row!['modified_at']).toMatch(/^\d{4}-\d\d-\d\d /);
      expect(ask(path, 'SELECT id FROM planets')).toEqual([{ id: 1 }, { id: 2 }]);
      await provider.updateSystem('A', { planets: [{ name: 'New' }], modified_at: 'now' });
      expect(ask(path, 'SELECT name FROM planets')).toEqual([{ name: 'New' }]);
      expect(ask(path, 'SELECT modified_at FROM systems')).toEqual([{ modified_at: 'now' }]);
      expect(countOf(path, 'moons')).toBe(0);
      await provider.updateSystem('A', { space_stations: [{ name: 'T', x: 0, y: 0, z: 0 }] });
      expect((await provider.systemById('A'))?.record).toMatchObject({
        space_station: { name: 'S' },
        space_stations: [{ name: 'T' }],
      });
    }));

  test('constraints: a name that is taken, and values that are missing', () =>
    opened(async (provider, path) => {
      await provider.addSystem(A);
      const taken = await failure(provider.addSystem({ ...A, id: 'B' }));
      expect(taken).toBeInstanceOf(EditConflictError);
      expect(taken).toMatchObject({ field: 'name', file: path });
      const missing = await failure(
        provider.addSystem({ ...A, id: 'B', name: 'b', planets: [{ fauna: 'Low' }] }),
      );
      expect(missing).toBeInstanceOf(InputError);
      expect((missing as Error).message).toContain('NOT NULL constraint failed: planets.name');
      expect(countOf(path, 'systems')).toBe(1);
    }));

  test.each([
    ['attributes', ['a list']],
    ['photo', true],
    ['new field', { a: 1 }],
    ['materials', 7],
    ['planets', [{ name: 'P', mass: [1] }], 'planets.mass'],
    ['planets', [{ name: 'P', id: 5 }], 'planets.id'],
    ['planets', ['P']],
    ['moons', [{ name: 'm' }]],
    ['Fauna', 'High'],
    ['created_at', '2026'],
  ] as [string, JsonObject[string], string?][])(
    '%s %j cannot be held: an error, and no change',
    (field, value, named = field) =>
      opened(async (provider, path) => {
        await provider.addSystem(A);
        const before = ask(path, 'SELECT * FROM systems');
        for (const edit of [
          provider.updateSystem('A', { [field]: value }),
          provider.addSystem({ ...A, id: 'B', name: 'b', [field]: value }),
        ]) {
          const error = await failure(edit);
          expect(error).toBeInstanceOf(InputError);
          expect(error).toMatchObject({ field: named, file: path });
        }
        expect(ask(path, 'SELECT * FROM systems')).toEqual(before);
      }),
  );
});

describe('databases of other schemas', () => {
  test('without a table for planets, with ids that are numbers, and with columns of their own', () =>
    opened(async (provider, path) => {
      await provider.updateSystem('5', { name: 'five', own: 2.5 });
      expect(ask(path, 'SELECT id, name, own FROM systems')).toEqual([{ id: 5, name: 'five', own: 2.5 }]);
      expect(await failure(provider.updateSystem('5', { planets: [{ name: 'P' }] }))).toBeInstanceOf(
        InputError,
      );
      await provider.addSystem({ id: 'A', name: 'a', x: 1, y: 2, z: 3 });
      await provider.deleteSystem('5');
      expect(ask(path, 'SELECT id, region FROM systems')).toEqual([{ id: 'A', region: 'Unknown' }]);
    }, "CREATE TABLE systems (id, name, x, y, z, own); INSERT INTO systems VALUES (5, 'b', 1, 2, 3, 'text')"));

  test('without the table "systems", or no database, or no file', () =>
    inFolder(async folder => {
      const other = database(join(folder, 'other.db'), 'CREATE TABLE stars (id)');
      expect(await failure(openWritableProvider(other))).toBeInstanceOf(CorruptError);
      expect(await failure(openWritableProvider(join(folder, 'no.db')))).toBeInstanceOf(NotFoundError);
    }));

  test('a view in place of the table', () =>
    opened(async provider => {
      const error = await failure(provider.deleteSystem('A'));
      expect(error).toBeInstanceOf(InputError);
    }, "CREATE TABLE t (id, x, y, z); INSERT INTO t VALUES ('A', 1, 2, 3); CREATE VIEW systems AS SELECT * FROM t"));
});

test('another connection that writes: the edit waits for it, and sees what it wrote', () =>
  opened(async (provider, path) => {
    const other = new DatabaseSync(path);
    other.exec(
      "BEGIN IMMEDIATE; INSERT INTO systems (id, name, x, y, z, region) VALUES ('A', 'a', 0, 0, 0, 'R')",
    );
    const writer = new SqliteWriter(path);
    expect(await failure(writer.write(deletion('A')))).toBeInstanceOf(LockedError);
    writer.close();
    const adding = failure(provider.addSystem(A));
    other.exec('COMMIT');
    other.close();
    expect(await adding).toBeInstanceOf(EditConflictError);
    await provider.deleteSystem('A');
    expect(provider.counts.systems).toBe(0);
  }));

const isRoot = process.getuid?.() === 0;
const unprivileged = isRoot && succeeds('setpriv', ['--version']);

test.skipIf(isRoot && !unprivileged).each(['haven.db', 'catalogue.json'])(
  'a file that may not be written: %s',
  name =>
    inFolder(async folder => {
      const path = join(folder, name);
      if (name.endsWith('.db')) database(path, SCHEMA);
      else writeFileSync(path, '{}');
      chmodSync(folder, 0o755);
      chmodSync(path, 0o444);
      const before = readFileSync(path);
      const script = join(import.meta.dirname, 'add-systems.ts');
      const user = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
      const [command, ...args] = [...user, process.execPath, script, PIPELINE, path, 'a', '1'];
      const { code, stdout } = await runProcess(command!, args);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^(StoreError|UsageError): /);
      expect(stdout).toContain(path);
      expect(readFileSync(path)).toEqual(before);
    }),
);

test('a URL and a chunk set are refused with what to do', async () => {
  for (const location of ['https://example.org/stars/', new URL('http://example.org/data.json')]) {
    const error = await failure(openWritableProvider(location));
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(
      /^https?:\/\/example\.org\/.* is on a server, which takes no edits: edit/,
    );
  }
});
