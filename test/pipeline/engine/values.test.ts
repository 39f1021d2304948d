/** The engine finds the facet values of records in their bytes: those of `facetExtractor`, which reads objects. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import {
  DEFAULT_FACETS,
  DERIVED_REGION,
  type FacetField,
  facetExtractor,
  parseFacets,
  valueKey,
} from '#format/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { pathText } from '#format/record/record-path.ts';
import { engineExtractor } from '#pipeline/engine/record-values.ts';
import { json, key, objectOf, seeded, text } from '#test/support/arbitrary.ts';

/** A record among other bytes. */
function placed(record: string) {
  const source = Buffer.from(`{"a":[1],${record}]}`);
  return { source, start: 9, end: source.length - 2 };
}

/** Finds the values of records in both ways, and compares them. */
class Comparison {
  /** Number of records whose objects the engine's extractor has read. */
  parsed = 0;
  readonly #leftOut: { expected: number[][]; found: number[][] } = { expected: [], found: [] };
  readonly #reference: ReturnType<typeof facetExtractor>;
  readonly #engine: ReturnType<typeof engineExtractor>;

  constructor(facets: readonly FacetField[]) {
    const { expected, found } = this.#leftOut;
    this.#reference = facetExtractor(facets, (...left) => expected.push(left));
    this.#engine = engineExtractor(facets, (...left) => found.push(left));
  }

  add(record: string): void {
    const fields = parseJson(record) as JsonObject;
    const own = fields['region'];
    const region = typeof own === 'string' ? own : 'Somewhere, far';
    let isRead = false;
    const found = this.#engine({
      region,
      json: placed(record),
      derived: own === region ? 0 : DERIVED_REGION,
      get fields() {
        isRead = true;
        return fields;
      },
    });
    if (isRead) this.parsed++;
    const expected = this.#reference({ region, fields });
    expect(
      found.map(values => values.map(valueKey).sort(byBytes)),
      record.slice(0, 1_000),
    ).toEqual(expected.map(values => values.map(valueKey)));
    expect(this.#leftOut.found).toEqual(this.#leftOut.expected);
  }
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A record in JSON, with white space, escapes in strings, and numbers in other forms; its keys have no escapes. */
function writtenRecord(record: JsonObject, seed: number): string {
  const random = seeded(seed);
  const space = () => (random() < 0.2 ? ' \n' : '');
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const write = (value: JsonValue): string => {
    if (Array.isArray(value))
      return `[${space()}${value.map(write).join(`${space()},${space()}`)}${space()}]`;
    if (typeof value === 'object' && value !== null) {
      const members = Object.entries(value).map(
        ([name, member]) => `${JSON.stringify(name)}${space()}:${space()}${write(member)}${space()}`,
      );
      return `{${space()}${members.join(`,${space()}`)}}`;
    }
    if (typeof value === 'string')
      return random() < 0.2 ? `"${value.split('').map(escaped).join('')}"` : JSON.stringify(value);
    if (typeof value !== 'number') return JSON.stringify(value);
    if (Object.is(value, -0)) return '-0';
    if (random() < 0.7) return String(value);
    return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : value.toExponential();
  };
  return space() + write(record) + space();
}

const isPlain = (name: string) => JSON.stringify(name) === `"${name}"`;

/** A value without the keys that JSON escapes. */
function plain(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => isPlain(name));
  return objectOf(members.map(([name, member]) => [name, plain(member)]));
}

/** The value at steps, with arrays along them here and there. */
function nested(steps: readonly string[], value: JsonValue, seed: number): JsonObject {
  const random = seeded(seed);
  const [first, ...rest] = steps;
  const inner = rest.reduceRight<JsonValue>((below, name) => {
    const own = objectOf([[name, below]]);
    return random() < 0.3 ? [[own], 7, own] : own;
  }, value);
  return objectOf([[first!, random() < 0.3 ? [inner, [inner]] : inner]]);
}

