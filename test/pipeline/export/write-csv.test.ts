import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonObject, type JsonValue, openTileset, type SystemRecord } from '#client/node/index.ts';
import { setOwn } from '#format/json.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { build, exportSet } from '#pipeline/index.ts';
import { CATALOGUES, noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { coordinate, exactText, json, key, objectOf, text } from '#test/support/arbitrary.ts';
import { ndjson, PLAIN, writeInputs } from '#test/support/chunk-sets.ts';
import { pythonWith, runProcess } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const HEADER =
  'id,name,x,y,z,region,fauna,flora,sentinel,materials,base_location,photo,attributes,created_at,modified_at,planets,space_station,other';

/** Cells of RFC 4180, and whether they are quoted: an empty cell that is not is undefined. */
function cellsOf(csv: string): (string | undefined)[][] {
  const rows: (string | undefined)[][] = [];
  let row: (string | undefined)[] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  while (cell.lastIndex < csv.length) {
    const found = cell.exec(csv);
    if (!found) throw new Error(`no CSV: ${csv.slice(0, 200)}`);
    const [, of, end] = found as unknown as [string, string, string];
    row.push(of.startsWith('"') ? of.slice(1, -1).replaceAll('""', '"') : of || undefined);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** The record that a row stands for, as the help of the command says. */
function recordOf(row: readonly (string | undefined)[]): JsonObject {
  const record: JsonObject = {};
  HEADER.split(',').forEach((column, i) => {
    const cell = row[i];
    if (cell === undefined || column === 'other') return;
    const isJson = ['x', 'y', 'z', 'planets', 'space_station'].includes(column);
    record[column] = isJson ? parseJson(cell) : cell;
  });
  const other = row.at(-1);
  if (other !== undefined) {
    for (const [name, value] of Object.entries(parseJson(other) as JsonObject)) setOwn(record, name, value);
  }
  return record;
}

/** The systems of a set in its order, and the rows of its CSV. */
async function exported(folder: string, input: string, ending = 'csv') {
  const set = join(folder, 'set');
  await build([input], set, { ...PLAIN, onDuplicate: 'first' });
  const tileset = await openTileset(set);
  const file = join(folder, `export.${ending}`);
  const summary = await exportSet(tileset, file);
  const bytes = readFileSync(file);
  const csv = (ending.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  // The order of the rows is that of the tree, not that of the ids.
  const systems: SystemRecord[] = [];
  for await (const batch of tileset.records()) systems.push(...batch);
  return { file, csv, systems, summary };
}

/** The expected record of a row: its own fields, with the id, name and region of the core columns if it has none. */
const expected = ({ id, name, region, record }: SystemRecord) =>
  exactText({ id, name, region, ...record }, true);

test('a row a system: texts, numbers to the last bit, JSON, and all else at the end', async () => {
  const records: JsonObject[] = [
    {
      id: 'a',
      name: 'A "B", C',
      x: -0,
      y: 1e-300,
      z: 0.1,
      region: '',
      fauna: ' x',
      photo: '',
      flora: 'é\r\n🌟',
    },
    { id: 'b', name: 'B', x: 1, y: 2, z: 3, fauna: null, attributes: 5, other: 'o', space_station: null },
    { id: 'c', name: 'C', x: 1, y: 2, z: 3, region: 'R', planets: [{ name: 'p', x: -0 }], stars: [1] },
  ];
  await inFolder(async folder => {
    const { csv, summary } = await exported(folder, writeInputs(folder, 'in', [ndjson(records)])[0]!);
    const lines = [
      HEADER,
      'a,"A ""B"", C",-0,1e-300,0.1,""," x","é\r\n🌟",,,,"",,,,,,',
      'b,B,1,2,3,Unknown,,,,,,,,,,,null,"{""fauna"":null,""attributes"":5,""other"":""o""}"',
      'c,C,1,2,3,R,,,,,,,,,,"[{""name"":""p"",""x"":-0}]",,"{""stars"":[1]}"',
    ];
    expect(csv).toBe(`${lines.join('\r\n')}\r\n`);
    expect(summary).toEqual({ shape: 'csv', systems: 3, metasLeftOut: 0 });
  });
});

test('ids beyond 2^53 keep their digits, packed or not; _meta has no room', async () => {
  await inFolder(async folder => {
    const keyed = '{"_meta":{},"K":{"id":12345678901234567891,"x":1,"y":2,"z":3}}';
    const input = writeInputs(folder, 'in', [keyed])[0]!;
    const { file, csv, systems, summary } = await exported(folder, input, 'csv.gz');
    await expectSameSystems(file, systems, join(folder, 'again'));
    expect(csv.split('\r\n')[1]).toBe(
      '12345678901234567891,K,1,2,3,Unknown,,,,,,,,,,,,"{""id"":12345678901234567891}"',
    );
    expect(summary.metasLeftOut).toBe(1);
  });
});

const value = fc.oneof(
  { weight: 3, arbitrary: text },
  {
    weight: 2,
    arbitrary: fc.constantFrom<JsonValue>('', null, ' ', '"', 'a,b', '\r\n', '\r', '=1+1', 0, -0, false),
  },
  { weight: 1, arbitrary: json },
);
const record = fc
  .tuple(
    coordinate,
    coordinate,
    coordinate,
    fc.array(
      fc.tuple(
        fc.oneof(
          {
            weight: 3,
            arbitrary: fc.constantFrom(...HEADER.split(',').filter(name => !'xyz'.includes(name))),
          },
          { weight: 1, arbitrary: key },
        ),
        value,
      ),
      { maxLength: 8 },
    ),
  )
  .map(([x, y, z, more]) => objectOf([...more, ['x', x], ['y', y], ['z', z]]));

/** The expected record in a set of the export: its own, with id, name and region of the core columns if it has none. */
function rebuilt({ id, name, region, record }: SystemRecord): string {
  const blank = (field: 'id' | 'name' | 'region') => {
    const value = record![field] ?? null;
    return value === null || (value === '' && field !== 'region');
  };
  const own = Object.entries({ id, name, region }).filter(([field]) => blank(field as 'id'));
  return exactText({ ...record, ...Object.fromEntries(own) }, true);
}

/** Builds a set of an export, which must have the same systems. */
async function expectSameSystems(file: string, systems: readonly SystemRecord[], set: string): Promise<void> {
  const { rejected } = await build([file], set, PLAIN);
  expect(rejected).toBe(0);
  const again: SystemRecord[] = [];
  for await (const batch of (await openTileset(set)).records()) again.push(...batch);
  const core = ({ id, name, region, x, y, z }: SystemRecord) => exactText({ id, name, region, x, y, z });
  expect(again.map(core)).toEqual(systems.map(core));
  expect(again.map(({ record }) => exactText(record, true))).toEqual(systems.map(rebuilt));
}

test('any record is in its row, null, empty and absent apart, and a set of the rows has it', async () => {
  let systems = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 10, size: 'max' }), async records =>
      inFolder(async folder => {
        // One that no build rejects, and every other with an id of its own: something is left of any list.
        const own = records.map((of, i) => (i % 2 === 0 ? { ...of, id: `own ${i}` } : of));
        const input = writeInputs(folder, 'in', [ndjson([{ id: 'sure', x: 0, y: 0, z: 0 }, ...own])])[0]!;
        const { file, csv, systems: all } = await exported(folder, input);
        const [header, ...rows] = cellsOf(csv);
        expect(header!.join()).toBe(HEADER);
        expect(rows.map(row => exactText(recordOf(row), true))).toEqual(all.map(expected));
        await expectSameSystems(file, all, join(folder, 'again'));
        systems += all.length;
      }),
    ),
    { numRuns: 15 },
  );
  expect(systems).toBeGreaterThan(15);
});

