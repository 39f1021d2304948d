/** Small catalogues in every format that a build reads, each damaged in a random way: the same numbers make the same bytes. */
import { DatabaseSync } from 'node:sqlite';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { galaxySystems } from '#data/galaxy.ts';
import type { JsonObject, JsonValue } from '#format/json.ts';

export type Random = () => number;

/** Characters that mean something to a reader, and values at the limits of what a record may have. */
const TOKENS = [
  ...['{', '}', '[', ']', ',', ':', '"', '\\', '\n', '\r\n', '\r', '\t', ' ', ';', '|', '#', '-', '.', '0'],
  ...['null', 'true', 'nul', '1e999', '1e-999', '-0', '9007199254740993', '123456789012345678901234567890'],
  ...[
    '{}',
    '[]',
    '""',
    '{"a":',
    '"x":',
    '"x":1,"x":2,',
    '"id":',
    '"id":null,',
    '"_meta":{},',
    '"__proto__":{},',
  ],
  ...[
    ...['1E5', '-0.0', '1.50', '0.1e1', '00', '0.30000000000000004', '1.7976931348623157e308', '5e-324'],
    ...[
      '"id":"a",',
      '"name":"",',
      '"region":null,',
      '"\\u0069d":1,',
      '"x":1.0,',
      '"planets":[{"moons":[{}]}],',
      '\\u00e9',
    ],
    ...['\\/', '\\ud83c\\udf1f', '\\b', '\\u00E9', '\\u2028', '\u2028'],
    '\\u0000',
    '\\ud800',
    '\\udc00\\ud800',
    '\\x',
    '\0',
    '\u0001',
    '\u001e',
    '\u007f',
    '\ufeff',
    'é',
    '恒',
    '🌟',
  ],
  ...['[[[[[[[[', '"features":[', '"systems":{', '"data":[', '// a', '<html>', 'NaN', "'", '""""'],
].map(token => Buffer.from(token));

/** Bytes that are not UTF-8, and beginnings of other formats. */
const BYTES = ['ff', 'c3', 'eda080', 'f4908080', 'c0af', '1f8b08', '28b52ffd', '504b0304', '00', 'efbb'].map(
  hex => Buffer.from(hex, 'hex'),
);

const GALAXIES = [false, true].map(
  slim => [...galaxySystems({ count: 1000, slim })] as unknown as JsonObject[],
);

/** A catalogue of up to 12 systems; some have keys, values and ids that are hard to keep. */
function systems(random: Random): JsonObject[] {
  const galaxy = pick(random, GALAXIES);
  const from = below(random, galaxy.length);
  return galaxy.slice(from, from + below(random, 13)).map((system, i) => {
    const record = { ...system };
    const odd = random();
    if (odd < 0.05) delete record['id'];
    else if (odd < 0.1) record['id'] = galaxy[from]!['id']!;
    else if (odd < 0.15) record['x'] = pick(random, ['1.5', null, -0, 1e300, 'far'] as JsonValue[]);
    else if (odd < 0.2)
      record['name'] = pick(random, ['', 'a"b\\c', '恒星 🌟', '=1+1', 'a,b;c\td|e', '\n'] as const);
    else if (odd < 0.25) record[pick(random, ['_note', 'toString', '', 'é'])] = [[], {}, [{ a: [null, i] }]];
    return record;
  });
}

const below = (random: Random, limit: number) => Math.floor(random() * limit);
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)]!;

const lines = (records: readonly JsonObject[]) =>
  records.map(record => `${JSON.stringify(record)}\n`).join('');
const nameOf = (record: JsonObject, i: number) => `${record['name']} ${i}`;
const keyed = (records: readonly JsonObject[]) =>
  Object.fromEntries(records.map((record, i) => [nameOf(record, i), record]));

function features(records: readonly JsonObject[]): JsonObject {
  const list = records.map(({ x, y, z, id, ...properties }) => ({
    ...{ type: 'Feature', geometry: { type: 'Point', coordinates: [x!, y!, z!] }, properties },
    ...(id !== undefined && { id }),
  }));
  return { type: 'FeatureCollection', features: list };
}

