import type { SystemRow } from '#client/index.ts';

/** Number of rows of a sample that are tried as the centre: spread over the sample, then around the best of these. */
const CANDIDATES = 200;

/**
 * A system in the densest part of a sample, by the distance to its k-th neighbour; the densest of all in a small
 * sample. Systems with k others at the same point come last.
 * @returns undefined for an empty sample
 */
export function densestSystem(sample: readonly SystemRow[], k: number): SystemRow | undefined {
  const reach = (row: SystemRow) =>
    distancesFrom(row, sample).sort()[Math.min(k, sample.length - 1)] || Number.MAX_VALUE;
  const step = Math.max(1, Math.floor(sample.length / CANDIDATES));
  const first = least(
    sample.filter((_, i) => i % step === 0),
    reach,
  );
  if (!first || step === 1) return first;
  const distances = distancesFrom(first, sample);
  const limit = distances.toSorted()[CANDIDATES - 1]!;
  return least(
    sample.filter((_, i) => distances[i]! <= limit),
    reach,
  );
}

function distancesFrom({ x, y, z }: SystemRow, rows: readonly SystemRow[]): Float64Array {
  return Float64Array.from(rows, row => Math.hypot(row.x - x, row.y - y, row.z - z));
}

function least<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  const values = items.map(value);
  return items[values.indexOf(Math.min(...values))];
}
