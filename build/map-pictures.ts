import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import type {} from '#client/viewer/star-map.ts';
import { build } from '#pipeline/build.ts';
import { launchChromium } from './map-browser.ts';
import { serveFolder } from './static.ts';
import { buildViewer } from './viewer.ts';

// `npm run pictures -- STARS`: the pictures of the map in the README, in .github/. STARS is a set of the stars of
// Hipparcos:
//   node data/kstars.ts > stars.ndjson
//   haven-chunks build stars.ndjson --out STARS --facets region,spectral_type --summary magnitude \
//     --preview-field magnitude

const root = fileURLToPath(new URL('..', import.meta.url));
const VIEW = { width: 1280, height: 760 };
/** Of WebP, from 0 to 100. */
const QUALITY = 82;

const [stars] = process.argv.slice(2);
if (stars === undefined) {
  console.error('usage: npm run pictures -- STARS');
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-pictures-'));
const browser = await launchChromium();
try {
  await buildViewer(join(folder, 'viewer'));
  await build([join(root, 'data/nearby-stars.json')], join(folder, 'near'), {});
  await takePicture(browser, stars, '', 'map.webp');
  const near = '#eye=-15,-36,15&at=0,0,0&system=SYS_SOL';
  await takePicture(browser, join(folder, 'near'), near, 'map-system.webp');
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}

async function takePicture(browser: Browser, set: string, hash: string, name: string): Promise<void> {
  const { url, server } = await serveFolder(join(folder, 'viewer'), set);
  const page = await browser.newPage({ viewport: VIEW, reducedMotion: 'reduce' });
  try {
    await page.goto(`${url}index.html${hash}`);
    await page.waitForFunction(() => globalThis.starMap?.isAtRest, null, { timeout: 300_000 });
    if (hash.includes('system=')) await page.waitForSelector('.panel .bodies');
    // The meter follows a moment later.
    await page.waitForFunction(() => !document.querySelector('.meter.loading'));
    const session = await page.context().newCDPSession(page);
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
    const bytes = Buffer.from(data, 'base64');
    await writeFile(join(root, '.github', name), bytes);
    console.log(`.github/${name}: ${Math.round(bytes.length / 1000)} kB`);
  } finally {
    await page.close();
    server.close();
    server.closeAllConnections();
  }
}
