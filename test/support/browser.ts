/** Debian's Chromium without a window: runs scripts in pages, or gives the HTML of a page once its scripts have run. */

import { existsSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Plan, startServer, type TestServer } from './file-server.ts';
import { killProcess, outcome, outputOf, startProcess } from './run-command.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The HTML of a page once its scripts have run.
 * @param folder an existing folder, for the browser's profile
 * @param ready what the HTML holds then; on a busy machine the browser may print it too early, and is asked again
 * @param before called before each time that the page is loaded
 */
export async function pageText(
  url: string,
  folder: string,
  ready: RegExp,
  before: () => void = () => {},
): Promise<string> {
  let html = '';
  for (let times = 0; times < 10 && !ready.test(html); times++) {
    before();
    const profile = `--user-data-dir=${await mkdtemp(join(folder, 'profile-'))}`;
    html = await outputOf(CHROMIUM, [...FLAGS, '--virtual-time-budget=20000', '--dump-dom', profile, url], {
      env: { TMPDIR: folder },
    });
  }
  return html;
}

export const hasChromium = existsSync(CHROMIUM);

/** Nothing may be evaluated from text there. */
const PAGE = `<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<body></body><script type="module" src="page.js"></script>`;

export interface ChromiumOptions {
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
 * Runs a script in a page that is served from a folder, under a strict content security policy.
 * @param body statements of an async function; what it returns is the result
 * @param imports statements before it
 * @returns the result as JSON makes it, and the server that saw the requests, closed
 */
export async function runInChromium(
  directory: string,
  { imports, body }: { imports: string; body: string },
  { plan, scripts = {} }: ChromiumOptions = {},
): Promise<{ result: unknown; server: TestServer }> {
  const script = `${imports}
    const result = await (async () => { ${body} })().catch(error => ({ error: String(error) }));
    await fetch('result', { method: 'POST', body: JSON.stringify(result) });`;
  await writeFile(join(directory, 'page.html'), PAGE);
  await bundleScript(script, join(directory, 'page.js'));
  for (const [name, contents] of Object.entries(scripts)) await bundleScript(contents, join(directory, name));
  let settle: (text: string) => void = () => {};
  const result = new Promise<string>(resolve => {
    settle = resolve;
  });
  const server = await startServer(directory, { onPost: settle, ...(plan && { plan }) });
  const profile = `--user-data-dir=${join(directory, 'profile')}`;
  const browser = startProcess(CHROMIUM, [...FLAGS, profile, `${server.url}page.html`], {
    env: { TMPDIR: directory },
  });
  const ended = outcome(browser);
  const failed = ended.then(({ code, stderr }) => {
    throw new Error(`the browser ended with code ${code} before its result\n${stderr}`);
  });
  try {
    return { result: JSON.parse(await Promise.race([result, failed])), server };
  } finally {
    killProcess(browser);
    await ended;
    await server.close();
  }
}
