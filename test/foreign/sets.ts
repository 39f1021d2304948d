/** Catalogues whose sets every reader must read alike. */

import type { JsonValue, SetOptions } from '#client/index.ts';
import { galaxy } from '#data/galaxy.ts';
import { MODES } from '#data/galaxy-space.ts';
import type { BuildOptions } from '#pipeline/index.ts';
import { block, exampleText } from './example.ts';

/** A catalogue as text, with the options of its set. */
export interface Catalogue {
  readonly text: string;
  readonly options?: BuildOptions;
}

/** NDJSON of values, or of lines as they are. */
export const lines = (records: readonly unknown[]): string =>
  records.map(record => (typeof record === 'string' ? record : JSON.stringify(record))).join('\n');

const nest = (levels: number, leaf: JsonValue): JsonValue =>
  levels === 0 ? leaf : levels % 2 === 0 ? [nest(levels - 1, leaf)] : { a: nest(levels - 1, leaf) };
const chain = (levels: number): JsonValue => (levels === 0 ? 1 : { a: chain(levels - 1) });

/** Values that tempt a reader to change them. */
const NASTY = [
  '{"id":"a","name":"-0","x":-0,"y":0,"z":-0.0,"v":-0,"w":[0,-0,1e300,-1e-300,5e-324,1.7976931348623157e308]}',
  '{"id":"b","name":"keys","x":0,"y":0,"z":0,"__proto__":{"__proto__":[],"constructor":null},"":{"":""},"10":1,"9":2}',
  '{"id":"🜁","name":"emoji 👩‍🚀","x":1,"y":1,"z":1,"t":["\\u0000","\\ud83d\\ude80","a, b, , c",", ","","  ","\u2028"]}',
  '{"id":"\uffee","name":"order","x":1,"y":1,"z":1,"l":[[],[[]],{},[{}],[[[{"k":[]}]]]],"n":null,"f":false,"t":true}',
  '{"id":9007199254740993,"name":7,"x":9007199254740993,"y":18446744073709551616,"z":1e149,"n":[123456789012345678]}',
  '{"id":"c","name":"","x":0.1,"y":0.30000000000000004,"z":123456.789,"region":null,"mix":[1,"1",null,true,{"1":1},[1]]}',
  '{"id":"d","name":"same key","x":2,"y":2,"z":2,"o":[{"a":1,"b":2},{"b":2,"a":1},{"a":1},{},{"a":1,"b":2}]}',
  '{"x":3,"y":3,"z":3,"name":"no id","region":"","planets":["Earth",{"moons":[1]},{"moons":"none"}],"moons":[{}]}',
];

const many = (count: number, of: (i: number) => object) =>
  lines(Array.from({ length: count }, (_, i) => of(i)));

/** Short texts of these in many combinations are stored as tokens. */
const TOKENS = ['Gold', 'Silver', ' Tin', '', 'Lead ', 'Iron'];

/** Values of a ranking field, of which only the numbers rank. */
const RANKS = [3.5, null, '1', -0, 0, true, [-9], -1e300, { lum: -7 }, undefined, 2 ** 53];

const previewOf = (i: number): SetOptions['preview'] => ({
  size: 1 + i,
  field: ['x', null][i % 2]!,
  order: i < 2 ? 'highest' : 'lowest',
});

const coincident = [
  many(300, i => ({
    id: `p${(i * 7919) % 300}`,
    name: `Point ${i % 3}`,
    x: 0,
    y: 0,
    z: 0,
    t: 'x'.repeat(i),
  })),
  '{"id":"p-0","x":-0,"y":-0,"z":0,"t":"minus"}',
  many(60, i => {
    const list = TOKENS.filter((_, bit) => (i >> bit) & 1).join(', ');
    return { id: `n${i}`, name: `Near ${i}`, x: i % 5, y: 1, z: -1, list: [i, i / 3], tokens: list };
  }),
].join('\n');

