import { createHook } from 'node:async_hooks';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { NetworkError } from '#client/index.ts';
import { folderStore, StoreError } from '#pipeline/index.ts';
import { inFolder } from '#test/support/temporary.ts';
import { storeConformance } from './store-conformance.ts';

const bytes = new TextEncoder().encode('bytes');

describe('a folder', () => {
  storeConformance(use => inFolder(folder => use(folderStore(folder))));
});

describe('a folder, flushed', () => {
  storeConformance(use => inFolder(folder => use(folderStore(folder, { flush: true }))));
});

describe('a folder on a slow disk', () => {
  beforeEach(() => {
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => ++clock * 1_000);
  });

  storeConformance(use => inFolder(folder => use(folderStore(folder))));
});

describe('folderStore', () => {
  test('writes and reads small files without another thread', () =>
    inFolder(async folder => {
      const store = folderStore(folder);
      await store.put('a/first', bytes);
      // A busy machine looks like a slow disk.
      vi.spyOn(performance, 'now').mockReturnValue(0);
      let calls = 0;
      const hook = createHook({
        init: (_, type) => {
          if (type.startsWith('FSREQ')) calls++;
        },
      }).enable();
      try {
        await store.put('a/second', bytes);
        expect(await store.get('a/second', { range: { offset: 1, length: 2 } })).toEqual(bytes.slice(1, 3));
      } finally {
        hook.disable();
      }
      expect(calls).toBe(0);
      expect(readdirSync(join(folder, 'a')).sort()).toEqual(['first', 'second']);
    }));

  test('leaves no temporary files, and shows none of others', () =>
    inFolder(async folder => {
      const store = folderStore(folder);
      await store.put('a/file', bytes);
      await expect(store.put('a/file', bytes, { ifMatch: 'x' })).rejects.toThrow();
      await expect(store.put('a/file', bytes, { ifNoneMatch: '*' })).rejects.toThrow();
      expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['a', 'a/file']);
      mkdirSync(join(folder, '.building-1/chunks'), { recursive: true });
      writeFileSync(join(folder, '.building-1/chunks/x.mpk'), 'x');
      writeFileSync(join(folder, 'a/.file.0123'), 'x');
      const paths = [];
      for await (const { path } of store.list('')) paths.push(path);
      expect(paths).toEqual(['a/file']);
    }));

  test('reads and lists what a link leads to', () =>
    inFolder(async folder => {
      writeFileSync(join(folder, 'real'), bytes);
      symlinkSync('real', join(folder, 'link'));
      symlinkSync('nowhere', join(folder, 'dangling'));
      const sizes: Record<string, number> = {};
      for await (const { path, size } of folderStore(folder).list('')) sizes[path] = size;
      expect(sizes).toEqual({ real: 5, link: 5 });
    }));

  test('is an error where a folder went while it was in use: its files went with it', () =>
    inFolder(async folder => {
      const store = folderStore(join(folder, 'set'));
      await expect(store.put('chunks/a', bytes)).rejects.toThrow(StoreError);
      mkdirSync(join(folder, 'set'));
      await store.put('chunks/a', bytes);
      rmSync(join(folder, 'set/chunks'), { recursive: true });
      await expect(store.put('chunks/b', bytes)).rejects.toThrow(join(folder, 'set/chunks/b'));
      expect(readdirSync(join(folder, 'set'))).toEqual([]);
    }));

  test('says where a folder stands in the way of a file, or a file in that of a folder', () =>
    inFolder(async folder => {
      const store = folderStore(folder);
      await store.put('a/b', bytes);
      await expect(store.put('a', bytes)).rejects.toThrow(StoreError);
      await expect(store.put('a/b/c', bytes)).rejects.toThrow(join(folder, 'a/b/c'));
      await expect(store.get('a')).rejects.toThrow(NetworkError);
      await expect(store.get('a', { range: { offset: 0, length: 1 } })).rejects.toThrow(NetworkError);
      await expect(store.delete('a')).rejects.toThrow(StoreError);
      expect(await store.get('a/b')).toEqual(bytes);
    }));

  test('keeps mode and owner of its folder', () =>
    inFolder(async folder => {
      chmodSync(folder, 0o2750);
      const store = folderStore(folder);
      await store.put('file', bytes);
      expect(statSync(folder).mode & 0o7777).toBe(0o2750);
    }));
});
