import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isObject, type JsonObject, type JsonValue } from '../../client/format/json.ts';
import { openTileset, type SystemRecord } from '../../client/node/index.ts';
import { build, type DatabaseLosses, exportSet } from '../../pipeline/index.ts';
import { coordinate, exactText, float, json, key, objectOf, text } from '../support/arbitrary.ts';
import { call } from '../support/command.ts';
import { inFolder, ndjson, writeInputs } from '../support/sets.ts';
import { CATALOGUES, noCatalogues } from './source-tools.ts';

/** The systems of a set by id. */
async function systemsOf(directory: string): Promise<Map<string, SystemRecord>> {
  const all = new Map<string, SystemRecord>();
  for await (const batch of (await openTileset(directory)).records()) {
    for (const system of batch) all.set(system.id, system);
  }
  return all;
}

interface There {
  readonly set: string;
  readonly file: string;
  readonly losses: DatabaseLosses;
}

/** Builds a set, and writes it as a database. */
async function there(folder: string, input: string): Promise<There> {
  const set = join(folder, 'set');
  const file = join(folder, 'export.db');
  await build([input], set, { onDuplicate: 'first' });
  const { database } = await exportSet(await openTileset(set), file);
  return { set, file, losses: database! };
}

/** Rows of a query, as plain objects. */
function ask(file: string, sql: string, ...parameters: (string | number)[]): JsonObject[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db
      .prepare(sql)
      .all(...parameters)
      .map(row => ({ ...row }) as JsonObject);
  } finally {
    db.close();
  }
}

/** As `there` from records, and what is in the tables then. */
async function tables(records: readonly JsonObject[]) {
  return inFolder(async folder => {
    const { file, losses } = await there(folder, writeInputs(folder, 'in', [ndjson(records)])[0]!);
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
    const { systems, planets, moons, stations, leftOut, rewritten, relaxed } = await tables([
      {
        ...{
          id: 'a',
          name: 'A',
          ...at,
          region: 'R',
          ...texts,
          attributes: 'x',
          created_at: '2025-11-05 14:46:44',
        },
        modified_at: '2025-11-06T01:02:03Z',
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
    expect(systems.map(present)).toEqual([
      {
        ...{
          id: 'a',
          name: 'A',
          ...at,
          region: 'R',
          ...texts,
          attributes: 'x',
          created_at: '2025-11-05 14:46:44',
        },
        modified_at: '2025-11-06T01:02:03Z',
      },
      { id: 'b', name: 'B', ...at, region: 'Unknown' },
    ]);
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
      const { file } = await there(folder, writeInputs(folder, 'in', ['[]'])[0]!);
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
    expect(stderr.split('\n').slice(1)).toEqual([
      '  1 _meta value of the set left out, for want of room in this shape',
      '  left out, for want of a column: 3 values of 2 fields: planets.mass (2), systems.stars (1)',
      '  written as another type: 1 value of 1 field: systems.fauna (1)',
      '  the schema lacks what the set does not keep: systems.name UNIQUE',
      '',
    ]);
    expect((await call(['export', set, '--to', join(folder, 'x.db'), '--quiet'])).stderr).toBe('');
  });
});

/**
 * How many values of an object a database does not give back as they were. What it gives in their place must say the
 * same, and it must give nothing that was not there.
 */
function changes(
  before: JsonObject,
  after: JsonObject,
  bodies: readonly string[],
  supplied: readonly string[] = [],
): number {
  let changed = 0;
  const isGiven = (field: string) => Object.hasOwn(after, field);
  for (const field of Object.keys(before)) {
    const value = before[field]!;
    if (value === null || bodies.includes(field)) continue;
    if (isGiven(field) && exactText(after[field]) === exactText(value)) continue;
    changed++;
    if (isGiven(field) && !supplied.includes(field) && !saysTheSame(value, after[field]!)) {
      throw new Error(`${field} is ${exactText(after[field])}, and was ${exactText(value)}`);
    }
  }
  for (const field of Object.keys(after)) {
    const wasThere = Object.hasOwn(before, field) && before[field] !== null;
    if (!wasThere && !supplied.includes(field))
      throw new Error(`${field} is new: ${exactText(after[field])}`);
  }
  return changed;
}

/** A value of another type that means the same: its JSON text, the number that a text reads as, 0 for -0. */
function saysTheSame(value: JsonValue, now: JsonValue): boolean {
  if (typeof now === 'string')
    return typeof value !== 'string' && exactText(JSON.parse(now)) === exactText(value);
  return typeof now === 'number' && (typeof value === 'string' ? Number(value) === now : value === now);
}

/** The same of a list of planets, moons or stations. */
function changesOfAll(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  bodies: readonly string[],
): number {
  const list = ((before ?? null) === null ? [] : Array.isArray(before) ? before : [7]).filter(
    body => body !== null,
  );
  const rows = (after ?? []) as JsonObject[];
  const held = list.filter(body => typeof body === 'string' || isObject(body));
  if (rows.length !== held.length) throw new Error(`${rows.length} rows of ${exactText(before)}`);
  let changed = list.length - held.length;
  held.forEach((body, i) => {
    const fields = typeof body === 'string' ? { name: body } : (body as JsonObject);
    if (typeof body === 'string') changed++;
    changed += changes(fields, rows[i]!, bodies);
    for (const nested of bodies) changed += changesOfAll(fields[nested], rows[i]![nested], []);
  });
  return changed;
}

function changesOfSystem(before: JsonObject, after: JsonObject): number {
  const one = (station: JsonValue | undefined) => ((station ?? null) === null ? [] : [station!]);
  return (
    changes(before, after, ['planets', 'space_station'], ['id', 'name', 'region']) +
    changesOfAll(before['planets'], after['planets'], ['moons']) +
    changesOfAll(one(before['space_station']), one(after['space_station']), [])
  );
}

/** Builds a set from a set's database: the same systems, and each value of them there or counted. */
async function expectRoundTrip(folder: string, { set, file, losses }: There): Promise<number> {
  const again = join(folder, 'again');
  const { rejected } = await build([file], again);
  expect(rejected).toBe(0);
  const before = await systemsOf(set);
  const after = await systemsOf(again);
  expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
  let changed = 0;
  for (const [id, { name, region, x, y, z, record }] of before) {
    const copy = after.get(id)!;
    const isSame =
      copy.name === name && copy.region === region && copy.x === x && copy.y === y && copy.z === z;
    expect(isSame, id).toBe(true);
    changed += changesOfSystem(record!, copy.record!);
  }
  const counted = [...losses.leftOut.values(), ...losses.rewritten.values()];
  expect(changed).toBe(counted.reduce((sum, count) => sum + count, 0));
  return changed;
}

/** Values as people write them: mostly texts, and now and then anything. */
const value = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: fc.constantFrom<JsonValue>(null, '', 'N/A', '2025-11-05 14:46:44') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<JsonValue>('2024', ' 12 ', '1.', '-0', '.5e3', '007', '0x10', true, -0),
  },
  { weight: 1, arbitrary: fc.oneof(float, json) },
);
const fields = (...names: string[]) =>
  fc
    .array(
      fc.tuple(
        fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: key }),
        value,
      ),
      {
        maxLength: 6,
      },
    )
    .map(objectOf);
