/** Catalogues that providers are examined with: as text, and as the systems that answer, read by rules of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { CATALOGUES } from '#test/pipeline/source/source-tools.ts';
import { exactText } from './arbitrary.ts';
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

/** A file of the real catalogues, of any shape but by region. */
export function realCatalogue(name: string): Catalogue {
  const bytes = readFileSync(join(CATALOGUES, name));
  return fileCatalogue(name.endsWith('.gz') ? gunzipSync(bytes) : bytes, name.includes('.ndjson'));
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
