import type { Usage } from '#client/node/index.ts';

/** Median/95th percentile of some values, or one number if they are equal. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const text = (value: number) => value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0);
  const [middle, high] = [text(at(0.5)), text(at(0.95))];
  return middle === high ? middle : `${middle}/${high}`;
}

/** Requests · kB · round trips of some queries, each as median/95th percentile. */
export function costOf(usages: readonly Usage[]): string {
  const bytes = usages.map(usage => usage.bytes / 1000);
  return [usages.map(usage => usage.requests), bytes, usages.map(usage => usage.roundTrips)]
    .map(spread)
    .join(' · ');
}
