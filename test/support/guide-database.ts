/**
 * The migration guide's database: its schema, its migration and its queries, in a real SQLite. Answers have the numbers of
 * planets and moons within their system where the guide has those of the database, and the records' time stamps.
 */
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '#client/index.ts';

const BODY =
  'sentinel TEXT, fauna TEXT, flora TEXT, properties TEXT, materials TEXT, base_location TEXT, photo TEXT, notes TEXT';
const SCHEMA = `
  CREATE TABLE systems (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL, region TEXT NOT NULL,
    fauna TEXT, flora TEXT, sentinel TEXT, materials TEXT, base_location TEXT, photo TEXT, attributes TEXT,
    created_at TIMESTAMP, modified_at TIMESTAMP
  );
  CREATE TABLE planets (id INTEGER PRIMARY KEY AUTOINCREMENT, system_id TEXT NOT NULL, name TEXT NOT NULL, ${BODY});
  CREATE TABLE moons (
    id INTEGER PRIMARY KEY AUTOINCREMENT, planet_id INTEGER NOT NULL, name TEXT NOT NULL, ${BODY},
    orbit_radius REAL DEFAULT 0.5, orbit_speed REAL DEFAULT 0.05
  );
  CREATE TABLE space_stations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, system_id TEXT NOT NULL, name TEXT NOT NULL,
    x REAL NOT NULL, y REAL NOT NULL, z REAL NOT NULL
  );
  CREATE INDEX idx_systems_name ON systems (name);
  CREATE INDEX idx_systems_region ON systems (region);
  CREATE INDEX idx_planets_system ON planets (system_id);
  CREATE INDEX idx_moons_planet ON moons (planet_id)`;

const SYSTEM_FIELDS = [
  ...['fauna', 'flora', 'sentinel', 'materials', 'base_location', 'photo', 'attributes'],
  ...['created_at', 'modified_at'],
];
const BODY_TEXTS = BODY.split(', ').map(column => column.split(' ')[0]!);

type Cell = string | number | null;
type Row = Record<string, Cell>;

/** A page as the guide gives it. */
export interface GuidePage {
  readonly systems: readonly Row[];
  readonly total: number;
  readonly page: number;
  readonly per_page: number;
  readonly total_pages: number;
}

export class GuideDatabase {
  readonly #sqlite = new DatabaseSync(':memory:');

  /** @param records each with an id, a name, a region and a position */
  constructor(records: Iterable<JsonObject>) {
    this.#sqlite.exec(`${SCHEMA}; BEGIN`);
    for (const record of records) this.#add(record);
    this.#sqlite.exec('COMMIT');
  }

  close(): void {
    this.#sqlite.close();
  }

  /** `get_all_systems`; systems of one name by id. */
  inRegion(region: string): Row[] {
    return this.#all('SELECT * FROM systems WHERE region = ? ORDER BY name, id', region);
  }

  /** `get_systems_paginated` */
  page(page: number, perPage: number, region?: string): GuidePage {
    const where = region === undefined ? '' : 'WHERE region = ?';
    const bound = region === undefined ? [] : [region];
    const total = this.#all(`SELECT count(*) AS total FROM systems ${where}`, ...bound)[0]![
      'total'
    ] as number;
    const systems = this.#all(
      `SELECT * FROM systems ${where} ORDER BY name, id LIMIT ? OFFSET ?`,
      ...[...bound, perPage, (page - 1) * perPage],
    );
    return {
      systems,
      total,
      page,
      per_page: perPage,
      total_pages: Math.floor((total + perPage - 1) / perPage),
    };
  }

  /** `get_systems_in_region_sphere`, with the limit after the test of the distance: where it is first, systems are lost. */
  inSphere(cx: number, cy: number, cz: number, radius: number, limit: number): Row[] {
    return this.#all(
      `SELECT *, sqrt((x - ?) * (x - ?) + (y - ?) * (y - ?) + (z - ?) * (z - ?)) AS distance FROM systems
       WHERE distance <= ? ORDER BY distance, id LIMIT ?`,
      ...[cx, cx, cy, cy, cz, cz, radius, limit],
    );
  }

  /** `search_systems`, without its limit; the text means itself. */
  search(text: string): Row[] {
    const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    return this.#all(
      `SELECT * FROM systems
       WHERE name LIKE ? ESCAPE '\\' OR materials LIKE ? ESCAPE '\\' OR attributes LIKE ? ESCAPE '\\'`,
      ...[pattern, pattern, pattern],
    );
  }

  /** `get_system_by_name`; the first by id if several have the name. */
  byName(name: string): object | undefined {
    const [system] = this.#all('SELECT * FROM systems WHERE name = ? ORDER BY id LIMIT 1', name);
    if (!system) return undefined;
    const [station] = this.#all('SELECT * FROM space_stations WHERE system_id = ?', system['id']!);
    let moons = 0;
    const planets = this.#all('SELECT * FROM planets WHERE system_id = ? ORDER BY id', system['id']!).map(
      (planet, i) => ({
        ...planet,
        id: i + 1,
        moons: this.#all('SELECT * FROM moons WHERE planet_id = ? ORDER BY id', planet['id']!).map(moon => ({
          ...moon,
          id: ++moons,
          planet_id: i + 1,
        })),
      }),
    );
    return { ...system, ...(station && { space_station: { ...station, id: 1 } }), planets };
  }

  /** `get_regions` */
  regions(): Cell[] {
    return this.#all('SELECT DISTINCT region FROM systems ORDER BY region').map(row => row['region']!);
  }

  #add(record: JsonObject): void {
    const { id, name, x, y, z, region, space_station: station, planets = [] } = record;
    // Python's numbers become texts without a point.
    const own = (fields: readonly string[], body: JsonObject) =>
      fields.map(
        field => (typeof body[field] === 'number' ? `${body[field]}` : (body[field] ?? null)) as Cell,
      );
    const core = [id, name, x, y, z, region, ...own(SYSTEM_FIELDS, record)] as Cell[];
    this.#insert('systems', null, core);
    if (station) {
      const { name = 'Station', x = 0, y = 0, z = 0 } = station as JsonObject;
      this.#insert('space_stations', id as Cell, [name, x, y, z] as Cell[]);
    }
    for (const planet of planets as JsonObject[]) {
      const row = this.#insert('planets', id as Cell, [
        (planet['name'] ?? 'Unknown') as Cell,
        ...own(BODY_TEXTS, planet),
      ]);
      for (const moon of (planet['moons'] ?? []) as JsonObject[]) {
        const { name = 'Unknown Moon', orbit_radius = 0.5, orbit_speed = 0.05 } = moon;
        this.#insert('moons', row, [name, ...own(BODY_TEXTS, moon), orbit_radius, orbit_speed] as Cell[]);
      }
    }
  }

  /** @param parent null for a table without one: `systems` */
  #insert(table: string, parent: Cell, cells: readonly Cell[]): number {
    const values = table === 'systems' ? cells : [null, parent, ...cells];
    const holes = values.map(() => '?').join();
    return Number(
      this.#sqlite.prepare(`INSERT INTO ${table} VALUES (${holes})`).run(...values).lastInsertRowid,
    );
  }

  #all(sql: string, ...bound: readonly Cell[]): Row[] {
    return this.#sqlite
      .prepare(sql)
      .all(...bound)
      .map(row => ({ ...row }) as Row);
  }
}
