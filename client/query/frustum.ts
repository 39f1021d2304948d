import type { Plane } from './convex.ts';
import { invalid } from './invalid.ts';

/**
 * Returns the six planes of a view frustum: left, right, bottom, top, near, far (G. Gribb and K. Hartmann, "Fast
 * Extraction of Viewing Frustum Planes from the World-View-Projection Matrix", 2001). A plane is left out if the matrix
 * has none there, as for a projection without a far plane.
 * @param viewProjection 16 numbers of the projection matrix times the view matrix, column after column, for clip
 *   coordinates from -w to w, as in WebGL and three.js
 * @throws ArgumentError for anything but 16 finite numbers
 */
export function frustumPlanes(viewProjection: ArrayLike<number>): Plane[] {
  const m = Array.from(viewProjection);
  if (m.length !== 16 || !m.every(Number.isFinite)) {
    throw invalid('the matrix', m, '16 finite numbers');
  }
  const row = (i: number) => [m[i]!, m[i + 4]!, m[i + 8]!, m[i + 12]!] as const;
  const w = row(3);
  return [0, 1, 2]
    .flatMap(axis => [1, -1].map(sign => row(axis).map((value, i) => w[i]! + sign * value)))
    .filter(([a, b, c]) => a !== 0 || b !== 0 || c !== 0) as unknown as Plane[];
}
