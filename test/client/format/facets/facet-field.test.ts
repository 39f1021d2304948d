import { describe, expect, test } from 'vitest';
import { canonicalFacets } from '#format/facets/facet-field.ts';
import { DEFAULT_FACETS, parseFacets } from '#format/index.ts';

describe('a list of facets', () => {
  test('has names and paths in order', () => {
    expect(parseFacets('star_type, galaxy ,material = planets.materials|materials|materials')).toEqual([
      { field: 'galaxy', paths: ['galaxy'] },
      { field: 'material', paths: ['materials', 'planets.materials'] },
      { field: 'star_type', paths: ['star_type'] },
    ]);
  });

  test('may have names that need quotes', () => {
    expect(parseFacets('["odd, name"],planets["a|b"],odd label=["a"]["b c"]')).toEqual([
      { field: 'odd label', paths: ['a["b c"]'] },
      { field: 'odd, name', paths: ['["odd, name"]'] },
      { field: 'planets["a|b"]', paths: ['planets["a|b"]'] },
    ]);
  });

  test('may be empty', () => {
    expect(parseFacets(' none ')).toEqual([]);
  });

  test.each([
    ['', 'expected a path of names, such as planets.materials, found the end after ""'],
    ['a,', 'found the end after "a,"'],
    ['a b', 'expected a comma, or | and another path, found "b" after "a "'],
    ['a[0]', '"a[0]" is not a path of names'],
    ['a|b', 'expected NAME=PATH|PATH: several paths need a name'],
    ['a=', 'found the end after "a="'],
    ['["\\q"]', 'expected a path of names'],
    ['id', '"id" cannot be a facet'],
    ['place=x', '"x" cannot be a facet'],
    ['name=planets.name', '"name" cannot be a facet'],
    ['a,b,a=c', 'the facet "a" is given twice: join its paths with |'],
    ['["\\ud800"]', 'a facet has the invalid name'],
  ])('%j is refused', (text, message) => {
    expect(() => parseFacets(text)).toThrow(message);
  });

  test('that is built again of its own fields is the same', () => {
    expect(canonicalFacets(DEFAULT_FACETS)).toEqual(DEFAULT_FACETS);
    expect(DEFAULT_FACETS.map(({ field }) => field)).toEqual([
      ...['attributes', 'fauna', 'flora', 'galaxy', 'material', 'region', 'sentinel', 'star_type'],
    ]);
    expect(() => canonicalFacets([{ field: 'a', paths: [] }])).toThrow('the facet "a" has no path');
  });
});
