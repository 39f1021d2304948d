import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Engine } from '#pipeline/engine/engine-module.ts';
import { memoryStore, type Store, StoreError } from '#pipeline/index.ts';
import { entrySort } from '#pipeline/spill/engine-sort.ts';
import { Entries, HEADER, keyAt, keyEndAt } from '#pipeline/spill/entries.ts';
import { afterKey, keyBytes } from '#pipeline/spill/key-bytes.ts';
import {
  extentsOf,
  loadSorted,
  openKeyRuns,
  packKeyRun,
  type RunBlock,
  type RunOptions,
  type RunRange,
  rangesOf,
  readBlock,
  sumEqualKeys,
} from '#pipeline/spill/key-runs.ts';
import { KeySort } from '#pipeline/spill/key-sort.ts';
import { type Sorted, sortInScript } from '#pipeline/spill/sort-entries.ts';
import { seeded, text } from '#test/support/arbitrary.ts';
import { failure } from '#test/support/stored-files.ts';

interface Row {
  readonly key: readonly string[];
  readonly number: number;
}

function rowsOf({ arena, order }: Sorted): Row[] {
  return Array.from(order, start => ({
    key: keyAt(arena, start),
    number: arena.readDoubleLE(keyEndAt(arena, start)),
  }));
}

/** All rows by a sort that holds so many bytes, batch by batch. */
async function sortedBy(engine: Engine, rows: readonly Row[], bytes?: number): Promise<Row[][]> {
  const sort = new KeySort(memoryStore(), 'sort', bytes, entrySort(engine));
  for (const { key, number } of rows) {
    sort.entries.add(key, [number]);
    await sort.flush();
  }
  const batches: Row[][] = [];
  for await (const batch of sort.sorted()) batches.push(rowsOf(batch));
  return batches;
}

function compare(a: Row, b: Row): number {
  const at = a.key.findIndex((own, i) => own !== b.key[i]);
  return at < 0 ? 0 : Buffer.compare(Buffer.from(a.key[at]!), Buffer.from(b.key[at]!));
}

/** Keys with what a sort by prefixes may stumble over: NUL, common beginnings of every length, one another's beginnings. */
const key = fc.oneof(
  text,
  fc.array(fc.constantFrom('\0', '\x01', 'a', 'b', '\uffff', '🌟'), { maxLength: 14 }).map(of => of.join('')),
  fc
    .tuple(fc.nat(24), fc.constantFrom('', '\0', 'a', '\0\0', 'é'))
    .map(([length, end]) => `SYS_${'x'.repeat(length)}${end}`),
);

const numbered = (keys: readonly (readonly string[])[]): Row[] =>
  keys.map((of, i) => ({ key: of, number: i }));

