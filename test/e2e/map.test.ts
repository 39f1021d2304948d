import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build } from '#pipeline/index.ts';
import { hasChromium } from '#test/support/browser.ts';
import {
  addViewer,
  launchWithGraphics,
  type MapPage,
  type MapPageOptions,
  openMap,
  PHONE,
  placeOf,
  settle,
} from '#test/support/map-page.ts';
import { temporaryFolder } from '#test/support/temporary.ts';
import { testFailures } from './map-failures.ts';
import { testLayout } from './map-layout.ts';
import { testLinks } from './map-links.ts';

/** Faults that axe-core, which the page has, calls serious or critical. */
async function seriousFaults(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
      );
  });
}

const stars = fileURLToPath(new URL('../../data/nearby-stars.json', import.meta.url));

describe.skipIf(!hasChromium)('the map in Chromium', () => {
  const { path: folder, remove } = temporaryFolder();
  const set = join(folder, 'set');
  let browser: Browser;
  let open: MapPage | undefined;

  beforeAll(async () => {
    // Small limits, so that few stars have several levels of detail.
    await build([stars], set, { chunkLimit: 16, preview: { size: 4 } });
    await addViewer(set, join(folder, 'viewer'));
    // Another generation of the same systems.
    await build([stars], join(folder, 'newer'), { chunkLimit: 17, preview: { size: 4 } });
    await cp(join(folder, 'newer/index.json'), join(set, 'index.json.newer'));
    browser = await launchWithGraphics();
  });

  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  afterAll(async () => {
    await browser?.close();
    remove();
  });

  async function map(options?: MapPageOptions): Promise<MapPage> {
    open = await openMap(browser, set, options);
    return open;
  }

  const text = (page: Page, selector: string) => page.locator(selector).innerText();

  test('shows the whole catalogue after two requests', async () => {
    let files = 0;
    const { page, server } = await map({
      plan: ({ path }) => (/\.(json|mpk)$/.test(path) && ++files > 2 ? { kind: 'stall' } : undefined),
      ready: page =>
        page.waitForFunction(() => globalThis.starMap?.stage.frames > 0 && starMap.field.points > 0),
    });
    expect(await page.evaluate(() => starMap.field.points)).toBe(
      (await openTileset(set)).index.overview!.rows,
    );
    expect(server.hits.find(({ path }) => path.endsWith('.mpk'))?.path).toContain('previews');
  });

  test('shows more systems as the camera comes nearer, in the end all', async () => {
    const { page, errors } = await map();
    await page.evaluate(() => starMap.rig.look([0, -30000, 0], [0, 0, 0], false));
    await settle(page);
    const before = await page.evaluate(() => starMap.field.points);
    await page.evaluate(() => starMap.rig.look([0, -30, 10], [0, 0, 0], false));
    await settle(page);
    const near = await (await openTileset(set)).sphere({ center: [0, 0, 0], radius: 6 }).toArray();
    const shown = await page.evaluate(() =>
      starMap.field.pieces.flatMap(({ piece, ranges }) =>
        ranges.flatMap(({ start, end }) => piece.id.slice(start, end)),
      ),
    );
    expect(new Set(shown).size).toBe(shown.length);
    expect(near.filter(({ id }) => !shown.includes(id))).toEqual([]);
    expect(shown.length).toBeGreaterThan(before);
    expect(errors).toEqual([]);
  });

  test('names the system under the pointer, and opens it with all that is known', async () => {
    const { page } = await map({ address: '#eye=0,-20,8&at=0,0,0' });
    const place = await placeOf(page, [0, 0, 0]);
    await page.mouse.move(place.x, place.y);
    await page.waitForSelector('.hover-card:not([hidden])');
    expect(await text(page, '.hover-card')).toContain('Sol');
    // Over the same system, the pointer costs no frames.
    await settle(page);
    const framesThen = () =>
      page.evaluate(
        () => new Promise<number>(resolve => setTimeout(() => resolve(starMap.stage.frames), 200)),
      );
    const frames = await framesThen();
    await page.mouse.move(place.x + 1, place.y);
    expect(await framesThen()).toBe(frames);
    await page.mouse.click(place.x, place.y);
    await page.waitForSelector('.panel .bodies');
    const panel = await text(page, '.panel');
    expect(panel).toContain('Solar neighbourhood');
    await page.locator('.body summary', { hasText: 'Earth' }).click();
    expect(await text(page, '.panel')).toContain('More than a million described species');
    expect(await page.locator('.orbits .orbit').count()).toBe(13);
    expect(page.url()).toContain('eye=');
    await page.waitForURL(/system=SYS_SOL/);
    await page.keyboard.press('Escape');
    expect(await page.locator('.panel').isHidden()).toBe(true);
  });

  test('the panel shows bodies and fields of any type', async () => {
    const odd = join(folder, 'odd');
    const record = {
      ...{
        id: 'ODD',
        name: 'Odd',
        region: 'R',
        x: 1,
        y: 2,
        z: 3,
        planets: 7,
        moons: { name: 'Solo', mass: 1 },
      },
      space_station: [{ name: { a: 'nested name' }, x: 5 }, 'Second', 42],
      further: { deep: [{ deeper: null, at: [1, [2]] }], truth: false },
    };
    const catalogue = join(folder, 'odd.json');
    await writeFile(
      catalogue,
      JSON.stringify([
        record,
        { id: 'B', name: 'B', region: 'R', x: 0, y: 0, z: 0, planets: [], moons: ['Luna'] },
      ]),
    );
    await build([catalogue], odd, {});
    await cp(join(folder, 'viewer'), odd, { recursive: true });
    open = await openMap(browser, odd, { address: '#system=ODD' });
    const { page, errors } = open;
    await page.waitForSelector('.panel .bodies');
    for (const summary of await page.locator('.body summary').all()) await summary.click();
    const panel = await text(page, '.panel');
    for (const shown of ['planets\n7', 'Solo', 'mass\n1', 'nested name', 'Second', '42', 'no'])
      expect(panel).toContain(shown);
    // A picture only of bodies that are drawn.
    expect(await page.locator('.panel .orbits').count()).toBe(0);
    await page.evaluate(() => {
      location.hash = '#system=B';
    });
    await page.waitForSelector('.panel .orbits[aria-label^="The system of B: 1 orbit"]');
    expect(errors).toEqual([]);
  });

  test('finds systems and values, by mouse and by keys', async () => {
    const { page } = await map();
    await page.keyboard.press('/');
    await page.keyboard.type('sirius');
    await page.waitForSelector('#search-results [role=option]');
    expect(await text(page, '#search-results [role=option] >> nth=0')).toContain('Sirius');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.panel .fields');
    expect(await text(page, '.panel h2')).toBe('Sirius');
    await settle(page);
    // It has flown there.
    expect(await page.evaluate(() => starMap.stage.view.distance)).toBeLessThan(60);
    // Enter chooses what is found by the text, also where the list is still another one.
    for (const name of ['Vega', 'Altair']) {
      await page.locator('#search').fill(name.toLowerCase());
      await page.keyboard.press('Enter');
      await page.waitForFunction(shown => document.querySelector('.panel h2')?.textContent === shown, name);
    }
    await page.locator('#search').fill('silic');
    const value = page.locator('#search-results [role=option]', { hasText: 'material' });
    await value.first().click();
    expect(await text(page, '.chips')).toMatch(/material: silic/i);
    await page.locator('#search').fill('no such star');
    await page.waitForSelector('#search-results .empty');
    expect(await text(page, '#search-results')).toContain('Nothing has');
  });

  test('a filter acts on the overview, on near systems and on the list of nearby ones', async () => {
    const { page } = await map({ address: '#where=region=Lyra&others=0' });
    const all = await (await openTileset(set))
      .sphere({ center: [0, 0, 0], radius: 1e9, where: { region: 'Lyra' } })
      .toArray();
    const shown = () =>
      page.evaluate(() =>
        starMap.field.pieces.flatMap(({ piece, ranges }) =>
          ranges.flatMap(({ start, end }) => piece.region.slice(start, end)),
        ),
      );
    expect(new Set(await shown())).toEqual(new Set(['Lyra']));
    await page.getByRole('button', { name: 'Nearby' }).click();
    await page.waitForFunction(
      count => document.querySelectorAll('#panel-nearby li').length === count,
      all.length,
    );
    expect(await page.locator('#panel-nearby small').allInnerTexts()).toEqual(all.map(() => 'Lyra'));
    await page.locator('.chip').first().click();
    await settle(page);
    expect(new Set(await shown()).size).toBeGreaterThan(3);
  });

  test('a value is excluded at every level, in the list of nearby systems and in the link', async () => {
    const { page } = await map({ address: '#where=region=Lyra|Sagittarius&others=0' });
    const regionsShown = () =>
      page.evaluate(() =>
        starMap.field.pieces.flatMap(({ piece, ranges }) =>
          ranges.flatMap(({ start, end }) => piece.region.slice(start, end)),
        ),
      );
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    await page.locator('.facet', { hasText: 'region' }).locator('summary').click();
    await page.getByRole('searchbox', { name: 'Find a value of region' }).fill('Lyra');
    await page.getByRole('button', { name: 'Exclude Lyra' }).click();
    // A value cannot be chosen and excluded.
    expect(await page.locator('.chip').allInnerTexts()).toEqual([
      'region: Sagittarius',
      'region: not Lyra',
      'Clear all',
    ]);
    await page.waitForURL(/where=region!=Lyra/);
    await page.locator('.chip', { hasText: 'region: Sagittarius' }).click();
    await settle(page);
    const regions = new Set(await regionsShown());
    expect(regions.has('Lyra')).toBe(false);
    expect(regions.size).toBeGreaterThan(3);
    await page.getByRole('button', { name: 'Nearby' }).click();
    await page.waitForSelector('#panel-nearby li');
    expect(await page.locator('#panel-nearby small').allInnerTexts()).not.toContain('Lyra');
    await page.reload();
    await settle(page);
    expect(await page.locator('.chip').allInnerTexts()).toEqual(['region: not Lyra']);
    expect(new Set(await regionsShown())).toEqual(regions);
    // The most frequent value is listed at once.
    const regionCounts = await (await openTileset(set)).facet('region', { limit: 100 });
    const [frequent] = regionCounts.sort((a, b) => b.systems - a.systems);
    await page.evaluate(value => {
      location.hash = `#where=region=${value}`;
    }, frequent!.value);
    await settle(page);
    await page.getByRole('button', { name: 'Filters', exact: true }).click();
    await page.locator('.facet', { hasText: 'region' }).locator('summary').click();
    const box = page.locator('.values li', { hasText: String(frequent!.value) }).getByRole('checkbox');
    await box.first().waitFor();
    expect(await box.first().isChecked()).toBe(true);
    // Systems that the filter rejects are not counted.
    await page.waitForFunction(
      systems => document.querySelector('.meter .points b')?.textContent === `${systems} / 317`,
      frequent!.systems,
    );
  });

  test('the legend filters, and regions are highlighted while the others stay in grey', async () => {
    const { page } = await map({ address: '#colour=region' });
    const entry = page.locator('.legend button').first();
    const name = await entry.locator('.label').innerText();
    await entry.click();
    expect(await entry.getAttribute('aria-pressed')).toBe('true');
    await page.waitForURL(/where=/);
    await settle(page);
    const points = await page.evaluate(() => starMap.field.points);
    const matching = await page.evaluate(() =>
      starMap.field.pieces.reduce(
        (sum, { ranges }) => sum + ranges.reduce((rows, { start, end }) => rows + end - start, 0),
        0,
      ),
    );
    expect(points).toBeGreaterThan(matching);
    await entry.click();
    await settle(page);
    const readsSoFar = () => page.evaluate(() => starMap.usage.requests + starMap.usage.cacheHits);
    const reads = await readsSoFar();
    await page.getByRole('button', { name: 'Regions' }).click();
    await page.waitForSelector('#panel-regions .rows button');
    // The meter counts the reads of lists too.
    expect(await readsSoFar()).toBeGreaterThan(reads);
    await page.getByLabel('Find a region').fill('lyra');
    await page.locator('#panel-regions .rows button', { hasText: 'Lyra' }).first().click();
    expect(await text(page, '.chips')).toContain('region: Lyra');
    expect(name).not.toBe('');
  });

  test('works by keys alone', async () => {
    const { page } = await map({ address: '#eye=0,-20,8&at=0,0,0' });
    await page.keyboard.press('Tab');
    await page.locator('#sky').focus();
    const before = await page.evaluate(() => starMap.rig.destination.eye);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('+');
    await settle(page);
    const after = await page.evaluate(() => starMap.rig.destination);
    expect(Math.hypot(...after.eye)).toBeLessThan(Math.hypot(...before));
    await page.keyboard.press('Enter');
    await page.waitForSelector('.panel .fields');
    expect(await text(page, '.panel h2')).toBe('Sol');
    // Screen readers say it; the keys go on working when the panel is closed.
    expect(await page.getByRole('status').allInnerTexts()).toContain('Sol, Solar neighbourhood');
    await page.getByRole('button', { name: 'Close the panel' }).press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('sky');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').isVisible()).toBe(true);
  });

  test('opens without a network after a visit, with all that it has shown', async () => {
    let isDown = false;
    const { page } = await map({
      serviceWorkers: 'allow',
      address: '#eye=0,-20,8&at=0,0,0&system=SYS_SOL',
      plan: () => (isDown ? { kind: 'reset' } : undefined),
    });
    await page.waitForSelector('.offline:not([hidden])');
    // The files that the page had loaded are kept few at a time.
    const [worker] = page.context().serviceWorkers();
    const reads = await worker!.evaluate(() =>
      performance.getEntriesByType('resource').map(entry => {
        const { startTime, responseEnd } = entry as PerformanceResourceTiming;
        return { from: startTime, to: responseEnd };
      }),
    );
    const atOnce = reads.map(({ from }) => reads.filter(read => read.from <= from && read.to > from).length);
    expect(reads.length).toBeGreaterThan(12);
    expect(Math.max(...atOnce)).toBeLessThanOrEqual(6);
    const before = await page.evaluate(() => starMap.field.points);
    isDown = true;
    await page.reload();
    await settle(page);
    await page.waitForSelector('.panel .bodies');
    expect(await page.evaluate(() => starMap.field.points)).toBe(before);
    expect(await text(page, '.panel h2')).toBe('Sol');
  });

  test('has no serious fault of accessibility, with every part open', async () => {
    const { page } = await map({ address: '#system=SYS_SOL&where=region=Lyra' });
    await page.waitForSelector('.panel .bodies');
    await page.locator('.body summary').first().click();
    await page.evaluate(axe.source);
    for (const tab of ['Filters', 'Regions', 'Nearby', 'Colours']) {
      await page.getByRole('button', { name: tab, exact: true }).click();
      if (tab === 'Filters') await page.locator('.facet summary').first().click();
      await page.waitForSelector(`.dock-panel:not([hidden]) li`);
      expect(await seriousFaults(page)).toEqual([]);
    }
  });

  test('in a frame of another page it is only the map, with a link to all of it', async () => {
    const { page } = await map({ address: '?embed#eye=0,-20,8&at=0,0,0' });
    expect(await page.locator('#search, .dock').count()).toBe(0);
    const link = page.getByRole('link', { name: 'Open the map' });
    await link.focus();
    const href = new URL((await link.getAttribute('href'))!);
    expect([href.search, href.hash]).toEqual(['', new URL(page.url()).hash]);
  });

  testLinks(map);

  testFailures(set, map);

  testLayout(set, map);

  test('fits a phone: sheets, touch, and nothing wider than the screen', async () => {
    const { page } = await map({ ...PHONE, address: '#eye=0,-20,8&at=0,0,0' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    const place = await placeOf(page, [0, 0, 0]);
    await page.touchscreen.tap(place.x, place.y);
    await page.waitForSelector('.panel .fields');
    const { y } = (await page.locator('.panel').boundingBox())!;
    expect(y).toBeGreaterThan(250);
    await page.getByRole('button', { name: 'Close the panel' }).tap();
    await page.getByRole('button', { name: 'Regions' }).tap();
    await page.waitForSelector('#panel-regions .rows button');
    const sheet = (await page.locator('#panel-regions').boundingBox())!;
    expect(sheet.x + sheet.width).toBeLessThanOrEqual(390);
    expect(sheet.y).toBeGreaterThan(150);
  });
});