/** Words of several scripts, lengths and separators, of which names and searched fields are made. */
const WORDS = [
  `${'long'.repeat(9)} `,
  'Gold ',
  'Straße-',
  '𝒜lpha𝒜',
  '각힣 ',
  'ΣΊΣΥΦΟΣ/',
  'e\u0301a',
  'supercalifragilisticexpialidocious ',
  '\u2014x',
  'q\u0307\u0323',
  ' ',
  '7b',
];

const wordsOf = (i: number) =>
  [0, 1, 2, 3].map(at => WORDS[Math.floor(i / 3 ** at + at) % WORDS.length]).join('');

const texts = many(300, i => ({
  ...{ id: `t${i}`, name: wordsOf(i), x: i % 7, y: i % 5, z: i, region: `Region ${i % 3}` },
  ...(i % 4 && { materials: wordsOf(7 * (i % 5)) }),
  attributes: [
    wordsOf(i * i),
    1,
    wordsOf(i % 40),
    '',
    wordsOf(i),
    i < 17 ? 'Seventeen' : i < 33 && 'Sixteen',
  ],
}));

/** Names so long that tables have more than two levels, and a region more than a page. */
const longNames = many(700, i => ({
  ...{ id: `l${i}`, name: `${'A long name '.repeat(120)}${(i * 7919) % 700}`, x: i, y: -0, z: -i },
  region: i % 9 ? 'Large' : `Small ${i % 4}`,
  rank: i % 2 ? i : -i,
  size: i % 2 ? ['one', 'two'] : 'one',
}));

/** Names, values, and lists of them, of which only so much is searched. */
const endless = lines([
  { id: 'name', name: `${'É 🌟 '.repeat(300)}end`, x: 1, y: 0, z: 0, materials: 'Gold' },
  {
    id: 'word',
    name: `${'🌟é'.repeat(600)} end`,
    x: 2,
    y: 0,
    z: 0,
    note: 'n'.repeat(1500),
    attributes: ['Tin'],
  },
  {
    id: 'list',
    name: 'A list',
    x: 3,
    y: 0,
    z: 0,
    attributes: Array.from({ length: 1200 }, (_, i) => `Tin ${i % 1100}`),
  },
  ...Array.from({ length: 20 }, (_, i) => ({
    ...{ id: `v${i}`, name: `${i}`.repeat(200 * i), x: i, y: 1, z: 0, note: 'n'.repeat(500 * i) },
    ...{
      materials: `${'common '.repeat(300)}${i}`,
      attributes: ['Silver', `${'🌟 '.repeat(100)}`, 'Tin 7', `rare ${i}`],
    },
  })),
]);

const magnitudes = lines([
  ...[-5e-324, 5e-324, -1e-300, 1e-9, 1e19, -1e150, 3e150].map((x, i) => ({ id: `m${i}`, x, y: 0, z: 1 })),
  ...[0, 1, 2, 3].map(i => ({ id: `u${i}`, x: 1 + i * 2 ** -52, y: 1, z: 1 - i * 2 ** -53 })),
]);

const listings = 'material,sentinel,created_at:desc';

const GALAXIES = Object.fromEntries(
  MODES.map((mode, i) => [
    `a ${mode} galaxy`,
    {
      text: [...galaxy({ count: 400, mode, seed: i })].join(''),
      options: {
        chunkLimit: 16 + i,
        detailWeight: 5_000,
        summary: ['materials'],
        preview: previewOf(i),
        listings,
      },
    },
  ]),
);

