import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CorruptError, NotFoundError } from '#client/index.ts';
import { folderSource } from '#client/node/index.ts';
import {
  ConflictError,
  folderStore,
  history,
  LockedError,
  memoryStore,
  planPublish,
  publishTileset,
  type Store,
  StoreError,
  UsageError,
  verifySet,
} from '#pipeline/index.ts';
import { lockFolder } from '#pipeline/store/folder-lock.ts';
import {
  filesIn,
  mortalStore,
  pathsIn,
  versionIn,
  versions,
  watchedStore,
  wholeVersionIn,
} from '#test/support/published-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

const { folders, generations } = versions(3);

/** A store with version 0 in it. */
async function published(...more: number[]) {
  const store = memoryStore();
  for (const version of [0, ...more]) await publishTileset(folders[version]!, store);
  return store;
}

const filesOfVersion = async (version: number) =>
  (await pathsIn(folderStore(folders[version]!))).filter(path => path !== 'index.json');

describe('publishTileset', () => {
  test('sends the files, then index.json, and leaves a kept generation and a record', async () => {
    const calls: string[] = [];
    const store = memoryStore();
    const watched = watchedStore(store, ({ method, path }) => {
      if (method === 'put') calls.push(path);
    });
    const summary = await publishTileset(folders[0]!, watched);
    const files = await filesOfVersion(0);
    expect(summary).toMatchObject({
      ...{ generation: generations[0], parent: null, changed: true, files: files.length + 1 },
      ...{ send: { files: files.length }, unchanged: 0, removed: 0 },
    });
    expect(await wholeVersionIn(store)).toBe(0);
    const [record] = await pathsIn(store, 'history/');
    expect(calls).toEqual([
      record,
      ...calls.slice(1, -3),
      `generations/${generations[0]}.json`,
      'index.json',
      record,
    ]);
    expect(calls.slice(1, -3).sort()).toEqual(files);
    expect(await history(store)).toMatchObject([
      { generation: generations[0], parent: null, kind: 'publish', live: true, kept: true },
    ]);
    expect((await verifySet(store)).orphans).toEqual([]);
  });

  test('sends only files that the live generation does not have, and leaves those in place', async () => {
    const store = await published();
    const before = await filesIn(store);
    const written: string[] = [];
    const summary = await publishTileset(
      folders[1]!,
      watchedStore(store, ({ method, path }) => {
        if (method === 'put') written.push(path);
      }),
    );
    const [old, own] = [await filesOfVersion(0), await filesOfVersion(1)];
    const shared = own.filter(path => old.includes(path));
    const fresh = own.filter(path => !old.includes(path));
    expect(shared.length).toBeGreaterThan(3);
    expect(summary).toMatchObject({ parent: generations[0], unchanged: shared.length });
    expect(summary.send.files).toBe(fresh.length);
    expect(summary.removed).toBe(old.length - shared.length);
    expect(written.filter(path => path.endsWith('.mpk')).sort()).toEqual(fresh);
    const after = await filesIn(store);
    for (const path of shared) expect(after).toContainEqual(before.find(file => file.path === path));
    expect(await wholeVersionIn(store)).toBe(1);
  });

  test('writes a file again that lies there and that the live generation does not reach', async () => {
    const store = await published(1);
    // Files of version 0 lie there, as an earlier run has left them: one is only a beginning.
    const [damaged] = (await filesOfVersion(0)).filter(path => path.startsWith('chunks/'));
    await store.put(damaged!, new Uint8Array(3));
    const written: string[] = [];
    await publishTileset(
      folders[0]!,
      watchedStore(store, ({ method, path }) => {
        if (method === 'put') written.push(path);
      }),
    );
    const live = await filesOfVersion(1);
    const others = (await filesOfVersion(0)).filter(path => !live.includes(path));
    expect(written.filter(path => path.endsWith('.mpk')).sort()).toEqual(others);
    expect(await wholeVersionIn(store)).toBe(0);
  });

  test('of the live generation changes nothing, and puts back what others removed', async () => {
    const store = await published();
    const before = await filesIn(store);
    expect(await publishTileset(folders[0]!, store)).toMatchObject({ changed: false, send: { files: 0 } });
    expect(await filesIn(store)).toEqual(before);
    for (const path of await filesOfVersion(0)) {
      await store.delete(path);
      expect(await publishTileset(folders[0]!, store)).toMatchObject({ changed: false });
      expect(await wholeVersionIn(store)).toBe(0);
    }
    expect(await history(store)).toHaveLength(1);
  });

  test('replaces a live set that is damaged', async () => {
    for (const path of ['index.json', ...(await filesOfVersion(0))]) {
      const store = await published();
      await store.put(path, new Uint8Array(9));
      await publishTileset(folders[1]!, store);
      const isShared = (await filesOfVersion(1)).includes(path);
      // A damaged file that both have is found by verify: its name says that it is right.
      if (!isShared) expect(await wholeVersionIn(store)).toBe(1);
    }
  });

  test('to a new folder can be run again after it was stopped', () =>
    inFolder(async folder => {
      const live = join(folder, 'live');
      const stop = new AbortController();
      const events = { onProgress: () => stop.abort(new Error('stopped')) };
      const stopped = publishTileset(folders[0]!, live, {}, events, stop.signal);
      await expect(stopped).rejects.toThrow('stopped');
      expect(await pathsIn(folderStore(live))).toContainEqual(expect.stringMatching(/^history\/publish-/));
      await publishTileset(folders[0]!, live);
      expect(await wholeVersionIn(folderStore(live))).toBe(0);
      // A folder with this name can have files of other software.
      rmSync(join(live, 'index.json'));
      writeFileSync(join(live, 'history', 'notes.txt'), '');
      await expect(publishTileset(folders[0]!, live)).rejects.toThrow(UsageError);
    }));

  test('refuses a damaged or incomplete set before the live one changes', () =>
    inFolder(async folder => {
      const store = await published();
      const own = join(folder, 'set');
      for (const path of await filesOfVersion(1)) {
        cpSync(folders[1]!, own, { recursive: true });
        rmSync(join(own, path));
        await expect(publishTileset(own, store)).rejects.toThrow(NotFoundError);
        const isShared = (await filesOfVersion(0)).includes(path);
        const content = gunzipSync(readFileSync(join(folders[1]!, path)));
        content[content.length - 1]! ^= 1;
        for (const damaged of ['damaged', gzipSync(content)]) {
          writeFileSync(join(own, path), damaged);
          if (!isShared) await expect(publishTileset(own, store)).rejects.toThrow(CorruptError);
        }
        expect(await wholeVersionIn(store)).toBe(0);
        rmSync(own, { recursive: true });
      }
      await expect(publishTileset(folder, store)).rejects.toThrow(NotFoundError);
    }));

  test('plans without a write', async () => {
    const store = await published();
    const reader = watchedStore(store, ({ method }) => {
      if (method === 'put' || method === 'delete') expect.fail('a write');
    });
    const plan = await planPublish(folders[1]!, reader);
    const { changed, seconds, ...summary } = await publishTileset(folders[1]!, store);
    const { requests, cost } = plan;
    expect(plan).toEqual({ ...summary, requests, cost });
    expect(cost!.requests).toBeCloseTo(((requests.put + requests.list) * 0.005 + 0.0004) / 1000, 9);
    expect([changed, seconds > 0]).toEqual([true, true]);
    expect(await planPublish(folders[1]!, store)).toMatchObject({
      ...{ send: { files: 0, bytes: 0 }, requests: { put: 0 } },
    });
  });

  test('needs as many requests as its plan says, about', async () => {
    const store = await published();
    const { requests } = await planPublish(folders[1]!, store);
    const calls = { get: 0, put: 0, list: 0, delete: 0 };
    await publishTileset(
      folders[1]!,
      watchedStore(store, ({ method }) => {
        calls[method]++;
      }),
    );
    expect(requests.list).toBe(calls.list);
    // A bucket is tested for conditional writes with at most five, and the parent may not be kept yet.
    expect(requests.put - calls.put).toBe(6);
    expect(calls.delete).toBe(0);
    expect(calls.get).toBeLessThan(10);
  });

  test('reports its progress in files and bytes', async () => {
    const seen: number[][] = [];
    const { send } = await publishTileset(
      folders[0]!,
      memoryStore(),
      {},
      {
        onProgress: (...numbers) => seen.push(numbers),
      },
    );
    expect(seen.map(([files]) => files)).toEqual(Array.from({ length: send.files }, (_, i) => i + 1));
    expect(seen.at(-1)).toEqual([send.files, send.bytes, send.files, send.bytes]);
  });
});

