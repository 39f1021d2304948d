/** The conformance of stores; each driver runs it. */
import { describe, expect, test } from 'vitest';
import { ArgumentError, openTileset } from '#client/node/index.ts';
import { ConflictError, type Store, type StoredFile } from '#pipeline/index.ts';
import { withSet } from '#test/support/chunk-sets.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function listed(store: Store, prefix = ''): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const file of store.list(prefix)) files.push(file);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function pathsOf(store: Store, prefix = ''): Promise<string[]> {
  return (await listed(store, prefix)).map(({ path }) => path);
}

/** Parts that share one buffer, as a reader of a file gives them. */
async function* inParts(...texts: string[]): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(16);
  for (const text of texts) yield buffer.subarray(0, new TextEncoder().encodeInto(text, buffer).written);
}

/** @param withStore gives an empty store to `use`, and removes it */
export function storeConformance(withStore: (use: (store: Store) => Promise<void>) => Promise<void>): void {
  const inStore = (use: (store: Store) => Promise<void>) => () => withStore(use);

  describe('files', () => {
    test(
      'come back as they were put, the last put of a path counts',
      inStore(async store => {
        const bytes = bytesOf('first');
        await store.put('a/b/c.bin', bytes);
        bytes.fill(0);
        expect(await store.get('a/b/c.bin')).toEqual(bytesOf('first'));
        expect((await store.get('a/b/c.bin'))!.constructor).toBe(Uint8Array);
        await store.put('a/b/c.bin', bytesOf('second'));
        expect(await store.get('a/b/c.bin', { fresh: true })).toEqual(bytesOf('second'));
        await store.put('a/empty', new Uint8Array());
        expect(await store.get('a/empty')).toEqual(new Uint8Array());
      }),
    );

    test(
      'may be put in parts',
      inStore(async store => {
        await store.put('run', inParts('one ', 'two ', '', 'three'));
        expect(await store.get('run')).toEqual(bytesOf('one two three'));
        await store.put('run', inParts());
        expect(await store.get('run')).toEqual(new Uint8Array());
      }),
    );

    test(
      'that are not there are undefined, not an error',
      inStore(async store => {
        await store.put('file', bytesOf('x'));
        for (const path of ['none', 'none/none', 'file/below', 'constructor']) {
          expect(await store.get(path)).toBeUndefined();
          expect(await store.get(path, { range: { offset: 0, length: 1 } })).toBeUndefined();
          await store.delete(path);
        }
        expect(await pathsOf(store)).toEqual(['file']);
      }),
    );

    test(
      'are read in ranges, which end where the file does',
      inStore(async store => {
        await store.put('run', bytesOf('0123456789'));
        const read = async (offset: number, length: number) =>
          new TextDecoder().decode(await store.get('run', { range: { offset, length } }));
        expect(await read(0, 4)).toBe('0123');
        expect(await read(4, 3)).toBe('456');
        expect(await read(8, 100)).toBe('89');
        expect(await read(10, 1)).toBe('');
        expect(await read(99, 1)).toBe('');
        expect(await read(3, 0)).toBe('');
      }),
    );

    test(
      'are deleted alone',
      inStore(async store => {
        await store.put('a/one', bytesOf('1'));
        await store.put('a/two', bytesOf('2'));
        await store.delete('a/one');
        expect(await store.get('a/one')).toBeUndefined();
        expect(await pathsOf(store)).toEqual(['a/two']);
        await store.put('a/one', bytesOf('again'));
        expect(await store.get('a/one')).toEqual(bytesOf('again'));
      }),
    );

    test(
      'are listed by prefix, with their sizes',
      inStore(async store => {
        for (const path of ['index.json', 'chunks/a.mpk', 'chunks/b.mpk', 'chunks-2/a.mpk', 'a/b/c/d']) {
          await store.put(path, bytesOf(path));
        }
        expect((await listed(store)).map(({ path, size }) => [path, size])).toEqual(
          ['a/b/c/d', 'chunks-2/a.mpk', 'chunks/a.mpk', 'chunks/b.mpk', 'index.json'].map(path => [
            path,
            path.length,
          ]),
        );
        expect(await pathsOf(store, 'chunks/')).toEqual(['chunks/a.mpk', 'chunks/b.mpk']);
        expect(await pathsOf(store, 'chunks')).toEqual(['chunks-2/a.mpk', 'chunks/a.mpk', 'chunks/b.mpk']);
        expect(await pathsOf(store, 'a/b')).toEqual(['a/b/c/d']);
        expect(await pathsOf(store, 'index.json')).toEqual(['index.json']);
        expect(await pathsOf(store, 'none/')).toEqual([]);
      }),
    );
  });

  test(
    'the time of a file is that of its last write, by one clock',
    inStore(async store => {
      await store.put('first', bytesOf('1'));
      await store.put('second', bytesOf('2'));
      const timeOf = async (path: string) => (await listed(store, path))[0]!.modified;
      const second = await timeOf('second');
      expect(await timeOf('first')).toBeLessThanOrEqual(second);
      while ((await timeOf('first')) <= second) await store.put('first', bytesOf('1'));
      expect(await timeOf('second')).toBe(second);
    }),
  );

  describe('a put', () => {
    test(
      'with ifNoneMatch writes only a new file; of many at once, one does',
      inStore(async store => {
        const puts = await Promise.allSettled(
          Array.from({ length: 8 }, (_, i) => store.put('lock', bytesOf(`${i}`), { ifNoneMatch: '*' })),
        );
        const winners = puts.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
        expect(winners).toHaveLength(1);
        for (const put of puts)
          if (put.status === 'rejected') expect(put.reason).toBeInstanceOf(ConflictError);
        expect(await store.get('lock')).toEqual(bytesOf(`${winners[0]}`));
      }),
    );

    test(
      'with ifMatch writes only over the file that was listed',
      inStore(async store => {
        await store.put('index.json', bytesOf('one'));
        const [first] = await listed(store);
        await store.put('index.json', bytesOf('two'), { ifMatch: first!.etag });
        const [second] = await listed(store);
        expect(second!.etag).not.toBe(first!.etag);
        const late = store.put('index.json', bytesOf('six'), { ifMatch: first!.etag });
        await expect(late).rejects.toThrow(ConflictError);
        await expect(late).rejects.toThrow('index.json');
        expect(await store.get('index.json')).toEqual(bytesOf('two'));
        await store.delete('index.json');
        const gone = store.put('index.json', bytesOf('six'), { ifMatch: second!.etag });
        await expect(gone).rejects.toThrow(ConflictError);
        expect(await listed(store)).toEqual([]);
      }),
    );

    test(
      'that fails leaves the older file, and nothing else',
      inStore(async store => {
        await store.put('run', bytesOf('old'));
        const reason = new Error('the source of the bytes broke');
        const broken = async function* () {
          yield bytesOf('new');
          throw reason;
        };
        await expect(store.put('run', broken())).rejects.toBe(reason);
        await expect(store.put('other', broken())).rejects.toBe(reason);
        expect(await store.get('run')).toEqual(bytesOf('old'));
        expect(await pathsOf(store)).toEqual(['run']);
      }),
    );

    test(
      'is atomic: readers beside it see one version or the other',
      inStore(async store => {
        const versions = ['a', 'b'].map(text => bytesOf(text.repeat(300_000)));
        await store.put('file', versions[0]!);
        let writing = true;
        const writer = (async () => {
          for (let i = 1; i <= 40; i++) await store.put('file', versions[i % 2]!);
          writing = false;
        })();
        while (writing) {
          const bytes = await store.get('file');
          expect(bytes!.length).toBe(300_000);
          expect(bytes!.every(byte => byte === bytes![0])).toBe(true);
        }
        await writer;
        const seen = await listed(store);
        expect(seen.map(({ path, size }) => [path, size])).toEqual([['file', 300_000]]);
      }),
    );
  });

  test.each([
    '../x',
    'a/../x',
    '/etc/passwd',
    './x',
    'a//b',
    'a/',
    '',
    '.hidden',
    'a/.b/c',
    'x?y',
    'a\\b',
    'a\0',
  ])('refuses the path %o', path =>
    withStore(async store => {
      await expect(store.get(path)).rejects.toThrow(ArgumentError);
      await expect(store.get(path, { range: { offset: 0, length: 1 } })).rejects.toThrow(ArgumentError);
      await expect(store.put(path, bytesOf('x'))).rejects.toThrow(ArgumentError);
      await expect(store.delete(path)).rejects.toThrow(ArgumentError);
      expect(await listed(store)).toEqual([]);
    }),
  );

  test(
    'rejects with the reason of a signal that is aborted',
    inStore(async store => {
      await store.put('file', bytesOf('old'));
      const reason = new Error('no longer wanted');
      const signal = AbortSignal.abort(reason);
      await expect(store.get('file', { signal })).rejects.toBe(reason);
      await expect(store.get('file', { signal, range: { offset: 0, length: 1 } })).rejects.toBe(reason);
      await expect(store.put('file', bytesOf('new'), { signal })).rejects.toBe(reason);
      await expect(store.delete('file', { signal })).rejects.toBe(reason);
      const listing = store.list('', { signal })[Symbol.asyncIterator]();
      await expect(listing.next()).rejects.toBe(reason);
      const controller = new AbortController();
      const endless = async function* () {
        for (;;) {
          yield bytesOf('new');
          controller.abort(reason);
        }
      };
      await expect(store.put('file', endless(), { signal: controller.signal })).rejects.toBe(reason);
      expect(await store.get('file')).toEqual(bytesOf('old'));
      expect(await pathsOf(store)).toEqual(['file']);
    }),
  );

  test(
    'is a source that the client opens',
    inStore(async store => {
      await withSet([{ id: 'a', name: 'Sol', x: 0, y: 0, z: 0 }], {}, async ({ files }) => {
        for (const [path, bytes] of files.stored) await store.put(path, bytes);
      });
      const tileset = await openTileset(store);
      const rows = await tileset.sphere({ center: [0, 0, 0], radius: 1 }).toArray();
      expect(rows.map(({ name }) => name)).toEqual(['Sol']);
    }),
  );
}
