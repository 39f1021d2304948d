import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { type FacetValue, facetExtractor, parseFacets, valueKey } from '#format/index.ts';
import { isObject } from '#format/json.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { lengthOf } from '#format/utf8.ts';
import { key, object } from '#test/support/arbitrary.ts';

function values(facets: string, record: string, region = 'Eve') {
  return facetExtractor(parseFacets(facets))({ region, fields: parseJson(record) as JsonObject });
}

describe('the facet values of a system', () => {
  test.each([
    ['a string', 'a', '{"a":"Gold"}', ['Gold']],
    ['the parts of a list', 'a', '{"a":"Gold, Cadmium, , Gold, Ag,Cu"}', ['Ag,Cu', 'Cadmium', 'Gold']],
    ['all types, each once', 'a', '{"a":[5,"5",-0,0,true,null,{"b":1},["x",[5]]]}', [true, 0, 5, '5', 'x']],
    ['nothing of null, objects and empty strings', 'a', '{"a":["",null,{}]}', []],
    ['nothing of a missing field', 'a.b', '{"a":1,"b":2}', []],
    ['arrays along the path', 'p.m.x', '{"p":[{"m":[{"x":1},{"x":[2]}]},[{"m":{"x":3}}],4]}', [1, 2, 3]],
    ['several paths', 'g=a|p.a', '{"a":"x","p":[{"a":"y"},{"a":"x, z"}]}', ['x', 'y', 'z']],
    ['a field with dots in its name first', 'a.b', '{"a.b":1,"a":{"b":2}}', [1]],
    ['keys of JavaScript', '__proto__.length', '{"__proto__":{"length":7}}', [7]],
    ['nothing that is inherited', 'toString', '{}', []],
    ['no index of an array', '["0"]', '{"x":["a"]}', []],
  ])('are %s', (_, facets, record, expected) => {
    expect(values(facets, record)).toEqual([expected]);
  });

  test('of region is the region that answers queries, in one piece', () => {
    expect(values('region', '{"region":7}', 'Orion, Arm')).toEqual([['Orion, Arm']]);
    expect(values('region', '{}', '')).toEqual([[]]);
  });

  test('leave out, and count, strings that are too long and values that are too many', () => {
    const leftOut: [field: number, count: number][] = [];
    const extract = facetExtractor(parseFacets('a,b'), (field, count) => leftOut.push([field, count]));
    const many = Array.from({ length: 4_100 }, (_, i) => i);
    const long = ['🌟'.repeat(1_024), '🌟'.repeat(1_025), 'x'.repeat(1_025)];
    const [a, b] = extract({ region: '', fields: { a: many.toReversed(), b: long } });
    expect(a).toEqual(many.slice(0, 4_096));
    expect(b).toEqual(['🌟'.repeat(1_024)]);
    expect(leftOut).toEqual([
      [0, 4],
      [1, 2],
    ]);
  });

  test('are those of a plain walk, sorted by their keys', () => {
    const path = fc.array(key, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(object, path, (fields, steps) => {
        const text = steps.map(step => `[${JSON.stringify(step)}]`).join('');
        const extract = facetExtractor([{ field: 'f', paths: [text] }]);
        const isRegion = steps.length === 1 && steps[0] === 'region';
        const found = Object.hasOwn(fields, text) ? [fields[text]!] : walk([fields], steps);
        const expected = isRegion ? new Set([]) : new Set(found.flatMap(leaves));
        const own = extract({ region: '', fields })[0]!;
        expect(own.map(valueKey)).toEqual([...expected].map(valueKey).sort(byBytes));
      }),
      { numRuns: 500 },
    );
  });
});

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

function walk(values: readonly JsonValue[], steps: readonly string[]): JsonValue[] {
  const flat = values.flatMap(elements);
  const [step, ...rest] = steps;
  if (step === undefined) return flat;
  const next = flat.flatMap(value => (isObject(value) && Object.hasOwn(value, step) ? [value[step]!] : []));
  return walk(next, rest);
}

function elements(value: JsonValue): JsonValue[] {
  return Array.isArray(value) ? value.flatMap(elements) : [value];
}

function leaves(value: JsonValue): FacetValue[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (typeof value === 'string')
    return value.split(', ').filter(part => part !== '' && lengthOf(part) <= 1_024);
  return typeof value === 'number' ? [value + 0] : typeof value === 'boolean' ? [value] : [];
}