describe('another publisher', () => {
  /** A store where another publisher is faster: its generation goes live just before the first write of index.json. */
  function overtaken(store: Store, version: number): Store {
    let raced = false;
    return watchedStore(store, async ({ method, path }) => {
      if (raced || method !== 'put' || path !== 'index.json') return;
      raced = true;
      await publishTileset(folders[version]!, store);
    });
  }

  test('between reading and writing index.json: the loser learns both generations', async () => {
    const store = await published();
    const error = await publishTileset(folders[1]!, overtaken(store, 2)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ file: 'index.json', expected: generations[0], found: generations[2] });
    expect(await wholeVersionIn(store)).toBe(2);
    expect((await history(store)).map(({ generation }) => generation)).toEqual([
      generations[2],
      generations[0],
    ]);
  });

  test('of a first generation', async () => {
    const store = memoryStore();
    const error = await publishTileset(folders[0]!, overtaken(store, 1)).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ expected: null, found: generations[1] });
    expect(await wholeVersionIn(store)).toBe(1);
  });

  test('before this one read the live index: `base` finds out', async () => {
    const store = await published(1);
    for (const base of [generations[0]!, null]) {
      const publish = publishTileset(folders[2]!, store, { base });
      await expect(publish).rejects.toMatchObject({
        name: 'ConflictError',
        expected: base,
        found: generations[1],
      });
      await expect(planPublish(folders[2]!, store, { base })).rejects.toThrow(ConflictError);
    }
    expect(await wholeVersionIn(store)).toBe(1);
    await publishTileset(folders[2]!, store, { base: generations[1]! });
    await publishTileset(folders[0]!, memoryStore(), { base: null });
    expect(await wholeVersionIn(store)).toBe(2);
  });
});

