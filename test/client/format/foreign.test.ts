import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue, OctreeNode, SphereQuery, SystemRow } from '#client/index.ts';
import { openTileset } from '#client/node/index.ts';
import schema from '#format/index.schema.json' with { type: 'json' };
import { parseJson } from '#format/record/parse-json.ts';
import { builtSets } from '#test/foreign/built-sets.ts';
import { block, exampleListings, exampleText } from '#test/foreign/example.ts';
import { violations } from '#test/foreign/json-schema.ts';
import { python, pythonReader } from '#test/foreign/python.ts';
import { exactRow, tableQuestions } from '#test/foreign/questions.ts';
import { readSet, scanSphere } from '#test/foreign/second-reader.ts';
import { SETS } from '#test/foreign/sets.ts';
import { catalogue, exactText } from '#test/support/arbitrary.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { VALID_SETS } from '#test/support/valid-sets.ts';

const { buildFile, buildText, newFolder, setOf } = builtSets();
const reader = pythonReader();

/** A record or a row, whose own keys have no order. */
const exactRecord = (record: object) => exactText(record as JsonObject, true);
const exactRecords = (records: readonly object[]) => records.map(exactRecord).sort();

const catalogues = process.env['CATALOGUES'];
type Position = Readonly<Record<'x' | 'y' | 'z', number>>;

/** Spheres about systems and about nothing; some end exactly at a system, some are shells, some are cut. */
function spheresOf(rows: readonly Position[]): SphereQuery[] {
  const at = (share: number) => rows[Math.floor(share * (rows.length - 1))] ?? { x: 0, y: 0, z: 0 };
  const centre = (share: number, shift = 0): [number, number, number] => {
    const { x, y, z } = at(share);
    return [x + shift, y + shift, z + shift];
  };
  const between = (a: number, b: number) => {
    const [dx, dy, dz] = [at(b).x - at(a).x, at(b).y - at(a).y, at(b).z - at(a).z];
    return Math.sqrt(dx * dx + dy * dy + dz * dz);
  };
  return [
    { center: [0, 0, 0], radius: Number.POSITIVE_INFINITY },
    { center: [0, 0, 0], radius: Number.POSITIVE_INFINITY, limit: 7 },
    { center: [1e12, -1e9, 0.1], radius: 1 },
    { center: centre(0.5), radius: 0 },
    { center: centre(0.1), radius: between(0.1, 0.4) },
    { center: centre(0.9), radius: between(0.9, 0.2), minRadius: between(0.9, 0.8) },
    { center: centre(0.3), radius: between(0.3, 0.7), limit: 3 },
    { center: centre(0.6, 0.25), radius: between(0, 1) / 4 },
  ];
}

/** The previews of a node and those below, parents first. */
async function previewsBelow(node: OctreeNode | undefined): Promise<SystemRow[][]> {
  if (!node) return [];
  const previews = node.previewRows > 0 ? [await node.preview()] : [];
  for (const child of await node.children()) previews.push(...(await previewsBelow(child)));
  return previews;
}

const keyOf = ({ id, x, y, z }: Position & { id: string }) => ({ id, x, y, z });

const views = new Map<string, ReturnType<typeof readByClient>>();
/** The answers of the client about a set, asked once. */
function clientsView(set: string): ReturnType<typeof readByClient> {
  const view = views.get(set) ?? readByClient(set);
  views.set(set, view);
  return view;
}

async function readByClient(set: string) {
  const tileset = await openTileset(set);
  const rows = await tileset.sphere({ center: [0, 0, 0], radius: Infinity, details: true }).toArray();
  const spheres = spheresOf(rows);
  const answers: string[][] = [];
  for (const sphere of spheres) {
    const found = await tileset.sphere(sphere).toArray();
    answers.push(found.map(exactRow));
  }
  const records = rows.map(row => row.record!);
  expect(rows.length).toBe(tileset.counts.systems);
  expect(answers.flat().length).toBeGreaterThanOrEqual(rows.length);
  const previews = await previewsBelow(await tileset.root());
  const overview = await tileset.overview();
  return { rows, records, spheres, answers, previews, overview, meta: await tileset.meta() };
}

async function expectSecondAgrees(set: string): Promise<void> {
  const { records, spheres, answers, previews, overview, meta } = await clientsView(set);
  const second = readSet(set);
  expect(exactRecords(second.rows.map(row => row.record))).toEqual(exactRecords(records));
  expect(spheres.map(sphere => scanSphere(second.rows, sphere).map(exactRecord))).toEqual(answers);
  expect(second.previews.map(of => of.map(exactRow))).toEqual(previews.map(of => of.map(exactRow)));
  expect(second.overview.map(exactRow)).toEqual(overview.map(exactRow));
  expect(exactText([...second.meta])).toBe(exactText(meta));
}

