/** Finds the system under the pointer. */
import type { RowRanges } from './star-cloud.ts';
import type { Projected, View } from './view.ts';

/** Systems that can be pointed at. */
export interface PickablePiece {
  readonly piece: {
    readonly length: number;
    readonly x: Float64Array;
    readonly y: Float64Array;
    readonly z: Float64Array;
  };
  readonly ranges: RowRanges;
}

export interface Picked<T> {
  readonly piece: T;
  readonly row: number;
}

/**
 * Returns the system whose point is nearest to a place on the canvas. Of points that are about equally near, the one
 * nearest to the eye counts.
 * @param reach the farthest distance in CSS pixels
 */
export function pick<T extends PickablePiece>(
  pieces: Iterable<T>,
  view: View,
  place: { readonly x: number; readonly y: number },
  reach: number,
): Picked<T> | undefined {
  const out: Projected = { x: 0, y: 0, depth: 0 };
  let best: Picked<T> | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const held of pieces) {
    const { x, y, z } = held.piece;
    for (const { start, end } of held.ranges) {
      for (let row = start; row < end; row++) {
        view.project(x[row]!, y[row]!, z[row]!, out);
        if (out.depth <= 0) continue;
        const dx = out.x - place.x;
        const dy = out.y - place.y;
        if (dx > reach || dx < -reach || dy > reach || dy < -reach) continue;
        const apart = Math.hypot(dx, dy);
        if (apart > reach) continue;
        const score = (apart + 2) ** 2 * out.depth;
        if (score < bestScore) {
          bestScore = score;
          best = { piece: held, row };
        }
      }
    }
  }
  return best;
}
