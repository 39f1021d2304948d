import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError, type Plane } from '#client/index.ts';
import { heightIn } from '#client/query/convex.ts';
import { frustumPlanes } from '#client/track.ts';
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

/** The product of two matrices of 16 numbers, column after column. */
function product(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: 16 }, (_, i) => {
    const [column, row] = [i >> 2, i & 3];
    return [0, 1, 2, 3].reduce((sum, k) => sum + a[k * 4 + row]! * b[column * 4 + k]!, 0);
  });
}

/** Clip coordinates of a position. */
function project(matrix: readonly number[], [x, y, z]: Point): number[] {
  return [0, 1, 2, 3].map(
    row => matrix[row]! * x + matrix[row + 4]! * y + matrix[row + 8]! * z + matrix[row + 12]!,
  );
}

/** The matrix of OpenGL's gluPerspective. */
function perspective(fovY: number, aspect: number, near: number, far: number): number[] {
  const f = 1 / Math.tan(fovY / 2);
  const depth = near - far;
  return [f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (near + far) / depth, -1, 0, 0, (2 * near * far) / depth, 0];
}

describe('the planes of a frustum', () => {
  test('hold the positions whose clip coordinates are within w, and no others', () => {
    const angle = fc.double({ min: -3, max: 3, noNaN: true });
    const near = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(angle, fc.tuple(near, near, near), fc.tuple(near, near, near), (turn, eye, at) => {
        const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
        const turned = [cos, 0, -sin, 0, 0, 1, 0, 0, sin, 0, cos, 0, 0, 0, 0, 1];
        const moved = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, -eye[0], -eye[1], -eye[2], 1];
        const matrix = product(perspective(1, 1.5, 0.1, 150), product(turned, moved));
        const [x, y, z, w] = project(matrix, at) as [number, number, number, number];
        const margins = [w + x, w - x, w + y, w - y, w + z, w - z];
        // On an edge, rounding decides.
        fc.pre(margins.every(margin => Math.abs(margin) > 1e-9));
        const planes = frustumPlanes(matrix);
        expect(planes).toHaveLength(6);
        expect(heightIn(planes, at, at) >= 0).toBe(margins.every(margin => margin > 0));
      }),
    );
  });

  test('are five where the projection has no far plane', () => {
    const endless = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, -1, 0, 0, -0.2, 0];
    const planes: Plane[] = frustumPlanes(endless);
    expect(planes).toHaveLength(5);
    expect(heightIn(planes, [0, 0, -1e9], [0, 0, -1e9])).toBeGreaterThan(0);
    expect(heightIn(planes, [0, 0, 1], [0, 0, 1])).toBeLessThan(0);
  });

  test.each([
    [[1, 2, 3]],
    [new Float32Array(16).fill(Number.NaN)],
    [Array.from<string>({ length: 16 }).fill('1')],
  ])('are refused for anything but a matrix', matrix => {
    expect(() => frustumPlanes(matrix as number[])).toThrow(ArgumentError);
  });
});
