/** The map in Debian's Chromium: one browser for the tests of a file, a page for each test. */
import { cp } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { buildViewer } from '#build/viewer.ts';
import type {} from '#client/viewer/star-map.ts';
import { launchBrowser, PATIENCE } from './browser.ts';
import { type Plan, startServer, type TestServer } from './file-server.ts';

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

/** Chromium without a graphics processor draws WebGL by software. */
const GRAPHICS = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];

/** Starts a browser that draws WebGL. */
export const launchWithGraphics = (): Promise<Browser> => launchBrowser(GRAPHICS);

/** Builds the map into the folder of a set. */
export async function addViewer(folder: string, build: string): Promise<void> {
  await buildViewer(build);
  await cp(build, folder, { recursive: true });
}

/** A page with the map, and the server that it asks. */
export interface MapPage {
  readonly page: Page;
  readonly server: TestServer;
  /** Messages of errors that the page has thrown. */
  readonly errors: string[];
  close(): Promise<void>;
}

export interface MapPageOptions extends BrowserContextOptions {
  /** Search and hash of the address. */
  readonly address?: string;
  readonly plan?: Plan;
  /** Waits until the page is ready for the test; by default until the map is at rest. */
  readonly ready?: (page: Page) => Promise<unknown>;
}

/** Opens the map of a folder, and waits until all that its view needs is shown. */
export async function openMap(
  browser: Browser,
  folder: string,
  options: MapPageOptions = {},
): Promise<MapPage> {
  const { address = '', plan, ready = settle, ...context } = options;
  const server = await startServer(folder, plan ? { plan } : {});
  const opened = await browser.newContext({
    ...{ viewport: DESKTOP, reducedMotion: 'reduce', serviceWorkers: 'block' },
    ...context,
  });
  const page = await opened.newPage();
  page.setDefaultTimeout(PATIENCE);
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(error.message));
  const close = async () => {
    await opened.close();
    await server.close();
  };
  try {
    await page.goto(`${server.url}index.html${address}`);
    await ready(page);
  } catch (error) {
    await close();
    throw new Error(`the map did not open; errors of the page: ${errors.join('; ') || 'none'}`, {
      cause: error,
    });
  }
  return { page, server, errors, close };
}

/** Waits until the map has started, is at rest, and shows all that its view needs. */
export async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => globalThis.starMap?.isAtRest);
}

/** Where a system is in the window, in CSS pixels. */
export function placeOf(
  page: Page,
  system: readonly [x: number, y: number, z: number],
): Promise<{ x: number; y: number }> {
  return page.evaluate(([x, y, z]) => {
    const { view } = starMap.stage;
    return view.project(x!, y!, z!, { x: 0, y: 0, depth: 0 });
  }, system);
}
