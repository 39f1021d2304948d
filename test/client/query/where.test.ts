import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FacetValue, Where } from '#client/index.ts';
import { compileWhere, isMatch } from '#client/query/where.ts';
import { dateOf, foldTable, makeFold } from '#format/index.ts';

const fold = makeFold(foldTable());

/** Whether a system with these values of the facet `f` matches. */
function matches(where: Where['f'], values: readonly FacetValue[], isFolded = false): boolean {
  const [condition] = compileWhere({ f: where } as Where, ['f'], isFolded ? fold : undefined);
  return isMatch(condition!, values);
}

const value = fc.oneof(
  fc.constantFrom<FacetValue>(
    'a',
    'A',
    '5',
    'true',
    '',
    '__proto__',
    '2026-01-31',
    '2026-01-31T01:00:00+01:00',
  ),
  fc.constantFrom<FacetValue>(0, -1.5, 5, 5e-324, true, false),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => number + 0),
  fc.string(),
);

describe('a condition', () => {
  test('of a value, of several, and of none of them', () => {
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (wanted, values) => {
        const hasOne = values.some(own => wanted.some(of => of === own));
        expect(matches(wanted, values)).toBe(hasOne);
        expect(matches({ not: wanted }, values)).toBe(!hasOne);
        if (wanted.length > 0) expect(matches(wanted[0]!, values)).toBe(values.includes(wanted[0]!));
      }),
    );
  });

  test('of types: 5 is not "5", -0 is 0, and no value is false, 0 or ""', () => {
    expect(matches(5, ['5'])).toBe(false);
    expect(matches('5', [5])).toBe(false);
    expect(matches(-0, [0])).toBe(true);
    expect(matches(true, ['true', 1])).toBe(false);
    for (const empty of [false, 0, '']) expect(matches(empty, [])).toBe(false);
    expect(matches([], ['a'])).toBe(false);
    expect(matches({ not: [] }, [])).toBe(true);
  });

  test('of bounds: one value lies within all of them, and nodes by their ranges may', () => {
    const bound = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true }));
    const bounds = fc
      .record({ gt: bound, gte: bound, lt: bound, lte: bound }, { requiredKeys: [] })
      .filter(of => Object.keys(of).length > 0);
    const number = fc.oneof(
      fc.integer({ min: -9, max: 9 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const numbers = fc.array(number.map(of => of + 0));
    fc.assert(
      fc.property(
        bounds,
        numbers,
        ({ gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity }, values) => {
          const given = { gt, gte, lt, lte };
          const isRight = values.some(of => of > gt && of >= gte && of < lt && of <= lte);
          expect(matches(given, values)).toBe(isRight);
          expect(matches(given, values.map(String))).toBe(false);
          const [condition] = compileWhere({ f: given }, ['f'], undefined);
          expect(condition!.bounds!.kind).toBe('numbers');
          const meets = condition!.bounds!.meets(Math.min(...values), Math.max(...values));
          if (isRight) expect(meets).toBe(true);
        },
      ),
    );
  });

  test('of dates: by instant, whatever their form and zone', () => {
    const day = '2026-01-31';
    expect(matches({ gte: day, lte: day }, ['2026-01-31T01:00:00+01:00'])).toBe(true);
    expect(matches({ gt: day }, ['2026-01-31T00:00:00.001Z'])).toBe(true);
    expect(matches({ gt: day }, [day, 'later', 20260201])).toBe(false);
    // Bounds of which each value has one, but none has both.
    expect(matches({ gt: '2026-01-01', lt: '2026-02-01' }, ['2025-01-01', '2027-01-01'])).toBe(false);
    const [condition] = compileWhere({ f: { lt: day } }, ['f'], undefined);
    expect(condition!.bounds).toMatchObject({ kind: 'dates' });
    expect(condition!.bounds!.meets(dateOf(day)!, dateOf('2027-01-01')!)).toBe(false);
    expect(condition!.bounds!.meets(dateOf('2026-01-30')!, dateOf('2027-01-01')!)).toBe(true);
  });

  test('with fold: strings that differ in case or normalisation are one', () => {
    expect(matches('STRASSE', ['Straße'], true)).toBe(true);
    expect(matches({ not: 'STRASSE' }, ['Straße'], true)).toBe(false);
    expect(matches(['x', 'CAFÉ'], ['cafe\u0301'], true)).toBe(true);
    expect(matches('STRASSE', ['Straße'])).toBe(false);
    expect(matches(5, ['5'], true)).toBe(false);
  });

  test('says which values it takes as they are, for look-ups', () => {
    const valuesOf = (where: Where['f'], isFolded = false) =>
      compileWhere({ f: where } as Where, ['f'], isFolded ? fold : undefined)[0]!.values;
    expect(valuesOf('a')).toEqual(['a']);
    expect(valuesOf(['a', 5])).toEqual(['a', 5]);
    expect(valuesOf('a', true)).toBe(undefined);
    expect(valuesOf(5, true)).toEqual([5]);
    expect(valuesOf({ gt: 5 })).toBe(undefined);
  });
});

describe('where', () => {
  test('is one object, or an array of them for several conditions on a facet; undefined means no condition', () => {
    const fieldsOf = (where: Where | readonly Where[]) =>
      compileWhere(where, ['f', 'g', '__proto__'], undefined).map(({ field }) => field);
    expect(fieldsOf({ f: 'a', g: 5 })).toEqual(['f', 'g']);
    expect(fieldsOf([{ f: 'a' }, { f: 'b', g: true }])).toEqual(['f', 'f', 'g']);
    expect(fieldsOf({ f: undefined as never, g: 'a' })).toEqual(['g']);
    expect(fieldsOf({})).toEqual([]);
    expect(fieldsOf([])).toEqual([]);
    expect(fieldsOf(JSON.parse('{"__proto__": "a"}'))).toEqual(['__proto__']);
  });

  test.each<[where: unknown, message: RegExp]>([
    [5, /^where is 5; give an object of conditions by facet/],
    [
      { g: 1 },
      /^where: "g" is not a facet that the catalogue was built or opened with: give one of f, material$/,
    ],
    [{ materials: 1 }, /: did you mean material\?$/],
    [{ f: null }, /^where\.f is null; give a string, a finite number or a boolean/],
    [{ f: { not: [[]] } }, /^where\.f\.not is \[\]; give a string/],
    [{ f: {} }, /^where\.f is \[object Object\]; give not, gt, gte, lt or lte$/],
    [{ f: { above: 5 } }, /^where\.f\.above is 5; give not, gt, gte, lt or lte$/],
    [{ f: { gt: '5' } }, /^where\.f\.gt is "5"; give a number, or a string such as 2026-01-31/],
    [{ f: new Date(0) }, /^where\.f is Thu Jan 01 1970 .*; give a string/],
    [{ f: { gte: new Date(0) } }, /^where\.f\.gte is Thu Jan 01 1970 .*; give a number, or a string such as/],
    [{ f: { gt: 5, lt: '2026-01-01' } }, /^where\.f\.lt is "2026-01-01"; give .*, all bounds of one kind$/],
  ])('%j is refused, and the message says what to give', (where, message) => {
    expect(() => compileWhere(where as never, ['f', 'material'], undefined)).toThrow(message);
  });
});
