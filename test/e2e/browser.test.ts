import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { openTileset } from '../../client/node/index.ts';
import { build } from '../../pipeline/build.ts';
import { CHROMIUM, pageText } from '../support/chromium.ts';
import { startServer } from '../support/http.ts';

const client = fileURLToPath(new URL('../../client/index.ts', import.meta.url));
const stars = fileURLToPath(new URL('../../data/nearby-stars.json', import.meta.url));

/** What the page does: it asks, and leaves the answer as its text. Nothing may be evaluated from text there. */
const SCRIPT = `
import { openTileset } from ${JSON.stringify(client)};
const usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
try {
  const stars = await openTileset('set/', { usage });
  const rows = await stars.sphere({ center: [0, 0, 0], radius: 12, details: true, usage }).toArray();
  const system = await stars.system('SIRIUS', { ignoreCase: true, usage });
  const page = await stars.page({ page: 2, perPage: 50, usage });
  const found = await stars.search('centauri', { usage });
  document.body.textContent = JSON.stringify({ rows, system, page, found, requests: usage.requests, generation: stars.generation });
} catch (error) {
  document.body.textContent = String(error);
}`;
const PAGE = `<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<body></body><script type="module" src="page.js"></script>`;

describe.skipIf(!existsSync(CHROMIUM))('the client in Chromium', () => {
  test('gives the answers that it gives in Node, under a strict content security policy', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-browser-'));
    const server = await startServer(folder);
    try {
      await build([stars], join(folder, 'set'), { chunkLimit: 16 });
      await writeFile(join(folder, 'page.html'), PAGE);
      await bundle({
        stdin: { contents: SCRIPT, resolveDir: folder },
        outfile: join(folder, 'page.js'),
        bundle: true,
        format: 'esm',
        logLevel: 'silent',
      });
      const html = await pageText(`${server.url}page.html`, folder, /<body>[\w{]/, () => {
        server.hits.length = 0;
      });
      const text = /<body>(.*?)<script/s.exec(html)?.[1] ?? /<body>(.*?)<\/body>/s.exec(html)?.[1] ?? '';
      const plain = text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

      const set = await openTileset(join(folder, 'set'));
      const rows = await set.sphere({ center: [0, 0, 0], radius: 12, details: true }).toArray();
      const answer = JSON.parse(plain);
      expect(answer.rows).toEqual(JSON.parse(JSON.stringify(rows)));
      const exact = (value: unknown) => JSON.parse(JSON.stringify(value));
      expect(answer.system).toEqual(exact(await set.system('SIRIUS', { ignoreCase: true })));
      expect(answer.system).toBeDefined();
      expect(answer.page).toEqual(exact(await set.page({ page: 2, perPage: 50 })));
      expect(answer.found).toEqual(exact(await set.search('centauri')));
      expect(answer.found.systems.length).toBeGreaterThan(0);
      expect(answer.generation).toBe(set.generation);
      const asked = server.hits.filter(hit => hit.path.includes('/set/') || hit.path.startsWith('set/'));
      expect(asked.length).toBeGreaterThan(3);
      expect(answer.requests).toBe(asked.length);
    } finally {
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
