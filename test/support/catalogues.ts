/** Catalogues that providers are examined with: as text, and as the systems that answer, read by rules of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { CATALOGUES } from '#test/pipeline/source/source-tools.ts';
import { exactText, seeded } from './arbitrary.ts';
import type { OracleSystem } from './oracle.ts';

export interface Catalogue {
  readonly text: string;
  readonly systems: readonly OracleSystem[];
}

/** Records one a line. */
export function lines(records: readonly JsonObject[]): Catalogue {
  return {
    text: records.map(record => `${exactText(record)}\n`).join('') || '[]',
    systems: records.map(of => systemOf(of)),
  };
}

export function galaxy(count: number): Catalogue {
  return lines([...galaxySystems({ count })] as unknown as JsonObject[]);
}

export type HeavyRecord = JsonObject & { id: string; name: string; region: string };

/** Systems with ids so long that few fit a page, so that tables have many; nearly all are in one region, "large". */
export function heavyRecords(count: number): HeavyRecord[] {
  return [...galaxySystems({ count, slim: true })].map((system, i) => ({
    ...system,
    id: `${i % 7} ${'id '.repeat(200)}${i}`,
    region: i % 9 > 0 ? 'large' : `small ${i % 5}`,
  })) as unknown as HeavyRecord[];
}

/** The systems of this catalogue are much alike: an eighth of them asks as much. */
const LOAD_TEST = 'haven/loadtest-10k.ndjson.gz';

/** A file of the real catalogues, of any shape but by region; of the load test every eighth system. */
export function realCatalogue(name: string): Catalogue {
  const bytes = readFileSync(join(CATALOGUES, name));
  const content = name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
  if (name !== LOAD_TEST) return fileCatalogue(content, name.includes('.ndjson'));
  const lines = content.toString().split('\n');
  return fileCatalogue(Buffer.from(lines.filter((_, i) => i % 8 === 0).join('\n')), true);
}

export function fileCatalogue(bytes: Uint8Array, ndjson = false): Catalogue {
  const text = new TextDecoder().decode(bytes);
  if (ndjson)
    return {
      text,
      systems: text
        .trim()
        .split('\n')
        .map(line => systemOf(parseJson(line) as JsonObject)),
    };
  const document = parseJson(text) as JsonValue;
  const holder = Object(document).systems ?? Object(document).data ?? document;
  const systems = Object.entries(holder as JsonObject)
    .filter(([key, of]) => !key.startsWith('_') && (of as JsonObject)['type'] !== 'region')
    .map(([key, of]) => systemOf(of as JsonObject, Array.isArray(holder) ? undefined : key));
  return { text, systems };
}

function systemOf(record: JsonObject, key?: string): OracleSystem {
  const id = (record['id'] as string | undefined) ?? `SYS_${key}`;
  const name = (record['name'] as string | undefined) ?? key ?? id;
  return { id, name, region: (record['region'] as string | undefined) ?? 'Unknown', record };
}

const NAMES = [
  ...[
    'Sol',
    'sol',
    'SOL',
    'Sol ',
    ' Sol',
    'Sól',
    'So\u0301l',
    'So',
    'S',
    'Sols',
    'İstanbul',
    'istanbul',
    'ISTANBUL',
  ],
  ...['Straße', 'STRASSE', 'Ωmega', 'ωμέγα', 'ΣΑΣ', 'σας', 'ﬁne', 'fine', 'K', 'K', 'Å', 'Å', 'A\u030a'],
  ...[
    '太陽',
    '太阳',
    '太',
    '陽太陽',
    '가',
    '가',
    '🌟',
    '🌟🌞',
    '🌞',
    '\u{10ffff}',
    '\uffff',
    '\ufffd',
    '\ue000',
  ],
  ...[
    '100%',
    '100',
    '%',
    '_',
    '__',
    'a_b',
    'a%b',
    'axb',
    '\\',
    '\\%',
    "'",
    '"',
    "Robert'); DROP TABLE systems;--",
  ],
  ...[
    '\0',
    'a\0',
    'a\0b',
    'a',
    'b\0',
    '\n',
    'line\nbreak',
    '\t',
    '[a]',
    '*',
    '?',
    'a*b',
    '^a',
    'null',
    'undefined',
  ],
  ...[
    '\u0301',
    '\u0301a',
    'a\u0301',
    'a\u0323\u0301',
    'a\u0301\u0323',
    '0',
    '00',
    '-0',
    '1e3',
    '__proto__',
    'constructor',
  ],
  ...[
    'x'.repeat(300),
    `${'long '.repeat(40)}end`,
    'Aster 12',
    'Aster 2',
    'aster 12',
    'Aster-12',
    '/a/b',
    'a:b',
  ],
];
const REGIONS = ['', 'Adam', 'adam', 'Ädam', '太陽', '🌟', '\uffff', '%', 'a\0b', "O'Neil", 'Unknown'];
const TEXTS: JsonValue[] = [
  ...['Gold, Cadmium', 'GOLD', 'gold%', '50_50', 'Größe', 'a\0b', '太陽系', '🌟 dust', ''],
  ...[null, 7, true, ['Iron', 'Îron', 5, null, ['deep'], ''], [], { a: 'hidden' }],
];

