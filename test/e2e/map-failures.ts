/** Tests of messages of the map, in the browser of map.test.ts. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { startServer } from '#test/support/file-server.ts';
import type { MapPage, MapPageOptions } from '#test/support/map-page.ts';

const KINDS = ['previews', 'chunks', 'tree', 'fold', 'facets', 'listings', 'meta', 'names'];

const stopped = (page: Page) => page.waitForSelector('.stop');

/**
 * @param folder of the set and the map
 * @param open opens the map
 */
export function testFailures(folder: string, open: (options?: MapPageOptions) => Promise<MapPage>): void {
  const newer = join(folder, 'index.json.newer');

  /** A copy of the set below its folder, which a test may change. */
  async function copySet(name: string): Promise<string> {
    const copy = join(folder, name);
    await mkdir(copy, { recursive: true });
    for (const kind of ['index.json', ...KINDS])
      await cp(join(folder, kind), join(copy, kind), { recursive: true });
    return copy;
  }

  test('says where a set was looked for, if there is none', async () => {
    const { page } = await open({ address: '?set=nowhere/', ready: stopped });
    const text = await page.locator('.stop').innerText();
    expect(text).toContain('There is no chunk set here');
    expect(text).toContain('/nowhere/');
  });

  test('says that the address of a set is not a URL', async () => {
    const { page, errors } = await open({ address: '?set=http://', ready: stopped });
    expect(await page.locator('.stop').innerText()).toContain('The address of the set is invalid');
    expect(errors).toEqual([]);
  });

  test('says that the graphics processor has stopped, until it draws again', async () => {
    const { page } = await open();
    const toast = page.locator('.toast', { hasText: 'graphics processor' });
    const context = await page.evaluateHandle(() =>
      starMap.stage.canvas.getContext('webgl2')!.getExtension('WEBGL_lose_context'),
    );
    await context.evaluate(lost => lost!.loseContext());
    await toast.waitFor();
    await context.evaluate(lost => lost!.restoreContext());
    await toast.waitFor({ state: 'detached' });
  });

  test('tells a server without CORS headers from one that does not answer', async () => {
    const headers = { 'Access-Control-Allow-Origin': 'https://elsewhere.example' };
    const other = await startServer(folder, { plan: () => ({ kind: 'status', status: 200, headers }) });
    const { page } = await open({ address: `?set=${other.url}`, ready: stopped });
    expect(await page.locator('.stop').innerText()).toContain('Access-Control-Allow-Origin');
    await other.close();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('.stop:has-text("does not answer")');
  });

  test('says that a set is newer than the map', async () => {
    await mkdir(join(folder, 'newer'), { recursive: true });
    const index = await readFile(join(folder, 'index.json'), 'utf8');
    await writeFile(join(folder, 'newer/index.json'), index.replace(/"version":\d+/, '"version":99'));
    const { page } = await open({ address: '?set=newer/', ready: stopped });
    expect(await page.locator('.stop').innerText()).toContain('newer than this map');
  });

  test('goes on without a damaged file, and asks for it again', async () => {
    let isDamaged = true;
    const { page, server } = await open({
      plan: ({ path }) => (isDamaged && path.startsWith('/chunks/') ? { kind: 'alter' } : undefined),
      ready: page => page.waitForSelector('.toast:has-text("damaged")'),
    });
    const before = await page.evaluate(() => starMap.field.points);
    expect(before).toBeGreaterThan(0);
    isDamaged = false;
    server.hits.length = 0;
    await page.locator('.toast button', { hasText: 'Try again' }).click();
    await page.waitForFunction(points => starMap.field.points > points, before);
    expect(server.hits.some(({ path }) => path.startsWith('/chunks/'))).toBe(true);
  });

  test('says why the values of a filter cannot be read, and reads them when it is opened again', async () => {
    const { page, errors } = await open();
    await page.getByRole('button', { name: 'Filters' }).click();
    const facet = page.locator('.facet').first();
    await facet.waitFor();
    await page.evaluate(() => {
      const { facets } = starMap;
      const values = facets.values.bind(facets);
      facets.values = () => {
        facets.values = values;
        return Promise.reject(new Error('the values are out of reach'));
      };
    });
    await facet.locator('summary').click();
    await facet.locator('.note', { hasText: 'out of reach' }).waitFor();
    for (let click = 0; click < 2; click++) await facet.locator('summary').click();
    await facet.locator('.values input').first().waitFor();
    expect(errors).toEqual([]);
  });

  test('replaces a message by a later one with the same key', async () => {
    const { page } = await open({
      prepare: page => page.clock.install(),
      ready: page => page.waitForFunction(() => globalThis.starMap !== undefined),
    });
    const link = page.getByRole('button', { name: 'Copy a link' });
    const toasts = page.locator('.toast:has-text("this view")');
    // The time of the first message ends while the second is there.
    for (const pause of [5_000, 4_000, 0]) {
      await toasts.evaluateAll(elements => {
        for (const element of elements) element.classList.add('before');
      });
      await link.click();
      await page.waitForSelector('.toast:has-text("this view"):not(.before)');
      await page.clock.fastForward(pause);
    }
    expect(await toasts.count()).toBe(1);
  });

  test('has lists, search and panels without WebGL', async () => {
    const { page } = await open({
      prepare: page =>
        page.addInitScript(() => {
          HTMLCanvasElement.prototype.getContext = () => null;
        }),
    });
    await page.waitForSelector('.toast:has-text("no WebGL 2")');
    await page.locator('#search').fill('vega');
    await page.locator('#search-results [role=option]').first().click();
    await page.waitForSelector('.panel .fields');
    expect(await page.locator('.panel h2').innerText()).toBe('Vega');
    await page.getByRole('button', { name: 'Nearby' }).click();
    await page.waitForSelector('#panel-nearby li');
  });

  test('offers the live generation where files of the old one are gone', async () => {
    const live = await copySet('collected');
    const { page } = await open({ address: '?set=collected/#eye=0,-30000,0&at=0,0,0' });
    await cp(newer, join(live, 'index.json'));
    await rm(join(live, 'chunks'), { recursive: true });
    await page.evaluate(() => starMap.rig.look([0, -30, 10], [0, 0, 0], false));
    const toast = page.locator('.toast', { hasText: 'The set has been published again' });
    await toast.getByRole('button', { name: 'Refresh' }).waitFor();
  });

  test('offers a newer generation of the set', async () => {
    const live = await copySet('live');
    const { page } = await open({
      address: '?set=live/',
      // The page looks for a new generation every other minute.
      prepare: page => page.clock.install(),
      ready: page => page.waitForFunction(() => globalThis.starMap !== undefined),
    });
    await cp(newer, join(live, 'index.json'));
    await page.clock.fastForward(130_000);
    await page.waitForSelector('.toast:has-text("New data")');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.waitForSelector('.toast:has-text("New data")', { state: 'detached' });
  });
}
