import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  indexText,
  type JsonObject,
  type JsonValue,
  type SetIndex,
  withGeneration,
  withoutGeneration,
} from '#format/index.ts';
import { faultOf } from '#format/validate-index.ts';
import { violations } from '#test/foreign/json-schema.ts';
import { coordinate, text } from '#test/support/arbitrary.ts';

const ref = fc.option(fc.record({ hash: fc.constant('ab'.repeat(20)), length: fc.nat() }));
const point = fc.tuple(
  coordinate.map(at => at + 0),
  coordinate.map(at => at + 0),
  coordinate.map(at => at + 0),
);
const name = fc.oneof(text, fc.constantFrom('"meta":', '$&', '$`', '"generation":"'));
const index: fc.Arbitrary<Omit<SetIndex, 'generation'>> = fc.record({
  format: fc.constant(FORMAT_NAME),
  version: fc.constant(FORMAT_VERSION),
  counts: fc.record({ systems: fc.maxSafeInteger(), planets: fc.nat(), moons: fc.nat(), stations: fc.nat() }),
  bounds: fc.option(fc.record({ min: point, max: point })),
  exponent: fc.option(fc.integer({ min: -1074, max: 500 })),
  tree: ref,
  overview: fc.option(
    fc.record({
      hash: fc.constant('cd'.repeat(20)),
      length: fc.nat(),
      rows: fc.integer({ min: 1, max: 4096 }),
    }),
  ),
  facets: fc.record({ root: ref, overview: ref, valueSample: ref }),
  tables: fc.record({
    names: ref,
    folded: ref,
    ids: ref,
    listings: ref,
    members: ref,
    ordered: ref,
    facets: ref,
    rare: ref,
    common: ref,
    facetGrams: ref,
    words: ref,
    values: ref,
    grams: ref,
    results: ref,
  }),
  fold: fc.record({ hash: fc.constant('ef'.repeat(20)), length: fc.nat() }),
  meta: ref,
  contents: fc.constantFrom({}, { ['12'.repeat(20)]: 'gQE=' }),
  preload: ref,
  options: fc.record({
    preload: fc.nat(),
    gzipLevel: fc.integer({ min: 1, max: 9 }),
    chunkLimit: fc.nat(),
    detailWeight: fc.nat(),
    summary: fc.array(name, { maxLength: 4 }),
    preview: fc.record({
      size: fc.integer({ min: 1, max: 4096 }),
      field: fc.option(name),
      order: fc.constantFrom('lowest', 'highest'),
    }),
    search: fc.record({
      mode: fc.constantFrom('infix', 'words', 'none'),
      fields: fc.array(name, { maxLength: 4 }),
    }),
    listings: fc.array(
      fc.record({
        field: name,
        order: fc.constantFrom('value', 'asc', 'desc'),
        paths: fc.array(name, { maxLength: 2 }),
      }),
      { maxLength: 3 },
    ),
    facets: fc.array(fc.record({ field: name, paths: fc.array(name, { minLength: 1, maxLength: 2 }) }), {
      maxLength: 3,
    }),
  }),
});

test('an index with its generation is JSON of the same members, sorted, and the generation comes out again', () => {
  fc.assert(
    fc.property(index, of => {
      const plain = indexText(of);
      const generation = createHash('sha256').update(plain).digest('hex');
      const whole = withGeneration(plain, generation);
      expect(JSON.parse(whole)).toEqual({ ...of, generation });
      expect(withoutGeneration(whole, generation)).toBe(plain);
      expect(Object.keys(JSON.parse(whole))).toEqual(Object.keys(JSON.parse(whole)).sort());
      // Members in another order make the same text.
      const turned = Object.fromEntries(Object.entries(of).toReversed()) as typeof of;
      expect(indexText(turned)).toBe(plain);
      expect(whole).not.toMatch(/[\n\t]/);
    }),
    { numRuns: 300 },
  );
});

const schema = JSON.parse(
  readFileSync(new URL('../../../client/format/index.schema.json', import.meta.url), 'utf8'),
) as JsonObject;