describe.each(['wasm', 'js'] as const)('the sort of entries by %s', engine => {
  const sorted = (rows: readonly Row[], bytes?: number) => sortedBy(engine, rows, bytes);

  test('gives what Array.sort by bytes gives, equal keys in order of arrival, however many runs there are', async () => {
    const keys = fc.array(fc.tuple(key), { maxLength: 120, size: 'max' });
    await fc.assert(
      fc.asyncProperty(keys, fc.constantFrom(1, 60, 200, 1000, undefined), async (of, bytes) => {
        const rows = numbered(of);
        expect((await sorted(rows, bytes)).flat()).toEqual(rows.toSorted(compare));
      }),
      { numRuns: 300 },
    );
  });

  test('compares keys of several texts text by text', async () => {
    const keys = fc.array(fc.tuple(key, key, key), { maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(keys, fc.constantFrom(1, 300, undefined), async (of, bytes) => {
        const rows = numbered(of);
        expect((await sorted(rows, bytes)).flat()).toEqual(rows.toSorted(compare));
      }),
      { numRuns: 200 },
    );
  });

  test('puts a key before those that begin with it, also where only empty strings follow', async () => {
    const random = seeded(7);
    const ends = [[], [''], ['', ''], ['', '', '', '', ''], ['', 'b'], ['b', '']];
    const rows = numbered(
      Array.from({ length: 600 }, () => [
        random() < 0.5 ? 'a' : 'SYS_1',
        ...ends[Math.floor(random() * ends.length)]!,
      ]),
    );
    const expected = rows.toSorted((a, b) => keyBytes(a.key).compare(keyBytes(b.key)));
    expect((await sorted(rows)).flat()).toEqual(expected);
  });

  test('keeps the order of arrival among very many equal keys, and gives them in one batch', async () => {
    const random = seeded(5);
    const few = [
      '',
      '\0',
      'a',
      'a\0',
      'a\0\0\0\0\0',
      'a\0\0\0\0\0\0',
      'SYS_common_prefix_1',
      'SYS_common_prefix_2',
    ];
    const rows = numbered(Array.from({ length: 20_000 }, () => [few[Math.floor(random() * 8)]!]));
    const batches = await sorted(rows, 30_000);
    expect(batches.flat()).toEqual(rows.toSorted(compare));
    expect(batches.length).toBeGreaterThan(4);
    const firsts = batches.filter(batch => batch.length > 0).map(batch => batch[0]!.key[0]);
    const lasts = batches.filter(batch => batch.length > 0).map(batch => batch.at(-1)!.key[0]);
    for (const [i, last] of lasts.slice(0, -1).entries()) expect(last).not.toBe(firsts[i + 1]);
  });

  test('holds about as many bytes at a time as it may, whatever the number of runs', async () => {
    const random = seeded(6);
    const rows = numbered(Array.from({ length: 50_000 }, () => [`SYS_${random().toString(36)}`]));
    const batches = await sorted(rows, 200_000);
    expect(batches.flat()).toEqual(rows.toSorted(compare));
    for (const batch of batches) expect(batch.length * 40).toBeLessThan(500_000);
  });

  test('takes long entries, and gives nothing of nothing', async () => {
    const long = 'x'.repeat(100_000);
    const rows = numbered([`${long}b`, `${long}a`, 'y', long, ''].map(of => [of]));
    expect((await sorted(rows, 150_000)).flat()).toEqual(rows.toSorted(compare));
    expect((await sorted([])).flat()).toEqual([]);
  });
});

test('entries that are too large for the engine are sorted all the same', () => {
  const entries = new Entries();
  const rest = Buffer.alloc(20 << 20);
  for (const text of ['b', 'c', 'a'])
    entries
      .begin(rest.length + 10)
      .keyText(text)
      .endKey()
      .raw(rest)
      .end();
  const { arena, order } = entrySort('wasm')(entries.arena.subarray(0, entries.bytes), entries.starts);
  expect(Array.from(order, start => keyAt(arena, start))).toEqual([['a'], ['b'], ['c']]);
});

/** Runs of a table in memory. */
async function runsOf(tables: readonly (readonly Row[])[], options: RunOptions): Promise<[Store, string[]]> {
  const store = memoryStore();
  const paths: string[] = [];
  for (const [i, rows] of tables.entries()) {
    const entries = new Entries();
    for (const { key: of, number } of rows) entries.add(of, [number]);
    await store.put(`run/${i}`, packKeyRun(entries, options));
    paths.push(`run/${i}`);
  }
  return [store, paths];
}

describe('ranges of a table', () => {
  const isEven = (buffer: Buffer, start: number) => buffer.readDoubleLE(keyEndAt(buffer, start)) % 2 === 0;

  test('have each entry once, and end where the table may be cut', async () => {
    const random = seeded(9);
    const rows = numbered(Array.from({ length: 9_000 }, () => [random().toString(36), 'x'.repeat(20)]));
    const tables = [rows.slice(0, 5_000), [], rows.slice(5_000)];
    const [store, paths] = await runsOf(tables, {});
    const runs = await openKeyRuns(store, paths);
    const ranges = await rangesOf(runs, 40_000, async block => {
      const { arena, order } = await readBlock(store, block);
      const start = order.find(own => isEven(arena, own));
      const end = start === undefined ? 0 : keyEndAt(arena, start);
      return start === undefined ? undefined : afterKey(arena.subarray(start + HEADER, end));
    });
    expect(ranges.length).toBeGreaterThan(5);
    const parts: Row[][] = [];
    for (const range of ranges)
      parts.push(
        rowsOf(
          await loadSorted(store, { runs: paths, extents: extentsOf(runs, range) }, range, sortInScript),
        ),
      );
    expect(parts.flat()).toEqual(rows.toSorted(compare));
    for (const part of parts.slice(0, -1)) expect(part.at(-1)!.number % 2).toBe(0);
    const uncut = await rangesOf(runs, 40_000, () => undefined);
    expect(uncut).toEqual([{ low: undefined, high: undefined }]);
  });

  test('are short beside runs that have few entries there, whose blocks know only a cut far above', async () => {
    const rows = (first: number, count: number, step: number) =>
      numbered(Array.from({ length: count }, (_, i) => [`${first + i * step}`.padStart(6), 'x'.repeat(100)]));
    const dense = Array.from({ length: 10 }, () => rows(0, 10_000, 1));
    const sparse = Array.from({ length: 90 }, (_, run) => rows(100 * run, 3, 800));
    const [store, paths] = await runsOf([...sparse, ...dense], {});
    const runs = await openKeyRuns(store, paths);
    const findCut = async (block: RunBlock) => {
      const { arena, order } = await readBlock(store, block);
      const last = order.at(-1)!;
      return Buffer.from(arena.subarray(last + HEADER, keyEndAt(arena, last)));
    };
    const ranges = await rangesOf(runs, 200_000, findCut);
    expect(ranges.length).toBeGreaterThan(20);
    for (const range of ranges) {
      const bytes = extentsOf(runs, range).reduce((sum, [, , length]) => sum + length, 0);
      expect(bytes).toBeLessThan(800_000);
    }
  });

  test('may leave out blocks that no range needs', async () => {
    const rows = numbered(
      Array.from({ length: 3_000 }, (_, i) => [i < 2_000 ? 'large' : 'small', String(i).padStart(9)]),
    );
    const [store, paths] = await runsOf([rows], {});
    const runs = await openKeyRuns(store, paths);
    const all: RunRange = {};
    const large = Buffer.from('large\0');
    const isLarge = (bytes: Buffer | undefined) => bytes?.subarray(0, large.length).equals(large) === true;
    const extents = extentsOf(runs, all, (low, high) => !(isLarge(low) && isLarge(high)));
    const small = rowsOf(await loadSorted(store, { runs: paths, extents }, all, sortInScript));
    expect(small.filter(({ key: [size] }) => size === 'small')).toEqual(rows.slice(2_000));
    expect(small.length).toBeLessThan(1_500);
  });

  test('throw a StoreError for entries that are not what was written', async () => {
    const rows = numbered(Array.from({ length: 2_000 }, (_, i) => ['some', String(i).padStart(9)]));
    const [store, paths] = await runsOf([rows], {});
    const path = paths[0]!;
    const file = Buffer.from((await store.get(path))!);
    const runs = await openKeyRuns(store, paths);
    const content = runs[0]![0]!.offset;
    const size = (file.length - content) / rows.length;
    const low = Buffer.from('some\x00      1000\0');
    for (const from of [0, size, 1_500 * size, 1_999 * size]) {
      for (const value of [0, 0xff, 0x7f]) {
        await store.put(path, Buffer.from(file).fill(value, content + from));
        for (const range of [{}, { low }, { high: low }] as const) {
          const extents = extentsOf(runs, range);
          const [, , length] = extents[0]!;
          // The rest of the file is not read.
          if (extents[0]![1] + length <= content + from) continue;
          const error = await failure(loadSorted(store, { runs: paths, extents }, range, sortInScript));
          expect(error).toBeInstanceOf(StoreError);
          expect(error.message).toContain(`${path} of memory has malformed entries`);
        }
        const block = runs[0]!.at(-1)!;
        await expect(readBlock(store, block)).rejects.toThrow(StoreError);
      }
    }
  });

  test('sums rows of one key, if the run has a sum', async () => {
    const [store, paths] = await runsOf(
      [
        [
          ['a', 1],
          ['b', 2],
          ['a', 4],
        ].map(([of, number]) => ({ key: [of as string], number: number as number })),
      ],
      { select: sumEqualKeys },
    );
    const runs = await openKeyRuns(store, paths);
    expect(
      rowsOf(await loadSorted(store, { runs: paths, extents: extentsOf(runs, {}) }, {}, sortInScript)),
    ).toEqual([
      { key: ['a'], number: 5 },
      { key: ['b'], number: 2 },
    ]);
  });
});
