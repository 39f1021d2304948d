import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build } from '#pipeline/index.ts';
import { hasChromium, launchBrowser, runInPage } from '#test/support/browser.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const client = JSON.stringify(fileURLToPath(new URL('../../client/index.ts', import.meta.url)));
const imports = `import { openTileset } from ${client};`;
const stars = fileURLToPath(new URL('../../data/nearby-stars.json', import.meta.url));

const exact = (value: unknown) => JSON.parse(JSON.stringify(value));

describe.skipIf(!hasChromium)('the client in Chromium', () => {
  const { path: folder, remove } = temporaryFolder();
  let browser: Browser;
  beforeAll(async () => {
    await build([stars], join(folder, 'set'), { chunkLimit: 16 });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    remove();
  });

  const QUERIES = `
    const rows = await stars.sphere({ center: [0, 0, 0], radius: 12, details: true, usage }).toArray();
    const system = await stars.system('SIRIUS', { ignoreCase: true, usage });
    const page = await stars.page({ page: 2, perPage: 50, usage });
    const found = await stars.search('centauri', { usage });
    return { rows, system, page, found, requests: usage.requests, generation: stars.generation };`;
  const OPEN = `
    const usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
    const stars = await openTileset(new URL('set/', location.href), { usage });`;

  /** The results of the queries in Node. */
  async function expected(): Promise<object> {
    const set = await openTileset(join(folder, 'set'));
    return exact({
      rows: await set.sphere({ center: [0, 0, 0], radius: 12, details: true }).toArray(),
      system: await set.system('SIRIUS', { ignoreCase: true }),
      page: await set.page({ page: 2, perPage: 50 }),
      found: await set.search('centauri'),
      generation: set.generation,
    });
  }

  test('gives the answers that it gives in Node, under a strict content security policy', async () => {
    const open = OPEN.replace("new URL('set/', location.href)", "'set/'");
    const { result, server } = await runInPage(browser, folder, { imports, body: open + QUERIES });
    const asked = server.hits.filter(hit => hit.path.includes('/set/'));
    expect(asked.length).toBeGreaterThan(3);
    expect(result).toEqual({ ...(await expected()), requests: asked.length });
  });

  test('gives the same answers in a service worker', async () => {
    const worker = `${imports}
      addEventListener('install', () => skipWaiting());
      addEventListener('message', event => {
        const answer = (async () => { ${OPEN + QUERIES} })().catch(error => ({ error: String(error) }));
        event.waitUntil(answer.then(value => event.source.postMessage(value)));
      });`;
    const body = `
      const answer = new Promise(resolve => {
        navigator.serviceWorker.addEventListener('message', ({ data }) => resolve(data), { once: true });
      });
      await navigator.serviceWorker.register('worker.js', { type: 'module' });
      const { active } = await navigator.serviceWorker.ready;
      active.postMessage('ask');
      navigator.serviceWorker.startMessages();
      return answer;`;
    const { result } = await runInPage(
      browser,
      folder,
      { imports: '', body },
      { scripts: { 'worker.js': worker } },
    );
    expect(result).toMatchObject(await expected());
  });

  test('a damaged file that the browser cached for ever is healed by one request', async () => {
    const { index } = await openTileset(join(folder, 'set'));
    const tree = `/set/tree/${index.tree!.hash}.mpk`;
    const body = `
      // The browser keeps the damaged file: the second request is answered from its cache.
      const [first, second] = [await fetch(${JSON.stringify(tree)}), await fetch(${JSON.stringify(tree)})];
      const same = [await first.arrayBuffer(), await second.arrayBuffer()].map(bytes => bytes.byteLength);
      const open = () => openTileset('set/');
      const ask = async () => (await (await open()).sphere({ center: [0, 0, 0], radius: 12, details: true }).toArray());
      return { same, rows: await ask(), again: await ask() };`;
    const { result, server } = await runInPage(
      browser,
      folder,
      { imports, body },
      { plan: ({ path, nth }) => (path === tree && nth === 0 ? { kind: 'alter' } : undefined) },
    );
    const { rows } = (await expected()) as { rows: unknown };
    expect(result).toMatchObject({ rows, again: rows });
    const asked = server.hits.filter(({ path }) => path === tree);
    expect(asked.map(({ headers }) => headers['cache-control'])).toEqual([undefined, 'no-cache']);
    // Healthy files come from the cache when the set is opened again.
    const paths = server.hits.map(({ path }) => path).filter(path => path.endsWith('.mpk') && path !== tree);
    expect(new Set(paths).size).toBe(paths.length);
  });
});
