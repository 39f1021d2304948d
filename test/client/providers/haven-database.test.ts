import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { CorruptError, NetworkError, NotFoundError } from '#client/index.ts';
import { HavenDatabase } from '#client/providers/sqlite/haven-database.ts';
import { exactNumber } from '#client/providers/sqlite/select.ts';
import { inFolder } from '#test/support/temporary.ts';

/** A database of some statements, and what is read from it. */
async function reading<T>(
  statements: string,
  read: (database: HavenDatabase, path: string) => T,
): Promise<T> {
  return inFolder(async folder => {
    const path = join(folder, 'haven.db');
    const made = new DatabaseSync(path);
    made.exec(statements);
    made.close();
    const database = new HavenDatabase(path);
    try {
      return read(database, path);
    } finally {
      database.close();
    }
  });
}

const recordsOf = (database: HavenDatabase) => Array.from(database.systems(), ({ record }) => record);

const TABLES = `
  CREATE TABLE systems (id TEXT PRIMARY KEY, name TEXT, x REAL, y REAL, z REAL, extra);
  CREATE TABLE planets (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT);
  CREATE TABLE moons (id INTEGER PRIMARY KEY, planet_id INTEGER, name TEXT);
  CREATE TABLE space_stations (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT, race TEXT);`;

test('planets and moons in order of their row ids, the first station, and the others', async () => {
  const records = await reading(
    `${TABLES}
    INSERT INTO systems VALUES ('b', 'B', 1, 2, 3, NULL), ('a', 'A', 4, 5.5, -6, 'more'), ('c', 'C', 0, 0, 0, '');
    INSERT INTO planets VALUES (9, 'b', 'last'), (1, 'b', 'first'), (5, 'a', 'other'), (3, 'b', 'middle');
    INSERT INTO moons VALUES (2, 9, 'm2'), (1, 9, 'm1'), (3, 5, 'm3');
    INSERT INTO space_stations VALUES (2, 'a', 'second', NULL), (1, 'a', 'first', 'Gek'), (3, 'b', NULL, NULL);`,
    database => recordsOf(database),
  );
  expect(records).toEqual([
    {
      ...{ id: 'b', name: 'B', x: 1, y: 2, z: 3 },
      planets: [
        { name: 'first' },
        { name: 'middle' },
        { name: 'last', moons: [{ name: 'm1' }, { name: 'm2' }] },
      ],
      space_station: {},
    },
    {
      ...{ id: 'a', name: 'A', x: 4, y: 5.5, z: -6, extra: 'more' },
      planets: [{ name: 'other', moons: [{ name: 'm3' }] }],
      space_station: { name: 'first', race: 'Gek' },
      space_stations: [{ name: 'second' }],
    },
    { id: 'c', name: 'C', x: 0, y: 0, z: 0, extra: '' },
  ]);
});

test('some systems by their ids, in one question; texts have all digits, objects have float64', async () => {
  const ids = Array.from({ length: 600 }, (_, i) => `S${i}`);
  await reading(
    `${TABLES}
    INSERT INTO systems SELECT 'S' || value, 'N', value, 0, 0, 9007199254740993 FROM generate(600);
    INSERT INTO planets SELECT NULL, 'S' || value, 'p' || value FROM generate(600);`.replaceAll(
      'generate(600)',
      `json_each('[${ids.map((_, i) => i).join()}]')`,
    ),
    database => {
      const found = database.recordsOf(['S599', 'S0', 'none', 'S0']);
      expect([...found.keys()].sort()).toEqual(['S0', 'S599']);
      expect(found.get('S599')).toEqual({
        ...{ id: 'S599', name: 'N', x: 599, y: 0, z: 0, extra: 2 ** 53 },
        planets: [{ name: 'p599' }],
      });
      expect(database.recordsOf(ids).size).toBe(600);
      expect(JSON.stringify([...database.systems(exactNumber)].at(-1)!.record)).toBe(
        '{"id":"S599","name":"N","x":599,"y":0,"z":0,"extra":9007199254740993,"planets":[{"name":"p599"}]}',
      );
      // Two concurrent walks do not disturb each other.
      const [one, other] = [database.systems(), database.systems()];
      one.next();
      expect(Array.from(other, ({ id }) => id)).toEqual(ids);
      expect([...one]).toHaveLength(599);
      expect(database.columns).toEqual(['id', 'name', 'x', 'y', 'z', 'extra']);
    },
  );
});

test('a missing file, a folder, another file, another schema', async () => {
  await inFolder(folder => {
    const at = (name: string) => join(folder, name);
    expect(() => new HavenDatabase(at('none.db'))).toThrow(NotFoundError);
    const opensFolder = () => new HavenDatabase(folder);
    expect(opensFolder).toThrow(NotFoundError);
    expect(opensFolder).toThrow(/is a folder/);
    writeFileSync(at('text.db'), 'no database, whatever its name says');
    expect(() => new HavenDatabase(at('text.db'))).toThrow(CorruptError);
    writeFileSync(at('empty.db'), '');
    expect(() => new HavenDatabase(at('empty.db'))).toThrow(/without the table "systems"/);
  });
});

test('a database that a writer has locked is worth another try', async () => {
  await inFolder(folder => {
    const path = join(folder, 'haven.db');
    const writer = new DatabaseSync(path);
    writer.exec(`${TABLES} BEGIN EXCLUSIVE`);
    expect(() => new HavenDatabase(path)).toThrow(NetworkError);
    writer.exec('COMMIT');
    new HavenDatabase(path).close();
    writer.close();
  });
});

/** Locks a database for a moment. */
const WRITER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const { path, reading } = workerData;
  const database = new DatabaseSync(path);
  database.exec('BEGIN EXCLUSIVE');
  parentPort.postMessage('locked');
  Atomics.wait(reading, 0, 0);
  // Long enough for the reader to meet the lock; it waits far longer.
  Atomics.wait(reading, 0, 1, 50);
  database.exec("INSERT INTO systems (id, name) VALUES ('a', 'A'); COMMIT");
  database.close();`;

test('a reader waits for a writer that soon ends', async () => {
  await inFolder(async folder => {
    const path = join(folder, 'haven.db');
    const made = new DatabaseSync(path);
    made.exec(TABLES);
    made.close();
    const reading = new Int32Array(new SharedArrayBuffer(4));
    const writer = new Worker(WRITER, { eval: true, workerData: { path, reading } });
    await once(writer, 'message');
    Atomics.store(reading, 0, 1);
    Atomics.notify(reading, 0);
    const database = new HavenDatabase(path);
    expect(recordsOf(database)).toEqual([{ id: 'a', name: 'A' }]);
    database.close();
    await once(writer, 'exit');
  });
});

test.each([
  ['systems', 'planets'],
  ['systems', 'space_station'],
  ['systems', 'space_stations'],
  ['planets', 'moons'],
])(
  'a column of %s with the name of the field %s is refused: it would hide rows, or they would hide it',
  async (table, field) => {
    const opened = reading(`${TABLES} ALTER TABLE ${table} ADD COLUMN ${field} INTEGER`, recordsOf);
    await expect(opened).rejects.toThrow(`the table "${table}" has a column "${field}"`);
    await expect(opened).rejects.toBeInstanceOf(CorruptError);
  },
);

test('a column with such a name is a field where there is no table with these rows', async () => {
  const records = await reading(
    `CREATE TABLE systems (id TEXT PRIMARY KEY, planets INTEGER); INSERT INTO systems VALUES ('a', 3)`,
    recordsOf,
  );
  expect(records).toEqual([{ id: 'a', planets: 3 }]);
});