async function expectPythonAgrees(set: string): Promise<void> {
  const { rows, records, spheres, answers, overview, meta } = await clientsView(set);
  const views = ['dump', 'overview', 'meta'].map(view => ({ view }));
  // JSON has no infinity; a sphere without a radius has no end.
  const bounded = spheres.map(({ radius = Infinity, ...rest }) => ({
    ...rest,
    ...(radius < Infinity && { radius }),
  }));
  const present = rows.filter((_, i) => i % Math.ceil(rows.length / 50) === 0).map(keyOf);
  const absent = present.slice(0, 5).flatMap(key => [
    { ...key, id: `${key.id}\u{10ffff}` },
    { ...key, x: key.x + 1e-3 },
  ]);
  const keys = [...present, ...absent];
  const wholes = rows.map(({ distance: _, ...row }) => ({ ...row, record: row.record! }));
  const questions = await tableQuestions(set, wholes);

  const queries = [...views, ...bounded, ...keys, ...questions.map(of => of.query)];
  const found = await reader.ask(['answer', set], queries);
  const next = (count: number) => found.splice(0, count);
  const [dump, samples, metas] = next(views.length) as [JsonObject[], JsonObject[], JsonValue];
  expect(exactRecords(dump)).toEqual(exactRecords(records));
  expect(samples.map(exactRecord)).toEqual(overview.map(exactRow));
  expect(exactText(metas)).toBe(exactText(meta));
  const spheresFound = next(bounded.length) as JsonObject[][];
  expect(spheresFound.map(of => of.map(exactRecord))).toEqual(answers);

  const systems = await (await openTileset(set)).details(keys);
  expect(systems.indexOf(undefined)).toBeGreaterThanOrEqual(rows.length > 0 ? present.length : -1);
  expect(next(keys.length).map(record => exactText(record, true))).toEqual(
    systems.map(record => exactText(record ?? null, true)),
  );

  expect(found).toHaveLength(questions.length);
  questions.forEach(({ query, answer, read }, i) => {
    expect(read(found[i]), JSON.stringify(query)).toEqual(answer);
  });
}

const names = Object.keys(SETS);
const oecOptions = { chunkLimit: 200, detailWeight: 50_000, summary: ['attributes', 'planets'] };
/** Every eighth system of the Open Exoplanet Catalogue. */
function oec(): string {
  const lines = gunzipSync(readFileSync(join(catalogues!, 'oec/systems.ndjson.gz')))
    .toString()
    .split('\n');
  const file = join(newFolder(), 'oec.ndjson');
  writeFileSync(file, lines.filter((_, i) => i % 8 === 0).join('\n'));
  return file;
}

describe('the column decoders over another MessagePack implementation', () => {
  test.each(names)('read as the client does: %s', async name => expectSecondAgrees(await setOf(name)));

  test.skipIf(!catalogues)('read the Open Exoplanet Catalogue as the client does', async () => {
    await expectSecondAgrees(await buildFile(oec(), oecOptions));
  });

  test('give the records of a catalogue as they were', async () => {
    const { text } = SETS['nasty values']!;
    const own = (text.split('\n').map(line => parseJson(line)) as JsonObject[]).map(exactRecord).sort();
    const { rows } = readSet(await setOf('nasty values'));
    expect(exactRecords(rows.map(row => row.record))).toEqual(own);
  });
});

describe.skipIf(!python)('a reader in Python, written from FORMAT.md', () => {
  test.each(names)('reads as the client does: %s', async name => expectPythonAgrees(await setOf(name)));

  test.skipIf(!catalogues)('reads the Open Exoplanet Catalogue as the client does', async () => {
    // Rows of tables repeat the summary of a system for each of its words: a short one.
    await expectPythonAgrees(await buildFile(oec(), { ...oecOptions, summary: ['attributes'] }));
  });

  test('reads any catalogue as the client does', async () => {
    await fc.assert(
      fc.asyncProperty(catalogue, fc.integer({ min: 1, max: 6 }), async (records, chunkLimit) => {
        const set = await buildText(ndjson(records), {
          chunkLimit,
          detailWeight: 1_000,
          summary: ['a', '__proto__'],
          preview: { size: 1, field: chunkLimit % 2 ? 'x' : null, order: 'highest' },
        });
        await expectPythonAgrees(set);
        await expectSecondAgrees(set);
      }),
      { numRuns: 15 },
    );
  });

  test('prints the systems of a sphere', async () => {
    const set = await setOf('the example');
    const found = (await reader.ask(['sphere', set, '0', '0', '0', '8', '1e-9', '1'])) as JsonObject[];
    expect(found.map(({ id, distance }) => [id, distance])).toEqual([['s3', Math.sqrt(5.25 ** 2 + 9 + 1)]]);
    expect(await reader.ask(['sphere', set, '-7.5', '2.1', '-1', 'inf'])).toHaveLength(3);
  });
});

