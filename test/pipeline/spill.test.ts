import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Spill, type SpilledRecord } from '../../pipeline/spill.ts';
import { coordinate, text } from '../support/arbitrary.ts';
import { temporaryFolder } from '../support/sets.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let files = 0;

const record: fc.Arbitrary<Omit<SpilledRecord, 'sequence'>> = fc.record({
  x: coordinate,
  y: coordinate,
  z: coordinate,
  key: fc.option(text, { nil: undefined }),
  region: fc.option(text, { nil: undefined }),
  bytes: fc.uint8Array({ maxLength: 3000, size: 'max' }).map(of => Buffer.from(of)),
});
const added = fc.array(fc.tuple(fc.nat(5), record), { maxLength: 40, size: 'max' });

function withSpill(budget: number, use: (spill: Spill, path: string) => void): void {
  const path = join(folder.path, `spill-${files++}`);
  const spill = new Spill(path, budget);
  try {
    use(spill, path);
  } finally {
    spill.close();
  }
}

describe('the spill', () => {
  test('gives each bucket its records back in order, whole, whatever the budget', () => {
    fc.assert(
      fc.property(added, fc.constantFrom(1, 100, 5000, 1 << 20), (of, budget) => {
        const records = of.map(([bucket, rest], sequence) => ({ bucket, record: { ...rest, sequence } }));
        withSpill(budget, (spill, path) => {
          for (const { bucket, record } of records) spill.add(bucket, record);
          for (let bucket = 0; bucket <= 5; bucket++) {
            const own = records.filter(entry => entry.bucket === bucket).map(entry => entry.record);
            expect([...spill.read(bucket)]).toEqual(own);
            const told = spill.buckets().get(bucket);
            expect(told?.records ?? 0).toBe(own.length);
            if (!told) continue;
            for (const [axis, name] of (['x', 'y', 'z'] as const).entries()) {
              expect(told.bounds.min[axis]).toBe(Math.min(...own.map(one => one[name] + 0)));
              expect(told.bounds.max[axis]).toBe(Math.max(...own.map(one => one[name] + 0)));
            }
            expect(told.bytes).toBeGreaterThanOrEqual(own.reduce((sum, one) => sum + one.bytes.length, 0));
          }
          if (budget === 1) expect(existsSync(path)).toBe(records.length > 1);
          if (budget === 1 << 20) expect(existsSync(path)).toBe(false);
        });
      }),
      { numRuns: 150 },
    );
  });

  test('a bucket that was dropped is empty, takes records anew, and leaves the others alone', () => {
    const one = (sequence: number): SpilledRecord => ({
      sequence,
      x: 1,
      y: 2,
      z: 3,
      key: 'k',
      region: undefined,
      bytes: Buffer.from('{}'),
    });
    for (const budget of [1, 1 << 20])
      withSpill(budget, spill => {
        spill.add(0, one(0));
        spill.add(1, one(1));
        spill.drop(0);
        expect([...spill.read(0)]).toEqual([]);
        expect([...spill.buckets().keys()]).toEqual([1]);
        spill.add(0, one(2));
        expect([...spill.read(0)]).toEqual([one(2)]);
        expect([...spill.read(1)]).toEqual([one(1)]);
        expect([...spill.read(7)]).toEqual([]);
      });
  });

  test('what was read stays as it was when more is added', () => {
    withSpill(200, spill => {
      const records = Array.from({ length: 20 }, (_, sequence) => ({
        sequence,
        x: sequence,
        y: 0,
        z: 0,
        key: undefined,
        region: 'r',
        bytes: Buffer.from(`record ${sequence}`),
      }));
      for (const of of records.slice(0, 10)) spill.add(0, of);
      const read = [...spill.read(0)];
      for (const of of records.slice(10)) spill.add(0, of);
      expect(read).toEqual(records.slice(0, 10));
      expect([...spill.read(0)]).toEqual(records);
    });
  });
});
