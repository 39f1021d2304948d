/** Tests of links into the map, in the browser of map.test.ts. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type MapPage, type MapPageOptions, settle } from '#test/support/map-page.ts';

const textOf = (page: Page, selector: string) => page.locator(selector).innerText();

/** @param open opens the map of the bundled stars */
export function testLinks(open: (options?: MapPageOptions) => Promise<MapPage>): void {
  test('a link gives the same view again', async () => {
    const address =
      '#eye=10,-30,12&at=1,2,3&system=SYS_SIRIUS&colour=attributes&where=region=Canis+Major&grid=0';
    const { page } = await open({ address });
    await page.waitForSelector('.panel .fields');
    const state = await page.evaluate(() => ({
      ...starMap.rig.destination,
      colour: document.querySelector<HTMLSelectElement>('#colour-field')?.value,
    }));
    expect(state.eye.map(Math.round)).toEqual([10, -30, 12]);
    expect(state.target.map(Math.round)).toEqual([1, 2, 3]);
    expect(state.colour).toBe('attributes');
    expect(await textOf(page, '.chips')).toContain('region: Canis Major');
    expect(await textOf(page, '.panel h2')).toBe('Sirius');
    expect(await page.getByRole('button', { name: 'Grid' }).getAttribute('aria-pressed')).toBe('false');
    // The address follows the camera.
    await page.getByRole('button', { name: 'Whole catalogue' }).click();
    await page.waitForURL(url => !url.hash.includes('eye=10,-30,12'));
    expect(page.url()).toContain('system=SYS_SIRIUS');
  });

  test('a link that names only a system leads there, where the names do not lie over each other', async () => {
    const { page } = await open({ address: '#system=SYS_SIRIUS' });
    await page.waitForSelector('.panel .fields');
    expect(await textOf(page, '.panel h2')).toBe('Sirius');
    await page.waitForFunction(() => starMap.isAtRest && starMap.stage.view.distance < 60);
    const names = await page.locator('.labels > :not([hidden])').all();
    expect(names.length).toBeGreaterThan(3);
    // The marker has its name.
    expect(await page.locator('.labels').innerText()).not.toMatch(/^Sirius$/m);
    const boxes = (await Promise.all(names.map(name => name.boundingBox()))).filter(box => box !== null);
    const meet = (a: (typeof boxes)[number], b: (typeof boxes)[number]) =>
      a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    expect(boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b => meet(a, b)))).toEqual([]);
  });

  test('the address keeps the system of a link while it is being read', async () => {
    const { page } = await open({
      address: '#system=SYS_SIRIUS',
      plan: ({ path }) => (path.includes('/ids/') ? { kind: 'stall' } : undefined),
    });
    await page.evaluate(() => starMap.rig.goHome(true));
    await page.waitForURL(/eye=/);
    expect(page.url()).toContain('system=SYS_SIRIUS');
  });

  test('a system that the set does not have is named, and leaves the address', async () => {
    const { page } = await open({ address: '#system=SYS_NONE' });
    await page.getByText('The set has no system with the id SYS_NONE.').waitFor();
    await page.evaluate(() => starMap.rig.goHome(true));
    await page.waitForURL(/eye=/);
    expect(page.url()).not.toContain('SYS_NONE');
  });

  test('a link of another set is followed without its filters, which are named', async () => {
    const { page } = await open({
      address: '#where=galaxy=Euclid&where=region=Lyra&others=0',
      ready: page => page.getByText('The set has no filter galaxy').waitFor(),
    });
    await settle(page);
    expect(await page.locator('.chip').allInnerTexts()).toEqual(['region: Lyra']);
    expect(await page.evaluate(() => starMap.field.accepted)).toBeGreaterThan(0);
  });

  test('the last of quick links counts, also if an earlier one needs a request', async () => {
    const { page } = await open({ address: '#colour=material' });
    await page.evaluate(async () => {
      const follow = async (hash: string) => {
        const followed = new Promise(resolve => addEventListener('hashchange', resolve, { once: true }));
        location.hash = hash;
        await followed;
      };
      // Without a colour, the values of the attributes are read to choose one: here not before the next link.
      const { facets } = starMap;
      const values = facets.values.bind(facets);
      let release = () => {};
      const released = new Promise<void>(resolve => {
        release = resolve;
      });
      facets.values = field => released.then(() => values(field));
      await follow('#grid=0&system=SYS_SIRIUS');
      await follow('#colour=material&system=SYS_SOL');
      release();
      await facets.values('attributes');
      await facets.values('region');
    });
    await page.waitForSelector('.panel .bodies');
    await settle(page);
    expect(await page.locator('#colour-field').inputValue()).toBe('material');
    expect(await textOf(page, '.panel h2')).toBe('Sol');
  });
}
