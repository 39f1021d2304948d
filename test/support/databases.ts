/** SQLite files: any, exported ones, and ones in the schema of Haven's migration guide. */
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type JsonObject, type JsonValue, openTileset } from '#client/node/index.ts';
import { isObject } from '#format/json.ts';
import { build, type DatabaseLosses, exportSet } from '#pipeline/index.ts';
import { PLAIN } from './chunk-sets.ts';

/** Makes a database. */
export function database(path: string, statements: string): string {
  const made = new DatabaseSync(path);
  made.exec(statements);
  made.close();
  return path;
}

/** The files of a database, as far as SQLite makes them. */
export function filesOf(path: string): string[] {
  return readdirSync(dirname(path)).filter(name => name.startsWith(basename(path)));
}

export interface ExportedDatabase {
  readonly set: string;
  readonly file: string;
  readonly losses: DatabaseLosses;
}

/** Builds a set of a catalogue, and writes it as a database. */
export async function exportDatabase(folder: string, input: string): Promise<ExportedDatabase> {
  const set = join(folder, 'set');
  const file = join(folder, 'export.db');
  await build([input], set, { ...PLAIN, onDuplicate: 'first' });
  const { database } = await exportSet(await openTileset(set), file);
  return { set, file, losses: database! };
}

/** Rows of a query, as plain objects. */
export function ask(file: string, sql: string, ...parameters: (string | number)[]): JsonObject[] {
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

const BODY = [
  'name',
  'sentinel',
  'fauna',
  'flora',
  'properties',
  'materials',
  'base_location',
  'photo',
  'notes',
];
const COLUMNS: Record<'systems' | 'planets' | 'moons' | 'space_stations', readonly string[]> = {
  systems: [
    ...[
      'id',
      'name',
      'x',
      'y',
      'z',
      'region',
      'fauna',
      'flora',
      'sentinel',
      'materials',
      'base_location',
      'photo',
    ],
    ...['attributes', 'created_at', 'modified_at'],
  ],
  planets: BODY,
  moons: [...BODY, 'orbit_radius', 'orbit_speed'],
  space_stations: ['name', 'x', 'y', 'z'],
};

/** The schema, but that names may repeat, as they do in real data and in later versions. */
const SCHEMA = `
  CREATE TABLE systems (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, region TEXT,
    fauna TEXT, flora TEXT, sentinel TEXT, materials TEXT, base_location TEXT, photo TEXT, attributes TEXT,
    created_at TIMESTAMP, modified_at TIMESTAMP
  );
  CREATE TABLE planets (
    id INTEGER PRIMARY KEY AUTOINCREMENT, system_id TEXT NOT NULL REFERENCES systems, name TEXT, sentinel TEXT,
    fauna TEXT, flora TEXT, properties TEXT, materials TEXT, base_location TEXT, photo TEXT, notes TEXT
  );
  CREATE TABLE moons (
    id INTEGER PRIMARY KEY AUTOINCREMENT, planet_id INTEGER NOT NULL REFERENCES planets, name TEXT, sentinel TEXT,
    fauna TEXT, flora TEXT, properties TEXT, materials TEXT, base_location TEXT, photo TEXT, notes TEXT,
    orbit_radius REAL, orbit_speed REAL
  );
  CREATE TABLE space_stations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, system_id TEXT NOT NULL REFERENCES systems, name TEXT, x REAL, y REAL, z REAL
  );
  CREATE INDEX idx_systems_region ON systems(region);
  CREATE INDEX idx_systems_coords ON systems(x, y, z);
  CREATE INDEX idx_planets_system ON planets(system_id);
  CREATE INDEX idx_moons_planet ON moons(planet_id);
  CREATE INDEX idx_space_stations_system ON space_stations(system_id);`;

/** The part of a record that the schema holds, in a form that comes back equal: strings and numbers of its columns. */
export function havenRecord(record: JsonObject): JsonObject {
  const { planets, space_station: station } = record;
  const nested = (Array.isArray(planets) ? planets : []).filter(isObject).map(planet => {
    const moons = (Array.isArray(planet['moons']) ? planet['moons'] : []).filter(isObject);
    return {
      ...cells(planet, 'planets'),
      ...(moons.length > 0 && { moons: moons.map(of => cells(of, 'moons')) }),
    };
  });
  return {
    ...cells(record, 'systems'),
    ...(nested.length > 0 && { planets: nested }),
    ...(isObject(station) && { space_station: cells(station, 'space_stations') }),
  };
}

/** The fields that have a column. A REAL is a number without -0; in other columns stand texts. */
function cells(of: JsonObject, table: keyof typeof COLUMNS): JsonObject {
  const isReal = (field: string) => ['x', 'y', 'z', 'orbit_radius', 'orbit_speed'].includes(field);
  const kept = COLUMNS[table]
    .filter(field => typeof of[field] === (isReal(field) ? 'number' : 'string'))
    .map((field): [string, JsonValue] => [field, isReal(field) ? (of[field] as number) + 0 : of[field]!]);
  return Object.fromEntries(kept);
}

/** How a database keeps its texts. */
export type Encoding = 'UTF-8' | 'UTF-16le' | 'UTF-16be';

/** Writes records of `havenRecord` into a new database. */
export function writeHaven(path: string, records: readonly JsonObject[], encoding: Encoding = 'UTF-8'): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA encoding = '${encoding}'; ${SCHEMA} PRAGMA synchronous = OFF; BEGIN`);
  const inserts = Object.fromEntries(
    Object.entries(COLUMNS).map(([table, columns]) => {
      const parent = {
        systems: [],
        planets: ['system_id'],
        moons: ['planet_id'],
        space_stations: ['system_id'],
      }[table]!;
      const all = [...parent, ...columns];
      return [
        table,
        db.prepare(`INSERT INTO ${table} (${all.join()}) VALUES (${all.map(() => '?').join()})`),
      ];
    }),
  );
  const insert = (table: keyof typeof COLUMNS, of: JsonObject, ...parent: (string | number)[]) =>
    inserts[table]!.run(
      ...parent,
      ...COLUMNS[table].map(column => (of[column] ?? null) as string | number | null),
    ).lastInsertRowid as number;
  for (const record of records) {
    const id = record['id'] as string;
    insert('systems', record);
    for (const planet of (record['planets'] ?? []) as JsonObject[]) {
      const row = insert('planets', planet, id);
      for (const moon of (planet['moons'] ?? []) as JsonObject[]) insert('moons', moon, row);
    }
    if (record['space_station']) insert('space_stations', record['space_station'] as JsonObject, id);
  }
  db.exec('COMMIT');
  db.close();
}
