import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareText, compareValues, dateOf, type FacetValue, valueKey, valueOfKey } from '#format/index.ts';
import { float, text } from '#test/support/arbitrary.ts';

const value: fc.Arbitrary<FacetValue> = fc.oneof(float, text, fc.boolean());

describe('the key of a facet value', () => {
  test('gives the value back, -0 as 0', () => {
    fc.assert(
      fc.property(value, own => {
        expect(valueOfKey(valueKey(own))).toBe(typeof own === 'number' ? own + 0 : own);
      }),
      { numRuns: 1000 },
    );
  });

  test('has the order of values, which is that of UTF-8', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [p, q] = [valueKey(a), valueKey(b)];
        expect(Math.sign(compareValues(a, b))).toBe(Math.sign(compareText(p, q)));
        expect(Math.sign(compareText(p, q))).toBe(Buffer.compare(Buffer.from(p), Buffer.from(q)));
      }),
      { numRuns: 2000 },
    );
  });

  test('has the order of numbers, and tells types apart', () => {
    const ascending = [
      false,
      true,
      -Number.MAX_VALUE,
      -1.5,
      -5e-324,
      0,
      5e-324,
      2,
      10,
      '',
      '10',
      '2',
      'true',
    ];
    expect(ascending.toSorted(compareValues)).toEqual(ascending);
    expect(ascending.map(valueKey).toSorted(compareText).map(valueOfKey)).toEqual(ascending);
    expect(valueKey(0)).toBe('n8000000000000000');
    expect(valueKey(-1)).toBe('n400fffffffffffff');
  });

  test.each([
    '',
    'b2',
    'b',
    'x',
    'n',
    'n7ffffffffffffff',
    'n7fffffffffffffff',
    'nfff0000000000000',
    'n8000000000000000 ',
    'N8000000000000000',
  ])('%j is none', key => {
    expect(() => valueOfKey(key)).toThrow('is not the key of a facet value');
  });
});

describe('a date', () => {
  test.each([
    ['1970-01-01', 0],
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['2026-01-01t01:30:00.5+01:00', Date.UTC(2026, 0, 1, 0, 30, 0, 500)],
    ['2025-12-31T18:30:00-05:30', Date.UTC(2026, 0, 1)],
    ['1969-12-31T23:59:59.9999z', -1000 + 999.9],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['2000-02-29', Date.UTC(2000, 1, 29)],
    ['0000-01-01', -62_167_219_200_000],
    ['0099-03-01', -59_037_897_600_000],
  ])('%s is an instant', (date, instant) => {
    expect(dateOf(date)).toBe(instant);
  });

  test.each([
    '',
    '2026',
    '2026-1-1',
    '2026-13-01',
    '2026-00-01',
    '2026-02-29',
    '1900-02-29',
    '2026-01-00',
    '2026-01-01T',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01 00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:61Z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01\n',
    '12026-01-01',
    '２０２６-01-01',
  ])('%j is none', text => {
    expect(dateOf(text)).toBeUndefined();
  });

  test('is what Date.parse says, where that takes it', () => {
    const date = fc.date({
      min: new Date(0),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, own => {
        expect(dateOf(own.toISOString())).toBe(own.getTime());
        expect(dateOf(own.toISOString().slice(0, 10))).toBe(Date.parse(own.toISOString().slice(0, 10)));
      }),
    );
  });
});
