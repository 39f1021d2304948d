import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalListings, parseListings } from '#format/facets/listing-options.ts';

const REGION = { field: 'region', order: 'value', paths: ['region'] };

describe('a list of listings', () => {
  test('is sorted, has each once, and always has that of region', () => {
    expect(parseListings('', [])).toEqual([REGION]);
    expect(parseListings(' star_type , created_at:desc,created_at:asc,star_type', [])).toEqual([
      { field: 'created_at', order: 'asc', paths: ['created_at'] },
      { field: 'created_at', order: 'desc', paths: ['created_at'] },
      REGION,
      { field: 'star_type', order: 'value', paths: ['star_type'] },
    ]);
  });

  test('takes the paths of a facet of the name, or its own', () => {
    const facets = [{ field: 'ore', paths: ['planets.ore'] }];
    const paths = (text: string) => parseListings(text, facets)[0]!.paths;
    expect(paths('ore')).toEqual(['planets.ore']);
    expect(paths('ore=moons.ore|ore:asc')).toEqual(['moons.ore', 'ore']);
    expect(paths('planets.size:desc')).toEqual(['planets.size']);
    expect(parseListings('["a:asc, b"]', facets)[0]).toEqual({
      ...{ field: 'a:asc, b', order: 'value' },
      paths: ['["a:asc, b"]'],
    });
  });

  test.each([
    ['x:desc', /^"x" cannot be a listing: /],
    ['a=,b', /expected a path of names/],
    ['a|b', /several paths need a name/],
    ['a=b,a=c:asc', /the listing "a" is given with different paths: b, c/],
    ['region=planets.region', /the listing "region" is given with different paths/],
  ])('%s is an error', (text, message) => {
    expect(() => parseListings(text, [])).toThrow(message);
  });

  test('in canonical form stays as it is', () => {
    const name = fc
      .stringMatching(/^[a-w][a-z_]{0,5}$/)
      .filter(own => !['id', 'name', 'region'].includes(own));
    const listing = fc.record({ field: name, order: fc.constantFrom('value', 'asc', 'desc') } as const);
    fc.assert(
      fc.property(fc.array(listing), own => {
        const canonical = canonicalListings(
          own.map(({ field, order }) => ({ field, order, paths: [field] })),
        );
        expect(canonicalListings(canonical.toReversed())).toEqual(canonical);
      }),
    );
  });

  test('refuses an unknown order', () => {
    expect(() => canonicalListings([{ field: 'a', order: 'up' as never, paths: ['a'] }])).toThrow(
      'the order of the listing "a" is up; give value, asc or desc',
    );
  });
});
