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
  readonly key: readonly string[];
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
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
    for (const { key, numbers, texts } of entries) sort.add(key, numbers, texts);
    return { groups: [...sort.groups()], spilled: existsSync(path) };
  } finally {
    sort.close();
  }
}

/** The same by Array.sort, which is stable. */
function expected(entries: readonly Entry[]): Entry[][] {
  const compare = (a: Entry, b: Entry) => {
    const at = a.key.findIndex((text, i) => text !== b.key[i]);
    return at < 0 ? 0 : Buffer.compare(Buffer.from(a.key[at]!), Buffer.from(b.key[at]!));
  };
  return [...Map.groupBy(entries.toSorted(compare), ({ key }) => JSON.stringify(key)).values()];
}

const entryOf = (key: string, numbers: number[] = [], texts: string[] = []): Entry => ({
  key: [key],
  numbers,
  texts,
});

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
        const entries = of.map((name, i) => entryOf(name, [i, -0]));
        expect(sorted(entries, 2, batchBytes).groups).toEqual(expected(entries));
      }),
      { numRuns: 400 },
    );
  });

  test('of keys of several texts compares text by text, and brings other texts along', () => {
    const row = fc.tuple(fc.tuple(key, key, key), fc.array(text, { maxLength: 3 }));
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60, size: 'max' }),
        fc.constantFrom(1, 300, undefined),
        (of, batch) => {
          const entries = of.map(([texts, more], i) => ({ key: texts, numbers: [i], texts: more }));
          expect(sorted(entries, 1, batch).groups).toEqual(expected(entries));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('of many keys of few kinds keeps the order of arrival within each', () => {
    const random = seeded(5);
    const entries = Array.from({ length: 20_000 }, (_, i) =>
      entryOf(
        ['', '\0', 'a', 'a\0', 'a\0\0\0\0\0', 'a\0\0\0\0\0\0', 'SYS_common_prefix_1', 'SYS_common_prefix_2'][
          Math.floor(random() * 8)
        ]!,
        [i],
      ),
    );
    expect(sorted(entries, 1).groups).toEqual(expected(entries));
    const { groups, spilled } = sorted(entries, 1, 30_000);
    expect(groups).toEqual(expected(entries));
    expect(spilled).toBe(true);
  });

  test('of many distinct keys makes no file where memory suffices', () => {
    const random = seeded(6);
    const entries = Array.from({ length: 20_000 }, () => entryOf(`SYS_${random().toString(36)}`, [random()]));
    const { groups, spilled } = sorted(entries, 1);
    expect(groups).toEqual(expected(entries));
    expect(spilled).toBe(false);
    expect(sorted(entries, 1, 100_000).groups).toEqual(groups);
  });

  test('reads back entries longer than a page', () => {
    const long = 'x'.repeat(100_000);
    const entries = [`${long}b`, `${long}a`, 'y', long, ''].map((name, i) => entryOf(name, [i]));
    expect(sorted(entries, 1, 150_000).groups).toEqual(expected(entries));
  });

  test('needs no numbers, keeps any, and gives nothing of nothing', () => {
    expect(sorted([entryOf('a')], 0).groups).toEqual([[entryOf('a')]]);
    const numbers = [2 ** 53 - 1, -0, Infinity, 5e-324];
    const entries = [entryOf('a', numbers, ['']), entryOf('b', numbers, ['', '\0', 'é'])];
    expect(sorted(entries, 4, 1).groups.flat()).toEqual(entries);
    expect(sorted([], 3).groups).toEqual([]);
  });
});