const TEXTS = ['name', 'fauna', 'flora', 'sentinel', 'materials', 'base_location', 'photo'];
const listOf = (body: fc.Arbitrary<JsonValue>) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(fc.oneof({ weight: 6, arbitrary: body }, { weight: 1, arbitrary: value }), {
        maxLength: 3,
      }),
    },
    { weight: 1, arbitrary: value },
  );
const moon = fields(...TEXTS, 'properties', 'notes', 'orbit_radius', 'orbit_speed');
const planet = fc
  .tuple(
    fields(...TEXTS, 'properties', 'notes', 'id', 'system_id'),
    fc.option(listOf(moon), { nil: undefined }),
  )
  .map(([of, moons]) => (moons === undefined ? of : Object.assign(of, { moons })));
const station = fields('name', 'x', 'y', 'z', 'x', 'y', 'z', 'race');
const system = fc
  .record(
    {
      x: coordinate,
      y: coordinate,
      z: coordinate,
      id: fc.oneof(fc.nat(9), fc.constantFrom<JsonValue>('a', 'b', '', null), text),
      name: fc.oneof(fc.constantFrom<JsonValue>('Sol', 'Sol', 'Alpha', '', 7), text),
      region: fc.constantFrom<JsonValue>('', 'Unknown', 'North', 5, null),
      planets: listOf(planet),
      space_station: fc.oneof(station, value),
      more: fields(...TEXTS.slice(1), 'attributes', 'created_at', 'modified_at', 'moons', 'note'),
    },
    { requiredKeys: ['x', 'y', 'z', 'more'] },
  )
  .map(({ more, ...core }) => objectOf(Object.entries({ ...more, ...core })));

test('from a set to a database to a set: every value is there, or counted', async () => {
  let changed = 0;
  let systems = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(system, { maxLength: 10, size: 'max' }), async records =>
      inFolder(async folder => {
        // One that no build rejects, so that something is left of any list.
        const input = writeInputs(folder, 'in', [ndjson([{ id: 'sure', ...at }, ...records])])[0]!;
        const made = await there(folder, input);
        systems += (await systemsOf(made.set)).size;
        changed += await expectRoundTrip(folder, made);
      }),
    ),
    { numRuns: 30 },
  );
  expect(systems).toBeGreaterThan(60);
  expect(changed).toBeGreaterThan(40);
});

const python = ['python3', '/usr/bin/python3'].find(
  path => spawnSync(path, ['-c', 'import sqlite3']).status === 0,
);

