/** Runs scripts in pages of Chromium, which send their results: nothing waits for a time. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { CHROMIUM, FLAGS } from './chromium.ts';
import { type Plan, startServer, type TestServer } from './http.ts';
import { killProcess, outcome, startProcess } from './process.ts';

export const hasChromium = existsSync(CHROMIUM);

/** Nothing may be evaluated from text there. */
const PAGE = `<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<body></body><script type="module" src="page.js"></script>`;

export interface ChromiumOptions {
  /** What the server does wrong. */
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
    throw new Error(`Chromium ended with code ${code} before its result\n${stderr}`);
  });
  try {
    return { result: JSON.parse(await Promise.race([result, failed])), server };
  } finally {
    killProcess(browser);
    await ended;
    await server.close();
  }
}