describe.skipIf(!python)('the reader in Python, of sets of another writer', () => {
  test.each(Object.entries(VALID_SETS))('accepts as valid, not as canonical: %s', async (what, make) => {
    const set = newFolder();
    for (const [path, bytes] of await make()) {
      mkdirSync(join(set, dirname(path)), { recursive: true });
      writeFileSync(join(set, path), bytes);
    }
    const { records } = await clientsView(set);
    const found = (await reader.ask(['records', set])) as JsonObject[];
    expect(exactRecords(found)).toEqual(exactRecords(records));
    // The reader in Python checks the canonical shape of a set (section 17), not its encodings.
    if (/^(an index|columns|the fold)/.test(what)) return;
    expect((await reader.run(['dump', set])).stderr).toContain('the set is corrupt');
  });
});

describe('the example of test/vectors/', () => {
  test('is listed as it is built', async () => {
    const text = exampleText();
    const listings = await exampleListings(text);
    expect(Object.keys(listings).length).toBe(7);
    for (const [name, listed] of Object.entries(listings)) expect(block(text, name)).toBe(listed);
  });
});

describe('index.schema.json', () => {
  const check = (index: unknown) => violations(index as JsonObject, schema as JsonObject);
  const indexOf = async (name: string) =>
    JSON.parse(readFileSync(join(await setOf(name), 'index.json'), 'utf8')) as JsonObject;

  test.each(names)('holds for: %s', async name => {
    const index = await indexOf(name);
    expect(check(index)).toEqual([]);
    expect(Object.keys(index)).toEqual(Object.keys(schema.properties).sort());
    expect(Object.keys(index['options']!)).toEqual(Object.keys(schema.properties.options.properties).sort());
  });

  test('holds for a set that was built before there were tables', async () => {
    const { tables: _tables, fold: _fold, ...index } = await indexOf('the example');
    const { search: _search, ...options } = index['options'] as JsonObject;
    expect(check({ ...index, options })).toEqual([]);
  });

  test('holds for nothing else', async () => {
    const index = await indexOf('the example');
    const options = index['options'] as JsonObject;
    const preview = options['preview'] as JsonObject;
    const tree = index['tree'] as JsonObject;
    const { values: _values, ...tables } = index['tables'] as JsonObject;
    const { generation: _, ...anonymous } = index;
    const wrong: [unknown, string][] = [
      [null, '$: is not object'],
      [anonymous, '$: lacks generation'],
      [{ ...index, version: 2 }, '$.version: is not 1'],
      [{ ...index, generation: 'A'.repeat(64) }, '$.generation: is not ^[0-9a-f]{64}$'],
      [{ ...index, exponent: 0.5 }, '$.exponent: is not integer or null'],
      [{ ...index, exponent: 501 }, '$.exponent: is above 500'],
      [{ ...index, bounds: { min: [0, 0], max: [0, 0, 0] } }, '$.bounds.min: is short'],
      [{ ...index, tree: { ...tree, length: -1 } }, '$.tree.length: is below 0'],
      [{ ...index, overview: { ...tree } }, '$.overview: lacks rows'],
      [{ ...index, overview: { ...tree, rows: 0 } }, '$.overview.rows: is below 1'],
      [{ ...index, tables }, '$.tables: lacks values'],
      [
        { ...index, tables: { ...tables, values: { hash: 'a'.repeat(40) } } },
        '$.tables.values: lacks length',
      ],
      [{ ...index, fold: null }, '$.fold: is not object'],
      [
        { ...index, options: { ...options, search: { mode: 'word', fields: [] } } },
        '$.options.search.mode: is none of the values',
      ],
      [
        { ...index, options: { ...options, preview: { ...preview, order: 'up' } } },
        '$.options.preview.order: is none of the values',
      ],
      [{ ...index, options: { ...options, summary: ['a', 'a'] } }, '$.options.summary: repeats'],
      [
        { ...index, options: { ...options, summary: ['id'] } },
        '$.options.summary[0]: is what it must not be',
      ],
    ];
    expect(wrong.map(([value]) => check(value))).toEqual(wrong.map(([, said]) => [said]));
  });
});
