/**
 * The test vectors of `test/vectors/`, for implementers of the format. `npm run vectors` writes them, from the code of
 * this project; a test checks that they are current, and the reader in Python runs those for readers.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  type FacetValue,
  type JsonObject,
  type JsonValue,
  memorySource,
  openTileset,
  type SetIndex,
} from '#client/node/index.ts';
import { packFront } from '#format/columns/front-coding.ts';
import { packNumbers } from '#format/columns/numbers.ts';
import { packStrings } from '#format/columns/strings.ts';
import { packTable } from '#format/columns/values.ts';
import { foldTable, hashText, makeFold, type Packable, pack, packColumn, packFold } from '#format/index.ts';
import { jsonText } from '#format/json-text.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { build } from '#pipeline/index.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { inFolder } from '#test/support/temporary.ts';
import { VALID_SETS } from '#test/support/valid-sets.ts';
import { block, exampleText, writeExample } from './example.ts';
import { SETS } from './sets.ts';

const folder = fileURLToPath(new URL('../vectors/', import.meta.url));

type Files = ReadonlyMap<string, Uint8Array>;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const lines = (of: readonly object[]) => of.map(line => JSON.stringify(line)).join('\n');

/** Systems with words, rare and common values, accents, and a region each. */
const SEARCHED = lines(
  Array.from({ length: 24 }, (_, i) => ({
    id: `s${i}`,
    name: `${['Éire', 'Straße', 'Alpha Centauri', 'Wolf'][i % 4]} ${i}`,
    ...{ x: i % 3, y: (i >> 2) / 10, z: -i },
    region: i < 20 ? 'Core' : 'Outer rim',
    materials: ['Gold', ...(i % 8 === 0 ? ['Cadmium, Gold'] : [])],
  })),
);
const ONE_POINT = lines(
  Array.from({ length: 7 }, (_, i) => ({ id: `p${(i * 5) % 7}`, x: 1, y: 2, z: 3, note: 'n'.repeat(i) })),
);

/** Systems with values of every type, dates among them, and nested values. */
const LISTED = lines(
  Array.from({ length: 12 }, (_, i) => ({
    ...{ id: `l${i}`, name: `Star ${i % 5}`, x: i, y: -i, z: i % 3 },
    kind: ['A', true, false, -1.5, 1e300, 5, '5', 'A, B', null, '', ['B', 'A'], { no: 'value' }][i],
    ...(i % 4 !== 3 && {
      seen: ['2024-02-29', '1999-12-31T23:59:60Z', -7, '2000-01-01T00:00:00+01:00'][i % 4],
    }),
    planets: [{ ores: i % 2 ? 'Au' : 'Au, Ag', moons: [{ ores: 'Cu' }] }, 'none'],
  })),
);

/** Catalogues that are built, by the name of their file. */
const CATALOGUES: Record<string, { about: string; text: string; options?: object }> = {
  empty: { about: 'no systems', text: '[]' },
  example: {
    about: 'the set of example.md',
    text: block(exampleText(), 'json catalogue'),
    options: { chunkLimit: 2 },
  },
  values: {
    about: 'values that tempt a reader to change them, a system a chunk, with summary fields and previews',
    ...SETS['nasty values, a system a chunk']!,
  },
  search: {
    about: 'words, rare and common values, regions',
    text: SEARCHED,
    options: { summary: ['materials'] },
  },
  words: {
    about: 'the same in search mode words',
    text: SEARCHED,
    options: { search: { mode: 'words', fields: ['materials', 'name'] } },
  },
  listings: {
    about: 'listings by value and in order, of values of every type, dates and nested values',
    text: LISTED,
    options: {
      search: { mode: 'words', fields: ['name'] },
      listings: 'kind,kind:asc,seen:desc,seen:asc,ore=planets.ores|planets.moons.ores',
    },
  },
  facets: {
    about: 'facets of every type, dates among them, and of planets and moons, in several pages',
    text: LISTED,
    options: {
      chunkLimit: 1,
      preview: { size: 1 },
      facets: 'kind,ore=planets.ores|planets.moons.ores,region,seen',
    },
  },
  'one-point': {
    about: 'a leaf of several chunks, and detail files that begin inside it',
    text: ONE_POINT,
    options: { chunkLimit: 3, detailWeight: 1000 },
  },
};

