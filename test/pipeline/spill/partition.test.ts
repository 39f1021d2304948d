import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundsOf } from '#format/geometry/bounds.ts';
import { floorTo, MIN_EXPONENT, power } from '#format/geometry/cell.ts';
import { type Cell, cellOf } from '#format/index.ts';
import { jsonText } from '#format/json-text.ts';
import { dividePositions, Partition } from '#pipeline/spill/partition.ts';
import { coordinate, type Point, points, seeded } from '#test/support/arbitrary.ts';

const sample = points.filter(of => of.length > 0).map(of => Float64Array.from(of.flat()));
/** Goes through JSON, as between two tasks. */
const partitionOf = (...of: Parameters<typeof dividePositions>) =>
  new Partition(JSON.parse(jsonText(dividePositions(...of) as never)));
const anywhere = fc.array(fc.tuple(coordinate, coordinate, coordinate), { maxLength: 30 });

/** The smallest dyadic cell that holds some points, none across the origin's planes. */
function cellOfPoints(of: readonly Point[]): Cell {
  return cellOf(boundsOf(of.map(([x, y, z]) => ({ x, y, z }))));
}

function holds({ x, y, z, exponent }: Cell, point: Point): boolean {
  return [x, y, z].every((corner, axis) => floorTo(point[axis]!, exponent) === corner);
}

describe('the partition', () => {
  test('takes every position, the same bucket each time, and equal positions the same', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 20, noNaN: true }), anywhere, (of, perBucket, others) => {
        const partition = partitionOf(of, perBucket);
        const all = [
          ...others,
          ...Array.from({ length: of.length / 3 }, (_, i) => [...of.subarray(3 * i, 3 * i + 3)] as Point),
        ];
        const buckets = all.map(point => partition.bucketOf(...point));
        for (const bucket of buckets)
          expect(Number.isInteger(bucket) && bucket >= 0 && bucket < partition.names.length).toBe(true);
        expect(all.map(point => partition.bucketOf(...point))).toEqual(buckets);
        all.forEach(([x, y, z], i) => {
          expect(partition.bucketOf(x + 0, y + 0, z + 0)).toBe(buckets[i]);
        });
      }),
      { numRuns: 200 },
    );
  });

  test('has buckets that are disjoint dyadic cells', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 20, noNaN: true }), anywhere, (of, perBucket, others) => {
        const partition = partitionOf(of, perBucket);
        const all = [
          ...others,
          ...Array.from({ length: of.length / 3 }, (_, i) => [...of.subarray(3 * i, 3 * i + 3)] as Point),
        ];
        const byBucket = Map.groupBy(all, point => partition.bucketOf(...point));
        // The smallest cell of what a bucket holds lies within the bucket's own: no other bucket's point is in it.
        for (const [bucket, own] of byBucket) {
          for (let axis = 0; axis < 3; axis++)
            expect(
              new Set(own.map(point => point[axis]! < 0)).size,
              'a bucket lies on one side of the origin',
            ).toBe(1);
          const cell = cellOfPoints(own);
          for (const point of all) if (holds(cell, point)) expect(partition.bucketOf(...point)).toBe(bucket);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is finer where the sample is denser, and about as fine as its options ask', () => {
    const random = seeded(3);
    const dense = Array.from({ length: 3000 }, () => random());
    const sparse = Array.from({ length: 300 }, () => 900 + 100 * random());
    const partition = partitionOf(Float64Array.from([...dense, ...sparse]), 50);
    const counts = new Map<number, number>();
    for (const list of [dense, sparse])
      for (let i = 0; i < list.length; i += 3) {
        const bucket = partition.bucketOf(list[i]!, list[i + 1]!, list[i + 2]!);
        counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
      }
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(50);
    expect(partition.names.length).toBeLessThan(400);
    expect(
      new Set(Array.from({ length: 100 }, (_, i) => partition.bucketOf(950 + i / 4, 950, 950))).size,
    ).toBeLessThan(20);
  });

  test('puts what is beyond its sample into few buckets', () => {
    const partition = partitionOf(Float64Array.of(0, 0, 0, 1, 1, 1), 1);
    const before = partition.names.length;
    for (let exponent = 2; exponent < 499; exponent++) partition.bucketOf(power(exponent), -1, 1);
    expect(partition.names.length - before).toBeLessThan(600);
    const random = seeded(4);
    const shell = new Set(
      Array.from({ length: 500 }, () =>
        partition.bucketOf(...([9 + 6 * random(), 16 * random(), -16 * random()] as Point)),
      ),
    );
    expect(shell.size).toBeLessThanOrEqual(4);
  });

  test('of a cell divides it, however deep it lies: at least two buckets for what fills it', () => {
    fc.assert(
      fc.property(
        points.filter(of => of.length > 1),
        of => {
          const sides = Map.groupBy(of, point => point.map(at => at < 0).join());
          for (const own of sides.values()) {
            const cell = cellOfPoints(own);
            if (cell.exponent === MIN_EXPONENT) continue;
            const partition = partitionOf(Float64Array.from(own.flat()), 1000, cell);
            expect(partition.names.length).toBe(8);
            expect(new Set(own.map(point => partition.bucketOf(...point))).size).toBeGreaterThan(1);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('has half-open borders: the upper end of its cube lies outside, the lower inside', () => {
    const partition = partitionOf(Float64Array.of(0, 0, 0, 1, 1, 1), 1000);
    for (let axis = 0; axis < 3; axis++) {
      const bucketAt = (at: number) => partition.bucketOf(...([0, 0, 0].with(axis, at) as Point));
      expect(bucketAt(2)).toBe(bucketAt(3));
      expect(bucketAt(2)).not.toBe(bucketAt(2 - 2 ** -51));
      expect(bucketAt(-2)).toBe(bucketAt(-1));
      expect(bucketAt(-2)).not.toBe(bucketAt(-2 - 2 ** -51));
      expect(bucketAt(0)).not.toBe(bucketAt(-5e-324));
    }
  });

  test('of many systems on one point ends', () => {
    const partition = partitionOf(new Float64Array(3000).fill(7), 1);
    expect(partition.names.length).toBeLessThan(1000);
    expect(partition.bucketOf(7, 7, 7)).toBe(partition.bucketOf(7, 7, 7));
  });
});