const python = pythonWith('csv');

/** Rows as Python's csv module reads them, as JSON. */
const READ = `
import csv, json, sys
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    json.dump(list(csv.reader(file, strict=True)), sys.stdout)
`;

test.skipIf(python === undefined)(
  "Python's reader finds the same cells in the bundled catalogue",
  async () => {
    await inFolder(async folder => {
      const bundled = join(import.meta.dirname, '../../../data/nearby-stars.json');
      const { file, csv, systems } = await exported(folder, bundled);
      const { stdout, stderr } = await runProcess(python!, ['-c', READ, file]);
      expect(stderr).toBe('');
      const rows = cellsOf(csv);
      expect(JSON.parse(stdout)).toEqual(rows.map(row => row.map(cell => cell ?? '')));
      expect(rows.slice(1).map(row => exactText(recordOf(row), true))).toEqual(systems.map(expected));
    });
  },
);

test.skipIf(noCatalogues)('a third of the Open Exoplanet Catalogue, record for record', async () => {
  await inFolder(async folder => {
    const all = gunzipSync(readFileSync(join(CATALOGUES, 'oec/systems.ndjson.gz')))
      .toString()
      .split('\n');
    const third = all.filter((_, i) => i % 3 === 0).join('\n');
    const { file, csv, systems } = await exported(folder, writeInputs(folder, 'in', [third])[0]!, 'csv.gz');
    const rows = cellsOf(csv).slice(1);
    expect(rows).toHaveLength(systems.length);
    const wrong = rows.findIndex((row, i) => exactText(recordOf(row), true) !== expected(systems[i]!));
    expect(wrong).toBe(-1);
    await expectSameSystems(file, systems, join(folder, 'again'));
  });
});
