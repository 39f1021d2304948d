import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heightIn } from '#client/query/convex.ts';
import { coordinate, type Point } from '#test/support/arbitrary.ts';

const number = fc.oneof(coordinate, fc.double({ min: -2, max: 2, noNaN: true }));
const plane = fc.tuple(number, number, number, number);
const point = fc.tuple(coordinate, coordinate, coordinate);

test('a box that holds a position inside of all planes is never found outside of them', () => {
  fc.assert(
    fc.property(
      fc.array(plane, { maxLength: 6 }),
      point,
      point,
      fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0, max: 1, noNaN: true }))),
      (planes, a, b, shares) => {
        const min = a.map((low, axis) => Math.min(low, b[axis]!)) as unknown as Point;
        const max = a.map((high, axis) => Math.max(high, b[axis]!)) as unknown as Point;
        const at = min.map((low, axis) =>
          Math.min(max[axis]!, Math.max(low, low + shares[axis]! * (max[axis]! - low))),
        ) as unknown as Point;
        expect(heightIn(planes, min, max)).toBeGreaterThanOrEqual(heightIn(planes, at, at));
        // With the corners exchanged it is the least height of the box.
        expect(heightIn(planes, max, min)).toBeLessThanOrEqual(heightIn(planes, at, at));
      },
    ),
  );
});
