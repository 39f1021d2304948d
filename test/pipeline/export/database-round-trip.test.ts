import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { isObject } from '#format/json.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { build } from '#pipeline/index.ts';
import { CATALOGUES, noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { coordinate, exactText, float, json, key, objectOf, text } from '#test/support/arbitrary.ts';
import { ndjson, PLAIN, systemsIn, writeInputs } from '#test/support/chunk-sets.ts';
import { type ExportedDatabase, exportDatabase } from '#test/support/databases.ts';
import { inFolder } from '#test/support/temporary.ts';

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
    return typeof value !== 'string' && exactText(parseJson(now)) === exactText(value);
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
async function expectRoundTrip(folder: string, { set, file, losses }: ExportedDatabase): Promise<number> {
  const again = join(folder, 'again');
  const { rejected } = await build([file], again, PLAIN);
  expect(rejected).toBe(0);
  const before = await systemsIn(set);
  const after = await systemsIn(again);
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  let changed = 0;
  for (const [i, { id, name, region, x, y, z, record }] of before.entries()) {
    const copy = after[i]!;
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
    fc.asyncProperty(fc.array(system, { maxLength: 20, size: 'max' }), async records =>
      inFolder(async folder => {
        // One that no build rejects, so that something is left of any list.
        const input = writeInputs(folder, 'in', [ndjson([{ id: 'sure', x: 1, y: 2, z: 3 }, ...records])])[0]!;
        const made = await exportDatabase(folder, input);
        systems += (await systemsIn(made.set)).length;
        changed += await expectRoundTrip(folder, made);
      }),
    ),
    { numRuns: 8 },
  );
  expect(systems).toBeGreaterThan(20);
  expect(changed).toBeGreaterThan(10);
});

describe('real catalogues', () => {
  const bundled = join(import.meta.dirname, '../../../data/nearby-stars.json');

  test('the bundled one, there and back', async () => {
    await inFolder(async folder => {
      await expectRoundTrip(folder, await exportDatabase(folder, bundled));
    });
  });

  test.skipIf(noCatalogues)('the Open Exoplanet Catalogue, there and back', async () => {
    await inFolder(async folder => {
      const made = await exportDatabase(folder, join(CATALOGUES, 'oec/systems.ndjson.gz'));
      expect(made.losses.relaxed).toEqual(['systems.name UNIQUE']);
      await expectRoundTrip(folder, made);
    });
  });

  test.skipIf(noCatalogues)("a part of the application's load test, there and back", async () => {
    await inFolder(async folder => {
      const lines = gunzipSync(readFileSync(join(CATALOGUES, 'haven/loadtest-10k.ndjson.gz')))
        .toString()
        .split('\n');
      const made = await exportDatabase(
        folder,
        writeInputs(folder, 'in', [lines.slice(0, 1000).join('\n')])[0]!,
      );
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
        const made = await exportDatabase(folder, input);
        expect(made.losses.relaxed).toEqual([]);
        await expectRoundTrip(folder, made);
      });
    },
  );
});
