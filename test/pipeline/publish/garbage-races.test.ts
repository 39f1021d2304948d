import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  collectGarbage,
  history,
  publishTileset,
  rollback,
  type Store,
  StoreError,
} from '#pipeline/index.ts';
import { SWEEP_DEAD_MS } from '#pipeline/publish/ledger.ts';
import { collectable, GRACE, gc, HOUR } from '#test/support/collected-sets.ts';
import {
  mortalStore,
  pathsIn,
  versionIn,
  watchedStore,
  wholeVersionIn,
} from '#test/support/published-sets.ts';

const { folders, generations, published, collectAll, filesOfVersion, expectOnly } = collectable();

describe('a publisher beside it', () => {
  test('that began before: nothing is done until it ends', async () => {
    const store = await published(0, 1);
    await gc(store);
    await store.age(GRACE);
    let collected: unknown;
    const watched = watchedStore(store, async ({ method, path }) => {
      if (method === 'put' && path === 'index.json') collected = await gc(store);
    });
    await publishTileset(folders[0]!, watched);
    expect(collected).toMatchObject({
      ...{
        blockedBy: expect.stringMatching(/^history\/publish-/),
        deleted: { files: 0 },
        marked: { files: 0 },
      },
    });
    expect(await wholeVersionIn(store)).toBe(0);
  });

  test('that begins before the last look at the records stops it', async () => {
    const store = await published(0, 1);
    await gc(store);
    await store.age(GRACE);
    let publish: Promise<unknown> | undefined;
    const sweeping = watchedStore(store, async ({ method, path }) => {
      if (method !== 'list' || path !== 'history/publish-') return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const publishing = watchedStore(store, ({ method, path }) => {
        if (method === 'put' && path.endsWith('.mpk')) resolve();
      });
      publish = publishTileset(folders[0]!, publishing);
      await Promise.race([promise, publish]);
    });
    expect(await gc(sweeping)).toMatchObject({
      ...{ blockedBy: expect.stringMatching(/^history\/publish-/), deleted: { files: 0 } },
    });
    await publish;
    expect(await wholeVersionIn(store)).toBe(0);
    await collectAll(store);
    await expectOnly(store, [0]);
  });

  test('that begins while files are deleted waits for the end, and sends lost files again', async () => {
    const store = await published(0, 1);
    await gc(store);
    await store.age(GRACE);
    let publish: Promise<unknown> | undefined;
    const sent: string[] = [];
    let waits = 0;
    const sweeping = watchedStore(store, async ({ method, path }) => {
      if (publish || method !== 'delete' || !path.endsWith('.mpk')) return;
      // The publisher has sent all files and has looked for signs, when the files are deleted.
      const { promise, resolve } = Promise.withResolvers<void>();
      let lists = 0;
      const watched = watchedStore(store, ({ method, path }) => {
        if (method === 'put' && path.endsWith('.mpk')) sent.push(path);
      });
      const publishing = {
        ...watched,
        async *list(prefix: string) {
          yield* watched.list(prefix);
          if (prefix === '' && ++lists === 2) resolve();
        },
      };
      publish = publishTileset(folders[0]!, publishing, {}, { onWait: () => waits++ });
      await Promise.race([promise, publish]);
    });
    const { deleted, blockedBy } = await gc(sweeping);
    expect([deleted.files > 0, blockedBy]).toEqual([true, null]);
    await publish;
    expect([waits, sent.length]).toEqual([1, new Set(sent).size + 1]);
    expect(await wholeVersionIn(store)).toBe(0);
    await collectAll(store);
    await expectOnly(store, [0]);
  });

  test('that takes longer than the grace is counted as dead, and learns of it', async () => {
    const store = await published(0);
    const slow = watchedStore(store, async ({ method, path }) => {
      if (method !== 'put' || !path.startsWith('generations/')) return;
      await store.age(GRACE);
      await gc(store);
      await store.age(GRACE);
      await gc(store);
    });
    const publish = publishTileset(folders[1]!, slow);
    await expect(publish).rejects.toThrow(StoreError);
    await expect(publish).rejects.toThrow('use a longer grace');
    expect(await wholeVersionIn(store)).toBe(0);
    await collectAll(store);
    await expectOnly(store, [0]);
  });

  test('that was killed, at any of its writes, leaves nothing after its grace', async () => {
    for (let writes = 1; ; writes++) {
      const store = await published(0);
      const mortal = mortalStore(store, writes);
      await publishTileset(folders[1]!, mortal).catch(() => {});
      if (!mortal.isDead) break;
      const live = await versionIn(store);
      const isRecorded = (await pathsIn(store, 'history/')).length > 1;
      if (live === 0 && isRecorded) expect((await gc(store)).blockedBy).toMatch(/^history\/publish-/);
      await store.age(GRACE);
      await collectAll(store);
      await expectOnly(store, [live]);
    }
  });

  test('that lost or was aborted leaves nothing after a grace, and blocks no run', async () => {
    const store = await published(0);
    const raced = watchedStore(store, async ({ method, path }) => {
      if (method === 'put' && path === 'index.json') await publishTileset(folders[2]!, store);
    });
    await publishTileset(folders[1]!, raced).catch(() => {});
    expect((await gc(store, { keep: 2 })).blockedBy).toBe(null);
    await store.age(GRACE);
    await collectAll(store, { keep: 2 });
    await expectOnly(store, [2, 0]);
  });
});

