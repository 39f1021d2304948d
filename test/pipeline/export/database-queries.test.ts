import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type JsonObject, openTileset } from '#client/node/index.ts';
import { systemsIn } from '#test/support/chunk-sets.ts';
import { exportDatabase } from '#test/support/databases.ts';
import { pythonWith, runProcess } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const bundled = join(import.meta.dirname, '../../../data/nearby-stars.json');

const python = pythonWith('sqlite3');

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

test.skipIf(python === undefined)("the guide's queries, asked by stock SQLite", async () => {
  await inFolder(async folder => {
    const { set, file } = await exportDatabase(folder, bundled);
    const tileset = await openTileset(set);
    const systems = await systemsIn(set);
    const sphere = { center: [1, 2, 3], radius: 12 } as const;
    const asked = JSON.stringify([sphere.center, sphere.radius, 'Sol', 'Unknown']);
    const { stdout, stderr } = await runProcess(python!, ['-c', QUERIES, file, asked]);
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
