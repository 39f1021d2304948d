/** Debian's Chromium without a window. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from './process.ts';

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