test('a run that has read for long shows that it is alive before it deletes: no publisher goes on beside it', async () => {
  const store = await published(0, 1);
  await gc(store);
  await store.age(GRACE);
  const ages: number[] = [];
  const slow = watchedStore(store, async ({ method, path }) => {
    if (method === 'list' && path === '') await store.age(SWEEP_DEAD_MS + 1_000);
    if (method !== 'delete' || !path.endsWith('.mpk')) return;
    for await (const { modified } of store.list('history/sweep-')) ages.push(Date.now() - modified);
  });
  expect((await gc(slow)).deleted.files).toBe(ages.length);
  expect(ages.length).toBeGreaterThan(0);
  expect(Math.max(...ages)).toBeLessThan(SWEEP_DEAD_MS);
});

describe('a run that is killed', () => {
  test('at any of its writes leaves every kept generation whole, and the next runs leave nothing', async () => {
    for (const phase of ['mark', 'sweep']) {
      for (let writes = 1; ; writes++) {
        const store = await published(0, 1, 2, 3);
        if (phase === 'sweep') {
          await gc(store, { keep: 2 });
          await store.age(GRACE);
        }
        const mortal = mortalStore(store, writes);
        await gc(mortal, { keep: 2 }).catch(() => {});
        expect(await wholeVersionIn(store)).toBe(3);
        if (!mortal.isDead) {
          expect(writes).toBeGreaterThan(phase === 'sweep' ? 12 : 2);
          break;
        }
        await store.age(GRACE);
        await publishTileset(folders[4]!, store);
        await store.age(GRACE);
        await collectAll(store, { keep: 2 });
        await expectOnly(store, [4, 3]);
      }
    }
  });

  test('blocks another run only while it may be alive', async () => {
    const store = await published(0, 1);
    await store.put('history/sweep-20261128T120000.000Z-0123abcd.json', new Uint8Array(1));
    expect((await gc(store)).blockedBy).toMatch(/^history\/sweep-/);
    await store.age(4 * 60_000);
    expect((await gc(store)).blockedBy).toBe(null);
    expect(await pathsIn(store, 'history/sweep')).toEqual([]);
  });

  test('by an abort rejects with its reason', async () => {
    const store = await published(0, 1);
    await gc(store);
    await store.age(GRACE);
    const reason = new Error('no longer wanted');
    const controller = new AbortController();
    const watched = watchedStore(store, ({ method, path }) => {
      if (method === 'delete' && path.endsWith('.mpk')) controller.abort(reason);
    });
    const collect = collectGarbage(watched, { keep: 1, grace: GRACE }, controller.signal);
    await expect(collect).rejects.toBe(reason);
    await collectAll(store);
    await expectOnly(store, [1]);
  });
});

type Step =
  | { readonly do: 'publish'; readonly version: number; readonly writes: number }
  | { readonly do: 'rollback'; readonly back: number }
  | { readonly do: 'gc'; readonly keep: number; readonly sweep: boolean; readonly writes: number }
  | { readonly do: 'age'; readonly hours: number };

/** A writer dies at its nth write, or lives. */
const writes = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  fc.integer({ min: 1, max: 30 }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('publish' as const), version: fc.nat(4), writes }),
  fc.record({ do: fc.constant('rollback' as const), back: fc.nat(3) }),
  fc.record({
    do: fc.constant('gc' as const),
    keep: fc.integer({ min: 1, max: 3 }),
    sweep: fc.boolean(),
    writes,
  }),
  fc.record({ do: fc.constant('age' as const), hours: fc.constantFrom(1, 23, 24, 25) }),
);
const RUNS = Number(process.env['HAVEN_TEST_QUESTIONS'] ?? 25);

test('whatever is done and whoever dies: every kept generation is whole, and nothing else stays', async () => {
  const needed = await Promise.all(folders.map((_, version) => filesOfVersion(version)));
  const perform = async (store: Store & { age(ms: number): Promise<void> }, step: Step) => {
    if (step.do === 'age') await store.age(step.hours * HOUR);
    else if (step.do === 'publish') {
      await publishTileset(folders[step.version]!, mortalStore(store, step.writes)).catch(isKilled);
    } else if (step.do === 'gc') {
      const mortal = mortalStore(store, step.writes);
      const { keep, sweep } = step;
      await gc(mortal, { keep, sweep }).catch(isKilled);
      // Until then, a publisher would wait for it.
      if (mortal.isDead) await store.age(4 * 60_000);
    } else {
      const kept = (await history(store)).filter(entry => entry.kept);
      await rollback(store, kept[step.back % kept.length]!.generation);
    }
  };
  const run = async (steps: readonly Step[]) => {
    const store = await published(0);
    for (const step of steps) {
      await perform(store, step);
      const paths = new Set(await pathsIn(store));
      for (const { generation, kept } of await history(store)) {
        const files = kept ? needed[generations.indexOf(generation)]! : [];
        expect(files.filter(path => !paths.has(path))).toEqual([]);
      }
    }
    await store.age(GRACE);
    await collectAll(store, { keep: 2 });
    const kept = (await history(store)).map(({ generation }) => generations.indexOf(generation));
    expect(new Set(kept).size).toBeLessThanOrEqual(2);
    await expectOnly(store, [...new Set(kept)]);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), run), { numRuns: RUNS });
});

function isKilled(error: Error): void {
  if (error.message !== 'killed') throw error;
}
