/** The bounds of values and regions in results. */
import type { Bounds } from '#client/index.ts';
import type { PrintedColumn } from '#pipeline/cli/print/table-printer.ts';

export const boundsColumns: readonly PrintedColumn<{ readonly bounds: Bounds }>[] = (
  ['x', 'y', 'z'] as const
).flatMap((axis, i) => [
  { heading: `min ${axis}`, value: row => row.bounds.min[i] },
  { heading: `max ${axis}`, value: row => row.bounds.max[i] },
]);

export function plainBounds({ min, max }: Bounds): { min: number[]; max: number[] } {
  return { min: [...min], max: [...max] };
}