/** Sets of another writer, which are valid and not canonical. */
const OTHERS: Record<string, string> = {
  'other-columns': 'columns in other forms',
  'other-tree': 'a tree that divides space in another way',
  'other-pages': 'the table names in small pages',
  'other-shards': 'a shard for a small region',
};

const QUERIES: readonly JsonObject[] = [
  { center: [0, 0, 0], radius: 3 },
  { center: [1, 2, 3], radius: 1e150, limit: 2 },
  { center: [1, 0, -5], radius: 9, minRadius: 2 },
  { id: 's1' },
  { id: 'no such id' },
  { name: 'Sol' },
  { name: 'STRASSE 5', ignoreCase: true },
  { prefix: 'W', limit: 1000 },
  { prefix: 'éIR', ignoreCase: true, limit: 1000 },
  { page: 1, perPage: 2 },
  { page: 2, perPage: 3, region: 'Core' },
  { regions: true },
  { list: 'region' },
  { list: 'region', value: 'Core', page: 1, perPage: 2 },
  { list: 'kind' },
  ...['A', '5', 5, true, 1e300, 'no such value'].map(value => ({ list: 'kind', value, page: 1, perPage: 9 })),
  { list: 'kind', order: 'asc', page: 1, perPage: 12 },
  { list: 'seen', order: 'asc', page: 1, perPage: 12 },
  { list: 'seen', order: 'desc', page: 2, perPage: 5 },
  { list: 'ore' },
  { list: 'ore', value: 'Ag', page: 1, perPage: 3 },
  { search: 'ol', limit: 50 },
  { search: 'GOLD', limit: 3 },
  { search: 'entauri 1', limit: 50 },
  { search: 'nowhere', limit: 50 },
  { search: 'core', limit: 50 },
  { search: 'a', limit: 2 },
];

/** A set as a vector: its contents, its records and answers to queries. The fold is left out: it is in fold.json. */
async function setVector(about: string, files: Files, more: JsonObject): Promise<JsonObject> {
  const tileset = await openTileset(memorySource(files));
  const index = Buffer.from(files.get('index.json')!).toString();
  const { counts } = JSON.parse(index) as SetIndex;
  const records: JsonValue[] = [];
  const all = tileset.sphere({ center: [0, 0, 0], radius: Number.POSITIVE_INFINITY, details: true });
  for await (const { record } of all) records.push(record!);
  const queries: JsonValue[] = [];
  const listed = new Set<JsonValue>(tileset.options.listings.map(({ field }) => field));
  for (const query of QUERIES) {
    if ('list' in query && !listed.has(query['list']!)) continue;
    const { search, name, ...plain } = query;
    let answer: unknown;
    if ('center' in query) answer = await tileset.sphere(query as never).toArray();
    else if ('id' in query) answer = (await tileset.systemById(query['id'] as string))?.record ?? null;
    else if ('name' in query) answer = await tileset.systemsByName(name as string, plain as never);
    else if ('prefix' in query) answer = await tileset.names(plain as never);
    else if ('list' in query) {
      const { list, value, ...paged } = query as { list: string; value?: FacetValue };
      if ('page' in query) {
        const { total, systems } = await tileset.list(list, value, paged);
        answer = { total, systems };
      } else answer = await tileset.list(list).toArray();
    } else if ('page' in query) {
      const { total, systems } = await tileset.page(plain as never);
      answer = { total, systems };
    } else if ('regions' in query) answer = await tileset.regions().toArray();
    else {
      const { systems, mode: _, ...others } = await tileset.search(search as string, plain as never);
      // Which systems are found first is left open where there are more.
      answer = others.truncated ? others : { systems, ...others };
    }
    queries.push({ query, answer: answer as JsonValue });
  }
  const contents = [...files].filter(([path]) => path.endsWith('.mpk') && !path.startsWith('fold/')).sort();
  return {
    about,
    ...more,
    index,
    files: Object.fromEntries(contents.map(([path, bytes]) => [path, hex(gunzipSync(bytes))])),
    systems: counts.systems,
    records,
    queries,
  };
}