/** The guide's own queries, by another SQLite. */
const QUERIES = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.row_factory = sqlite3.Row
rows = lambda sql, *p: [dict(row) for row in db.execute(sql, p)]
one = lambda sql, *p: db.execute(sql, p).fetchone()[0]
(cx, cy, cz), radius, name, region = json.loads(sys.argv[2])
box = (cx - radius, cx + radius, cy - radius, cy + radius, cz - radius, cz + radius)
sphere = []
for row in rows("SELECT * FROM systems WHERE x BETWEEN ? AND ? AND y BETWEEN ? AND ? AND z BETWEEN ? AND ?", *box):
    dx, dy, dz = row["x"] - cx, row["y"] - cy, row["z"] - cz
    if (dx * dx + dy * dy + dz * dz) ** 0.5 <= radius:
        sphere.append(row["id"])
system = rows("SELECT * FROM systems WHERE name = ?", name)[0]
planets = rows("SELECT * FROM planets WHERE system_id = ?", system["id"])
json.dump({
    "integrity": one("PRAGMA integrity_check"),
    "counts": [one("SELECT COUNT(*) FROM " + table) for table in ("systems", "planets", "moons", "space_stations")],
    "sphere": sorted(sphere),
    "regions": [row["region"] for row in rows("SELECT DISTINCT region FROM systems ORDER BY region")],
    "in_region": one("SELECT COUNT(*) FROM systems WHERE region = ?", region),
    "page": [row["name"] for row in rows("SELECT * FROM systems ORDER BY name LIMIT 5 OFFSET 10")],
    "search": one("SELECT COUNT(*) FROM systems WHERE name LIKE ? OR materials LIKE ? OR attributes LIKE ?", *["%" + name + "%"] * 3),
    "planets": [[p["name"], [m["name"] for m in rows("SELECT * FROM moons WHERE planet_id = ?", p["id"])]] for p in planets],
}, sys.stdout)
`;

describe('real catalogues', () => {
  const bundled = join(import.meta.dirname, '../../data/nearby-stars.json');

  test('the bundled one, there and back', async () => {
    await inFolder(async folder => {
      await expectRoundTrip(folder, await there(folder, bundled));
    });
  });

  test.skipIf(noCatalogues)('the Open Exoplanet Catalogue, there and back', async () => {
    await inFolder(async folder => {
      const made = await there(folder, join(CATALOGUES, 'oec/systems.ndjson.gz'));
      expect(made.losses.relaxed).toEqual(['systems.name UNIQUE']);
      await expectRoundTrip(folder, made);
    });
  });

  test.skipIf(noCatalogues)("a part of the application's load test, there and back", async () => {
    await inFolder(async folder => {
      const lines = gunzipSync(readFileSync(join(CATALOGUES, 'haven/loadtest-10k.ndjson.gz')))
        .toString()
        .split('\n');
      const made = await there(folder, writeInputs(folder, 'in', [lines.slice(0, 1000).join('\n')])[0]!);
      // Only the numbers of rows in another database.
      const { leftOut, rewritten, relaxed } = made.losses;
      expect([...leftOut.keys()].sort()).toEqual([
        'moons.id',
        'moons.planet_id',
        'planets.id',
        'planets.system_id',
      ]);
      expect([rewritten.size, relaxed]).toEqual([0, []]);
      await expectRoundTrip(folder, made);
    });
  });

  test.skipIf(noCatalogues).each(['haven.db', 'VH-Database.db', 'with-fts.db', 'newer-schema-no-region.db'])(
    "the application's %s, there and back",
    async name => {
      await inFolder(async folder => {
        const input = join(folder, name);
        copyFileSync(join(CATALOGUES, 'haven', name), input);
        const made = await there(folder, input);
        expect(made.losses.relaxed).toEqual([]);
        await expectRoundTrip(folder, made);
      });
    },
  );

  test.skipIf(python === undefined)("the guide's queries, asked by stock SQLite", async () => {
    await inFolder(async folder => {
      const { set, file } = await there(folder, bundled);
      const tileset = await openTileset(set);
      const systems = [...(await systemsOf(set)).values()];
      const sphere = { center: [1, 2, 3], radius: 12 } as const;
      const asked = JSON.stringify([sphere.center, sphere.radius, 'Sol', 'Unknown']);
      const { stdout, stderr } = spawnSync(python!, ['-c', QUERIES, file, asked], { encoding: 'utf8' });
      expect(stderr).toBe('');
      const names = systems.map(({ name }) => name).sort();
      const { counts } = tileset;
      const sol = systems.find(({ name }) => name === 'Sol')!.record!;
      expect(JSON.parse(stdout)).toEqual({
        integrity: 'ok',
        counts: [counts.systems, counts.planets, counts.moons, counts.stations],
        sphere: (await tileset.sphere(sphere).toArray()).map(({ id }) => id).sort(),
        regions: [...new Set(systems.map(({ region }) => region))].sort(),
        in_region: systems.filter(({ region }) => region === 'Unknown').length,
        page: names.slice(10, 15),
        search: systems.filter(({ name, record }) =>
          [name, record!['materials'], record!['attributes']].some(of => /sol/i.test(String(of))),
        ).length,
        planets: (sol['planets'] as JsonObject[]).map(({ name, moons = [] }) => [
          name,
          (moons as JsonObject[]).map(of => of['name']),
        ]),
      });
    });
  });
});
