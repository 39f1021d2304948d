import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOrdered, orderKey } from '#format/facets/order-key.ts';
import { compareText, dateOf, type FacetValue } from '#format/index.ts';
import { float, text } from '#test/support/arbitrary.ts';

const date = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
  .map(own => own.toISOString());
const values: fc.Arbitrary<FacetValue[]> = fc.array(fc.oneof(float, date, text, fc.boolean()), {
  maxLength: 3,
});

/** The order of a system: the rank of its value among numbers, dates and others, and the number. */
function placeOf(own: readonly FacetValue[], pick: (...numbers: number[]) => number): [number, number] {
  const numbers = own.filter(value => typeof value === 'number');
  const dates = own.flatMap(value => (typeof value === 'string' ? (dateOf(value) ?? []) : []));
  if (numbers.length > 0) return [0, pick(...numbers)];
  return dates.length > 0 ? [1, pick(...dates)] : [2, 0];
}

describe('the key of a system in a listing in order', () => {
  test.each(['asc', 'desc'] as const)('%s: numbers, then dates by their instants, then all others', order => {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const pick = order === 'asc' ? Math.min : Math.max;
        const [[classA, numberA], [classB, numberB]] = [placeOf(a, pick), placeOf(b, pick)];
        const within = Math.sign(numberA - numberB) * (order === 'asc' ? 1 : -1);
        const found = Math.sign(compareText(orderKey(a, order), orderKey(b, order)));
        // -0 is 0.
        expect(found + 0).toBe((Math.sign(classA - classB) || within) + 0);
        expect(isOrdered(orderKey(a, order))).toBe(classA < 2);
      }),
      { numRuns: 2000 },
    );
  });

  test('tells the orders apart, so that both can be in one table', () => {
    const keys = (order: 'asc' | 'desc') => [[], [1], ['2024-02-29']].map(own => orderKey(own, order));
    expect(keys('asc').sort().at(-1)! < keys('desc').sort()[0]!).toBe(true);
  });
});
