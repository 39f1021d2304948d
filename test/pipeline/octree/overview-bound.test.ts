import fc from 'fast-check';
import { expect, test } from 'vitest';
import { overviewRows } from '#format/index.ts';
import { OverviewBound } from '#pipeline/octree/overview-bound.ts';

const HIGHEST = 2 ** 32 - 1;
const hash = fc.oneof(
  fc.nat(HIGHEST),
  fc.nat(3),
  fc.integer({ min: 1, max: 200 }).map(n => n * 65_536 - 1),
);

test('no system of an overview has a hash above the bound, which is near the last one', () => {
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (hashes, size) => {
      const preview = { size, field: null, order: 'lowest' } as const;
      const bound = new OverviewBound();
      for (const hash of hashes) bound.add(hash);
      const sorted = hashes.toSorted((a, b) => a - b);
      const last = sorted[overviewRows(hashes.length, preview) - 1] ?? -1;
      expect(bound.highestHash(preview)).toBeGreaterThanOrEqual(last);
      expect(bound.highestHash(preview) - last).toBeLessThan(65_536);
    }),
  );
});

test('any system may be in an overview that is ordered by a field', () => {
  const bound = new OverviewBound();
  for (let i = 0; i < 100; i++) bound.add(i);
  expect(bound.highestHash({ size: 1, field: 'lum', order: 'lowest' })).toBe(HIGHEST);
});
