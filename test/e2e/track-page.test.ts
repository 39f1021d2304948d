/** The page with three.js in client/README.md, run as it is. */
import { readFileSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { expect, test } from 'vitest';
import { build } from '#pipeline/index.ts';
import { hasChromium } from '#test/support/browser.ts';
import { startServer } from '#test/support/file-server.ts';
import { launchWithGraphics } from '#test/support/map-page.ts';
import { inFolder } from '#test/support/temporary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const THREE = /https:\/\/unpkg\.com\/three@([\d.]+)\//;

test.skipIf(!hasChromium)('the page of the README flies among the stars', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/three/package.json'), 'utf8'));
  const readme = readFileSync(join(root, 'client/README.md'), 'utf8');
  const page = [...readme.matchAll(/^```html\n(.*?)^```$/gms)]
    .map(([, code]) => code!)
    .find(code => THREE.test(code))!;
  const script = /<script type="module">\n(.*?)<\/script>/s.exec(page)![1]!;
  expect(script.trim().split('\n').length).toBeLessThanOrEqual(40);
  expect(THREE.exec(page)![1]).toBe(version);
  await inFolder(async folder => {
    await build([join(root, 'data/nearby-stars.json')], join(folder, 'stars'));
    await mkdir(join(folder, 'three'));
    await cp(join(root, 'node_modules/three/build'), join(folder, 'three/build'), { recursive: true });
    await bundle({
      entryPoints: { 'haven-chunks.min': 'client/index.ts', 'track.min': 'client/track.ts' },
      absWorkingDir: root,
      outdir: join(folder, 'browser'),
      ...({ bundle: true, splitting: true, format: 'esm', logLevel: 'silent' } as const),
    });
    const server = await startServer(folder);
    const browser = await launchWithGraphics();
    try {
      const code = page
        .replace(THREE, './three/')
        .replace('https://example.org/stars/', `${server.url}stars/`);
      await writeFile(join(folder, 'index.html'), code);
      const opened = await browser.newPage();
      const errors: string[] = [];
      opened.on('pageerror', error => errors.push(error.message));
      await opened.goto(`${server.url}index.html`);
      await opened.waitForFunction(
        async () => {
          // A frame is asked for after the page has asked for its next one, so it comes after that has been drawn; after
          // the frame the picture is gone.
          await new Promise(resolve => setTimeout(resolve));
          await new Promise(resolve => requestAnimationFrame(resolve));
          const canvas = document.querySelector('canvas');
          if (!canvas) return false;
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, i) => i % 4 === 1 && value > 128).length > 100;
        },
        undefined,
        { polling: 100, timeout: 0 },
      );
      expect(errors).toEqual([]);
      expect(server.hits.some(({ path }) => path.endsWith('.mpk'))).toBe(true);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
