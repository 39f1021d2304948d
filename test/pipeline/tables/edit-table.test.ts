import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { hashKey } from '#format/btree/keys.ts';
import { pathOf, type TableSchema, unpack } from '#format/index.ts';
import type { FileSink } from '#pipeline/store/set-writer.ts';
import { editTable, type KeyEdit } from '#pipeline/tables/edit-table.ts';
import { StoredTable } from '#pipeline/tables/stored-table.ts';
import {
  addPage,
  type Built,
  buildTable,
  byBytes,
  keyTexts,
  LAYOUT,
  type Row,
} from '#test/support/tables.ts';

/** Pages of a few rows and entries, so that few rows make several levels, with natural borders in each. */
const SCHEMA: TableSchema<Row> = { ...LAYOUT, leafWeight: 256, innerWeight: 256 };

/** Rows by key, in order. */
type Rows = ReadonlyMap<string, Row>;

const keyOf = (row: Row) => JSON.stringify(row.key);
const inOrder = (rows: Iterable<Row>) => [...rows].sort((a, b) => byBytes(a.key, b.key));
const rowsOf = (rows: readonly Row[]): Rows => new Map(inOrder(rows).map(row => [keyOf(row), row]));

/** Edits a built table; returns its root, and the pages that were read and written. */
async function edited({ root, pages }: Pick<Built, 'root' | 'pages'>, edits: readonly KeyEdit<Row>[]) {
  const read = new Set<string>();
  const written = new Set<string>();
  const all = new Map(pages);
  const table = new StoredTable(root, SCHEMA, async ref => {
    read.add(pathOf(ref));
    return all.get(pathOf(ref))!;
  });
  const sink: FileSink = {
    put(_, content) {
      const ref = addPage(all, SCHEMA, content);
      written.add(pathOf(ref));
      return ref;
    },
  };
  const result = await editTable(table, edits, sink);
  return { root: result, pages: all, read, written };
}

function apply(rows: Rows, edits: readonly KeyEdit<Row>[]): Rows {
  const next = new Map(rows);
  for (const { key, item } of edits) {
    if (item) next.set(JSON.stringify(key), item);
    else next.delete(JSON.stringify(key));
  }
  return rowsOf([...next.values()]);
}

const keys = fc.tuple(fc.oneof(fc.nat(2_000).map(String), keyTexts), fc.constantFrom('', 'a', 'b'));
const row = fc.record({ key: keys, weight: fc.constantFrom(1, 20, 20, 100, 300) });
const table = fc.uniqueArray(row, { maxLength: 500, size: 'max', selector: keyOf }).map(rows => rowsOf(rows));

/** Edits at random keys, of rows of the table, and of runs of rows from one row on. */
const editsOf = (rows: Rows): fc.Arbitrary<KeyEdit<Row>[]> => {
  const all = [...rows.values()];
  const known = fc.nat(Math.max(0, all.length - 1)).map(i => all[i]?.key ?? ['0', '']);
  const change = fc
    .tuple(fc.oneof(known, keys), fc.boolean(), row)
    .map(
      ([key, isRemoved, { weight }]): KeyEdit<Row> => ({ key, ...(!isRemoved && { item: { key, weight } }) }),
    );
  const run = fc
    .tuple(fc.nat(all.length), fc.oneof(fc.nat(20), fc.nat(all.length)))
    .map(([from, length]) => all.slice(from, from + length).map(({ key }): KeyEdit<Row> => ({ key })));
  return fc
    .tuple(fc.array(change, { maxLength: 12 }), fc.oneof(fc.constant([]), run, run))
    .map(([changes, removed]) => [
      ...new Map([...removed, ...changes].map(edit => [JSON.stringify(edit.key), edit])).values(),
    ]);
};

const levels = new Set<number>();
afterAll(() =>
  expect([...levels].sort(), 'tables of several levels').toEqual(expect.arrayContaining([0, 1, 2])),
);

test('an edited table is the table of the edited rows, through a history of edits', async () => {
  await fc.assert(
    fc.asyncProperty(
      table.chain(rows => fc.tuple(fc.constant(rows), fc.array(editsOf(rows), { maxLength: 4 }))),
      async ([rows, history]) => {
        let current = rows;
        let built: Pick<Built, 'root' | 'pages'> = buildTable(current.values(), SCHEMA);
        for (const edits of history) {
          const { root, pages, written } = await edited(built, edits);
          current = apply(current, edits);
          const expected = buildTable(current.values(), SCHEMA);
          expect(root).toEqual(expected.root);
          for (const [path, bytes] of expected.pages) expect(pages.get(path)).toEqual(bytes);
          // No page is written that the table does not have.
          expect([...written].filter(path => !expected.pages.has(path))).toEqual([]);
          if (root)
            levels.add(
              (unpack(pages.get(pathOf({ kind: SCHEMA.kind, ...root }))!) as { level: number }).level,
            );
          built = { root, pages: expected.pages };
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('one edit reads and writes few pages of a large table', async () => {
  const rows = rowsOf(
    Array.from({ length: 20_000 }, (_, i) => ({
      key: [String(i), ''],
      weight: hashKey([String(i)], 9) % 40,
    })),
  );
  const built = buildTable(rows.values(), SCHEMA);
  const total = { read: 0, written: 0 };
  for (let i = 0; i < 200; i++) {
    const key = [String((i * 7919) % 20_000), i % 3 === 0 ? 'new' : ''];
    const edit = { key, ...(i % 3 < 2 && { item: { key, weight: i % 50 } }) };
    const { read, written } = await edited(built, [edit]);
    total.read += read.size;
    total.written += [...written].filter(path => !built.pages.has(path)).length;
  }
  expect(built.leaves.length).toBeGreaterThan(2_000);
  expect(total.written / 200).toBeLessThan(10);
  expect(total.read / 200).toBeLessThan(40);
});

test('a table of one row takes more rows than a call can have arguments', async () => {
  const first = { key: ['0', ''], weight: 1 };
  const added = Array.from({ length: 150_000 }, (_, i) => ({ key: [`1${i}`, ''], weight: 1 }));
  const edits = added.map(item => ({ key: item.key, item }));
  const { root } = await edited(buildTable([first], SCHEMA), edits);
  expect(root).toEqual(buildTable(inOrder([first, ...added]), SCHEMA).root);
});

test('a look-up compares few keys of a page', async () => {
  const rows = rowsOf(Array.from({ length: 2_000 }, (_, i) => ({ key: [String(i), ''], weight: 1 })));
  let looks = 0;
  const schema: TableSchema<Row> = {
    ...LAYOUT,
    keyOf(row) {
      looks++;
      return LAYOUT.keyOf(row);
    },
  };
  const { root, pages, leaves } = buildTable(rows.values(), LAYOUT);
  expect(leaves.length).toBeLessThan(5);
  const stored = new StoredTable(root, schema, async ref => pages.get(pathOf(ref))!);
  for (const text of ['0', '1234', '999', '12345'])
    expect((await stored.first([text]))?.key).toEqual(text === '12345' ? undefined : [text, '']);
  expect(looks).toBeLessThan(4 * 20);
});