const leaf = fc.oneof(
  json.map(plain),
  fc.array(fc.oneof(text, fc.constantFrom<JsonValue>('Gold, Ag', 'Gold', 1, 1.5, -0, 0, true, 'a, b, , a')), {
    maxLength: 6,
  }),
);

const paths = fc.uniqueArray(
  fc.array(fc.oneof(key, fc.constantFrom('a', 'b', '\ud800')), { minLength: 1, maxLength: 3 }),
  { minLength: 1, maxLength: 4, selector: pathText },
);

/** Facets, and records that have many of their values. */
const cases = paths.chain(own =>
  fc.record({
    facets: fc.constant(
      own.map((steps, i) => ({
        field: `f${i}`,
        paths: [steps, i % 2 === 0 ? own[(i + 1) % own.length]! : ['region']].map(pathText),
      })),
    ),
    records: fc.array(
      fc
        .tuple(
          fc.array(fc.tuple(fc.constantFrom(...own), leaf, fc.nat()), { maxLength: 4 }),
          fc.array(fc.tuple(fc.oneof(key, fc.constantFrom(...own.map(pathText))), leaf), { maxLength: 3 }),
          fc.constantFrom<JsonValue | undefined>(undefined, null, '', 'A', 'A, B', 'é\n'),
        )
        .map(([found, others, region]) => {
          const fields = new Map<string, JsonValue>();
          for (const [steps, value, seed] of found)
            for (const [name, member] of Object.entries(nested(steps, value, seed))) fields.set(name, member);
          for (const [name, member] of others) fields.set(name, member);
          fields.delete('region');
          if (region !== undefined) fields.set('region', region);
          return plain(objectOf([...fields])) as JsonObject;
        }),
      { maxLength: 20 },
    ),
  }),
);

