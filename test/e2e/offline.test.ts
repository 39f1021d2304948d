import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build } from '#pipeline/index.ts';
import { hasChromium, launchBrowser, runInPage } from '#test/support/browser.ts';
import type { Plan } from '#test/support/file-server.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const sourceOf = (file: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../client/${file}`, import.meta.url)));
const imports = `
  import { openTileset } from ${sourceOf('index.ts')};
  import { cachedSource, indexedDbCache, workOffline } from ${sourceOf('cache.ts')};
  const NEAR = { center: [0, 0, 0], radius: 12, details: true };
  const ask = async tileset => (await tileset.sphere(NEAR).toArray()).map(({ name, record }) => [name, record]);`;
const scripts = { 'service-worker.js': `import ${sourceOf('service-worker.ts')};` };
const stars = fileURLToPath(new URL('../../data/nearby-stars.json', import.meta.url));

describe.skipIf(!hasChromium)('in Chromium', () => {
  const { path: folder, remove } = temporaryFolder();
  let browser: Browser;
  let expected: unknown;
  beforeAll(async () => {
    await build([stars], join(folder, 'set'), { chunkLimit: 16 });
    browser = await launchBrowser();
    const rows = (await openTileset(join(folder, 'set')))
      .sphere({ center: [0, 0, 0], radius: 12, details: true })
      .toArray();
    expected = JSON.parse(JSON.stringify((await rows).map(({ name, record }) => [name, record])));
  });
  afterAll(async () => {
    await browser?.close();
    remove();
  });

  test('a page works offline after a first visit, with every file that it has used', async () => {
    let isOffline = false;
    const plan: Plan = ({ path }) => {
      if (isOffline) return { kind: 'reset' };
      isOffline = path === '/go-offline';
      return undefined;
    };
    const body = `
      if (!sessionStorage.visited) {
        // Its files were read before the worker was there.
        sessionStorage.visited = JSON.stringify(await ask(await openTileset('set/')));
        await workOffline('service-worker.js');
        // These go through the worker, one of them for the first time.
        const found = await (await openTileset('set/')).search('centauri');
        sessionStorage.found = found.systems.length;
        await fetch('go-offline');
        location.href = 'page.html?deep=link';
        await new Promise(() => {});
      }
      const tileset = await openTileset('set/');
      const failed = await fetch('nothing').then(() => 'answered', () => 'failed');
      const stranger = await tileset.systemById('SYS_SIRIUS').then(() => 'answered', error => error.name);
      return {
        visited: JSON.parse(sessionStorage.visited), again: await ask(tileset), failed, stranger,
        found: +sessionStorage.found, foundAgain: (await tileset.search('centauri')).systems.length,
      };`;
    const { result, server } = await runInPage(browser, folder, { imports, body }, { plan, scripts });
    expect(result).toMatchObject({
      visited: expected,
      again: expected,
      failed: 'failed',
      stranger: 'NetworkError',
    });
    const { found, foundAgain } = result as Record<'found' | 'foundAgain', number>;
    expect(found).toBeGreaterThan(0);
    expect(foundAgain).toBe(found);
    expect(server.hits.some(({ path }) => path === '/go-offline')).toBe(true);
  });

  test('the service worker keeps few files where few fit, and replaces one that is damaged', async () => {
    const body = `
      await workOffline('service-worker.js?max=0');
      const keys = async () => (await (await caches.open('haven-chunks')).keys()).map(({ url }) => url);
      const first = await ask(await openTileset('set/', { cacheBytes: 0 }));
      const files = [];
      for await (const batch of (await openTileset('set/')).records()) files.push(batch.length);
      const cache = await caches.open('haven-chunks');
      const isFile = url => url.endsWith('.mpk');
      const kept = (await keys()).filter(isFile);
      for (const url of kept) await cache.put(url, new Response('damaged'));
      return { first, files: files.length, kept: kept.length, again: await ask(await openTileset('set/')) };`;
    const { result, server } = await runInPage(browser, folder, { imports, body }, { scripts });
    expect(result).toMatchObject({ first: expected, again: expected });
    const { files, kept } = result as Record<'files' | 'kept', number>;
    expect(files).toBeGreaterThan(5);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(new Set(server.hits.map(({ path }) => path)).size);
  });

  test('the service worker keeps its files when a response is cut off', async () => {
    let isCut = false;
    const plan: Plan = ({ path }) => {
      if (isCut && path.endsWith('.mpk')) return { kind: 'truncate' };
      isCut ||= path === '/cut';
      return undefined;
    };
    const body = `
      await workOffline('service-worker.js');
      for await (const _ of (await openTileset('set/')).records()) {}
      const cache = await caches.open('haven-chunks');
      const kept = async () => (await cache.keys()).map(({ url }) => url).filter(url => url.endsWith('.mpk'));
      // The worker keeps a response after the page has it.
      const settled = () => new Promise(resolve => setTimeout(resolve, 300));
      await settled();
      const before = await kept();
      await fetch('cut').catch(() => {});
      const { index: { tree } } = await openTileset('set/');
      const own = 'set/tree/' + tree.hash + '.mpk';
      for (let i = 0; i < 3; i++) await fetch(own, { cache: 'reload' }).then(got => got.bytes()).catch(() => {});
      await settled();
      return { before: before.length, after: (await kept()).length };`;
    const { result, server } = await runInPage(browser, folder, { imports, body }, { plan, scripts });
    const { before, after } = result as Record<'before' | 'after', number>;
    expect(before).toBeGreaterThan(5);
    expect(after).toBe(before);
    expect(server.hits.filter(({ path }) => path.startsWith('/set/tree/')).length).toBeGreaterThan(3);
  });

  test('IndexedDB serves the next page, heals a damaged file, and stays within its budget', async () => {
    const body = `
      const database = () => new Promise((resolve, reject) => {
        const request = indexedDB.open('haven-chunks');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const result = request => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const store = async (name, mode) => (await database()).transaction(name, mode).objectStore(name);
      const sizes = async () => (await result((await store('files')).getAll())).map(({ size }) => size);
      const open = async () => {
        const source = cachedSource('set/');
        return { source, tileset: await openTileset(source) };
      };
      const first = await open();
      const answer = await ask(first.tileset);
      const { misses } = first.source;
      while ((await sizes()).length < misses) await new Promise(requestAnimationFrame);
      const second = await open();
      const again = await ask(second.tileset);
      const warm = { hits: second.source.hits, misses: second.source.misses };
      for (const path of await result((await store('bytes')).getAllKeys()))
        await result((await store('bytes', 'readwrite')).put(new Uint8Array(7), path));
      const third = await open();
      const healed = await ask(third.tileset);

      // A small budget, over many files of many sizes.
      const cache = indexedDbCache({ name: 'small', maxBytes: 100_000 });
      const path = i => 'chunks/' + String(i).padStart(40, '0') + '.mpk';
      let wrong = 0;
      let lost = 0;
      for (let i = 0; i < 400; i++) {
        const file = (i * 7919) % 131;
        const size = 500 + (file * 104729) % 3000;
        const found = await cache.get(path(file));
        if (found && (found.length !== size || found[0] !== file % 256)) wrong++;
        if (!found) await cache.set(path(file), new Uint8Array(size).fill(file));
        if (!(await cache.get(path(file)))) lost++;
      }
      await cache.set(path(200), new Uint8Array(100_001));
      const small = await result(indexedDB.open('small'));
      const files = await result(small.transaction('files').objectStore('files').getAll());
      const bytes = await result(small.transaction('bytes').objectStore('bytes').getAll());
      // Another page deletes the database: the cache goes on in a new one.
      small.close();
      await result(indexedDB.deleteDatabase('small'));
      await cache.set(path(1), new Uint8Array(8));
      const reopened = (await cache.get(path(1))).length;
      const sum = sizes => sizes.reduce((sum, size) => sum + size, 0);
      return {
        answer, again, healed, misses, warm, healing: third.source.misses,
        reopened, wrong, lost, total: sum(files.map(({ size }) => size)), stored: sum(bytes.map(({ length }) => length)),
      };`;
    const { result } = await runInPage(browser, folder, { imports, body });
    const answers = { answer: expected, again: expected, healed: expected };
    expect(result).toMatchObject({ ...answers, reopened: 8, wrong: 0, lost: 0 });
    const { misses, warm, healing, total, stored } = result as {
      misses: number;
      warm: object;
      healing: number;
      total: number;
      stored: number;
    };
    expect(misses).toBeGreaterThan(3);
    expect(warm).toEqual({ hits: misses, misses: 0 });
    expect(healing).toBe(misses);
    expect(total).toBe(stored);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThanOrEqual(100_000);
  });
});
