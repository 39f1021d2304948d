import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ExternalSort } from '../../pipeline/sort.ts';
import { seeded, text } from '../support/arbitrary.ts';
import { temporaryFolder } from '../support/sets.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let files = 0;
const nextFile = () => join(folder.path, `sort-${files++}`);

interface Entry {
  readonly key: string;
  readonly values: readonly number[];
}

/** All entries by the sorter, and how they were grouped. */
function sorted(
  entries: readonly Entry[],
  width: number,
  batchBytes?: number,
): { groups: Entry[][]; spilled: boolean } {
  const path = nextFile();
  const sort = new ExternalSort(path, width, batchBytes);
  try {
    for (const { key, values } of entries) sort.add(key, values);
    return { groups: [...sort.groups()], spilled: existsSync(path) };
  } finally {
    sort.close();
  }
}

/** The same by Array.sort, which is stable. */
function expected(entries: readonly Entry[]): Entry[][] {
  const order = entries.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  return [...Map.groupBy(order, ({ key }) => key).values()];
}

/** Keys with what a sort by prefixes may stumble over: NUL, common beginnings of every length, one another's beginnings. */
const key = fc.oneof(
  text,
  fc.array(fc.constantFrom('\0', 'a', 'b', '\uffff', '🌟'), { maxLength: 14 }).map(of => of.join('')),
  fc
    .tuple(fc.nat(24), fc.constantFrom('', '\0', 'a', '\0\0', 'é'))
    .map(([length, end]) => `SYS_${'x'.repeat(length)}${end}`),
);
const keys = fc.array(key, { maxLength: 120, size: 'max' });

describe('the external sort', () => {
  test('gives what Array.sort by bytes gives, equal keys in order of arrival, however many runs there are', () => {
    fc.assert(
      fc.property(keys, fc.constantFrom(1, 60, 200, 1000, undefined), (of, batchBytes) => {
        const entries = of.map((name, i) => ({ key: name, values: [i, -0] }));
        expect(sorted(entries, 2, batchBytes).groups).toEqual(expected(entries));
      }),
      { numRuns: 400 },
    );
  });

  test('of many keys of few kinds keeps the order of arrival within each', () => {
    const random = seeded(5);
    const entries = Array.from({ length: 20_000 }, (_, i) => ({
      key: [
        '',
        '\0',
        'a',
        'a\0',
        'a\0\0\0\0\0',
        'a\0\0\0\0\0\0',
        'SYS_common_prefix_1',
        'SYS_common_prefix_2',
      ][Math.floor(random() * 8)]!,
      values: [i],
    }));
    expect(sorted(entries, 1).groups).toEqual(expected(entries));
    const { groups, spilled } = sorted(entries, 1, 30_000);
    expect(groups).toEqual(expected(entries));
    expect(spilled).toBe(true);
  });

  test('of many distinct keys makes no file where memory suffices', () => {
    const random = seeded(6);
    const entries = Array.from({ length: 20_000 }, () => ({
      key: `SYS_${random().toString(36)}`,
      values: [random()],
    }));
    const { groups, spilled } = sorted(entries, 1);
    expect(groups).toEqual(expected(entries));
    expect(spilled).toBe(false);
    expect(sorted(entries, 1, 100_000).groups).toEqual(groups);
  });

  test('reads back entries longer than a page', () => {
    const long = 'x'.repeat(100_000);
    const entries = [`${long}b`, `${long}a`, 'y', long, ''].map((name, i) => ({ key: name, values: [i] }));
    expect(sorted(entries, 1, 150_000).groups).toEqual(expected(entries));
  });

  test('needs no values, keeps any, and gives nothing of nothing', () => {
    expect(sorted([{ key: 'a', values: [] }], 0).groups).toEqual([[{ key: 'a', values: [] }]]);
    const values = [2 ** 53 - 1, -0, Infinity, 5e-324];
    expect(
      sorted(
        [
          { key: 'a', values },
          { key: 'b', values },
        ],
        4,
        1,
      ).groups.flat(),
    ).toEqual([
      { key: 'a', values },
      { key: 'b', values },
    ]);
    expect(sorted([], 3).groups).toEqual([]);
  });
});
