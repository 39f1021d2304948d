/** Haven's SQLite schema, from its migration guide. */

/** Column definitions of the tables; each table comes after those it refers to. */
export const TABLES = {
  systems: `
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    x REAL NOT NULL,
    y REAL NOT NULL,
    z REAL NOT NULL,
    region TEXT NOT NULL,
    fauna TEXT,
    flora TEXT,
    sentinel TEXT,
    materials TEXT,
    base_location TEXT,
    photo TEXT,
    attributes TEXT,
    created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
    modified_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
`,
  planets: `
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    system_id TEXT NOT NULL,
    name TEXT NOT NULL,
    sentinel TEXT,
    fauna TEXT,
    flora TEXT,
    properties TEXT,
    materials TEXT,
    base_location TEXT,
    photo TEXT,
    notes TEXT,
    FOREIGN KEY (system_id) REFERENCES systems(id) ON DELETE CASCADE
`,
  moons: `
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    planet_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    sentinel TEXT,
    fauna TEXT,
    flora TEXT,
    properties TEXT,
    materials TEXT,
    base_location TEXT,
    photo TEXT,
    notes TEXT,
    orbit_radius REAL,
    orbit_speed REAL,
    FOREIGN KEY (planet_id) REFERENCES planets(id) ON DELETE CASCADE
`,
  space_stations: `
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    system_id TEXT NOT NULL,
    name TEXT NOT NULL,
    x REAL NOT NULL,
    y REAL NOT NULL,
    z REAL NOT NULL,
    FOREIGN KEY (system_id) REFERENCES systems(id) ON DELETE CASCADE
`,
} as const;

export type HavenTable = keyof typeof TABLES;

export const INDEXES = `
CREATE INDEX idx_systems_region ON systems(region);
CREATE INDEX idx_systems_coords ON systems(x, y, z);
CREATE INDEX idx_planets_system ON planets(system_id);
CREATE INDEX idx_moons_planet ON moons(planet_id);
CREATE INDEX idx_space_stations_system ON space_stations(system_id);
`;

/** A column for a field. */
export interface HavenColumn {
  readonly name: string;
  readonly type: 'TEXT' | 'REAL' | 'TIMESTAMP';
}

/** The columns of a table for fields: all except its own number and `system_id` or `planet_id`. */
export function fieldColumns(table: HavenTable): readonly HavenColumn[] {
  const lines = TABLES[table].matchAll(/^ +(?!system_id)(\w+) (TEXT|REAL|TIMESTAMP)\b/gm);
  return Array.from(lines, ([, name, type]) => ({ name: name!, type: type as HavenColumn['type'] }));
}
