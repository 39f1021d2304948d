import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { CorruptError, NotFoundError } from '../../client/index.ts';
import { HavenDatabase } from '../../client/node/haven-db.ts';
import { inFolder } from '../support/sets.ts';

/** A database of some statements, and what is read from it. */
async function reading<T>(statements: string, read: (database: HavenDatabase, path: string) => T): Promise<T> {
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
    database => [...database.records()],
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
