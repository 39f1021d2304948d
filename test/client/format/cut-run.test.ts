import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutRun } from '#format/cut-run.ts';
import { hashText } from '#format/index.ts';

interface Row {
  readonly id: string;
  readonly weight: number;
}

const row: fc.Arbitrary<Row> = fc.record({ id: fc.nat(500).map(n => `S${n}`), weight: fc.nat(40) });
const rows = fc.uniqueArray(row, { selector: of => of.id, maxLength: 80, size: 'max' });
const max = fc.integer({ min: 1, max: 200 });

const cut = (of: readonly Row[], limit: number) =>
  cutRun(
    of.map(({ weight }) => weight),
    limit,
    i => hashText(of[i]!.id),
  );

/** Parts as texts. */
function parts(of: readonly Row[], limit: number): string[] {
  const starts = cut(of, limit);
  return starts.map((start, i) =>
    of
      .slice(start, starts[i + 1])
      .map(({ id, weight }) => `${id}:${weight}`)
      .join(),
  );
}

const weigh = (of: readonly Row[]) => of.reduce((sum, { weight }) => sum + weight, 0);

test('parts cover all rows in order, and weigh at most the maximum but for single rows', () => {
  fc.assert(
    fc.property(rows, max, (of, limit) => {
      const starts = cut(of, limit);
      expect(starts.length > 0).toBe(of.length > 0);
      if (of.length > 0) expect(starts[0]).toBe(0);
      expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
      starts.forEach((start, i) => {
        const part = of.slice(start, starts[i + 1]);
        if (part.length > 1) expect(weigh(part)).toBeLessThanOrEqual(limit);
      });
      if (weigh(of) <= limit) expect(starts.length).toBeLessThanOrEqual(1);
      expect(cut(of, limit)).toEqual(starts);
    }),
    { numRuns: 500 },
  );
});

/** The definition, said once more and recursively: FORMAT.md, 17.4. */
function define(of: readonly { weight: number; hash: number }[], start: number, limit: number): number[] {
  const sums = of.map((_, i) => of.slice(0, i + 1).reduce((sum, { weight }) => sum + weight, 0));
  const total = sums.at(-1);
  if (total === undefined) return [];
  if (of.length === 1 || total <= limit) return [start];
  const middle = of.flatMap(({ hash }, i) =>
    i < of.length - 1 && 3 * sums[i]! >= total && 3 * sums[i]! <= 2 * total ? [{ i, hash }] : [],
  );
  const least = Math.min(...middle.map(({ hash }) => hash));
  const heavy = sums.findIndex(sum => 3 * sum > 2 * total);
  const at = middle.length > 0 ? middle.find(({ hash }) => hash === least)!.i + 1 : Math.max(1, heavy);
  return [...define(of.slice(0, at), start, limit), ...define(of.slice(at), start + at, limit)];
}

test('a cut stands in the middle third by weight, after the row of smallest hash, or beside a heavy row', () => {
  const weights = fc.oneof(fc.nat(3), fc.constantFrom(0, 1, 1000));
  fc.assert(
    fc.property(
      fc.array(fc.record({ weight: weights, hash: fc.nat(30) }), { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 12 }),
      (of, limit) => {
        const starts = cutRun(
          of.map(({ weight }) => weight),
          limit,
          i => of[i]!.hash,
        );
        expect(starts).toEqual(define(of, 0, limit));
      },
    ),
    { numRuns: 500 },
  );
});

test('parts are two thirds as heavy as allowed on average, and none is much lighter', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => ({ id: `SYS_${i.toString(36)}`, weight: 1 }));
  const starts = cut(ids, 100);
  expect(ids.length / starts.length).toBeGreaterThan(60);
  const sizes = starts.map((start, i) => (starts[i + 1] ?? ids.length) - start);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(33);
});

test('a longer catalogue of real ids loses no more than one part in all when a row comes', () => {
  const ids = Array.from({ length: 3000 }, (_, i) => ({ id: `SYS_${i.toString(36)}`, weight: 1 }));
  const before = new Set(parts(ids, 100));
  let changed = 0;
  for (let i = 0; i < 30; i++) {
    const after = parts(ids.toSpliced(i * 97, 0, { id: `NEW_${i}`, weight: 1 }), 100);
    changed += after.filter(part => !before.has(part)).length;
  }
  expect(changed).toBeGreaterThanOrEqual(30);
  expect(changed / 30).toBeLessThan(2);
});

test('hashes are asked only where a cut may be', () => {
  const asked: number[] = [];
  const hash = (i: number) => {
    asked.push(i);
    return hashText(`${i}`);
  };
  expect(cutRun([1, 1, 1], 3, hash)).toEqual([0]);
  expect(asked).toEqual([]);
  expect(cutRun(new Array(9).fill(1), 8, hash)).toHaveLength(2);
  expect(asked).toEqual([2, 3, 4, 5]);
});

test('rows heavier than the maximum stand alone', () => {
  expect(cutRun([10, 10, 10], 5, i => i)).toEqual([0, 1, 2]);
  expect(cutRun([10], 5, i => i)).toEqual([0]);
  expect(cutRun([], 5, i => i)).toEqual([]);
  expect(cutRun([0, 0, 0], 0, i => i)).toEqual([0]);
});
