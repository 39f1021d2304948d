/** `npm run map`: one command from the sources to a map in a browser. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hasChromium } from '#test/support/browser.ts';
import { launchWithGraphics, settle } from '#test/support/map-page.ts';
import { serving, startProcess } from '#test/support/run-command.ts';

const MAP = fileURLToPath(new URL('../../build/map.ts', import.meta.url));

test('npm run map serves the map with the bundled stars', async () => {
  const served = await serving(startProcess(process.execPath, [MAP, '--port', '0']));
  const html = await (await fetch(served.url)).text();
  const script = /src="\.\/(map\/[^"]+\.js)"/.exec(html)![1]!;
  const response = await fetch(served.url + script);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/javascript; charset=utf-8',
  ]);
  if (hasChromium) await expectMap(served.url);
  expect(await served.end('SIGINT')).toEqual({ code: 130, stderr: 'haven-chunks: stopped by SIGINT\n' });
});

async function expectMap(url: string): Promise<void> {
  const browser = await launchWithGraphics();
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', error => faults.push(error.message));
    page.on('response', response => {
      if (response.status() >= 400) faults.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(url);
    await settle(page);
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
  }
}