const COLUMNS: readonly { kind: string; values: JsonValue[]; packed: Packable }[] = [
  ...[
    [],
    [0],
    [1, 2, 3],
    [-7.5, 5.25, 0],
    [0.1, -0],
    [1e300, 5e-324],
    [2 ** 53, -(2 ** 53)],
    [255, 256, 65_536],
  ].map(values => ({ kind: 'numbers', values, packed: packNumbers(values) })),
  ...[
    [],
    ['a', 'b'],
    ['same', 'same', 'same'],
    ['Gold, Tin', 'Tin, Gold, Tin', 'Gold'],
    ['', '🜁', '\u0000'],
  ].map(values => ({ kind: 'strings', values, packed: packStrings(values) })),
  ...[
    [],
    [null, null],
    [true, false],
    [1, '1', null, [1, [2]], { a: 1 }],
    [[], [[]], [{}]],
    [{ b: 1, a: 2 }, { a: 3, b: 4 }, {}],
    [parseJson('{"__proto__":{"constructor":1},"":0}')],
  ].map(values => ({
    kind: 'values',
    values: values as JsonValue[],
    packed: packColumn(values as JsonValue[]),
  })),
  ...[[{ a: 1 }, {}, { a: 'x', b: [] }]].map(values => ({
    kind: 'objects',
    values: values as JsonValue[],
    packed: packTable(values as JsonObject[]),
  })),
  ...[
    ['', 'a', 'ab', 'abc', 'b'],
    ['e\u0301', 'e\u0301a', '🜁', '🜁🜂'],
  ].map(values => ({
    kind: 'sorted strings',
    values,
    packed: packFront(values),
  })),
];

/** Columns of two values that a reader must refuse. */
const REFUSED: readonly { kind: string; why: string; packed: Packable }[] = [
  { kind: 'numbers', why: 'NaN', packed: new Uint8Array(Float64Array.of(1, Number.NaN).buffer) },
  { kind: 'numbers', why: 'a scale of 16', packed: [16, 5, new Uint8Array(0)] },
  { kind: 'numbers', why: 'a base of 2^51', packed: [0, 2 ** 51, new Uint8Array(0)] },
  { kind: 'numbers', why: 'half a byte a value', packed: [0, 0, new Uint8Array(1)] },
  { kind: 'strings', why: 'an unknown form', packed: [3, ['a']] },
  { kind: 'strings', why: 'an index beyond its array', packed: [1, ['a', 'b'], packNumbers([0, 2])] },
  { kind: 'strings', why: 'no tokens', packed: [2, ['a', 'b'], packNumbers([0, 2]), packNumbers([0, 1])] },
  { kind: 'values', why: 'an unknown tag', packed: [8] },
  {
    kind: 'values',
    why: 'a mixed column in a mixed column',
    packed: [7, Uint8Array.of(7, 7), [7, Uint8Array.of(0, 0)]],
  },
  {
    kind: 'values',
    why: 'arrays of half an element',
    packed: [5, packNumbers([0.5, 1.5]), [3, packNumbers([7, 8])]],
  },
  { kind: 'objects', why: 'a key twice in a shape', packed: [[['a', 'a']], packNumbers([0, 0]), [0]] },
  { kind: 'objects', why: 'a shape that is not there', packed: [[['a']], packNumbers([0, 1]), [0]] },
  { kind: 'sorted strings', why: 'more shared than there is', packed: [packNumbers([0, 3]), ['ab', 'b']] },
];

const FOLDED = [
  ...[
    'Ångström',
    '\u212bngstr\u00f6m',
    'A\u030angstro\u0308m',
    'STRASSE',
    'Straße',
    'STRAẞE',
    'ΣΊΣΥΦΟΣ',
    'Σίσυφος',
  ],
  ...['ﬁx', 'İ', 'ı', 'ᾼ', 'ᾳ', 'ΑΙ', '각', 'q\u0307\u0323', 'Ⅷ²', '', 'Ꭰꭰ'],
];

const HASHED: readonly [string, number][] = [
  ...['', 'a', 'ab', 'abc', 'abcd', 's1', 's2', 's3', '🜁', 'Wolf 359'].map(
    text => [text, 0] as [string, number],
  ),
  ...[1, 2].map(seed => ['Sol\u0000s1', seed] as [string, number]),
];

