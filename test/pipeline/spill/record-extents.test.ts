import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachExtent, joinExtents, type RecordRun } from '#pipeline/spill/record-extents.ts';

const RUNS: readonly RecordRun[] = ['a', 'b', 'c', 'd'].map((path, split) => ({ path, split }));
/** Extents of several buckets: parts of runs that do not overlap. */
const buckets = fc
  .uniqueArray(fc.tuple(fc.nat(RUNS.length - 1), fc.nat(20)), { selector: place => place.join() })
  .chain(parts =>
    fc.tuple(fc.constant(parts), fc.array(fc.nat(2), { minLength: parts.length, maxLength: parts.length })),
  );

/** Each byte of some extents, in order. */
const bytesOf = (extents: Iterable<{ path: string; split: number; offset: number; length: number }>) =>
  [...extents]
    .flatMap(({ path, split, offset, length }) =>
      Array.from({ length }, (_, i) => `${path} ${split} ${offset + i}`),
    )
    .sort();

test('extents of buckets are joined without losing or repeating a byte', () => {
  fc.assert(
    fc.property(buckets, fc.integer({ min: 1, max: 4 }), ([parts, owners], size) => {
      const own = [0, 1, 2].map(bucket => ({
        runs: RUNS,
        numbers: parts.flatMap(([run, place], i) => (owners[i] === bucket ? [run, place * size, size] : [])),
      }));
      const joined = joinExtents(own);
      const all = [...eachExtent(joined)];
      expect(bytesOf(all)).toEqual(bytesOf(own.flatMap(extents => [...eachExtent(extents)])));
      // Adjacent extents are one, in the order of the runs; only their runs are there.
      for (const [i, next] of all.slice(1).entries()) {
        const last = all[i]!;
        if (last.path === next.path) expect(last.offset + last.length).toBeLessThan(next.offset);
        else expect(last.path < next.path).toBe(true);
      }
      expect(joined.runs).toEqual(RUNS.filter(({ path }) => all.some(extent => extent.path === path)));
    }),
  );
});
