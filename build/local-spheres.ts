import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { openTileset, type Tileset } from '#client/node/index.ts';
import type { JsonObject } from '#format/json.ts';
import { build } from '#pipeline/index.ts';
import { centresOf } from './spheres.ts';

// `npm run local-spheres -- CATALOGUE.ndjson [CENTRES]`: the CPU time of spheres in a local set and in an SQLite file with
// an R*Tree and all system columns, both built of the same records and asked in turn; medians over CENTRES (100) centres.
// The set is opened without a cache, so each query reads its files; the files of both are in the memory of the system.

const [catalogue, centres = '100'] = process.argv.slice(2);
if (catalogue === undefined || !existsSync(catalogue))
  throw new Error(
    'give the path of a catalogue in NDJSON, such as one of `node data/galaxy.ts --count 200000`',
  );

const COLUMNS = ['id', 'name', 'region', 'fauna', 'flora', 'sentinel', 'materials', 'base_location'];
const OTHERS = ['photo', 'attributes', 'created_at', 'modified_at'];
const SPHERE = `SELECT s.* FROM space p JOIN systems s ON s.number = p.number
  WHERE x0 >= ? AND x1 <= ? AND y0 >= ? AND y1 <= ? AND z0 >= ? AND z1 <= ?`;

type Point = readonly [number, number, number];
type Row = Record<'x' | 'y' | 'z', number> & { readonly id: string };
/** A sphere in one of the two; the number of its systems. */
type Ask = (center: Point, radius: number) => Promise<number> | number;

const folder = mkdtempSync(join(tmpdir(), 'haven-local-'));
try {
  const set = join(folder, 'set');
  await build([catalogue], set, { search: { mode: 'none' }, facets: 'none', flush: false });
  const tileset = await openTileset(set, { cacheBytes: 0 });
  const database = await databaseOf(catalogue, join(folder, 'systems.db'));
  const sphere = database.prepare(SPHERE);
  process.stdout.write('| systems | ms, R*Tree | ms, rows | ms, columns |\n|---|---|---|---|\n');
  const points = await centresOf(tileset, Number(centres));
  for (const systems of [10, 1_000, 10_000]) {
    const sql: Ask = (center, radius) => rowsOf(sphere, center, radius);
    const rows: Ask = async (center, radius) => (await tileset.sphere({ center, radius }).toArray()).length;
    const columns: Ask = async (center, radius) =>
      (await tileset.sphere({ center, radius }).toColumns()).length;
    const medians = await compare(tileset, points, systems, [sql, rows, columns]);
    const [peer] = medians as [number];
    const shown = medians.map(
      time => `${time.toFixed(2)}${time === peer ? '' : ` (${(time / peer).toFixed(2)} ×)`}`,
    );
    process.stdout.write(`| ${systems.toLocaleString('en')} | ${shown.join(' | ')} |\n`);
  }
  database.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Median CPU time in ms of each way to ask, over all centres; the first quarter warms up. */
async function compare(tileset: Tileset, points: readonly Point[], systems: number, ways: readonly Ask[]) {
  const times = ways.map((): number[] => []);
  for (const [i, center] of points.entries()) {
    const radius = (await tileset.nearest({ center, count: systems }).toArray()).at(-1)!.distance;
    const found: number[] = [];
    for (const [way, ask] of ways.entries()) {
      const before = process.cpuUsage();
      found.push(await ask(center, radius));
      const { user, system } = process.cpuUsage(before);
      if (i >= points.length / 4) times[way]!.push((user + system) / 1000);
    }
    if (new Set(found).size > 1)
      throw new Error(`the sphere around ${center} has ${found.join(', ')} systems`);
  }
  return times.map(each => each.sort((a, b) => a - b)[each.length >> 1]!);
}

/** The rows of the sphere as objects, nearest first. */
function rowsOf(sphere: StatementSync, [x, y, z]: Point, r: number): number {
  const found: { distance: number; id: string }[] = [];
  // The R*Tree rounds its boxes outward to float32: a box that is a little larger misses none.
  const box = [x - r, x + r, y - r, y + r, z - r, z + r].map((at, i) =>
    i % 2 === 0 ? at - 0.01 : at + 0.01,
  );
  for (const row of sphere.all(...box) as unknown as (Row & { distance: number })[]) {
    row.distance = Math.sqrt((row.x - x) ** 2 + (row.y - y) ** 2 + (row.z - z) ** 2);
    if (row.distance <= r) found.push(row);
  }
  found.sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1));
  return found.length;
}

async function databaseOf(path: string, file: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(file);
  const texts = [...COLUMNS, ...OTHERS];
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    CREATE TABLE systems (number INTEGER PRIMARY KEY, x REAL, y REAL, z REAL, ${texts.join()});
    CREATE VIRTUAL TABLE space USING rtree(number, x0, x1, y0, y1, z0, z1); BEGIN`);
  const system = database.prepare(`INSERT INTO systems VALUES (?, ?, ?, ?${', ?'.repeat(texts.length)})`);
  const box = database.prepare('INSERT INTO space VALUES (?, ?, ?, ?, ?, ?, ?)');
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const record = JSON.parse(line) as JsonObject & Record<'x' | 'y' | 'z', number>;
    const { x, y, z } = record;
    system.run(++number, x, y, z, ...texts.map(field => (record[field] ?? null) as SQLInputValue));
    box.run(number, x, x, y, y, z, z);
  }
  database.exec('COMMIT');
  return database;
}