describe('values of records in bytes', () => {
  test('are those of the extractor that reads objects', () => {
    let [records, parsed] = [0, 0];
    fc.assert(
      fc.property(cases, fc.nat(), (own, seed) => {
        const comparison = new Comparison(own.facets);
        for (const [i, record] of own.records.entries()) comparison.add(writtenRecord(record, seed + i));
        records += own.records.length;
        parsed += comparison.parsed;
      }),
      { numRuns: 300 },
    );
    expect(parsed).toBeLessThan(records / 2);
  });

  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

  test.each([
    ['strings and their parts', 'a', '{"a":["Gold, Ag","Gold",", ","Ag,Cu",""," x"]}', 0],
    ['escapes', 'a', String.raw`{"a":["\u0041, B","A","B\u002c C","\ud83c\udf1f","\"\\"]}`, 0],
    ['numbers in all forms', 'a', '{"a":[1,1.0,10e-1,-0,0,0.0,-1e2,123456789012345678901]}', 0],
    ['other scalars', 'a', '{"a":[true,false,null,"true","null",{},[]]}', 0],
    ['a field that is the path as written', 'a.b', '{"a":{"b":1},"a.b":[2]}', 1],
    ['a quoted key', '["a.b"].c', '{"a.b":{"c":1},"a":{"b":{"c":2}}}', 0],
    ['a key of half a pair', String.raw`a=["\ud800"]`, '{"\ufffd":1}', 0],
    ['keys with a common beginning', 'abcdefgh1,abcdefgh2,abcdefgh', '{"abcdefgh2":2,"abcdefgh":0}', 0],
    ['keys of JavaScript', '__proto__.length', '{"__proto__":{"length":7},"length":1}', 0],
    ['values and objects at one path', 'a,a.b', '{"a":[1,{"b":[2,{"b":3}]},[{"b":4}]]}', 0],
    ['a region and other paths', 'place=region|zone', '{"region":"A, B","zone":"A, B"}', 0],
    ['a region with escapes', 'region', String.raw`{"region":"\u0041, B"}`, 0],
    ['a region that is missing', 'place=region|zone', '{"zone":"Somewhere, far","region":null}', 0],
    ['a value of 1,024 bytes', 'a', `{"a":["${'x'.repeat(1_024)}"]}`, 0],
    ['a value of 1,024 characters', 'a', `{"a":["${'é'.repeat(1_024)}"]}`, 1],
    ['a value that is too long', 'a', `{"a":["${'x'.repeat(1_025)}","b"]}`, 1],
    ['many values', 'a', JSON.stringify({ a: numbers(4_096) }), 0],
    ['too many values', 'a', JSON.stringify({ a: numbers(4_097) }), 1],
    ['too many values with a region that is missing', 'a=a|region', JSON.stringify({ a: numbers(4_096) }), 1],
    ['a long record', 'a', `{"b":"${'x'.repeat(300_000)}","a":1}`, 1],
  ])('are right for %s', (_, facets, record, parsed) => {
    const comparison = new Comparison(parseFacets(facets));
    comparison.add(record);
    expect(comparison.parsed).toBe(parsed);
  });

  test('are right for too many values in strings with escapes', () => {
    const comparison = new Comparison(parseFacets('a'));
    const strings = numbers(42).map(i => `"\\u0041, ${numbers(100).map(j => i * 100 + j)}"`);
    comparison.add(`{"a":[${strings.map(string => string.replaceAll(',', ', '))}]}`);
    expect(comparison.parsed).toBe(1);
  });

  test('are right for more different values than the engine remembers', () => {
    const comparison = new Comparison(parseFacets('a,b'));
    for (let i = 0; i < 40_000; i += 100) {
      const own = numbers(100).map(j => String(i + j));
      comparison.add(JSON.stringify({ a: own, b: ['Gold, Ag', i % 300] }));
    }
    const long = (i: number) => String(i).padEnd(1_000, 'x');
    for (let i = 0; i < 2_100; i++) comparison.add(JSON.stringify({ a: long(i), b: [long(i % 7), 'Ag'] }));
    expect(comparison.parsed).toBe(0);
  });

  test('are right for a record with more different values than the engine remembers', () => {
    const fields = numbers(9).map(i => `f${i}`);
    const comparison = new Comparison(parseFacets(fields.join()));
    const values = fields.map((_, i) => numbers(4_000).map(j => 10_000 * i + j));
    const record = Object.fromEntries(fields.map((field, i) => [field, values[i]!]));
    for (let i = 0; i < 3; i++) comparison.add(JSON.stringify(record));
    comparison.add('{"f1":1}');
    expect(comparison.parsed).toBe(3);
  });

  test('are right for each of many extractors, which share the memory of few engines', () => {
    const instances = vi.spyOn(WebAssembly, 'Instance');
    const record = '{"a":"Gold, Ag","b":[1,"x"],"c":true,"region":"R"}';
    for (const lists of [
      ['a,b', 'b,region'],
      ['a,b', 'b,region', 'c', 'b,a'],
    ]) {
      const all = lists.map(list => new Comparison(parseFacets(list)));
      for (const comparison of [...all, ...all.toReversed(), ...all]) comparison.add(record);
      expect(all.map(({ parsed }) => parsed)).toEqual(all.map(() => 0));
    }
    for (let i = 0; i < 10; i++) new Comparison(parseFacets('b,a')).add(record);
    expect(instances.mock.calls.length).toBeLessThanOrEqual(6);
    expect(instances.mock.calls.length).toBeGreaterThan(0);
  });

  test('are looked for in damaged records with an end: values, or an error; the next record is read', () => {
    const extract = engineExtractor(parseFacets('a,b.c'));
    const next = new Comparison(parseFacets('a,b.c'));
    const text = String.raw`{"a":["é","x, \u0041",-1.5],"b":{"c":[[{"d":1}],"y"]},"e":"z"}`;
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(0x7e), fc.nat(3), (at, code, cut) => {
        const damaged = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + cut);
        const find = () => extract({ region: 'R', derived: 0, fields: {}, json: placed(damaged) });
        try {
          expect(find()).toHaveLength(2);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
        next.add(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('are found in full systems without parsing', () => {
    const comparison = new Comparison(DEFAULT_FACETS);
    for (const system of galaxySystems({ count: 500 })) comparison.add(JSON.stringify(system));
    expect(comparison.parsed).toBe(0);
  });
});