const root = (digit: string) => ({ hash: digit.repeat(40), length: 90 });
const SOUND = {
  format: 'haven-chunks',
  version: 1,
  generation: 'a'.repeat(64),
  counts: { systems: 5000, planets: 1, moons: 2, stations: 3 },
  bounds: { min: [-1, -2, -3.5], max: [1, 2, 3] },
  exponent: 2,
  tree: root('1'),
  overview: { ...root('2'), rows: 512 },
  meta: null,
  tables: {
    names: root('3'),
    folded: root('4'),
    ids: root('5'),
    listings: root('6'),
    members: null,
    ordered: null,
    facets: null,
    rare: null,
    common: null,
    facetGrams: null,
    words: root('7'),
    values: null,
    grams: null,
    results: null,
  },
  fold: root('8'),
  options: {
    chunkLimit: 1024,
    detailWeight: 500_000,
    summary: ['fauna'],
    preview: { size: 512, field: null, order: 'lowest' },
    search: { mode: 'infix', fields: ['name'] },
    listings: [{ field: 'region', order: 'value', paths: ['region'] }],
  },
};

/** Ways to all members of an object, and of the objects in it. */
function waysInto(value: JsonValue, way: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, below]) => [[...way, key], ...waysInto(below, [...way, key])]);
}

/** A copy with one member replaced, or removed where the value is undefined. */
function withMember(way: readonly string[], value: JsonValue | undefined): JsonObject {
  const copy = structuredClone(SOUND) as JsonObject;
  const holder = way.slice(0, -1).reduce((at, key) => at[key] as JsonObject, copy);
  if (value === undefined) delete holder[way.at(-1)!];
  else holder[way.at(-1)!] = value;
  return copy;
}

describe('the shape of an index', () => {
  test('is sound with members that the format does not know, and without tables', () => {
    expect(faultOf(SOUND)).toBeUndefined();
    expect(faultOf({ ...SOUND, later: 5, options: { ...SOUND.options, more: null } })).toBeUndefined();
    const { tables: _, fold: __, ...rest } = SOUND;
    const { search: ___, listings: ____, ...options } = SOUND.options;
    expect(faultOf({ ...rest, options })).toBeUndefined();
    expect(faultOf({ ...rest, options: SOUND.options })).toMatchObject({
      member: 'tables',
      found: undefined,
    });
  });

  test('is sound for a set of no systems only without what such a set lacks', () => {
    const counts = { systems: 0, planets: 0, moons: 0, stations: 0 };
    const tables = Object.fromEntries(Object.keys(SOUND.tables).map(name => [name, null]));
    const none = { bounds: null, exponent: null, tree: null, overview: null, tables };
    expect(faultOf({ ...SOUND, ...none, counts })).toBeUndefined();
    expect(faultOf({ ...SOUND, ...none })).toMatchObject({ member: 'bounds', found: null });
    expect(faultOf({ ...SOUND, ...none, counts, tree: SOUND.tree })).toMatchObject({ member: 'tree' });
    expect(
      faultOf({ ...SOUND, overview: { ...SOUND.overview, rows: 4096 }, counts: { ...counts, systems: 9 } }),
    ).toMatchObject({
      member: 'overview.rows',
      expected: 'at most 9',
    });
  });

  const values = [
    ...[undefined, null, true, -1, 0, 0.5, 2 ** 53, 1e300, '', 'lowest', 'g'.repeat(40), 'a'.repeat(40)],
    ...[[], ['a', 'a'], [5], [1, 2], [1, 2, 3], [1, 2, 2 ** 500], {}, { min: [0, 0, 0] }, SOUND.tree],
  ];
  test.each(waysInto(SOUND).filter(([first]) => first !== 'format' && first !== 'version'))(
    'tells what is wrong with %s.%s.%s',
    (...parts) => {
      const way = parts.filter(part => part !== undefined);
      const member = way.join('.');
      let faults = 0;
      for (const value of values) {
        const changed = withMember(way, value);
        const fault = faultOf(changed);
        // The schema knows nothing of how members depend on one another, and of the range of coordinates.
        if (violations(changed, schema).length > 0) expect(fault, JSON.stringify(value)).toBeDefined();
        if (!fault) continue;
        faults++;
        expect(fault.member).toMatch(
          new RegExp(`^(${member}|overview.rows|bounds|tables|fold|options.(search|listings))`),
        );
        expect(fault.expected).not.toBe('');
      }
      expect(faults).toBeGreaterThan(5);
    },
  );
});
