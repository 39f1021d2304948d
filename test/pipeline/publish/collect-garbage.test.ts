/** Garbage collection: every way in which that of another project has lost data is a test here. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CorruptError, NotFoundError } from '#client/index.ts';
import { openTileset } from '#client/node/index.ts';
import { FILE_KINDS } from '#format/index.ts';
import {
  build,
  collectGarbage,
  folderStore,
  type GarbageOptions,
  history,
  memoryStore,
  publishTileset,
  rollback,
  type Store,
  StoreError,
  UsageError,
} from '#pipeline/index.ts';
import { GOLDEN } from '#test/support/chunk-sets.ts';
import {
  agingStore,
  filesIn,
  mortalStore,
  pathsIn,
  versionIn,
  versions,
  watchedStore,
  wholeVersionIn,
} from '#test/support/published-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

const { folders, generations } = versions(5);

const HOUR = 3_600_000;
const GRACE = 24 * HOUR;
const gc = (store: Store, options: Partial<GarbageOptions> = {}) =>
  collectGarbage(store, { keep: 1, grace: GRACE, ...options });

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

describe('collectGarbage', () => {
  test('keeps the generations that were live last, and deletes the others with their records', async () => {
    const store = await published(0, 1, 2, 3);
    const before = await filesIn(store);
    const first = await gc(store, { keep: 2 });
    expect(first).toMatchObject({
      ...{ live: generations[3], kept: [generations[3], generations[2]], blockedBy: null },
      ...{ deleted: { files: 0 }, dropped: [], marked: { generations: 2 } },
    });
    const [marks] = await pathsIn(store, 'history/marks-');
    const { files } = JSON.parse(new TextDecoder().decode(await store.get(marks!)));
    const needed = [...(await filesOfVersion(3)), ...(await filesOfVersion(2))];
    expect(needed.filter(path => files.includes(path))).toEqual([]);
    await store.age(GRACE);
    const second = await gc(store, { keep: 2 });
    expect(second.deleted.files).toBe(first.marked.files);
    expect(second.dropped.toSorted()).toEqual([generations[0], generations[1]].sort());
    await expectOnly(store, [3, 2]);
    const after = await filesIn(store);
    const sizes = (files: typeof before) =>
      files.filter(({ path }) => path.endsWith('.mpk')).reduce((sum, { size }) => sum + size, 0);
    expect(second.deleted.bytes).toBe(sizes(before) - sizes(after));
    expect((await history(store)).map(({ generation }) => generation)).toEqual([
      generations[3],
      generations[2],
    ]);
    await rollback(store, generations[2]!);
    expect(await wholeVersionIn(store)).toBe(2);
  });

  test('reads only the history where nothing has changed', async () => {
    const store = await published(0, 1, 2);
    await collectAll(store, { keep: 2 });
    const calls: string[] = [];
    const watched = watchedStore(store, ({ method, path }) => {
      calls.push(`${method} ${path.replace(/-.*/, '')}`);
    });
    expect(await gc(watched, { keep: 2 })).toMatchObject({ marked: { files: 0 }, deleted: { files: 0 } });
    expect(calls.sort()).toEqual([
      ...[
        'delete history/sweep',
        'get history/publish',
        'get history/publish',
        'get index.json',
        'get index.json',
      ],
      ...['list generations/', 'list history/', 'put history/sweep'],
    ]);
  });

  test('reports with dryRun what a run does, and changes nothing', async () => {
    const store = await published(0, 1, 2);
    const reader = watchedStore(store, ({ method }) => {
      if (method === 'put' || method === 'delete') expect.fail('a write');
    });
    for (let run = 0; run < 3; run++) {
      const planned = await gc(reader, { dryRun: true });
      expect(await gc(store)).toEqual(planned);
      await store.age(GRACE);
    }
    await expectOnly(store, [2]);
  });

  test('with sweep finds files that no record names, and touches no file of another form', async () => {
    const store = await published(0);
    const hash = '0'.repeat(40);
    const orphans = FILE_KINDS.map(kind => `${kind}/${hash}.mpk`);
    const others = ['chunks/readme.txt', `other/${hash}.mpk`, `chunks/a/${hash}.mpk`, 'index.html'];
    for (const path of [...orphans, ...others]) await store.put(path, new Uint8Array(1));
    await store.age(HOUR);
    await collectAll(store);
    expect(await pathsIn(store)).toEqual(expect.arrayContaining(orphans));
    const { marked } = await gc(store, { sweep: true, dryRun: true });
    expect(marked.files).toBe(orphans.length);
    await collectAll(store, { sweep: true });
    const paths = await pathsIn(store);
    expect(paths.filter(path => orphans.includes(path))).toEqual([]);
    expect(paths.filter(path => others.includes(path))).toEqual(others.sort());
    expect(await wholeVersionIn(store)).toBe(0);
  });

  test('keeps a live generation that another tool has put there, and what was published before', async () => {
    const store = await published(0, 1);
    for (const { path } of await filesIn(folderStore(folders[2]!)))
      await store.put(path, (await folderStore(folders[2]!).get(path))!);
    await store.age(HOUR);
    expect(await history(store)).toMatchObject([
      { generation: generations[2], parent: generations[1], kind: 'unrecorded', live: true, kept: true },
      { generation: generations[1], kind: 'publish', live: false, kept: true },
      { generation: generations[0] },
    ]);
    await collectAll(store, { keep: 2 });
    await rollback(store, generations[1]!.slice(0, 8));
    expect(await wholeVersionIn(store)).toBe(1);
    await collectAll(store, { keep: 2, sweep: true });
    await expectOnly(store, [1, 2]);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses to keep %s', async keep => {
    await expect(gc(await published(0), { keep })).rejects.toThrow(UsageError);
  });

  test('deletes nothing where there is no live generation, or a page of a kept one is damaged', async () => {
    for (const path of ['index.json', ...(await filesOfVersion(2)), ...(await filesOfVersion(1))]) {
      const store = await published(0, 1, 2);
      await gc(store, { keep: 2 });
      await store.age(GRACE);
      const bytes = (await store.get(path))!;
      for (const damage of [() => store.delete(path), () => store.put(path, bytes.subarray(9))]) {
        await damage();
        const isLeaf = /^(chunks|details|previews|meta|fold)/.test(path);
        const found = await gc(store, { keep: 2, dryRun: true }).catch((error: unknown) => error);
        if (path === 'index.json') expect(found).toBeInstanceOf(Error);
        if (found instanceof Error) {
          expect(isLeaf).toBe(false);
          expect([CorruptError, NotFoundError]).toContain(found.constructor);
          const before = await pathsIn(store);
          await expect(gc(store, { keep: 2 })).rejects.toThrow(found.message);
          expect(await pathsIn(store)).toEqual(before);
        }
      }
    }
  });
});

test('a kept index that is that of another generation is an error', async () => {
  const store = await published(0, 1, 2);
  const path = `generations/${generations[1]}.json`;
  await store.put(path, (await store.get(`generations/${generations[0]}.json`))!);
  await expect(gc(store, { keep: 2 })).rejects.toThrow(CorruptError);
  await expect(rollback(store, generations[1]!)).rejects.toThrow(`${path} of memory is another generation`);
});

describe('a grace', () => {
  test('that is shorter than the longest recorded publish is refused', async () => {
    const store = await published(0, 1);
    const [record] = await pathsIn(store, 'history/');
    const content = JSON.parse(new TextDecoder().decode(await store.get(record!)));
    await store.put(record!, new TextEncoder().encode(JSON.stringify({ ...content, seconds: 3600.5 })));
    const refused = gc(store, { grace: HOUR });
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toMatchObject({ expected: 3_600_500, found: HOUR });
    expect((await pathsIn(store)).filter(path => /sweep|marks/.test(path))).toEqual([]);
    await gc(store, { grace: HOUR + 500 });
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'that lies in the future or is not a duration (%s) is refused',
    async grace => {
      await expect(gc(await published(0), { grace })).rejects.toThrow(UsageError);
    },
  );

  test('lies between two runs: none deletes what it has marked itself', async () => {
    const store = await published(0, 1);
    const before = (await pathsIn(store)).filter(path => path.endsWith('.mpk'));
    const { marked } = await gc(store);
    expect(marked.files).toBeGreaterThan(0);
    await store.age(GRACE - HOUR);
    for (let run = 0; run < 2; run++) {
      expect(await gc(store)).toMatchObject({
        ...{ deleted: { files: 0 }, marked: { files: 0 }, waiting: { files: marked.files } },
      });
    }
    expect((await pathsIn(store)).filter(path => path.endsWith('.mpk'))).toEqual(before);
    await store.age(HOUR);
    expect(await gc(store)).toMatchObject({ deleted: marked.files ? { files: marked.files } : {} });
  });

  test('counts from the mark, not from the writing of the file or from the future', async () => {
    const store = await published(0, 1);
    await store.age(100 * GRACE);
    expect((await gc(store)).deleted.files).toBe(0);
    await store.age(-GRACE);
    expect((await gc(store)).deleted.files).toBe(0);
  });
});

describe('a file that was marked', () => {
  test('stays if a generation needs it again: the needed files are read again', async () => {
    for (const restore of [
      (store: Store) => publishTileset(folders[0]!, store),
      (store: Store) => rollback(store, generations[0]!),
    ]) {
      const store = await published(0, 1);
      await gc(store);
      await store.age(GRACE);
      await restore(store);
      await gc(store);
      expect(await wholeVersionIn(store)).toBe(0);
      await store.age(GRACE);
      await collectAll(store);
      await expectOnly(store, [0]);
    }
  });

  test('stays if it was written since, perhaps for a generation that is not live yet; and is marked again', async () => {
    const store = await published(0, 1);
    await gc(store);
    await store.age(GRACE);
    const live = await filesOfVersion(1);
    const old = (await filesOfVersion(0)).filter(path => !live.includes(path));
    for (const path of old) await store.put(path, (await store.get(path))!);
    expect(await gc(store)).toMatchObject({ deleted: { files: 0 }, marked: { files: old.length } });
    expect(await pathsIn(store)).toEqual(expect.arrayContaining(old));
    await store.age(GRACE);
    await collectAll(store);
    await expectOnly(store, [1]);
  });

  test('stays if index.json changes between two batches', async () => {
    const store = await published(0, 1);
    await gc(store);
    await store.age(GRACE);
    const index = (await folderStore(folders[0]!).get('index.json'))!;
    let reads = 0;
    // A tool without records: only the index tells of it.
    const raced = watchedStore(store, async ({ method, path }) => {
      if (method === 'get' && path === 'index.json' && ++reads === 3) await store.put(path, index);
    });
    expect((await gc(raced)).deleted.files).toBe(0);
    expect(reads).toBe(3);
    expect(await wholeVersionIn(store)).toBe(0);
  });
});

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

test('a place without a set stays as it is', () =>
  inFolder(async folder => {
    for (const place of [memoryStore(), folder, join(folder, 'none')]) {
      await expect(collectGarbage(place, { keep: 1, grace: GRACE })).rejects.toThrow(NotFoundError);
      await expect(history(place)).rejects.toThrow(NotFoundError);
      await expect(rollback(place, 'abcd')).rejects.toThrow(NotFoundError);
      expect(await pathsIn(typeof place === 'string' ? folderStore(place) : place)).toEqual([]);
    }
    expect(readdirSync(folder)).toEqual([]);
  }));

test('files of every kind are published and kept', () =>
  inFolder(async folder => {
    const set = join(folder, 'set');
    await build([GOLDEN.catalogue], set, GOLDEN.options);
    const files = (await pathsIn(folderStore(set))).filter(path => path !== 'index.json');
    expect(new Set(files.map(path => path.split('/')[0]))).toEqual(new Set(FILE_KINDS));
    const store = agingStore(memoryStore());
    await publishTileset(set, store);
    await publishTileset(folders[0]!, store);
    await store.age(HOUR);
    await collectAll(store, { keep: 2, sweep: true });
    const kept = await pathsIn(store);
    expect(files.filter(path => !kept.includes(path))).toEqual([]);
    await collectAll(store);
    await expectOnly(store, [0]);
  }));

test('a reader of a kept generation goes on, and one of a deleted generation gets an error', async () => {
  const store = await published(0, 1, 2);
  const open = async (version: number) => {
    const index = await store.get(`generations/${generations[version]}.json`);
    return openTileset({
      location: 'an older client',
      get: async (path, options) => (path === 'index.json' ? index : store.get(path, options)),
    });
  };
  const [old, kept] = [await open(0), await open(1)];
  await collectAll(store, { keep: 2 });
  const query = (tileset: typeof old) => tileset.sphere({ center: [0, 0, 0], radius: 5000 }).toArray();
  expect((await query(kept)).map(({ fields }) => fields!['version'])).toContain(1);
  await expect(query(old)).rejects.toThrow(NotFoundError);
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
      await gc(mortal, step).catch(isKilled);
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
