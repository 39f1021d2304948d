/** The same questions asked of a real SQLite. */
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../client/format/json.ts';
import type { SphereQuery } from '../../client/queries.ts';

export interface SqlRow {
  readonly id: string;
  readonly distance: number;
}

export interface Oracle {
  sphere(query: SphereQuery): SqlRow[];
  close(): void;
}

/** A table of the records' ids and positions. Ids are compared as the bytes of their UTF-8, as blobs are. */
export function sqlOracle(records: readonly JsonObject[]): Oracle {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE systems (key BLOB PRIMARY KEY, id INTEGER, x REAL, y REAL, z REAL)');
  const insert = db.prepare('INSERT INTO systems VALUES (?, ?, ?, ?, ?)');
  db.exec('BEGIN');
  records.forEach(({ id, x, y, z }, i) => {
    insert.run(Buffer.from(id as string), i, x as number, y as number, z as number);
  });
  db.exec('COMMIT');
  const sphere = db.prepare(`
    SELECT id, distance FROM (
      SELECT id, key, sqrt((x - :x) * (x - :x) + (y - :y) * (y - :y) + (z - :z) * (z - :z)) AS distance
      FROM systems
    )
    WHERE distance >= :least AND distance <= :most
    ORDER BY distance, key LIMIT :limit`);
  return {
    sphere({ center: [x, y, z], radius, minRadius = 0, limit = Infinity }) {
      const rows = sphere.all({
        x,
        y,
        z,
        least: minRadius,
        most: radius,
        limit: limit === Infinity ? -1 : limit,
      });
      // The id itself comes from the record: SQLite cuts texts at a NUL.
      return rows.map(row => ({
        id: records[row['id'] as number]!['id'] as string,
        distance: row['distance'] as number,
      }));
    },
    close: () => db.close(),
  };
}
