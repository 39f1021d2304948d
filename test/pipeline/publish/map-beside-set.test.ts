import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { NotFoundError } from '#client/index.ts';
import {
  build,
  collectGarbage,
  folderStore,
  memoryStore,
  planPublish,
  publishTileset,
  type Store,
  verifySet,
} from '#pipeline/index.ts';
import { mapToSend } from '#pipeline/publish/send-map.ts';
import { checkNoOtherPage } from '#pipeline/store/map-beside-set.ts';
import { watchedStore } from '#test/support/published-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const systems = (count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ id: `S${i}`, x: i, y: -i, z: i * i })).join('\n');

async function write(folder: string, path: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

interface Places {
  readonly folder: string;
  readonly input: string;
  readonly set: string;
  readonly live: string;
}

/** Runs a test with the paths of a catalogue, a set and a destination in a temporary folder. */
function inPlaces(run: (places: Places) => Promise<void>): Promise<void> {
  return inFolder(async folder => {
    const [input, set, live] = ['stars.ndjson', 'set', 'live'].map(name => join(folder, name));
    await run({ folder, input: input!, set: set!, live: live! });
  });
}

test('a map beside a set is published after it, is not an orphan, and survives garbage collection', async () => {
  await inPlaces(async ({ input, set, live }) => {
    await writeFile(input, systems(40));
    await build([input], set, { chunkLimit: 8 });
    await write(set, 'index.html', '<script src="./map/index-abc.js"></script>');
    await write(set, 'map/index-abc.js', 'one');
    await write(set, 'notes.txt', 'not a part of either');
    const { map } = await planPublish(set, live);
    expect(map).toEqual({ files: 2, bytes: 'one<script src="./map/index-abc.js"></script>'.length });
    expect((await publishTileset(set, live)).map).toEqual(map);
    expect((await planPublish(set, live)).map).toEqual({ files: 0, bytes: 0 });
    expect(await readFile(join(live, 'map/index-abc.js'), 'utf8')).toBe('one');
    expect(await readFile(join(live, 'index.html'), 'utf8')).toContain('index-abc.js');
    await expect(stat(join(live, 'notes.txt'))).rejects.toThrow('ENOENT');
    const order = await Promise.all(
      ['index.json', 'map/index-abc.js', 'index.html'].map(
        async path => (await stat(join(live, path))).mtimeMs,
      ),
    );
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect((await verifySet(folderStore(live))).orphans).toEqual([]);

    // Another map and another generation: the scripts of the older map stay for open pages.
    await writeFile(input, systems(41));
    await build([input], set, { chunkLimit: 8 });
    await write(set, 'map/index-def.js', 'two');
    await write(set, 'index.html', '<script src="./map/index-def.js"></script>');
    await publishTileset(set, live);
    const { orphans } = await verifySet(folderStore(live));
    expect(orphans!.length).toBeGreaterThan(0);
    const garbage = await collectGarbage(live, { keep: 1, grace: 86_400_000, sweep: true });
    expect(garbage.marked.files).toBe(orphans!.length);
    expect(await readFile(join(live, 'map/index-abc.js'), 'utf8')).toBe('one');
    expect(await readFile(join(live, 'map/index-def.js'), 'utf8')).toBe('two');
    expect(await readFile(join(live, 'index.html'), 'utf8')).toContain('index-def.js');

    // The same generation with another page: the page is sent, although no file of the set is.
    await write(set, 'index.html', '<script src="./map/index-def.js"></script> newer');
    expect((await publishTileset(set, live)).changed).toBe(false);
    expect(await readFile(join(live, 'index.html'), 'utf8')).toContain('newer');
  });
});

test('a page without scripts of a map is one of the user: it is not published', async () => {
  await inPlaces(async ({ input, set, live }) => {
    await writeFile(input, systems(3));
    await build([input], set);
    for (const page of ['mine', '<script src="./map/tiles.js"></script>']) {
      await write(set, 'index.html', page);
      await publishTileset(set, live);
      await expect(stat(join(live, 'index.html'))).rejects.toThrow('ENOENT');
      await write(set, 'map/tiles.js', 'a map of the user');
    }
  });
});

test('a map replaces no page of the user', async () => {
  await inPlaces(async ({ folder, input, set, live }) => {
    await writeFile(input, systems(3));
    await build([input], set);
    await expect(checkNoOtherPage(folderStore(join(folder, 'absent')))).resolves.toBeUndefined();
    await publishTileset(set, live);
    await write(live, 'index.html', 'mine');
    await write(set, 'index.html', '<script src="./map/index-abc.js"></script>');
    await write(set, 'map/index-abc.js', 'one');
    for (const publish of [publishTileset, planPublish])
      await expect(publish(set, live)).rejects.toThrow('has an index.html that is not the map');
    expect(await readdir(live)).not.toContain('map');
    expect(await readFile(join(live, 'index.html'), 'utf8')).toBe('mine');
    await expect(checkNoOtherPage(folderStore(live))).rejects.toThrow('would be replaced');
    await expect(checkNoOtherPage(folderStore(set))).resolves.toBeUndefined();
  });
});

test('a plan counts the files of the map, their requests and their price', async () => {
  await inPlaces(async ({ input, set }) => {
    await writeFile(input, systems(3));
    await build([input], set);
    const store = memoryStore();
    const without = await planPublish(set, store);
    expect(without.map).toEqual({ files: 0, bytes: 0 });
    await write(set, 'index.html', '<script src="./map/index-abc.js"></script>');
    await write(set, 'map/index-abc.js', 'x'.repeat(1e6));
    const calls = { get: 0, put: 0, list: 0, delete: 0 };
    const counting = watchedStore(store, ({ method }) => {
      calls[method]++;
    });
    const plan = await planPublish(set, counting);
    expect(plan.map).toEqual({ files: 2, bytes: 1e6 + 42 });
    expect(plan.requests).toEqual({
      put: without.requests.put + 2,
      list: without.requests.list + 3,
      get: without.requests.get + 2,
    });
    const { requests, storagePerMonth } = plan.cost!;
    expect(requests - without.cost!.requests).toBeCloseTo((5 * 0.005 + 2 * 0.0004) / 1000, 12);
    expect(storagePerMonth - without.cost!.storagePerMonth).toBeCloseTo((1e6 + 42) * 1e-9 * 0.023, 12);
    // Of index.json and of all files, there are two more lists.
    expect(calls).toEqual({ get: 2, put: 0, list: 3 + 2, delete: 0 });
    await publishTileset(set, store);
    expect((await planPublish(set, store)).map).toEqual({ files: 0, bytes: 0 });
  });
});

test('a file of the map that vanishes while it is published has its name in the error', async () => {
  await inPlaces(async ({ input, set, live }) => {
    await writeFile(input, systems(3));
    await build([input], set);
    await write(set, 'index.html', '<script src="./map/index-abc.js"></script>');
    await write(set, 'map/index-abc.js', 'one');
    const from = folderStore(set);
    const vanishing: Store = {
      ...from,
      get: (path, options) =>
        path.startsWith('map/') ? Promise.resolve(undefined) : from.get(path, options),
    };
    const error = await failure(mapToSend(vanishing, folderStore(live), undefined));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ file: 'map/index-abc.js' });
  });
});

test('files of a map are read and sent several at a time, the page last', async () => {
  await inPlaces(async ({ input, set }) => {
    await writeFile(input, systems(3));
    await build([input], set);
    await write(set, 'index.html', '<script src="./map/index-abc.js"></script>');
    for (const name of ['index-abc', 'b', 'c', 'd']) await write(set, `map/${name}.js`, name);
    const store = memoryStore();
    const open = { get: 0, put: 0 };
    const most = { get: 0, put: 0 };
    const puts: string[] = [];
    const slow = <T>(method: 'get' | 'put', path: string, work: () => Promise<T>): Promise<T> => {
      if (!/^(map|index\.html)/.test(path)) return work();
      if (method === 'put') puts.push(path);
      most[method] = Math.max(most[method], ++open[method]);
      return nextTurn()
        .then(work)
        .finally(() => open[method]--);
    };
    const to: Store = {
      ...store,
      get: (path, options) => slow('get', path, () => store.get(path, options)),
      put: (path, content, options) => slow('put', path, () => store.put(path, content, options)),
    };
    await publishTileset(set, to);
    expect(most).toEqual({ get: 5, put: 4 });
    expect(puts).toHaveLength(5);
    expect(puts.at(-1)).toBe('index.html');
  });
});
