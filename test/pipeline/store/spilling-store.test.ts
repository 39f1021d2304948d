import { describe, expect, test } from 'vitest';
import { folderStore, memoryStore } from '#pipeline/index.ts';
import { spillingStore } from '#pipeline/store/spilling-store.ts';
import { inFolder } from '#test/support/temporary.ts';
import { storeConformance } from './store-conformance.ts';

// All in memory, nothing, and some.
storeConformance(use => use(spillingStore(memoryStore(), 1 << 20)));
storeConformance(use => use(spillingStore(memoryStore(), 0)));
storeConformance(use => inFolder(folder => use(spillingStore(folderStore(folder), 20))));

describe('the memory of a store that spills', () => {
  test('is that of its files as they are: one that was replaced or deleted leaves room', async () => {
    const beyond = memoryStore();
    const store = spillingStore(beyond, 10);
    await store.put('a', new Uint8Array(9));
    for (const size of [8, 2, 6]) await store.put('a', new Uint8Array(size));
    await expect(store.put('a', new Uint8Array(1), { ifNoneMatch: '*' })).rejects.toThrow('exists already');
    await store.put('b', new Uint8Array(4));
    await store.put('c', new Uint8Array(1));
    const isBeyond = async (path: string) => (await beyond.get(path)) !== undefined;
    expect([await isBeyond('a'), await isBeyond('b'), await isBeyond('c')]).toEqual([false, false, true]);
    await store.delete('a');
    await store.delete('a');
    await store.put('d', new Uint8Array(6));
    await store.put('e', new Uint8Array(1));
    expect([await isBeyond('d'), await isBeyond('e')]).toEqual([false, true]);
  });
});
