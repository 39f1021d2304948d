import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cachedSource, type FileCache } from '#client/cache.ts';
import { ArgumentError, folderCache, folderSource, openTileset } from '#client/node/index.ts';
import { build } from '#pipeline/index.ts';
import { recordsAt, seeded } from '#test/support/arbitrary.ts';
import { ndjson, PLAIN, writeInputs } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';
import { HeldSource } from '#test/support/tracked-sets.ts';

const RECORDS = recordsAt(
  (() => {
    const random = seeded(4);
    const at = () => (random() - 0.5) * 1000;
    return Array.from({ length: 1500 }, () => [at(), at(), at()] as [number, number, number]);
  })(),
);
const ALL = { center: [0, 0, 0], radius: 2_000 } as const;

/** Builds a set in a folder, and gives its directory and a source that counts its reads. */
async function setIn(folder: string, records = RECORDS, name = 'set') {
  const directory = join(folder, name);
  await build(writeInputs(folder, name, [ndjson(records)]), directory, { ...PLAIN, chunkLimit: 20 });
  return { directory, source: new HeldSource(folderSource(directory)) };
}

/** A cache in memory. */
function mapCache(): FileCache & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    get: async path => files.get(path),
    set: async (path, bytes) => {
      files.set(path, bytes);
    },
  };
}

