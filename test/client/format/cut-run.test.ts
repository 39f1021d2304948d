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

test('a cut stands after the row of smallest hash of each run that is too heavy, the first of equals', () => {
  // The definition, said once more and recursively.
  const define = (hashes: number[], start: number, limit: number): number[] => {
    if (hashes.length <= Math.max(1, limit)) return hashes.length === 0 ? [] : [start];
    const at = hashes.indexOf(Math.min(...hashes.slice(0, -1))) + 1;
    return [...define(hashes.slice(0, at), start, limit), ...define(hashes.slice(at), start + at, limit)];
  };
  fc.assert(
    fc.property(
      fc.array(fc.nat(30), { maxLength: 60, size: 'max' }),
      fc.integer({ min: 1, max: 12 }),
      (hashes, limit) => {
        expect(cutRun(new Uint8Array(hashes.length).fill(1), limit, i => hashes[i]!)).toEqual(
          define(hashes, 0, limit),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('a row that comes or goes changes few parts, unless it cuts itself', () => {
  fc.assert(
    fc.property(rows, max, row, fc.nat(), (of, limit, { weight }, where) => {
      // A new row of the greatest hash never decides a cut, so only the part it falls into can change.
      const at = where % (of.length + 1);
      // At the very end it would allow a cut after the row that was last before.
      if (at === of.length) return;
      const hashes = of.map(({ id }) => hashText(id));
      const before = cutRun(
        of.map(r => r.weight),
        limit,
        i => hashes[i]!,
      );
      const after = cutRun(
        of.map(r => r.weight).toSpliced(at, 0, weight),
        limit,
        i => hashes.toSpliced(at, 0, 2 ** 32)[i]!,
      );
      const moved = new Set(after.map(start => (start > at ? start - 1 : start)));
      const lost = before.filter(start => !moved.has(start));
      // Cuts are never lost, and new ones stand only within the part that the row fell into.
      expect(lost).toEqual([]);
      const part = before.findLast(start => start <= at)!;
      const next = before.find(start => start > at) ?? of.length;
      for (const start of moved)
        if (!before.includes(start)) expect(start > part && start <= next).toBe(true);
    }),
    { numRuns: 500 },
  );
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

test('hashes are asked only where a cut is needed, once a row', () => {
  const asked: number[] = [];
  const hash = (i: number) => {
    asked.push(i);
    return hashText(`${i}`);
  };
  expect(cutRun([1, 1, 1], 3, hash)).toEqual([0]);
  expect(asked).toEqual([]);
  cutRun(new Array(50).fill(1), 5, hash);
  expect(asked).toHaveLength(new Set(asked).size);
});

test('rows heavier than the maximum stand alone', () => {
  expect(cutRun([10, 10, 10], 5, i => i)).toEqual([0, 1, 2]);
  expect(cutRun([10], 5, i => i)).toEqual([0]);
  expect(cutRun([], 5, i => i)).toEqual([]);
  expect(cutRun([0, 0, 0], 0, i => i)).toEqual([0]);
});
