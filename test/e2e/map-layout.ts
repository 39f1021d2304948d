/** Tests of the layout, in the browser of map.test.ts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { build } from '#pipeline/index.ts';
import { DESKTOP, type MapPage, type MapPageOptions, placeOf, settle } from '#test/support/map-page.ts';

const FIELDS = Array.from({ length: 30 }, (_, index) => `field_${index}`);
/** One value more than the map lists. */
const SYSTEMS = 2_001;

/**
 * @param folder of the set and the map
 * @param open opens the map of the bundled stars
 */
export function testLayout(folder: string, open: (options?: MapPageOptions) => Promise<MapPage>): void {
  async function buildSet(name: string, systems: readonly object[], options = {}): Promise<void> {
    const catalogue = join(folder, `${name}.catalogue.json`);
    await writeFile(catalogue, JSON.stringify(systems));
    await build([catalogue], join(folder, name), options);
  }

  test('a set of one system shows it with its name, also far from the origin', async () => {
    await buildSet('single', [{ id: 'a', name: 'Only', x: 1e12, y: -1e12, z: 1e12 }]);
    const { page } = await open({ address: '?set=single/' });
    await page.locator('.labels .system', { hasText: 'Only' }).waitFor();
  });

  test('long names, many values and many filters leave everything in sight', async () => {
    const long = (letter: string) => letter.repeat(300);
    const systems = Array.from({ length: SYSTEMS }, (_, i) => ({
      ...{ id: `S${i}`, name: i === 0 ? long('A') : `S ${i}`, region: 'R', x: i % 13, y: i % 17, z: i % 19 },
      ...Object.fromEntries(FIELDS.map(field => [field, i % 4])),
      ...{ material: i === 0 ? long('X') : 'Y', serial: `value ${i}` },
      ...(i === 0 && { planets: [{ name: long('B'), moons: [{ name: long('C') }] }] }),
    }));
    await buildSet('long', systems, { facets: [...FIELDS, 'material', 'serial'].join() });
    const filters = [`material=${long('X')}`, ...FIELDS.map(field => `${field}=0`)];
    const where = filters.map(filter => `where=${filter}`).join('&');
    const { page } = await open({ address: `?set=long/#colour=serial&system=S0&${where}` });
    await page.waitForSelector('.panel .bodies');
    await page.locator('.body summary').first().click();
    const wider = await page.evaluate(() =>
      ['.panel', '.panel-body', '.moon', '.chips'].filter(selector => {
        const { scrollWidth, clientWidth } = document.querySelector(selector)!;
        return scrollWidth > clientWidth;
      }),
    );
    expect(wider).toEqual([]);
    expect((await page.locator('.ring.selected').boundingBox())!.width).toBeLessThan(500);
    const tabs = (await page.locator('.dock-tabs').boundingBox())!;
    expect(tabs.y + tabs.height).toBeLessThan(DESKTOP.height / 2);
    expect(await page.locator('#panel-colours').innerText()).toContain('each has a shade of its own');
    await page.getByRole('button', { name: 'Close the panel' }).click();
    const place = await placeOf(page, [0, 0, 0]);
    await page.mouse.move(place.x, place.y);
    const card = (await page.locator('.hover-card b').boundingBox())!;
    expect(card.width).toBeLessThan(260);
  });

  test('the selected system is beside the panel in windows of any width, after a double click too', async () => {
    const { page } = await open({ viewport: DESKTOP, address: '#system=SYS_SOL' });
    await page.waitForSelector('.panel .fields');
    for (const width of [1100, 1024, 900, 600, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await page.waitForFunction(() => {
        const { left, top } = document.querySelector('.ring.selected')!.getBoundingClientRect();
        // Its ring is as wide as 26 pixels.
        return [left - 13, left + 13].every(x => document.elementFromPoint(x, top) === starMap.stage.canvas);
      });
    }
    await page.setViewportSize({ width: 1024, height: 800 });
    await page.getByRole('button', { name: 'Close the panel' }).click();
    await page.evaluate(() => starMap.rig.look([0, -20, 8], [0, 0, 0], false));
    await settle(page);
    // Sol is at the centre of the view, whose coordinates are not exact.
    await page.getByRole('button', { name: 'Nearby' }).click();
    const distance = page.locator('#panel-nearby .count').first();
    expect(await distance.innerText()).toBe('0 ly');
    const sirius = await page.evaluate(() =>
      starMap.field.pieces.flatMap(({ piece }) => {
        const row = piece.id.indexOf('SYS_SIRIUS');
        return row < 0 ? [] : [[piece.x[row]!, piece.y[row]!, piece.z[row]!] as const];
      }),
    );
    const place = await placeOf(page, sirius[0]!);
    await page.mouse.dblclick(place.x, place.y);
    await page.waitForSelector('.panel .fields');
    await settle(page);
    expect(await page.locator('.panel h2').innerText()).toBe('Sirius');
    const target = await page.evaluate(() => starMap.rig.destination.target);
    expect(Math.hypot(...target.map((value, axis) => value - sirius[0]![axis]!))).toBeLessThan(1e-6);
  });

  test('forced colours leave the legend its colours, and what is on its frame', async () => {
    const { page } = await open({ forcedColors: 'active' });
    const colours = await page
      .locator('.swatch')
      .evaluateAll(swatches => swatches.map(swatch => getComputedStyle(swatch).backgroundColor));
    expect(new Set(colours).size).toBe(colours.length);
    const tab = page.getByRole('button', { name: 'Colours' });
    expect(await tab.evaluate(button => getComputedStyle(button).outlineStyle)).toBe('solid');
  });

  test('the picture has the pixels of another zoom of the page', async () => {
    const { page } = await open({ viewport: DESKTOP });
    const session = await page.context().newCDPSession(page);
    for (const ratio of [2, 1]) {
      // A page at 200 % has half the CSS pixels.
      const [width, height] = [DESKTOP.width / ratio, DESKTOP.height / ratio];
      const metrics = { width, height, deviceScaleFactor: ratio, mobile: false };
      await session.send('Emulation.setDeviceMetricsOverride', metrics);
      await page.waitForFunction(
        expected => starMap.stage.canvas.width === starMap.stage.canvas.clientWidth * expected,
        ratio,
      );
    }
  });
}
