import { expect } from 'vitest';
import {
  collectGarbage,
  folderStore,
  type GarbageOptions,
  memoryStore,
  publishTileset,
  type Store,
} from '#pipeline/index.ts';
import { agingStore, pathsIn, versions, wholeVersionIn } from '#test/support/published-sets.ts';

export const HOUR = 3_600_000;
export const GRACE = 24 * HOUR;

export const gc = (store: Store, options: Partial<GarbageOptions> = {}) =>
  collectGarbage(store, { keep: 1, grace: GRACE, ...options });

/** Registers the hooks that build some versions; gives what publishes and examines them. */
export function collectable() {
  const { folders, generations } = versions(5);

  /** A store whose time can pass, with some versions published one after another. */
  async function published(...list: number[]) {
    const store = agingStore(memoryStore());
    for (const version of list) {
      await publishTileset(folders[version]!, store);
      await store.age(HOUR);
    }
    return store;
  }

  /** Runs with a grace between them, as many as it takes: what one wrote, the next marks, and another deletes. */
  async function collectAll(store: ReturnType<typeof agingStore>, options: Partial<GarbageOptions> = {}) {
    for (let run = 0; run < 4; run++) {
      await gc(store, options);
      await store.age(GRACE);
    }
  }

  const filesOfVersion = async (version: number) =>
    (await pathsIn(folderStore(folders[version]!))).filter(path => path !== 'index.json');

  /** Nothing is there but what the kept versions need, the newest first. */
  async function expectOnly(store: Store, kept: readonly number[]) {
    const paths = await pathsIn(store);
    const sets = await Promise.all(kept.map(filesOfVersion));
    expect(paths.filter(path => path.endsWith('.mpk'))).toEqual([...new Set(sets.flat())].sort());
    const names = kept.map(version => `generations/${generations[version]}.json`);
    expect(paths.filter(path => path.startsWith('generations/'))).toEqual(names.sort());
    const others = paths.filter(path => path.startsWith('history/') && !path.startsWith('history/publish-'));
    expect(others).toEqual([]);
    expect(await wholeVersionIn(store)).toBe(kept[0]);
  }

  return { folders, generations, published, collectAll, filesOfVersion, expectOnly };
}
