import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { build, exportSet } from '#pipeline/index.ts';
import { CATALOGUES } from '#test/pipeline/source/source-tools.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import { ask, exportDatabase } from '#test/support/databases.ts';
import { call } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

/** The tables of an exported database: the values that it keeps, and those that it leaves out. */
async function tables(records: readonly JsonObject[]) {
  return inFolder(async folder => {
    const { file, losses } = await exportDatabase(folder, writeInputs(folder, 'in', [ndjson(records)])[0]!);
    expect(ask(file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(ask(file, 'PRAGMA foreign_key_check')).toEqual([]);
    const rows = (name: string) => ask(file, `SELECT * FROM ${name}`);
    const schema = ask(file, "SELECT sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").map(
      ({ sql }) => sql,
    );
    return {
      systems: rows('systems'),
      planets: rows('planets'),
      moons: rows('moons'),
      stations: rows('space_stations'),
      schema: schema as string[],
      leftOut: Object.fromEntries(losses.leftOut),
      rewritten: Object.fromEntries(losses.rewritten),
      relaxed: losses.relaxed,
    };
  });
}

/** The fields of a row that are not NULL. */
const present = (row: JsonObject | undefined) =>
  Object.fromEntries(Object.entries(row!).filter(([, value]) => value !== null));

const at = { x: 1, y: 2, z: 3 };

describe('a row', () => {
  test('of everything that the schema knows; what is absent is NULL, whatever the defaults are', async () => {
    const texts = {
      fauna: 'Low',
      flora: '',
      sentinel: 'N/A',
      materials: 'Gold',
      base_location: '(1, 2)',
      photo: 'p',
    };
    const body = {
      sentinel: 's',
      fauna: 'f',
      flora: 'l',
      properties: 'p',
      materials: 'm',
      base_location: 'b',
    };
    const more = { photo: 'p.png', notes: 'n' };
    const core = { id: 'a', name: 'A', ...at, region: 'R', attributes: 'x' };
    const times = { created_at: '2025-11-05 14:46:44', modified_at: '2025-11-06T01:02:03Z' };
    const system = { ...core, ...texts, ...times };
    const { systems, planets, moons, stations, leftOut, rewritten, relaxed } = await tables([
      {
        ...system,
        planets: [
          {
            name: 'A1',
            ...body,
            ...more,
            moons: [{ name: 'A1a', ...body, ...more, orbit_radius: 0.1, orbit_speed: 2 }],
          },
          { name: 'A2', moons: [{ name: 'A2a' }, { name: 'A2b' }] },
        ],
        space_station: { name: 'S', x: 1.5, y: -2, z: 1e-300 },
      },
      { id: 'b', name: 'B', ...at, planets: null, space_station: null, fauna: null },
    ]);
    expect(systems.map(present)).toEqual([system, { id: 'b', name: 'B', ...at, region: 'Unknown' }]);
    expect(planets.map(present)).toEqual([
      { id: 1, system_id: 'a', name: 'A1', ...body, ...more },
      { id: 2, system_id: 'a', name: 'A2' },
    ]);
    expect(moons.map(present)).toEqual([
      { id: 1, planet_id: 1, name: 'A1a', ...body, ...more, orbit_radius: 0.1, orbit_speed: 2 },
      { id: 2, planet_id: 2, name: 'A2a' },
      { id: 3, planet_id: 2, name: 'A2b' },
    ]);
    expect(stations).toEqual([{ id: 1, system_id: 'a', name: 'S', x: 1.5, y: -2, z: 1e-300 }]);
    expect({ leftOut, rewritten, relaxed }).toEqual({ leftOut: {}, rewritten: {}, relaxed: [] });
  });

  test('of other types: texts of JSON, numbers, and what is counted', async () => {
    const { systems, planets, moons, stations, leftOut, rewritten, relaxed } = await tables([
      {
        ...{
          id: 7,
          name: false,
          ...at,
          x: -0,
          fauna: 1,
          flora: [1, -0],
          photo: { a: null },
          attributes: true,
        },
        ...{ created_at: '2024', modified_at: 1.5e9, note: 'no column', empty: null },
        planets: [
          'Dust',
          { name: 'P', id: 3, orbit: 1, moons: ['Rock', { name: 'M', orbit_radius: '0.5' }, 5] },
          8,
        ],
        moons: [{ name: 'of nothing' }],
        space_station: { name: 'S', x: 'far', y: 0, z: 0, race: 'Gek' },
      },
    ]);
    expect(systems.map(present)).toEqual([
      {
        ...{ id: '7', name: 'false', x: 0, y: 2, z: 3, region: 'Unknown', fauna: '1', flora: '[1,-0]' },
        ...{ photo: '{"a":null}', attributes: 'true', created_at: 2024, modified_at: 1.5e9 },
      },
    ]);
    expect(planets.map(present)).toEqual([
      { id: 1, system_id: '7', name: 'Dust' },
      { id: 2, system_id: '7', name: 'P' },
    ]);
    expect(moons.map(present)).toEqual([
      { id: 1, planet_id: 2, name: 'Rock' },
      { id: 2, planet_id: 2, name: 'M' },
    ]);
    expect(stations).toEqual([{ id: 1, system_id: '7', name: 'S', x: null, y: 0, z: 0 }]);
    expect(leftOut).toEqual({
      ...{ 'systems.note': 1, 'systems.moons': 1, 'systems.planets': 1, 'planets.id': 1, 'planets.orbit': 1 },
      ...{ 'planets.moons': 1, 'moons.orbit_radius': 1, 'space_stations.race': 1, 'space_stations.x': 1 },
    });
    expect(rewritten).toEqual({
      ...{ 'systems.id': 1, 'systems.name': 1, 'systems.x': 1, 'systems.fauna': 1, 'systems.flora': 1 },
      ...{ 'systems.photo': 1, 'systems.attributes': 1, 'systems.created_at': 1, 'systems.planets': 1 },
      'planets.moons': 1,
    });
    expect(relaxed).toEqual(['space_stations.x NOT NULL']);
  });
});

describe('the schema', () => {
  const guide = join(CATALOGUES, '../haven-migration-guide.md');

  test.skipIf(!existsSync(guide))("is the guide's, letter for letter, where the set keeps it", async () => {
    const [, section] = /### Database Schema\s+```sql\n([\s\S]*?)```/.exec(readFileSync(guide, 'utf8'))!;
    const expected = section!.match(/^CREATE [\s\S]*?;/gm)!.map(statement => statement.slice(0, -1));
    const { schema } = await tables([{ id: 'a', name: 'A', ...at, region: 'R' }]);
    expect(schema).toEqual(expected);
    expect(schema).toHaveLength(9);
  });

  test('lacks only what the set breaks, and no row that came before', async () => {
    const system = (i: number, more: JsonObject): JsonObject => ({
      id: `S${i}`,
      name: `N${i}`,
      ...at,
      ...more,
    });
    const records = Array.from({ length: 30 }, (_, i) =>
      system(i, { planets: [{ name: `p${i}`, moons: [{ name: `m${i}` }] }] }),
    );
    records.push(
      system(30, { name: 'N7' }),
      system(31, { name: 'N7', planets: [{ notes: 'nameless', moons: [{ notes: 'nameless' }] }] }),
      system(32, { space_station: { name: 'nowhere' } }),
      system(33, { space_station: {} }),
    );
    const { systems, planets, moons, stations, schema, relaxed } = await tables(records);
    expect([...relaxed].sort()).toEqual([
      ...['moons.name NOT NULL', 'planets.name NOT NULL', 'space_stations.name NOT NULL'],
      ...['space_stations.x NOT NULL', 'space_stations.y NOT NULL', 'space_stations.z NOT NULL'],
      'systems.name UNIQUE',
    ]);
    expect([systems, planets, moons, stations].map(rows => rows.length)).toEqual([34, 31, 31, 2]);
    const names = (rows: JsonObject[]) => rows.map(({ name }) => String(name)).sort();
    expect(names(systems)).toEqual(records.map(({ name }) => name).sort());
    expect(names(moons)).toEqual([...records.slice(0, 30).map((_, i) => `m${i}`), 'null'].sort());
    expect(names(planets)).toEqual([...records.slice(0, 30).map((_, i) => `p${i}`), 'null'].sort());
    const definition = (table: string) => schema.find(sql => sql.startsWith(`CREATE TABLE ${table} (`))!;
    expect(definition('systems')).toContain('    name TEXT NOT NULL,\n    x REAL NOT NULL,\n');
    expect(definition('planets')).toContain('    system_id TEXT NOT NULL,\n    name TEXT,\n');
    expect(definition('planets')).toContain('REFERENCES systems(id)');
    expect(definition('moons')).toContain('REFERENCES planets(id)');
    expect(definition('space_stations')).toContain('    name TEXT,\n    x REAL,\n    y REAL,\n    z REAL,\n');
    expect(schema).toHaveLength(9);
  });
});

describe('the file', () => {
  const records = Array.from({ length: 50 }, (_, i) => ({ id: `S${i}`, x: i, y: 0, z: 0, photo: 'p' }));

  test('replaces an older one, and stays as it was where the set is damaged or the export aborted', async () => {
    await inFolder(async folder => {
      const set = join(folder, 'set');
      await build(writeInputs(folder, 'in', [ndjson(records)]), set, { chunkLimit: 5 });
      mkdirSync(join(folder, 'to'));
      const file = join(folder, 'to/x.db');
      writeFileSync(file, 'old');
      const tileset = await openTileset(set);

      const stopped = new AbortController();
      const reason = new Error('enough');
      const onProgress = () => stopped.abort(reason);
      await expect(exportSet(tileset, file, { signal: stopped.signal, onProgress })).rejects.toBe(reason);
      expect(readFileSync(file, 'utf8')).toBe('old');
      expect(readdirSync(join(folder, 'to'))).toEqual(['x.db']);

      await exportSet(tileset, file);
      expect(ask(file, 'SELECT count(*) AS n FROM systems')).toEqual([{ n: 50 }]);
      const details = join(set, 'details', readdirSync(join(set, 'details')).at(-1)!);
      writeFileSync(details, readFileSync(details).subarray(0, 20));
      await expect(exportSet(await openTileset(set), file)).rejects.toThrow(/details\/.* is corrupt/);
      expect(ask(file, 'SELECT count(*) AS n FROM systems')).toEqual([{ n: 50 }]);
      expect(readdirSync(join(folder, 'to'))).toEqual(['x.db']);
    });
  });

  test('of an empty set has the tables, and is built back to an empty set', async () => {
    await inFolder(async folder => {
      const { file } = await exportDatabase(folder, writeInputs(folder, 'in', ['[]'])[0]!);
      expect(await build([file], join(folder, 'again'))).toMatchObject({ systems: 0, rejected: 0 });
    });
  });
});

test('the command says what was left out, written otherwise, or not kept', async () => {
  await inFolder(async folder => {
    const set = join(folder, 'set');
    const keyed = {
      _meta: {},
      A: {
        ...at,
        name: 'N',
        stars: 2,
        planets: [
          { name: 'p', mass: 1 },
          { name: 'q', mass: 2 },
        ],
      },
      B: { ...at, name: 'N', fauna: 7 },
    };
    await build(writeInputs(folder, 'in', [JSON.stringify(keyed)]), set);
    const { code, stderr } = await call(['export', set, '--to', join(folder, 'x.db')]);
    expect(code).toBe(0);
    const losses = [
      'not kept: 1 _meta value; .db has no place for one',
      'not kept: 3 values of 2 fields (planets.mass 2, systems.stars 1); the schema has no column for them',
      'kept as another type: 1 value of 1 field (systems.fauna 1)',
      'constraints that the data breaks, left out of the schema: systems.name UNIQUE',
    ];
    expect(stderr.split('\n').slice(1)).toEqual([...losses.map(line => `  ${line}`), '']);
    const quiet = await call(['export', set, '--to', join(folder, 'x.db'), '--quiet']);
    expect(quiet.stderr).toBe(`haven-chunks: ${losses.join('\n')}\n`);
  });
});

test('a large set is written by a thread of its own, and to the same rows', async () => {
  const odd = JSON.stringify([
    { id: 'zero', name: 'A', x: -0, y: 1e-300, z: 1e300, fauna: null, created_at: '007', region: '' },
    {
      id: 'rich',
      name: 'A',
      ...at,
      stars: [1, { a: -0 }],
      photo: { b: [null] },
      planets: ['p', 7, { moons: [{}] }],
    },
    { id: 'bare', ...at, planets: null, space_station: { name: 'S', rings: '𝄞' } },
  ]).replace('"id":"rich"', '"id":"rich","__proto__":{"c":1}');
  const plain = Array.from({ length: 10_000 }, (_, i) => ({ id: `P${i}`, name: `P${i}`, x: i, y: -i, z: 0 }));
  const written = async (records: string) =>
    inFolder(async folder => {
      const { file, losses } = await exportDatabase(folder, writeInputs(folder, 'in', [records])[0]!);
      const tables = ['systems', 'planets', 'moons', 'space_stations'].map(table => {
        const { length } = ask(file, `SELECT 1 FROM ${table}`);
        const key = table === 'systems' ? 'id' : table === 'moons' ? "'rich'" : 'system_id';
        const rows = ask(file, `SELECT * FROM ${table} WHERE ${key} NOT LIKE 'P%' ORDER BY id`);
        return { length: table === 'systems' ? length % 10_000 : length, rows };
      });
      const indexes = ask(file, "SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY name");
      return { tables, indexes, losses };
    });
  const large = await written(`${odd.slice(0, -1)},${JSON.stringify(plain).slice(1)}`);
  expect(large.losses.leftOut.get('systems.__proto__')).toBe(1);
  expect(large).toEqual(await written(odd));
});
