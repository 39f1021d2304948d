/**
 * The guide's database with an R*Tree over the positions.
 * `node build/bench/sqlite-rtree.ts DB` adds the R*Tree.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Peer } from './peers.ts';

if (import.meta.main) addPlaces(process.argv[2]!);

function addPlaces(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`CREATE VIRTUAL TABLE places USING rtree(row, x0, x1, y0, y1, z0, z1);
    INSERT INTO places SELECT rowid, x, x, y, y, z, z FROM systems;`);
  database.close();
}

export function sqliteWithPlaces(path: string): Peer {
  const database = new DatabaseSync(path, { readOnly: true });
  // The R*Tree rounds to float32, outwards.
  const sphere = database.prepare(`SELECT s.* FROM places p JOIN systems s ON s.rowid = p.row
    WHERE x0 <= ?2 AND x1 >= ?1 AND y0 <= ?4 AND y1 >= ?3 AND z0 <= ?6 AND z1 >= ?5`);
  const one = database.prepare('SELECT * FROM systems WHERE name = ?');
  const parts = ['planets', 'space_stations'].map(table =>
    database.prepare(`SELECT * FROM ${table} WHERE system_id = ?`),
  );
  const moons = database.prepare('SELECT * FROM moons WHERE planet_id = ?');
  return {
    name: 'SQLite with R*Tree (Node)',
    async sphere([cx, cy, cz], radius) {
      const box = [cx - radius, cx + radius, cy - radius, cy + radius, cz - radius, cz + radius];
      return sphere
        .all(...box)
        .map(row => Math.hypot(Number(row['x']) - cx, Number(row['y']) - cy, Number(row['z']) - cz))
        .filter(distance => distance <= radius)
        .sort((a, b) => a - b).length;
    },
    async byName(name) {
      const system = one.get(name);
      if (!system) return false;
      const [planets] = parts.map(part => part.all(system['id']!));
      for (const planet of planets!) moons.all(planet['id']!);
      return true;
    },
    async close() {
      database.close();
    },
  };
}
