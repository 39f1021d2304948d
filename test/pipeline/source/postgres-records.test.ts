/** Catalogues in a real PostgreSQL server, compared with the same rows in an SQLite file. */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { type BuildOptions, type BuildSummary, build, type Reject } from '#pipeline/index.ts';
import { PLAIN, systemsIn } from '#test/support/chunk-sets.ts';
import { database } from '#test/support/databases.ts';
import { postgresDatabases, withClient } from '#test/support/postgres.ts';
import { call } from '#test/support/run-command.ts';
import { freePorts, hasPostgres } from '#test/support/servers.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, pathsBelow } from '#test/support/temporary.ts';

/** Tables that both databases understand, and rows for them. */
const SCHEMA = `
  CREATE TABLE systems (id TEXT PRIMARY KEY, name TEXT, region TEXT, x DOUBLE PRECISION, y DOUBLE PRECISION,
    z DOUBLE PRECISION, fauna TEXT, notes TEXT);
  CREATE TABLE planets (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT, materials TEXT, x DOUBLE PRECISION);
  CREATE TABLE moons (id INTEGER PRIMARY KEY, planet_id INTEGER, name TEXT, orbit_radius DOUBLE PRECISION);
  CREATE TABLE space_stations (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT, race TEXT);`;

function insertions(systems: number): string {
  const lines: string[] = [];
  for (let i = 0; i < systems; i++) {
    const notes = i % 3 === 0 ? 'NULL' : `'it''s "${i}", 🪐'`;
    lines.push(
      `INSERT INTO systems VALUES ('S${i}', 'Name ${i}', 'Region ${i % 7}', ${i / 7}, ${-i}, 1e-300, NULL, ${notes});`,
    );
    // Rows of a parent do not follow each other.
    for (let j = i % 4; j > 0; j--) {
      const planet = j * systems + i;
      lines.push(`INSERT INTO planets VALUES (${planet}, 'S${i}', 'P${planet}', 'Gold, Cadmium', NULL);`);
      if (j === 2)
        lines.push(
          `INSERT INTO moons VALUES (${planet}, ${planet}, 'M', 0.1), (-${planet}, ${planet}, 'N', 2);`,
        );
    }
    if (i % 5 === 0) lines.push(`INSERT INTO space_stations VALUES (${i}, 'S${i}', 'Station', 'Gek');`);
    if (i % 10 === 0) lines.push(`INSERT INTO space_stations VALUES (${i + 1e6}, 'S${i}', 'Second', NULL);`);
  }
  return lines.join('\n');
}

interface Built {
  readonly summary: BuildSummary;
  readonly rejects: Reject[];
  /** By id. */
  readonly records: JsonObject[];
}

async function built(folder: string, input: string, options: BuildOptions = {}): Promise<Built> {
  const rejects: Reject[] = [];
  const set = join(folder, 'set');
  const summary = await build([input], set, { ...PLAIN, ...options }, { onReject: of => rejects.push(of) });
  return { summary, rejects, records: (await systemsIn(set)).map(({ record }) => record!) };
}

