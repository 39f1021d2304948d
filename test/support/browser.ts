/** Debian's Chromium without a window: runs scripts in pages, or gives the HTML of a page once its scripts have run. */

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Plan, startServer, type TestServer } from './file-server.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const hasChromium = existsSync(CHROMIUM);

/** Milliseconds to wait for anything on a busy machine. */
export const PATIENCE = 300_000;

/** Starts a browser, which the caller closes: it starts longer than it opens a page. */
export function launchBrowser(flags: readonly string[] = ['--disable-gpu']): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] });
}

/** Rejects when a page throws an error or ends. */
function failureOf(page: Page): Promise<never> {
  return new Promise((_, reject) => {
    page.on('pageerror', reject);
    page.on('crash', () => reject(new Error('the page has crashed')));
  });
}

/** The HTML of a page once its scripts have run, and what they leave in it matches. */
export async function pageHtml(browser: Browser, url: string, ready: RegExp): Promise<string> {
  const page = await browser.newPage();
  const failed = failureOf(page);
  try {
    await page.goto(url);
    const isReady = (source: string) => new RegExp(source).test(document.body.innerHTML);
    await Promise.race([page.waitForFunction(isReady, ready.source, { timeout: PATIENCE }), failed]);
    return await page.content();
  } finally {
    await page.close();
  }
}

/** Nothing may be evaluated from text there. */
const PAGE = `<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<body></body><script type="module" src="page.js"></script>`;

export interface ScriptOptions {
  /** The faults of the server. */
  readonly plan?: Plan;
  /** Further scripts beside the page, by name. */
  readonly scripts?: Readonly<Record<string, string>>;
}

/** Bundles a script for browsers. */
async function bundleScript(contents: string, outfile: string): Promise<void> {
  await build({
    stdin: { contents, resolveDir: join(outfile, '..') },
    outfile,
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
  });
}

/**
 * Runs a script in a page that is served from a folder, under a strict content security policy, with nothing in the
 * caches of the browser.
 * @param body statements of an async function; what it returns is the result
 * @param imports statements before it
 * @returns the result as JSON makes it, and the server that saw the requests, closed
 */
export async function runInPage(
  browser: Browser,
  directory: string,
  { imports, body }: { imports: string; body: string },
  { plan, scripts = {} }: ScriptOptions = {},
): Promise<{ result: unknown; server: TestServer }> {
  const script = `${imports}
    const result = await (async () => { ${body} })().catch(error => ({ error: String(error) }));
    await fetch('result', { method: 'POST', body: JSON.stringify(result) });`;
  await writeFile(join(directory, 'page.html'), PAGE);
  await bundleScript(script, join(directory, 'page.js'));
  for (const [name, contents] of Object.entries(scripts)) await bundleScript(contents, join(directory, name));
  const { promise: result, resolve } = Promise.withResolvers<string>();
  const server = await startServer(directory, { onPost: resolve, ...(plan && { plan }) });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const failed = failureOf(page);
    await page.goto(`${server.url}page.html`);
    return { result: JSON.parse(await Promise.race([result, failed])), server };
  } finally {
    await context.close();
    await server.close();
  }
}