export const SETS: Record<string, Catalogue> = {
  'no systems': { text: '[]' },
  'the example': { text: block(exampleText(), 'json catalogue'), options: { chunkLimit: 2 } },
  'nasty values': { text: lines(NASTY) },
  'nasty values, a system a chunk': {
    text: lines(NASTY),
    options: {
      chunkLimit: 1,
      summary: ['v', '__proto__'],
      preview: { size: 2, field: 'x', order: 'highest' },
    },
  },
  'many systems on one point': { text: coincident, options: { chunkLimit: 16, detailWeight: 1_000 } },
  'tiny and huge coordinates': { text: magnitudes, options: { chunkLimit: 1 } },
  'the deepest records': {
    text: many(256, i => ({ id: `d${i}`, x: i, y: 0, z: 0, v: chain(i), w: i < 255 ? nest(i, null) : 0 })),
  },
  'a catalogue with _meta': {
    text: '{"_meta":{"version":"3.0","n":-0},"Sol":{"x":0,"y":0,"z":0},"Ross":{"x":1,"y":2,"z":3,"Materials":"Au, Ag"}}',
  },
  'several pages': {
    text: [...galaxy({ count: 700, slim: true })].join(''),
    options: { chunkLimit: 2, preview: { size: 1 } },
  },
  'ranks of every type': {
    text: many(300, i => ({ id: `r${i}`, x: i % 7, y: i % 11, z: i, lum: RANKS[i % RANKS.length] })),
    options: { chunkLimit: 10, summary: ['lum'], preview: { size: 3, field: 'lum', order: 'lowest' } },
  },
  'searched texts': { text: texts },
  'texts that are searched by words': {
    text: texts,
    options: { search: { mode: 'words', fields: ['materials', 'name'] } },
  },
  'texts that are searched without names': {
    text: texts,
    options: { summary: ['materials'], search: { mode: 'infix', fields: ['attributes', 'region'] } },
  },
  'texts that are not searched': { text: texts, options: { search: { mode: 'none' } } },
  'long names, and a large region': {
    text: longNames,
    options: { search: { mode: 'none' }, listings: 'rank:desc,size' },
  },
  'listed values of every type': {
    text: lines(NASTY),
    options: {
      listings: 't,mix,t:asc,mix:desc,deep=o.a|planets.moons|["__proto__"].constructor',
    },
  },
  'listed values of planets, and dates': {
    text: many(200, i => ({
      ...{ id: `p${i}`, name: `Star ${i % 50}`, x: i, y: 0, z: 0 },
      planets: [{ ores: i % 7 ? `Au, ${i % 9}` : i % 9 }, { moons: [{ ores: [i % 2 === 0, 'Au'] }] }],
      seen: [`20${10 + (i % 90)}-01-31`, `2024-02-29T0${i % 9}:00:00.${i}+05:30`, i / 7, 'never'][i % 4],
    })),
    options: { listings: 'ore=planets.ores|planets.moons.ores,seen,seen:asc,seen:desc' },
  },
  'facets of every type': {
    text: lines(NASTY),
    options: { chunkLimit: 2, facets: 't,mix,deep=o.a|planets.moons|["__proto__"].constructor,region' },
  },
  'facets of planets, and dates': {
    text: many(200, i => ({
      ...{ id: `p${i}`, x: i, y: i % 5, z: 0, region: i % 3 ? 'Adam, Eve' : '' },
      planets: [{ ores: i % 7 ? `Au, ${i % 9}` : i % 9 }, { moons: [{ ores: [i % 2 === 0, 'Au'] }] }],
      ...(i % 5 && {
        seen: [`20${10 + (i % 90)}-01-31`, `2024-02-29T0${i % 9}:00:00.${i}+05:30`, i / 7][i % 3],
      }),
    })),
    options: {
      chunkLimit: 6,
      preview: { size: 1 },
      facets: 'ore=planets.ores|planets.moons.ores,region,seen,none',
    },
  },
  'facets of a heavy system': {
    text: many(2, x => ({
      ...{ id: `h${x}`, name: 'n'.repeat(1000 + 10 * x), x, y: 0, z: 0, region: 'R' },
      kind: Array.from({ length: 1024 }, (_, i) => (i === 7 ? 'both' : `${x} ${i}`)),
    })),
    options: { facets: 'kind' },
  },
  'facets of very many and of long values': {
    text: many(700, i => ({
      ...{ id: `m${i}`, x: i % 9, y: i % 11, z: i },
      ...{ number: i, long: `${i % 200}`.repeat(200), list: [`a${i}`, `b${i % 7}`] },
    })),
    options: { chunkLimit: 40, preview: { size: 2 }, facets: 'list,long,number' },
  },
  'texts that are too long to be searched to the end': { text: endless, options: { summary: ['note'] } },
  ...GALAXIES,
};