describe.skipIf(!hasPostgres)('PostgreSQL', () => {
  const databases = postgresDatabases();

  test('gives the set that the same rows in SQLite give', async () => {
    await inFolder(async folder => {
      const statements = SCHEMA + insertions(500);
      const url = await databases.make(statements);
      const { summary } = await built(folder, url);
      const sqlite = database(join(folder, 'haven.db'), `BEGIN; ${statements} COMMIT;`);
      const expected = await built(join(folder, 'other'), sqlite);
      expect(summary).toMatchObject({ systems: 500, planets: 750, moons: 500, stations: 100, rejected: 0 });
      expect(summary.generation).toBe(expected.summary.generation);
    });
  });

  test('keeps digits, signs, times, bytes, nested JSON and any column; NULL is an absent field', async () => {
    const url = await databases.make(`
      CREATE TABLE systems (id BIGINT, name TEXT, x REAL, y DOUBLE PRECISION, z NUMERIC, "Odd ""name" TEXT, bytes BYTEA,
        seen TIMESTAMPTZ, fields JSON, other JSONB, gates BOOLEAN, tags TEXT[], nothing TEXT);
      INSERT INTO systems VALUES
        (9223372036854775807, 'most', 0.1, '-0', 0.1000000000000000055511151231257827, 'a"b', 'bytes'::bytea,
          '2026-11-28 12:00:00.5+01', '{"b": 1, "a": {"c": null}}', '[1, null]', true, '{x,y}', NULL),
        (9223372036854775806, 'near', 1, 5e-324, 2, NULL, decode(repeat('ff', 100), 'hex'), NULL, NULL, NULL, NULL, NULL, NULL);`);
    await inFolder(async folder => {
      const { records, summary } = await built(folder, url);
      expect(summary).toMatchObject({ systems: 2, rejected: 0 });
      expect(records).toEqual([
        {
          id: expect.anything(),
          name: 'near',
          x: 1,
          y: 5e-324,
          z: 2,
          bytes: Buffer.alloc(100, 255).toString('base64'),
        },
        {
          ...{
            id: expect.anything(),
            name: 'most',
            x: 0.1,
            y: -0,
            z: 0.1,
            'Odd "name': 'a"b',
            bytes: 'Ynl0ZXM=',
          },
          ...{ seen: '2026-11-28T11:00:00.5+00:00', fields: { b: 1, a: { c: null } }, other: [1, null] },
          ...{ gates: true, tags: ['x', 'y'] },
        },
      ]);
      expect((await systemsIn(join(folder, 'set'))).map(({ id }) => id)).toEqual([
        '9223372036854775806',
        '9223372036854775807',
      ]);
    });
  });

  test('reads all rows through a cursor, whatever their size', async () => {
    const url = await databases.make(`
      CREATE TABLE systems (id INTEGER PRIMARY KEY, x INTEGER, y INTEGER, z INTEGER, notes TEXT);
      INSERT INTO systems SELECT i, i, i, i, repeat('x', CASE WHEN i % 1000 = 0 THEN 3000000 ELSE i % 100 END)
        FROM generate_series(1, 9000) AS i;`);
    await inFolder(async folder => {
      const { summary, records } = await built(folder, url);
      expect(summary).toMatchObject({ systems: 9_000, rejected: 0 });
      expect(records.filter(({ notes }) => (notes as string).length === 3_000_000)).toHaveLength(9);
    });
  });

  test('rejects rows without a position, and those whose parent does not exist', async () => {
    const url = await databases.make(`${SCHEMA}
      INSERT INTO systems VALUES ('A', 'a', NULL, 1, 2, 3, NULL, NULL), ('B', 'b', NULL, 'NaN', 2, 3, NULL, NULL);
      INSERT INTO planets VALUES (1, 'A', 'kept', NULL, NULL), (2, 'gone', 'lost', NULL, NULL);
      INSERT INTO moons VALUES (1, 9, 'lost', NULL), (2, NULL, 'lost', NULL), (3, 1, 'kept', NULL);
      INSERT INTO space_stations VALUES (1, NULL, 'lost', NULL);`);
    await inFolder(async folder => {
      const { summary, rejects } = await built(folder, url);
      expect(summary).toMatchObject({ systems: 1, planets: 1, moons: 1, stations: 0, rejected: 5 });
      const name = url.replace(':secret', '');
      expect(
        rejects.map(({ location, field, reason }) => [location.file, location.path, field, reason]),
      ).toEqual([
        [name, 'systems id "B"', 'x', expect.stringContaining('NaN')],
        [name, undefined, undefined, 'planets with system_id "gone", which does not exist'],
        [name, undefined, undefined, 'moons with planet_id "9", which does not exist'],
        [name, undefined, undefined, 'moons without a planet_id'],
        [name, undefined, undefined, 'space_stations without a system_id'],
      ]);
    });
  });

  test('rejects a row whose JSON has a key twice, with the place in that JSON', async () => {
    const url = await databases.make(`
      CREATE TABLE systems (id TEXT, x INTEGER, y INTEGER, z INTEGER, fields JSON);
      INSERT INTO systems VALUES ('A', 1, 2, 3, '{"n":1}'), ('B', 1, 2, 3, '{"n":1, "n":2}');`);
    await inFolder(async folder => {
      const { rejects } = await built(folder, url);
      expect(rejects.map(({ field, reason }) => [field, reason])).toEqual([
        [
          'fields',
          expect.stringMatching(
            /^the key "n" occurs twice in fields, again at byte \d+ of its JSON: keep one of them$/,
          ),
        ],
      ]);
    });
  });

  test('that responds with an error is not said to be down', async () => {
    const url = await databases.make('CREATE TABLE systems (id TEXT, x INTEGER, y INTEGER, z INTEGER)');
    await inFolder(async folder => {
      const locked = withClient(url, async client => {
        await client.query('BEGIN; LOCK TABLE systems IN ACCESS EXCLUSIVE MODE');
        return failure(build([`${url}?options=-c%20lock_timeout%3D1`], join(folder, 'set'), PLAIN));
      });
      for (const { message } of [await locked, await failure(build([`${url}?ssl=1`], join(folder, 'set')))]) {
        expect(message).toMatch(/cannot be read: .*(lock timeout|SSL connections)$/);
      }
    });
  });

  test('is an error that says what to do where it cannot be read', async () => {
    const empty = await databases.make('CREATE TABLE planets (id INTEGER)');
    const noId = await databases.make('CREATE TABLE systems (name TEXT)');
    const clash = await databases.make(
      'CREATE TABLE systems (id TEXT, planets INTEGER); CREATE TABLE planets (id INTEGER, system_id TEXT)',
    );
    const [port] = (await freePorts(1)) as [number];
    const wrong = databases.url.replace('secret', 'wrong');
    await inFolder(async folder => {
      const set = join(folder, 'set');
      for (const [location, code, message] of [
        [empty, 1, 'has no table "systems" in its search path'],
        [noId, 1, 'the table "systems" has no column "id"'],
        [
          clash,
          1,
          'the table "systems" has a column "planets", which is the field for rows of the table "planets"',
        ],
        [`${wrong}postgres`, 3, 'check the user, and give the password in the URL, PGPASSWORD or ~/.pgpass'],
        [`${databases.url}none`, 3, 'check the name of the database'],
        [`postgres://127.0.0.1:${port}/haven`, 3, 'is the server running?'],
        ['postgres://[/haven', 2, 'expected postgres://USER@HOST:PORT/DATABASE'],
      ] as const) {
        const { stderr, ...outcome } = await call(['build', location, '--out', set]);
        expect({ ...outcome, stderr }).toEqual({
          code,
          stdout: '',
          stderr: expect.stringContaining(message),
        });
        expect(stderr).not.toMatch(/secret|wrong@/);
      }
      expect(pathsBelow(folder).filter(path => path.endsWith('index.json'))).toEqual([]);
    });
  });

  test('is read once if it is given twice; its password stands in no file of the run', async () => {
    const url = await databases.make(SCHEMA + insertions(20));
    await inFolder(async folder => {
      const read = new Set<string>();
      const summary = await build(
        [url, url],
        join(folder, 'set'),
        { ...PLAIN, temp: folder },
        {
          onProgress: () => {
            for (const path of pathsBelow(folder)) {
              if (!statSync(join(folder, path), { throwIfNoEntry: false })?.isFile()) continue;
              read.add(basename(path));
              expect(readFileSync(join(folder, path)).includes('secret')).toBe(false);
            }
          },
        },
      );
      expect(read).toContain('plan.json');
      expect(summary).toMatchObject({ systems: 20, duplicates: 0 });
      expect(summary.leftOut).toEqual([{ file: url.replace(':secret', ''), reason: 'it is given twice' }]);
    });
  });

  test('is read with the password that was given last', async () => {
    const url = await databases.make(SCHEMA + insertions(20));
    await inFolder(async folder => {
      const set = join(folder, 'set');
      const wrong = url.replace('secret', 'wrong');
      expect((await failure(build([wrong], set, PLAIN))).message).toContain('give the password');
      expect(await build([url], set, PLAIN)).toMatchObject({ systems: 20 });
    });
  });

  test('with two search paths is two inputs; secret parameters stand in no message', async () => {
    const tables = ['a', 'b'].map(
      name =>
        `CREATE SCHEMA ${name}; CREATE TABLE ${name}.systems AS SELECT '${name}' AS id, 1 AS x, 1 AS y, 1 AS z;`,
    );
    const url = await databases.make(tables.join(''));
    await inFolder(async folder => {
      const [a, b] = ['a', 'b'].map(name => `${url}?password=secret&options=-csearch_path%3D${name}`);
      const set = join(folder, 'both');
      expect(await build([a!, b!], set, PLAIN)).toMatchObject({ systems: 2, leftOut: [] });
      const { leftOut } = await build([a!, a!], set, PLAIN);
      expect(leftOut).toEqual([
        {
          file: `${url.replace(':secret', '')}?options=-csearch_path%3Da`,
          reason: 'it is given twice',
        },
      ]);
    });
  });

  test('ends at once when the build is interrupted', async () => {
    const url = await databases.make(
      'CREATE VIEW systems AS SELECT 1 AS id, 1 AS x, 1 AS y, 1 AS z FROM pg_sleep(3600)',
    );
    const sleeping = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    const controller = new AbortController();
    await inFolder(async folder => {
      const building = build([url], join(folder, 'set'), PLAIN, {}, controller.signal);
      await withClient(`${databases.url}postgres`, async client => {
        while ((await client.query(sleeping)).rowCount === 0);
      });
      controller.abort(new Error('no longer wanted'));
      expect((await failure(building)).message).toBe('no longer wanted');
    });
  });
});
