import { expect, test } from 'vitest';
import { leafWeight } from '#format/btree/page.ts';
import { SHARDS } from '#format/index.ts';
import { isLargeValue } from '#pipeline/tables/listing-totals.ts';

test('a value has a table of its own if its rows do not fit in one page: one row does, however heavy', () => {
  const most = leafWeight(SHARDS);
  expect(isLargeValue({ systems: 2, weight: most })).toBe(false);
  expect(isLargeValue({ systems: 2, weight: most + 1 })).toBe(true);
  expect(isLargeValue({ systems: 1, weight: most + 1 })).toBe(false);
});