describe('a publisher that ends too early', () => {
  test('at any of its writes leaves one whole generation, and the next run succeeds', async () => {
    for (let writes = 1; ; writes++) {
      const store = await published();
      const mortal = mortalStore(store, writes);
      const outcome = await publishTileset(folders[1]!, mortal).then(
        () => 'published',
        (error: Error) => error.message,
      );
      const version = await wholeVersionIn(store);
      if (outcome === 'published') {
        expect(version).toBe(1);
        expect(writes).toBeGreaterThan(5);
        break;
      }
      expect(outcome).toBe('killed');
      await publishTileset(folders[2]!, store);
      expect(await wholeVersionIn(store)).toBe(2);
      const chain = (await history(store)).map(({ generation }) => generation);
      expect(chain).toEqual([2, ...(version === 1 ? [1] : []), 0].map(i => generations[i]));
    }
  });

  test('by an abort rejects with its reason, at any time', async () => {
    const reason = new Error('no longer wanted');
    for (let calls = 1; ; calls++) {
      const store = await published();
      const controller = new AbortController();
      let left = calls;
      const watched = watchedStore(store, () => {
        if (--left === 0) controller.abort(reason);
      });
      const publish = publishTileset(folders[1]!, watched, {}, {}, controller.signal);
      const outcome = await publish.then(
        () => 'published',
        (error: unknown) => error,
      );
      const version = await wholeVersionIn(store);
      if (outcome === 'published') {
        expect(version).toBe(1);
        if (left > 0) break;
      } else {
        expect(outcome).toBe(reason);
        expect(version).toBe(0);
      }
    }
  });

  test('because what it wrote vanishes says so, and claims no success', async () => {
    const store = await published();
    const [lost] = (await filesOfVersion(1)).filter(path => path.startsWith('chunks/'));
    let deletes = 0;
    const thief = watchedStore(store, async ({ method, path }) => {
      if (method !== 'list' || path !== '') return;
      await store.delete(lost!);
      deletes++;
    });
    await expect(publishTileset(folders[1]!, thief)).rejects.toThrow(StoreError);
    await expect(publishTileset(folders[1]!, thief)).rejects.toThrow(`${lost} was written`);
    expect(await wholeVersionIn(store)).toBe(0);
    deletes = 0;
    const once = watchedStore(store, async ({ method, path }) => {
      if (method === 'list' && path === '' && ++deletes === 2) await store.delete(lost!);
    });
    await publishTileset(folders[1]!, once);
    expect(await wholeVersionIn(store)).toBe(1);
  });
});

describe('a folder as the destination', () => {
  test('is created, keeps other names that begin with a dot, and is read as a set', () =>
    inFolder(async folder => {
      const set = join(folder, 'a/set');
      await publishTileset(folders[0]!, set);
      await publishTileset(folders[1]!, join(set, 'index.json'), { flush: false });
      expect(await versionIn(folderSource(set))).toBe(1);
      expect(await history(set)).toHaveLength(2);
    }));

  test('is refused while another process writes to it, or if it is not a set', () =>
    inFolder(async folder => {
      const set = join(folder, 'set');
      await publishTileset(folders[0]!, set);
      const lock = lockFolder(set);
      try {
        await expect(publishTileset(folders[1]!, set)).rejects.toThrow(LockedError);
      } finally {
        lock.release();
      }
      writeFileSync(join(folder, 'note'), 'x');
      for (const path of [folder, join(folder, 'note'), 'https://example.org/set'])
        await expect(publishTileset(folders[1]!, path)).rejects.toThrow(UsageError);
    }));

  test('is refused if it is the folder of the set, or one is in the other', () =>
    inFolder(async folder => {
      const set = join(folder, 'set');
      cpSync(folders[0]!, set, { recursive: true });
      for (const path of [set, join(set, 'new/set'), folder, join(set, '../set')]) {
        await expect(publishTileset(set, path)).rejects.toThrow(UsageError);
        await expect(planPublish(set, path)).rejects.toThrow('two separate folders');
      }
      expect(await pathsIn(folderStore(set))).toEqual(await pathsIn(folderStore(folders[0]!)));
    }));

  test('has no temporary files of a killed publisher after the next one', () =>
    inFolder(async folder => {
      const set = join(folder, 'set');
      await publishTileset(folders[0]!, set);
      const left = ['.index.json.0123456789ab', 'chunks/.x.mpk.0123456789ab', 'history/.a.json.0123456789ab'];
      for (const path of left) writeFileSync(join(set, path), 'x');
      writeFileSync(join(set, '.nojekyll'), '');
      await publishTileset(folders[1]!, set);
      const { readdirSync } = await import('node:fs');
      const hidden = readdirSync(set, { recursive: true }).filter(path => /(^|\/)\./.test(`${path}`));
      expect(hidden).toEqual(['.nojekyll']);
    }));
});
