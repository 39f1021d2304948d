import { expect, test } from 'vitest';
import { TableReader } from '#client/btree/reader.ts';
import { Files } from '#client/fetch/files.ts';
import { memorySource, nodeCodec } from '#client/node/index.ts';
import { buildTable, LAYOUT, type Row } from '#test/support/tables.ts';

test('the keys of a page in the cache are checked by the first query that reads it', async () => {
  let checked = 0;
  const schema = {
    ...LAYOUT,
    keyOf(row: Row) {
      checked++;
      return LAYOUT.keyOf(row);
    },
  };
  const rows = Array.from({ length: 400 }, (_, i) => ({ key: [String(1000 + i), ''], weight: 200 }));
  const { root, pages, leaves } = buildTable(rows, LAYOUT);
  expect(leaves.length).toBeGreaterThan(1);
  const files = new Files(memorySource(pages), { codec: nodeCodec });
  const keysRead = async () => {
    checked = 0;
    const found = await new TableReader(files, { root, schema }, {}).slices([{ start: 0, end: 400 }]);
    expect(found).toEqual([rows]);
    return checked;
  };
  expect(await keysRead()).toBe(400);
  expect(await keysRead()).toBe(0);
});