const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
/** Complete files of a folder. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.mpk'))
    .map(entry => join(entry.parentPath, entry.name));
const bytesIn = (folder: string) => filesIn(folder).reduce((sum, file) => sum + statSync(file).size, 0);

describe('a source with a cache', () => {
  test('reads each file once, for all tilesets and generations; only the index is read again', async () => {
    await inFolder(async folder => {
      const cache = mapCache();
      const { source } = await setIn(folder);
      const cached = cachedSource(source, { cache });
      const expected = await (await openTileset(cached)).sphere(ALL).toArray();
      expect(expected).toHaveLength(RECORDS.length);
      const first = source.asked.length;
      expect(cached.misses).toBe(first - 1);
      const again = await openTileset(cachedSource(source, { cache }), { cacheBytes: 0 });
      expect(await again.sphere(ALL).toArray()).toEqual(expected);
      expect(source.asked.slice(first)).toEqual(['index.json']);

      // Another generation has most files of the one before.
      const next = await setIn(folder, RECORDS.slice(1), 'next');
      const other = cachedSource(next.source, { cache });
      const rows = await (await openTileset(other)).sphere(ALL).toArray();
      expect(new Set(idsOf(rows))).toEqual(new Set(RECORDS.slice(1).map(({ id }) => id)));
      expect(other.hits).toBeGreaterThan(4 * other.misses);
    });
  });

  test('finds bytes that were damaged in the cache, and replaces them', async () => {
    await inFolder(async folder => {
      const cache = mapCache();
      const { source } = await setIn(folder);
      const expected = await (await openTileset(cachedSource(source, { cache }))).sphere(ALL).toArray();
      const right = new Map(cache.files);
      let i = 0;
      for (const [path, bytes] of right) {
        const damaged = [bytes.slice(0, 5), new Uint8Array(), bytes.map(byte => byte ^ 1)][i++ % 3]!;
        cache.files.set(path, damaged);
      }
      const asked = source.asked.length;
      const tileset = await openTileset(cachedSource(source, { cache }));
      expect(await tileset.sphere(ALL).toArray()).toEqual(expected);
      expect(source.asked.length - asked).toBe(right.size + 1);
      expect(cache.files).toEqual(right);
    });
  });

  test('works where the cache fails', async () => {
    await inFolder(async folder => {
      const { source } = await setIn(folder);
      const broken = () => Promise.reject(new Error('no space'));
      const tileset = await openTileset(cachedSource(source, { cache: { get: broken, set: broken } }));
      expect(await tileset.sphere(ALL).toArray()).toHaveLength(RECORDS.length);
    });
  });

  test('passes aborts and missing files on', async () => {
    const cache = mapCache();
    const path = `chunks/${'0'.repeat(40)}.mpk`;
    const source = cachedSource({ location: 'here', get: async () => undefined }, { cache });
    expect(await source.get(path)).toBeUndefined();
    cache.files.set(path, new Uint8Array(3));
    const reason = new Error('enough');
    await expect(source.get(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(source.get('../secret')).rejects.toBeInstanceOf(ArgumentError);
    expect(source.location).toBe('here');
  });

  test('in Node needs a cache', () => {
    expect(() => cachedSource('https://example.org/stars/')).toThrow(ArgumentError);
    expect(() => cachedSource('https://example.org/stars/')).toThrow('folderCache(path)');
  });
});

describe('a cache in a folder', () => {
  const path = (i: number) => `chunks/${String(i).padStart(40, '0')}.mpk`;

  test('serves another process, and heals a damaged file', async () => {
    await inFolder(async folder => {
      const { source } = await setIn(folder);
      const kept = join(folder, 'cache');
      const open = () => openTileset(cachedSource(source, { cache: folderCache(kept) }));
      const expected = await (await open()).sphere(ALL).toArray();
      while (filesIn(kept).length < new Set(source.asked).size - 1) await new Promise(setImmediate);
      const [first] = filesIn(kept);
      const bytes = await readFile(first!);
      await writeFile(first!, bytes.subarray(1));
      const asked = source.asked.length;
      expect(await (await open()).sphere(ALL).toArray()).toEqual(expected);
      expect(source.asked.length - asked).toBe(2);
      while (statSync(first!).size !== bytes.length) await new Promise(setImmediate);
      expect(await readFile(first!)).toEqual(bytes);
    });
  });

  test('stays within its budget over 10,000 random uses, and keeps the files that were used last', async () => {
    await inFolder(async folder => {
      const maxBytes = 50_000;
      const cache = folderCache(join(folder, 'cache'), { maxBytes });
      const random = seeded(6);
      for (let i = 0; i < 10_000; i++) {
        const file = Math.floor(random() * random() * 300);
        const size = 100 + ((file * 7919) % 2000);
        const found = await cache.get(path(file));
        if (found) expect(found).toEqual(new Uint8Array(size).fill(file));
        else await cache.set(path(file), new Uint8Array(size).fill(file));
        if (i % 500 === 0) expect(bytesIn(join(folder, 'cache'))).toBeLessThanOrEqual(maxBytes);
        expect(await cache.get(path(file))).toHaveLength(size);
      }
      expect(bytesIn(join(folder, 'cache'))).toBeGreaterThan(maxBytes / 2);
      await cache.set(path(400), new Uint8Array(maxBytes + 1));
      expect(await cache.get(path(400))).toBeUndefined();
    });
  });

  test('removes first what was not used for longest, by the times of earlier processes', async () => {
    await inFolder(async folder => {
      const first = folderCache(folder, { maxBytes: 1_000 });
      for (let i = 0; i < 9; i++) {
        await first.set(path(i), new Uint8Array(100));
        utimesSync(join(folder, path(i)), 1_000 + (i === 2 ? 100 : i), 1_000 + (i === 2 ? 100 : i));
      }
      const second = folderCache(folder, { maxBytes: 1_000 });
      expect(await second.get(path(0))).toHaveLength(100);
      for (let i = 10; i < 14; i++) await second.set(path(i), new Uint8Array(100));
      const left = Array.from({ length: 14 }, (_, i) => i).filter(i => existsSync(join(folder, path(i))));
      expect(left).toEqual([0, 2, 5, 6, 7, 8, 10, 11, 12, 13]);
    });
  });

  test('forgets files that someone removes, and removes those that a killed process began', async () => {
    await inFolder(async folder => {
      await mkdir(folder, { recursive: true });
      for (const [name, age] of [
        ['.partial-1-0', 10_000_000],
        ['.partial-2-0', 0],
      ] as const) {
        writeFileSync(join(folder, name), 'begun');
        const time = Date.now() / 1000 - age;
        utimesSync(join(folder, name), time, time);
      }
      const cache = folderCache(folder);
      expect(await cache.get(path(1))).toBeUndefined();
      expect(readdirSync(folder)).toEqual(['.partial-2-0']);
      await cache.set(path(1), new Uint8Array(5));
      writeFileSync(join(folder, path(1)), '');
      expect(await cache.get(path(1))).toHaveLength(0);
    });
  });

  test('never removes files that are not its own', async () => {
    await inFolder(async folder => {
      const others = ['notes.txt', 'chunks/readme.md', `deep/${path(1)}`, 'deep/.partial-1-0'];
      await mkdir(join(folder, 'deep/chunks'), { recursive: true });
      await mkdir(join(folder, 'chunks'));
      for (const name of others) {
        writeFileSync(join(folder, name), 'x'.repeat(600));
        utimesSync(join(folder, name), 1_000, 1_000);
      }
      const cache = folderCache(folder, { maxBytes: 1_000 });
      for (let i = 0; i < 5; i++) await cache.set(path(i), new Uint8Array(400));
      expect(others.filter(name => !existsSync(join(folder, name)))).toEqual([]);
      expect([0, 1, 2, 3, 4].filter(i => existsSync(join(folder, path(i))))).toEqual([3, 4]);
    });
  });

  test('is refused where its budget or a path is not valid', async () => {
    expect(() => folderCache('here', { maxBytes: -1 })).toThrow(ArgumentError);
    await expect(folderCache('here').get('../there')).rejects.toBeInstanceOf(ArgumentError);
    await expect(folderCache('here').set('/there', new Uint8Array())).rejects.toBeInstanceOf(ArgumentError);
  });
});
