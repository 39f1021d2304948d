import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { type BuildOptions, type BuildSummary, build, InputError, type Reject } from '#pipeline/index.ts';
import { sqliteRecords } from '#pipeline/source/sqlite-records.ts';
import { exactText, float } from '#test/support/arbitrary.ts';
import { PLAIN, recordText, systemsIn } from '#test/support/chunk-sets.ts';
import { database } from '#test/support/databases.ts';
import { run } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';
import { CATALOGUES, noCatalogues } from './source-tools.ts';

/** The tables with the least of columns that anything must have. */
const TABLES = `
  CREATE TABLE systems (id TEXT PRIMARY KEY, name TEXT, x REAL, y REAL, z REAL, extra);
  CREATE TABLE planets (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT, x REAL, y REAL, z REAL);
  CREATE TABLE moons (id INTEGER PRIMARY KEY, planet_id INTEGER, name TEXT);
  CREATE TABLE space_stations (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT, x REAL, y REAL, z REAL);`;

interface Built {
  readonly summary: BuildSummary;
  readonly rejects: Reject[];
  /** By id. */
  readonly records: JsonObject[];
}

async function built(folder: string, path: string, options: BuildOptions = {}): Promise<Built> {
  const rejects: Reject[] = [];
  const set = join(folder, 'set');
  const summary = await build(
    [path],
    set,
    { ...PLAIN, ...options },
    { onReject: reject => rejects.push(reject) },
  );
  return { summary, rejects, records: (await systemsIn(set)).map(({ record }) => record!) };
}

const buildStatements = (statements: string, options?: BuildOptions) =>
  inFolder(folder => built(folder, database(join(folder, 'haven.db'), statements), options));

describe('values', () => {
  test('integers keep all their digits as ids; other large ones are the nearest float64', async () => {
    const { records, summary } = await buildStatements(`
      CREATE TABLE systems (id INTEGER PRIMARY KEY, name TEXT, x REAL, y REAL, z REAL, big INTEGER);
      CREATE TABLE planets (id INTEGER PRIMARY KEY, system_id INTEGER, name TEXT);
      INSERT INTO systems VALUES (9223372036854775807, 'most', 1, 2, 3, 9007199254740993);
      INSERT INTO systems VALUES (9223372036854775806, 'near', 1, 2, 3, -9223372036854775808);
      INSERT INTO planets VALUES (1, 9223372036854775807, 'p'), (2, 9223372036854775806, 'q');`);
    expect(summary).toMatchObject({ systems: 2, planets: 2, rejected: 0 });
    expect(records.map(({ name, big, planets }) => ({ name, big, planets }))).toEqual([
      { name: 'near', big: -(2 ** 63), planets: [{ name: 'q' }] },
      { name: 'most', big: 2 ** 53, planets: [{ name: 'p' }] },
    ]);
  });

  test('numbers to the last bit, texts with any character, bytes as base64, NULL as nothing', async () => {
    // Each run is a build: few runs have many values.
    const many = { minLength: 50, maxLength: 150 };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(float, fc.string({ unit: 'grapheme' })), many), async values =>
        inFolder(async folder => {
          const path = database(join(folder, 'haven.db'), TABLES);
          const writer = new DatabaseSync(path);
          const insert = writer.prepare('INSERT INTO systems VALUES (?, NULL, 1, 2, 3, ?)');
          values.forEach((value, i) => {
            insert.run(`S${String(i).padStart(3, '0')}`, value);
          });
          insert.run('Z', Buffer.from('bytes'));
          writer.close();
          const { records } = await built(folder, path);
          expect(records.map(({ extra }) => exactText(extra))).toEqual(
            [...values, 'Ynl0ZXM='].map(of => exactText(of)),
          );
          expect(records.some(record => 'name' in record)).toBe(false);
        }),
      ),
      { numRuns: 4, examples: [[[-0, 5e-324, Number.MAX_VALUE, '', 'a\0b', '-0']]] },
    );
  });
});