/** Systems with all that texts, ids and positions stumble over. */
export function nasty(): Catalogue {
  const records = NAMES.flatMap((name, i) => {
    // Each name twice or three times: on one point, and elsewhere.
    return Array.from({ length: 2 + (i % 2) }, (_, nth): JsonObject => {
      const region = REGIONS[(i + nth) % (REGIONS.length + 2)];
      const materials = TEXTS[(i * 7 + nth) % TEXTS.length];
      const attributes = TEXTS[(i * 5 + nth * 3) % (2 * TEXTS.length)];
      return {
        id: nth === 0 ? `${name}${i}` : `${['S', 's', '太', '9007199254740993'][i % 4]}${nth}-${i}`,
        name,
        ...(region !== undefined && { region }),
        ...(materials !== undefined && { materials }),
        ...(attributes !== undefined && { attributes }),
        x: nth === 0 ? 0 : [1e19, 0.5, -1e-9, 2 ** 63, -3][i % 5]!,
        y: nth === 2 ? i / 10 : 0,
        z: [0, 5e-324, 1][i % 3]! * nth,
      };
    });
  });
  // Nearer than a square tells, and nowhere but at -0.
  const odd = { name: 'odd', region: 'odd' };
  records.push(
    { id: 'near', ...odd, x: -1e-200, y: 5e-324, z: 0 },
    { id: 'zero', ...odd, x: -0, y: -0, z: -0 },
  );
  return lines(records);
}

const MATERIALS: readonly JsonValue[] = [
  ...[
    'Gold, Cadmium',
    'Cadmium',
    'cadmium',
    'CADMIUM, Gold,Silver',
    'Straße, "quoted", 🌟',
    'STRASSE',
    'a,b',
    ',',
  ],
  ...[
    ', , ',
    'x, ',
    '',
    null,
    5,
    '5',
    true,
    'true',
    ['Gold', 'Iron, Zinc', ['deep', null, 7]],
    { name: 'hidden' },
  ],
  ...[[], 'N/A', 'İron', 'i\u0307ron', '__proto__', 'constructor', 'a\0b', '\u{10ffff}', 'x'.repeat(1025)],
];
const DATES: readonly JsonValue[] = [
  ...[
    '2026-01-31',
    '2026-01-31T00:00:00Z',
    '2026-01-31T01:00:00+01:00',
    '2026-01-31T00:00:00.25Z',
    '2026-02-30',
  ],
  ...['1969-12-31T23:59:59z', '2025-06-01T12:00:00-02:30', '31.01.2026', 20260131, null, '0001-01-01'],
];
const NUMBERS: readonly JsonValue[] = [0, -0, 5, '5', 5.5, -1e300, 5e-324, 2 ** 53, [1, 9], '', null, false];

/** Facets of `faceted`. */
export const FACETS = [
  { field: 'a.b', paths: ['a.b'] },
  { field: 'born', paths: ['created_at', 'planets.born'] },
  {
    field: 'material',
    paths: ['materials', 'moons.materials', 'planets.materials', 'planets.moons.materials'],
  },
  { field: 'nowhere', paths: ['no.such.path'] },
  { field: 'region', paths: ['region'] },
  { field: 'size', paths: ['planets.size', 'size'] },
];

/** Systems with all that values of facets stumble over, on themselves, their planets and their moons. */
export function faceted(count = 200): Catalogue {
  const random = seeded(7);
  const pick = (values: readonly JsonValue[]) => values[Math.floor(random() * values.length)]!;
  const some = (field: string, values: readonly JsonValue[]): JsonObject =>
    random() < 0.6 ? { [field]: pick(values) } : {};
  return lines(
    Array.from({ length: count }, (_, i): JsonObject => {
      const moons = () =>
        Array.from({ length: Math.floor(random() * 3) }, () => some('materials', MATERIALS));
      const planets = Array.from({ length: Math.floor(random() * 4) }, (_, nth): JsonValue => {
        if (random() < 0.1) return 'no object';
        return {
          ...some('materials', MATERIALS),
          ...some('size', NUMBERS),
          ...some('born', DATES),
          moons: moons(),
          nth,
        };
      });
      return {
        ...{ id: `f${i}`, name: `Name ${i % 50}`, x: Math.floor(random() * 40), y: random() * 9, z: 0 },
        ...some('region', ['North, East', 'North', 'Öst', 'öst', '']),
        ...some('materials', MATERIALS),
        ...some('created_at', DATES),
        ...some('size', NUMBERS),
        ...some('a.b', ['literal', 1]),
        ...some('a', [{ b: 'nested' }, [{ b: 2 }, { b: 'nested' }], 'text']),
        ...(random() < 0.8 && { planets }),
      };
    }),
  );
}
