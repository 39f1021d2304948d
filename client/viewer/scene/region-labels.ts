/** Where the names of regions stand, by a sample of the systems. */
import type { RegionLabel } from './labels.ts';

const MOST = 60;

/** The regions with most systems in a sample: their middle, and the radius around it that holds most of them. */
export function regionLabels(
  sample: readonly { readonly region: string; readonly x: number; readonly y: number; readonly z: number }[],
): RegionLabel[] {
  const regions = Map.groupBy(sample, row => row.region);
  return [...regions]
    .filter(([name, rows]) => name !== '' && rows.length > 1)
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, MOST)
    .map(([name, rows]) => {
      const [x, y, z] = (['x', 'y', 'z'] as const).map(axis => median(rows.map(row => row[axis]))) as [
        number,
        number,
        number,
      ];
      const radius = median(rows.map(row => Math.hypot(row.x - x, row.y - y, row.z - z)));
      return { name, x, y, z, radius };
    });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