test('the command says nothing of what SQLite is made of', async () => {
  await inFolder(async folder => {
    const path = database(
      join(folder, 'haven.db'),
      `${TABLES} INSERT INTO systems VALUES ('a', 'A', 1, 2, 3, NULL)`,
    );
    const { code, stdout, stderr } = await run(['build', path, '--out', join(folder, 'set')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('  1 system, 0 planets');
  });
});

describe('an invalid value is rejected with its row', () => {
  test('a missing position, and a number that no float64 is', async () => {
    const { rejects, summary } = await buildStatements(`${TABLES}
      INSERT INTO systems VALUES ('a', 'A', 1, 2, 3, NULL), ('b', 'B', 1, NULL, 3, NULL), ('c', 'C', 1, 2, 3, -9e999);`);
    expect(summary.systems).toBe(1);
    expect(rejects.map(({ location, field, reason }) => ({ path: location.path, field, reason }))).toEqual([
      { path: 'systems row 2', field: 'y', reason: expect.stringContaining('y is missing') },
      {
        path: 'systems row 3',
        field: 'extra',
        reason: expect.stringContaining('beyond the range of float64'),
      },
    ]);
    expect(rejects[0]!.location.file).toMatch(/haven\.db$/);
  });

  test('planets, moons and stations of nothing', async () => {
    const { rejects, summary } = await buildStatements(`${TABLES}
      INSERT INTO systems VALUES ('a', 'A', 1, 2, 3, NULL);
      INSERT INTO planets VALUES (1, 'a', 'p', 1, 1, 1), (2, 'gone', 'q', 1, 1, 1), (3, 'gone', 'r', 1, 1, 1);
      INSERT INTO moons VALUES (1, 2, 'm'), (2, 7, 'n');
      INSERT INTO space_stations VALUES (1, 'gone', 's', 1, 1, 1), (2, 'far', 't', 1, 1, 1);`);
    expect(summary).toMatchObject({ systems: 1, planets: 1, moons: 0, stations: 0, rejected: 3 });
    const at = { x: 1, y: 1, z: 1 };
    expect(rejects.map(({ record }) => record)).toEqual([
      { id: 'far', space_station: { name: 't', ...at } },
      {
        id: 'gone',
        planets: [
          { name: 'q', ...at, moons: [{ name: 'm' }] },
          { name: 'r', ...at },
        ],
        space_station: { name: 's', ...at },
      },
      { moons: [{ id: 2, planet_id: 7, name: 'n' }] },
    ]);
    expect(rejects.map(({ reason }) => reason)).toEqual([
      'space_stations with system_id "far", which does not exist',
      'planets and space_stations with system_id "gone", which does not exist',
      'moons with planet_id 7, which does not exist',
    ]);
    expect(rejects.map(({ location: { line, column, offset } }) => [line, column, offset])).toEqual(
      [0, 0, 0].map(() => [0, 0, 0]),
    );
  });

  test('rows without a parent, of a database without systems', async () => {
    await inFolder(async folder => {
      const path = database(
        join(folder, 'haven.db'),
        `${TABLES} INSERT INTO planets VALUES (1, NULL, 'p', 1, 1, 1); INSERT INTO moons VALUES (1, NULL, 'm');`,
      );
      const { message } = await failure(build([path], join(folder, 'set')));
      expect(message).toBe(
        `all 2 records were rejected; nothing was written. The first:
  ${path}: planets or space_stations without a system_id
  ${path}: moons without a planet_id`,
      );
    });
  });
});

describe('databases of other kinds', () => {
  test('no planets, moons or stations at all; no systems at all', async () => {
    const only = 'CREATE TABLE systems (id TEXT, name TEXT, x REAL, y REAL, z REAL);';
    const { records } = await buildStatements(`${only} INSERT INTO systems VALUES ('a', 'A', 1, 2, 3);`);
    expect(records).toEqual([{ id: 'a', name: 'A', x: 1, y: 2, z: 3 }]);
    expect((await buildStatements(TABLES)).summary).toMatchObject({ systems: 0, rejected: 0 });
  });

  test('moons, but no planets that they could belong to', async () => {
    const { records, rejects } = await buildStatements(`
      CREATE TABLE systems (id TEXT, name TEXT, x REAL, y REAL, z REAL);
      CREATE TABLE moons (id INTEGER PRIMARY KEY, planet_id INTEGER, name TEXT);
      INSERT INTO systems VALUES ('a', 'A', 1, 2, 3);
      INSERT INTO moons VALUES (1, 1, 'm')`);
    expect(records).toEqual([{ id: 'a', name: 'A', x: 1, y: 2, z: 3 }]);
    expect(rejects.map(({ record }) => record)).toEqual([{ moons: [{ id: 1, planet_id: 1, name: 'm' }] }]);
  });

  test('systems WITHOUT ROWID, and a view of another table', async () => {
    const rows = "VALUES ('b', 'B', 1, 2, 3), ('a', 'A', 1, 2, 3)";
    const columns = 'id TEXT PRIMARY KEY, name TEXT, x REAL, y REAL, z REAL';
    for (const statements of [
      `CREATE TABLE systems (${columns}) WITHOUT ROWID; INSERT INTO systems ${rows};`,
      `CREATE TABLE stars (${columns}); INSERT INTO stars ${rows}; CREATE VIEW systems AS SELECT * FROM stars;`,
    ]) {
      expect((await buildStatements(statements)).records.map(({ name }) => name)).toEqual(['A', 'B']);
    }
  });

  test('what is still in the log of a writer is read, too', async () => {
    await inFolder(async folder => {
      const path = database(join(folder, 'haven.db'), `PRAGMA journal_mode = WAL; ${TABLES}`);
      const writer = new DatabaseSync(path);
      writer.exec("PRAGMA wal_autocheckpoint = 0; INSERT INTO systems VALUES ('a', 'A', 1, 2, 3, NULL)");
      expect((await built(folder, path)).summary.systems).toBe(1);
      writer.close();
    });
  });

  test('what is written while it is read is of the next build', async () => {
    await inFolder(async folder => {
      const path = database(join(folder, 'haven.db'), `PRAGMA journal_mode = WAL; ${TABLES}`);
      const writer = new DatabaseSync(path);
      writer.exec(`
        WITH RECURSIVE numbers (value) AS (SELECT 1 UNION SELECT value + 1 FROM numbers LIMIT 300)
        INSERT INTO systems SELECT value, NULL, 1, 2, 3, '${'x'.repeat(500)}' FROM numbers;
        INSERT INTO planets SELECT id, id, 'before', 0, 0, 0 FROM systems`);
      let text = '';
      for await (const batch of sqliteRecords(path, 0, {})) {
        if (text === '') {
          writer.exec(
            "UPDATE planets SET name = 'after'; DELETE FROM systems; DELETE FROM planets WHERE id > 290",
          );
        }
        text += batch.map(({ bytes }) => `${bytes}\n`).join('');
      }
      writer.close();
      expect(text.match(/"before"/g)).toHaveLength(300);
      expect(text.trim().split('\n')).toHaveLength(300);
    });
  });

  test('a database in WAL mode where no file can be made beside it', async () => {
    await inFolder(async folder => {
      const path = database(
        join(folder, 'haven.db'),
        `PRAGMA journal_mode = WAL; ${TABLES} INSERT INTO systems VALUES ('a', 'A', 1, 2, 3, NULL)`,
      );
      mkdirSync(`${path}-shm`);
      expect((await built(folder, path)).summary.systems).toBe(1);
    });
  });
});

describe('a file that is not a catalogue is an InputError', () => {
  const cases: Record<string, [make: (path: string) => void, message: RegExp]> = {
    'no table of systems': [
      path => database(path, 'CREATE TABLE stars (id TEXT); CREATE TABLE planets (id INTEGER);'),
      /without the table "systems"/,
    ],
    'systems without an id': [
      path => database(path, 'CREATE TABLE systems (name TEXT)'),
      /the table "systems" has no column "id"/,
    ],
    'planets that name no system': [
      path => database(path, 'CREATE TABLE systems (id TEXT); CREATE TABLE planets (id INTEGER, name TEXT)'),
      /no such column: system_id/,
    ],
    'moons of planets without an id': [
      path =>
        database(
          path,
          `CREATE TABLE systems (id TEXT); CREATE TABLE planets (system_id TEXT);
           CREATE TABLE moons (id INTEGER, planet_id INTEGER)`,
        ),
      /no such column: planets.id/,
    ],
    'a file that is cut': [
      path => {
        database(
          path,
          `${TABLES} WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
          INSERT INTO systems SELECT i, 'N', i, i, i, NULL FROM n`,
        );
        writeFileSync(path, readFileSync(path).subarray(0, 40_000));
      },
      /cannot be read as an SQLite database: database disk image is malformed/,
    ],
    'a head and nothing else': [
      path => writeFileSync(path, 'SQLite format 3\0'.padEnd(4096, 'x')),
      /cannot be read as an SQLite database: file is not a database/,
    ],
    'nothing at all': [path => writeFileSync(path, ''), /is empty: expected JSON, NDJSON/],
    'an image': [path => writeFileSync(path, '\x89PNG\r\n\x1a\n', 'latin1'), /is a PNG image/],
    'packed by gzip': [
      path => {
        database(path, TABLES);
        writeFileSync(path, gzipSync(readFileSync(path)));
      },
      /is an SQLite database inside a stream: give the path of the database itself, unpacked/,
    ],
  };
  test.each(Object.entries(cases))('%s', async (_, [make, message]) => {
    await inFolder(async folder => {
      const path = join(folder, 'haven.db');
      make(path);
      const failure = await build([path], join(folder, 'set')).catch(error => error);
      expect(failure).toBeInstanceOf(InputError);
      expect(failure.message).toMatch(message);
      expect(failure.message).toContain(path);
    });
  });
});

describe.skipIf(noCatalogues)("the application's own databases", () => {
  /** The record of a system, read row by row as the application reads it. */
  function recordOf(db: DatabaseSync, system: JsonObject): JsonObject {
    const fields = (row: object, ...ties: string[]) =>
      Object.fromEntries(Object.entries(row).filter(([key, value]) => value !== null && !ties.includes(key)));
    const [station] = db
      .prepare('SELECT * FROM space_stations WHERE system_id = ?')
      .all(system['id'] as string);
    const planets = db
      .prepare('SELECT * FROM planets WHERE system_id = ? ORDER BY id')
      .all(system['id'] as string)
      .map(planet => {
        const moons = db.prepare('SELECT * FROM moons WHERE planet_id = ? ORDER BY id').all(planet['id']!);
        return {
          ...fields(planet, 'id', 'system_id'),
          ...(moons.length > 0 && { moons: moons.map(moon => fields(moon, 'id', 'planet_id')) }),
        };
      });
    return {
      ...fields(system),
      ...(planets.length > 0 && { planets }),
      ...(station && { space_station: fields(station, 'id', 'system_id') }),
    };
  }

  test.each(['haven.db', 'VH-Database.db', 'with-fts.db', 'newer-schema-no-region.db'])('%s', async name => {
    await inFolder(async folder => {
      const path = join(folder, name);
      copyFileSync(join(CATALOGUES, 'haven', name), path);
      const { records, summary } = await built(folder, path);
      const db = new DatabaseSync(path);
      const rows = db.prepare('SELECT * FROM systems').all() as JsonObject[];
      const counted = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n']);
      expect(summary).toMatchObject({
        ...{ systems: rows.length, planets: counted('planets'), moons: counted('moons') },
        ...{ stations: counted('space_stations'), rejected: 0, skipped: 0, duplicates: 0 },
      });
      expect(records.map(recordText).sort()).toEqual(rows.map(row => recordText(recordOf(db, row))).sort());
      const [first] = await (await openTileset(join(folder, 'set')))
        .sphere({ center: [0, 0, 0], radius: Number.POSITIVE_INFINITY, limit: 1 })
        .toArray();
      if (name.startsWith('newer')) expect(first!.region).toBe('Unknown');
      db.close();
    });
  });
});
