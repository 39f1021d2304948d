import { cpSync, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  ArgumentError,
  changes,
  folderSource,
  GenerationGoneError,
  httpSource,
  NetworkError,
  NotFoundError,
  openTileset,
  type Source,
  type Tileset,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { collectGarbage, memoryStore, publishTileset, updateTileset } from '#pipeline/index.ts';
import { hasChromium, launchBrowser, runInPage } from '#test/support/browser.ts';
import { type Plan, startServer } from '#test/support/file-server.ts';
import {
  agingStore,
  recordsOf,
  upsertOf,
  versionOf,
  versions,
  watchedStore,
} from '#test/support/published-sets.ts';
import { runProcess } from '#test/support/run-command.ts';
import { NGINX, startNginx } from '#test/support/servers.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const { folders, generations } = versions(5);
const DAY = 86_400_000;

/** Publishes a version to a folder. */
const publish = (version: number, folder: string) => publishTileset(folders[version]!, join(folder, 'set'));

/** Updates a set in a folder to a version. */
const update = (version: number, folder: string) =>
  updateTileset(join(folder, 'set'), { edits: recordsOf(version).map(upsertOf) }, { flush: false });

/** A folder with version 0, published, and a server of it. */
async function served<T>(
  use: (place: {
    folder: string;
    url: string;
    server: Awaited<ReturnType<typeof startServer>>;
  }) => Promise<T>,
  plan?: Plan,
): Promise<T> {
  return inFolder(async folder => {
    await publish(0, folder);
    const server = await startServer(join(folder, 'set'), plan && { plan });
    try {
      return await use({ folder, url: server.url, server });
    } finally {
      await server.close();
    }
  });
}

/** Queries all the time while a set becomes other versions; each answer is that of the generation that was asked. */
async function readThrough(
  times: number,
  source: Source,
  become: (version: number) => Promise<unknown>,
): Promise<void> {
  let isChanging = true;
  let set = await openTileset(source, { cacheBytes: 4_000 });
  const seen = new Set<string>();
  const check = async (tileset: Tileset) =>
    expect(generations[await versionOf(tileset)]).toBe(tileset.generation);
  const read = async () => {
    while (isChanging) {
      set = await set.refresh();
      seen.add(set.generation);
      await check(set);
    }
  };
  const reads = read();
  try {
    for (let nth = 1; nth <= times; nth++) {
      const before = set;
      await become(nth % 5);
      const after = await before.refresh();
      expect(after.generation).toBe(generations[nth % 5]);
      await check(before);
    }
  } finally {
    isChanging = false;
    await reads;
  }
  expect(seen.size).toBeGreaterThan(1);
}

describe('a reader through publishes has no wrong and no mixed answer, and sees each new generation', () => {
  test('over HTTP', () =>
    served(({ folder, url }) => readThrough(30, httpSource(url), version => publish(version, folder))));

  test('in a folder', () =>
    served(({ folder }) =>
      readThrough(10, folderSource(join(folder, 'set')), version => publish(version, folder)),
    ));

  test.skipIf(!existsSync(NGINX))(
    'from nginx, whose ETags are the same for files of one second and size',
    () =>
      inFolder(async folder => {
        await publish(0, folder);
        const nginx = await startNginx(folder, `location / { root ${join(folder, 'set')}; }`);
        try {
          await readThrough(8, httpSource(nginx.url), version => publish(version, folder));
        } finally {
          nginx.stop();
        }
      }),
  );
});

test('a reader through 100 updates has no wrong and no mixed answer', () =>
  served(({ folder, url }) => readThrough(100, httpSource(url), version => update(version, folder))));

describe('refresh', () => {
  test('returns the same tileset while nothing changes, for a 304', () =>
    served(async ({ url, server }) => {
      const set = await openTileset(url);
      const usage = newUsage();
      expect(await set.refresh({ usage })).toBe(set);
      expect(await set.refresh()).toBe(set);
      expect(usage).toMatchObject({ requests: 1, roundTrips: 1 });
      const [first, ...others] = server.hits.map(({ headers }) => headers);
      expect(first!['if-none-match']).toBeUndefined();
      for (const headers of others) {
        expect(headers['if-none-match']).toMatch(/^".+"$/);
        expect(headers['cache-control']).toMatch(/max-age=0|no-cache/);
      }
      expect(server.bytes).toBeLessThan(2 * (await folderSource(folders[0]!).get('index.json'))!.length);
    }));

  test('does not trust an ETag that two contents of one second can have', async () => {
    const index = (await folderSource(folders[0]!).get('index.json'))!;
    const now = Date.UTC(2026, 0, 1);
    for (const [age, isTrusted] of [
      [0, false],
      [1, false],
      [2, true],
      [3600, true],
      [undefined, true],
    ] as const) {
      const asked: Headers[] = [];
      const headers = new Headers({ ETag: '"a"', Date: new Date(now).toUTCString() });
      if (age !== undefined) headers.set('Last-Modified', new Date(now - age * 1000).toUTCString());
      const fetch = async (_url: unknown, init?: RequestInit) => {
        asked.push(new Headers(init?.headers));
        return new Response(index as Uint8Array<ArrayBuffer>, { headers });
      };
      const set = await openTileset('https://example.org/stars/', { http: { fetch } });
      await set.refresh();
      expect(asked[1]!.get('If-None-Match'), `${age}`).toBe(isTrusted ? '"a"' : null);
    }
  });

  test('keeps the cache: no file is requested twice', () =>
    served(async ({ folder, url, server }) => {
      let set = await openTileset(url);
      await versionOf(set);
      const files = () => server.hits.map(({ path }) => path).filter(path => path !== '/index.json');
      const first = files();
      await publish(1, folder);
      set = await set.refresh();
      await versionOf(set);
      const second = files().slice(first.length);
      expect(second.length).toBeGreaterThan(0);
      expect(second.length).toBeLessThan(first.length);
      expect(new Set(files()).size).toBe(files().length);
    }));

  test('leaves a query under way, and later ones to the older tileset, on their generation', async () => {
    const held = Promise.withResolvers<undefined>();
    const plan: Plan = ({ path }) => (path.startsWith('/chunks/') ? held.promise : undefined);
    await served(async ({ folder, url, server }) => {
      const old = await openTileset(url);
      const running = versionOf(old);
      await server.until(({ hits }) => hits.some(({ path }) => path.startsWith('/chunks/')));
      await publish(1, folder);
      const now = await old.refresh();
      held.resolve(undefined);
      expect(await running).toBe(0);
      expect(await versionOf(now)).toBe(1);
      expect(await versionOf(old)).toBe(0);
      expect([old.generation, now.generation]).toEqual(generations.slice(0, 2));
    }, plan);
  });

  test('reads the preload file of the new generation if the set was opened with it', async () => {
    const store = memoryStore();
    await publishTileset(folders[0]!, store);
    const got: string[] = [];
    const watched = watchedStore(store, ({ method, path }) => void (method === 'get' && got.push(path)));
    const set = await openTileset(watched, { preload: true });
    await publishTileset(folders[1]!, store);
    got.length = 0;
    const after = await set.refresh();
    const { preload } = after.index;
    expect(got).toEqual(['index.json', ...(preload ? [`preload/${preload.hash}.mpk`] : [])]);
  });

  test.skipIf(!hasChromium)('revalidates by the cache of a browser, and switches there', () =>
    inFolder(async folder => {
      await publish(0, folder);
      const client = fileURLToPath(new URL('../../client/index.ts', import.meta.url));
      const plan: Plan = async ({ path }) => {
        if (path === '/publish') await publish(1, folder);
        return undefined;
      };
      const browser = await launchBrowser();
      onTestFinished(() => browser.close());
      const { result, server } = await runInPage(
        browser,
        folder,
        {
          imports: `import { openTileset } from ${JSON.stringify(client)};`,
          body: `
            const set = await openTileset('set/');
            const rows = tileset => tileset.sphere({ center: [0, 0, 0], radius: 1e6 }).toArray();
            const versions = async tileset => [...new Set((await rows(tileset)).map(row => row.fields.version))];
            const old = await versions(set);
            const isSame = (await set.refresh()) === set;
            await fetch('publish');
            for await (const { before, after } of set.watch({ interval: 1 }))
              return [old, isSame, await versions(before), await versions(after)];`,
        },
        { plan },
      );
      expect(result).toEqual([[0], true, [0], [1, 0]]);
      const asked = server.hits.filter(({ path }) => path === '/set/index.json');
      expect(asked[1]!.headers['if-none-match']).toMatch(/^".+"$/);
      expect(server.hits.every(({ method }) => method === 'GET')).toBe(true);
    }),
  );
});

describe('after garbage collection', () => {
  /** A store in which version 0 is gone, and an open tileset of it. */
  async function collected() {
    const store = agingStore(memoryStore());
    await publishTileset(folders[0]!, store);
    const gets: string[] = [];
    const source = watchedStore(store, ({ method, path }) => void (method === 'get' && gets.push(path)));
    const old = await openTileset(source);
    await publishTileset(folders[1]!, store);
    for (let run = 0; run < 4; run++) {
      await store.age(DAY);
      await collectGarbage(store, { keep: 1, grace: DAY });
    }
    gets.length = 0;
    return { old, gets, store };
  }

  test('queries fail with a GenerationGoneError that says to refresh, after reading the index once', async () => {
    const { old, gets } = await collected();
    const errors = await Promise.all([failure(versionOf(old)), failure(versionOf(old))]);
    for (const error of errors) {
      expect(error).toBeInstanceOf(GenerationGoneError);
      expect(error).toMatchObject({
        ...{ expected: generations[0], found: generations[1], cause: expect.any(NotFoundError) },
        file: expect.stringMatching(/\.mpk$/),
        message: expect.stringContaining('refresh()'),
      });
    }
    expect(gets.filter(path => path === 'index.json').length).toBeLessThanOrEqual(2);
    expect(await versionOf(await old.refresh())).toBe(1);
  });

  test('concurrent reads of missing files read the index once', async () => {
    const { old, gets } = await collected();
    await Promise.all([1, 2, 3].map(() => failure(old.details([{ id: 's0', x: -1000, y: 0, z: 0 }]))));
    expect(gets.filter(path => path === 'index.json')).toEqual(['index.json']);
  });

  test.each([
    ['404', { kind: 'status', status: 404 }],
    ['403, as of a bucket', { kind: 'status', status: 403 }],
    ['a page', { kind: 'html' }],
  ] as const)('a host may answer with %s', async (_, wrong) => {
    let isGone = false;
    await served(
      async ({ folder, url }) => {
        const set = await openTileset(url);
        isGone = true;
        // Nothing else is live: the file is missing.
        const error = await failure(versionOf(set));
        expect(error).not.toBeInstanceOf(GenerationGoneError);
        await publish(1, folder);
        expect(await failure(versionOf(set))).toMatchObject({
          name: 'GenerationGoneError',
          cause: { name: error.name },
        });
        isGone = false;
        expect(await versionOf(set)).toBe(0);
      },
      ({ path }) => (isGone && path !== '/index.json' ? wrong : undefined),
    );
  });

  test('a file that is missing from the live generation is a NotFoundError, and found once it is there', () =>
    served(async ({ folder, url }) => {
      const set = await openTileset(url);
      await rm(join(folder, 'set/chunks'), { recursive: true });
      expect(await failure(versionOf(set))).toBeInstanceOf(NotFoundError);
      cpSync(join(folders[0]!, 'chunks'), join(folder, 'set/chunks'), { recursive: true });
      expect(await versionOf(set)).toBe(0);
    }));
});

describe('watch', () => {
  test('yields each new generation with the one before, whose changes can be read', async () => {
    const store = memoryStore();
    await publishTileset(folders[0]!, store);
    const set = await openTileset(store);
    const controller = new AbortController();
    const seen: unknown[] = [];
    await publishTileset(folders[1]!, store);
    const watching = (async () => {
      for await (const { before, after } of set.watch({ interval: 1, signal: controller.signal })) {
        const ids: string[] = [];
        for await (const { id } of changes(before, after)) ids.push(id);
        seen.push([before.generation, after.generation, before.counts, after.counts, ids.sort()]);
        if (seen.length === 3) controller.abort(new Error('enough'));
        else await publishTileset(folders[seen.length + 1]!, store);
      }
    })();
    await expect(watching).rejects.toThrow('enough');
    const { counts } = set;
    const ids = Array.from({ length: 8 }, (_, i) => `s${i}`);
    expect(seen).toEqual([0, 1, 2].map(nth => [generations[nth], generations[nth + 1], counts, counts, ids]));
  });

  test('ends at the error of a request, or goes on where onError takes it', async () => {
    const store = memoryStore();
    await publishTileset(folders[0]!, store);
    let left = 0;
    const source = watchedStore(store, () => {
      if (left-- > 0) throw new NetworkError('no connection');
    });
    const set = await openTileset(source);
    await publishTileset(folders[1]!, store);
    left = 1;
    await expect(set.watch({ interval: 1 }).next()).rejects.toThrow('no connection');
    left = 3;
    const onError = vi.fn();
    const { value } = await set.watch({ interval: 1, onError }).next();
    expect(value!.after.generation).toBe(generations[1]);
    expect(onError).toHaveBeenCalledTimes(3);
  });

  test('refuses an interval that is out of range, and an unknown option', async () => {
    const set = await openTileset(folders[0]!);
    for (const interval of [0, -1, Number.NaN, 2 ** 31])
      await expect(set.watch({ interval }).next()).rejects.toThrow(ArgumentError);
    await expect(set.watch({ every: 5 } as object).next()).rejects.toThrow('unknown option "every"');
  });

  test.each([
    ['a signal', '{ signal }', 'controller.abort();'],
    ['persistent: false', '{ persistent: false }', ''],
  ])('does not keep a process alive: %s', async (_, options, then) => {
    const client = new URL('../../client/node/index.ts', import.meta.url).href;
    const script = `
      import { openTileset } from ${JSON.stringify(client)};
      const set = await openTileset(process.argv[1]);
      const controller = new AbortController();
      const { signal } = controller;
      set.watch({ interval: 2 ** 31 - 1, ...${options} }).next().catch(() => console.log('ended'));
      setTimeout(() => { ${then} }, 50);`;
    const { code, stderr } = await runProcess(process.execPath, [
      ...['--input-type=module', '--eval', script, folders[0]!],
    ]);
    expect([code, stderr]).toEqual([0, '']);
  });
});