function cells(records: readonly JsonObject[], delimiter: string): string {
  const columns = ['id', 'name', 'region', 'x', 'y', 'z', 'materials'];
  const quoted = (value: JsonValue | undefined) => {
    const text = value === undefined || value === null ? '' : `${value}`;
    return /[",;|\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = records.map(record => columns.map(column => quoted(record[column])).join(delimiter));
  return [columns.join(delimiter), ...rows].map(row => `${row}\n`).join('');
}

/** The schema of Haven's migration guide, as far as a build reads it, in pages of 512 bytes. */
function database(records: readonly JsonObject[]): Buffer {
  const made = new DatabaseSync(':memory:');
  try {
    made.exec(`PRAGMA page_size = 512;
      CREATE TABLE systems (id TEXT, name TEXT, x REAL, y REAL, z REAL, region TEXT, materials TEXT);
      CREATE TABLE planets (id INTEGER PRIMARY KEY, system_id TEXT, name TEXT);
      CREATE TABLE moons (id INTEGER PRIMARY KEY, planet_id INTEGER, name TEXT)`);
    const system = made.prepare('INSERT INTO systems VALUES (?, ?, ?, ?, ?, ?, ?)');
    const planet = made.prepare('INSERT INTO planets (system_id, name) VALUES (?, ?)');
    for (const [i, record] of records.entries()) {
      const values = ['id', 'name', 'x', 'y', 'z', 'region', 'materials'].map(
        column => record[column] ?? null,
      );
      system.run(...(values as (string | number | null)[]));
      planet.run(i % 5 === 4 ? 'nowhere' : (values[0] as string | null), `P${i}`);
    }
    made.exec("INSERT INTO moons (planet_id, name) VALUES (1, 'M')");
    return Buffer.from(made.serialize());
  } finally {
    made.close();
  }
}

const text = (make: (records: readonly JsonObject[], random: Random) => JsonValue) => {
  return (random: Random) =>
    Buffer.from(JSON.stringify(make(systems(random), random), null, random() < 0.5 ? 2 : 0));
};

/** Lines as a stream compresses them; one time in two it is the lines that are damaged. */
function packed(compress: (bytes: Buffer) => Buffer) {
  return (random: Random) => {
    const bytes = Buffer.from(lines(systems(random)));
    return compress(random() < 0.5 ? mutate(bytes, random) : bytes);
  };
}

/** For each reader, a catalogue that it reads. */
export const READERS: Readonly<Record<string, (random: Random) => Buffer>> = {
  array: text(records => [...records]),
  keyed: text((records, random) => ({ ...(random() < 0.5 && { _meta: { v: 1 } }), ...keyed(records) })),
  wrapped: text((records, random) => ({
    title: 'a',
    [pick(random, ['systems', 'data'])]: random() < 0.5 ? keyed(records) : [...records],
  })),
  regions: text(records => Object.groupBy(records, ({ region }) => `${region}`) as JsonObject),
  GeoJSON: text(records => features(records)),
  NDJSON: random => Buffer.from(lines(systems(random))),
  'text sequence': random =>
    Buffer.from(
      systems(random)
        .map(record => `\u001e${JSON.stringify(record)}\n`)
        .join(''),
    ),
  CSV: random => Buffer.from(cells(systems(random), ',')),
  TSV: random => Buffer.from(cells(systems(random), '\t')),
  gzip: packed(bytes => gzipSync(bytes, { level: 1 })),
  zstd: packed(bytes => zstdCompressSync(bytes)),
  SQLite: random => database(systems(random)),
};

/** The bytes with some random changes, none or one most often. */
export function mutate(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let left = Math.floor(5 ** (random() ** 2) - 0.3); left > 0; left--) changed = change(changed, random);
  return changed;
}

function change(bytes: Buffer, random: Random): Buffer {
  const at = below(random, bytes.length + 1);
  const length = Math.min(bytes.length - at, Math.ceil(200 ** random()));
  const replace = (cut: number, ...put: readonly Buffer[]) =>
    Buffer.concat([bytes.subarray(0, at), ...put, bytes.subarray(at + cut)]);
  const kind = below(random, 9);
  if (kind === 0) return replace(0, pick(random, TOKENS));
  if (kind === 1) return replace(length, pick(random, TOKENS));
  if (kind === 2) return replace(0, pick(random, BYTES));
  if (kind === 3) return replace(length);
  if (kind === 4) return replace(0, bytes.subarray(at, at + length));
  if (kind === 5) return random() < 0.3 ? bytes.subarray(0, at) : replace(1);
  if (kind === 6) {
    const other = below(random, bytes.length + 1);
    return replace(0, bytes.subarray(other, other + length));
  }
  const flipped = Buffer.from(bytes);
  if (at < bytes.length)
    flipped[at] = kind === 7 ? flipped[at]! ^ (1 << below(random, 8)) : below(random, 256);
  return flipped;
}
