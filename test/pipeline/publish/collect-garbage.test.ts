/** Garbage collection: every way in which that of another project has lost data is a test here. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CorruptError, NotFoundError } from '#client/index.ts';
import { openTileset } from '#client/node/index.ts';
import { FILE_KINDS } from '#format/index.ts';
import {
  build,
  collectGarbage,
  folderStore,
  history,
  memoryStore,
  publishTileset,
  rollback,
  type Store,
  UsageError,
} from '#pipeline/index.ts';
import { GOLDEN } from '#test/support/chunk-sets.ts';
import { collectable, GRACE, gc, HOUR } from '#test/support/collected-sets.ts';
import { agingStore, filesIn, pathsIn, watchedStore, wholeVersionIn } from '#test/support/published-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const { folders, generations, published, collectAll, filesOfVersion, expectOnly } = collectable();

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

  test('that fails has its error, also if the sign of its run cannot be deleted', async () => {
    const store = await published(0, 1);
    const broken: Store = {
      ...store,
      list: () => {
        throw new Error('cannot list');
      },
      delete: () => Promise.reject(new Error('cannot delete')),
    };
    expect((await failure(gc(broken))).message).toMatch(/cannot list/);
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

  test('may end after the last time that a Date can hold', async () => {
    const store = await published(0, 1);
    await gc(store);
    const { waiting } = await gc(store, { grace: Number.MAX_VALUE });
    expect(waiting).toMatchObject({ until: '+275760-09-13T00:00:00.000Z' });
  });

  test.each([
    ['behind', -10 * GRACE],
    ['ahead of', 10 * GRACE],
  ])('counts by the clock of the store, which is %s that of this machine', async (_, difference) => {
    const store = await published(0, 1);
    const other: Store = {
      ...store,
      async *list(prefix) {
        for await (const file of store.list(prefix)) yield { ...file, modified: file.modified + difference };
      },
    };
    const { marked } = await gc(other);
    expect(marked.files).toBeGreaterThan(0);
    expect((await gc(other)).deleted.files).toBe(0);
    await store.age(GRACE);
    expect((await gc(other)).deleted.files).toBe(marked.files);
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

  test('and was written since is not forgotten if it cannot be marked again', async () => {
    const store = await published(0, 1);
    await gc(store);
    await store.age(GRACE);
    const live = await filesOfVersion(1);
    for (const path of (await filesOfVersion(0)).filter(path => !live.includes(path)))
      await store.put(path, (await store.get(path))!);
    const full = watchedStore(store, ({ method, path }) => {
      if (method === 'put' && path.startsWith('history/marks-')) throw new Error('no space');
    });
    await expect(gc(full)).rejects.toThrow('no space');
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