/** Records as their catalogue has them, with the key and the region that they stand under. */
const RECORDS: readonly { text: string; key?: string; region?: string }[] = [
  { text: '{"id":"a","name":"A","x":1,"y":2,"z":3,"region":"R"}' },
  { text: '{"x":1,"y":2,"z":3}' },
  { text: '{"x":1,"y":2,"z":3}', region: 'Around' },
  { text: '{"name":"Sol","x":0,"y":0,"z":0}' },
  { text: '{"z":0,"name":"Sol","x":0,"y":-0}' },
  { text: '{"x":1,"y":2,"z":3}', key: 'Sol', region: 'Core' },
  { text: '{"x_cords":1,"y_cords":2,"Materials":"Au","z_cords":3,"fauna #":4}', key: 'Legacy' },
  { text: '{"x_cords":1,"x":9,"y":2,"z":3}', key: 'Both' },
  { text: '{"id":9007199254740993,"name":7,"x":"1.5","y":"2e1","z":3}' },
  { text: '{"id":"","id64":12345678901234567890,"name":"N","coords":{"x":1,"y":2,"z":"3"}}' },
  {
    text: '{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"name":"P","id":"f"}}',
  },
  { text: '{"id":"p","x":0,"y":0,"z":0,"planets":[{"moons":[1,2]},{},3],"moons":[1],"space_station":{}}' },
  { text: '{"type":"region","name":"Core"}' },
  { text: '{"id":[],"name":"N","x":1,"y":2,"z":3}' },
  { text: '{"id":"a","name":"N","x":1,"y":2}' },
  { text: '[1,2,3]' },
];

function recordVector({ text, key, region }: (typeof RECORDS)[number]): JsonObject {
  const location = { file: 'records.json', input: 0, offset: 0, line: 1, column: 1 };
  const outcome = normalise({
    bytes: Buffer.from(text),
    location,
    ...(key !== undefined && { key }),
    ...(region !== undefined && { region }),
  });
  const input = { text, ...(key !== undefined && { key }), ...(region !== undefined && { region }) };
  if (outcome.kind === 'skip') return { ...input, skipped: true };
  if (outcome.kind === 'reject') return { ...input, refused: outcome.field ?? null };
  const { fields, ...system } = outcome.system;
  return { ...input, system: { ...system, record: fields }, counts: { ...outcome.counts } };
}

/** The files of a set in a folder, by path. */
function filesIn(set: string): Files {
  const entries = readdirSync(set, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const paths = entries.map(entry => join(entry.parentPath, entry.name).slice(set.length + 1));
  return new Map(paths.map(path => [path, readFileSync(join(set, path))]));
}

/** The text of each file of the vectors, by its name. */
export async function vectorFiles(): Promise<Record<string, string>> {
  const values: Record<string, JsonValue> = {
    'columns.json': {
      columns: COLUMNS.map(({ kind, values, packed }) => ({
        kind,
        count: values.length,
        hex: hex(pack(packed)),
        values,
      })),
      refused: REFUSED.map(({ kind, why, packed }) => ({ kind, why, count: 2, hex: hex(pack(packed)) })),
    },
    'fold.json': {
      content: hex(pack(packFold(foldTable()))),
      folds: FOLDED.map(text => [text, makeFold(foldTable())(text)]),
    },
    'hashes.json': HASHED.map(([text, seed]) => ({ text, seed, hash: hashText(text, seed) })),
    'records.json': RECORDS.map(recordVector),
  };
  for (const [name, { about, text, options = {} }] of Object.entries(CATALOGUES)) {
    await inFolder(async path => {
      const [catalogue, set] = [join(path, 'catalogue.json'), join(path, 'set')];
      writeFileSync(catalogue, text);
      await build([catalogue], set, { flush: false, ...options });
      values[`set-${name}.json`] = await setVector(about, filesIn(set), { canonical: true, catalogue: text });
    });
  }
  for (const [name, about] of Object.entries(OTHERS))
    values[`set-${name}.json`] = await setVector(about, await VALID_SETS[about]!(), { canonical: false });
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, textOf(value)]));
}

/** JSON with a line for each member of the two upper levels, -0 and all. */
function textOf(value: JsonValue, levels = 2): string {
  if (levels === 0 || typeof value !== 'object' || value === null) return jsonText(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const members = Array.isArray(value)
    ? value.map(of => textOf(of, levels - 1))
    : Object.entries(value).map(([key, of]) => `${JSON.stringify(key)}: ${textOf(of, levels - 1)}`);
  return members.length === 0
    ? `${open}${close}`
    : `${open}\n${members.join(',\n')}\n${close}${levels === 2 ? '\n' : ''}`;
}

if (import.meta.main) {
  await writeExample();
  for (const [name, text] of Object.entries(await vectorFiles())) writeFileSync(`${folder}${name}`, text);
}
