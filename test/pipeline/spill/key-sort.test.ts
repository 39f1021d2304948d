import { expect, test } from 'vitest';
import { memoryStore } from '#pipeline/index.ts';
import { KeySort } from '#pipeline/spill/key-sort.ts';

test('a sort leaves the memory of its entries to the reading of its runs, and takes entries again after it', async () => {
  const sort = new KeySort(memoryStore(), 'sort', 1_000);
  const all: number[] = [];
  for (const keys of [100, 50]) {
    for (let key = 0; key < keys; key++) {
      sort.entries.add([`${key}`]);
      await sort.flush();
    }
    let entries = 0;
    for await (const { order } of sort.sorted()) {
      expect(sort.entries.arena.length).toBe(0);
      entries += order.length;
    }
    all.push(entries);
  }
  expect(all).toEqual([100, 150]);
});
