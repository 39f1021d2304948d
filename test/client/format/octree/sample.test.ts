import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareSamples,
  hashText,
  overviewRows,
  type PreviewOptions,
  previewRows,
  rankOf,
  type SampleKey,
} from '#format/index.ts';
import { OVERVIEW_ROWS } from '#format/octree/sample.ts';
import { float, json, shuffled, text } from '#test/support/arbitrary.ts';

const plain: PreviewOptions = { size: 512, field: null, order: 'lowest' };
const size = fc.integer({ min: 1, max: OVERVIEW_ROWS });
const systems = fc.oneof(fc.nat(2000), fc.nat(300_000), fc.maxSafeNat());

describe('the order of samples', () => {
  /** Few ranks and few hashes, so that all three parts of the order decide somewhere. */
  const key: fc.Arbitrary<SampleKey> = fc.record({
    rank: fc.oneof(fc.constantFrom(0, -0, 1, Infinity), float),
    hash: fc.oneof(fc.nat(2), fc.nat(2 ** 32 - 1)),
    id: text,
  });
  const keys = fc.uniqueArray(key, { selector: ({ id }) => id, maxLength: 30 });

  test('is by rank, then by hash, then by the bytes of the id, whatever order they came in', () => {
    fc.assert(
      fc.property(keys, fc.nat(), (of, seed) => {
        const sorted = of.toSorted(compareSamples);
        expect(shuffled(of, seed).sort(compareSamples)).toEqual(sorted);
        sorted.slice(1).forEach((b, i) => {
          const a = sorted[i]!;
          const bytes = Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
          const [first] = [Number(a.rank > b.rank) - Number(a.rank < b.rank), a.hash - b.hash, bytes].filter(
            part => part !== 0,
          );
          expect(first).toBeLessThan(0);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('is of the ids where no field ranks: about as many of any half as of the other', () => {
    const ids = Array.from({ length: 4000 }, (_, i) => `system ${i}`);
    const order = ids.toSorted((a, b) =>
      compareSamples({ rank: 0, hash: hashText(a), id: a }, { rank: 0, hash: hashText(b), id: b }),
    );
    const early = order.slice(0, 1000).filter(id => ids.indexOf(id) < 2000).length;
    expect(early).toBeGreaterThan(400);
    expect(early).toBeLessThan(600);
  });

  test('ranks numbers, and all else after them', () => {
    fc.assert(
      fc.property(fc.oneof(json, float), fc.constantFrom('lowest', 'highest'), (value, order) => {
        const rank = rankOf(value, { ...plain, field: 'lum', order });
        if (typeof value !== 'number') expect(rank).toBe(Infinity);
        else expect(rank).toBe(order === 'lowest' ? value : -value);
      }),
    );
    expect(rankOf(undefined, { ...plain, order: 'highest' })).toBe(Infinity);
    expect(rankOf('3', plain)).toBe(Infinity);
  });
});

describe('the rows of a sample', () => {
  test('are as many in a preview as in those above it, or none', () => {
    fc.assert(
      fc.property(size, systems, systems, (of, a, b) => {
        const [child, node] = [Math.min(a, b), Math.max(a, b)].map(n =>
          previewRows(n, { ...plain, size: of }),
        );
        expect([0, of]).toContain(node);
        // More in a node than in its child would lose rows on the way down; none means that leaves are read.
        expect([0, node]).toContain(child);
      }),
    );
  });

  test('of a preview are a 32nd of its systems at the most', () => {
    fc.assert(
      fc.property(size, systems, (of, n) => {
        expect(32 * previewRows(n, { ...plain, size: of })).toBeLessThanOrEqual(n);
      }),
    );
    expect([0, 16_383, 16_384, 2 ** 40].map(n => previewRows(n, plain))).toEqual([0, 0, 512, 512]);
  });

  test('are never fewer in the overview than in any preview, and never more than its limit or the set', () => {
    fc.assert(
      fc.property(size, systems, (of, n) => {
        const rows = overviewRows(n, { ...plain, size: of });
        expect(rows).toBeGreaterThanOrEqual(previewRows(n, { ...plain, size: of }));
        expect(rows).toBeLessThanOrEqual(Math.min(n, OVERVIEW_ROWS));
        expect(rows).toBeGreaterThanOrEqual(Math.min(n, of));
      }),
    );
    expect([0, 1, 600, 32_000, 1e9].map(n => overviewRows(n, plain))).toEqual([0, 1, 512, 1000, 4096]);
  });
});
