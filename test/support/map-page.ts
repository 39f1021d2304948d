/** The map in Debian's Chromium: one browser for the tests of a file, and one page for those that need no other. */
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
  /** Changes the page before it is opened. */
  readonly prepare?: (page: Page) => Promise<unknown>;
  /** Waits until the page is ready for the test; by default until the map is at rest. */
  readonly ready?: (page: Page) => Promise<unknown>;
}

/** Pages of browsers that have no map open. */
const idlePages = new WeakMap<Browser, Page>();

async function newPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({
    ...{ viewport: DESKTOP, reducedMotion: 'reduce', serviceWorkers: 'block' },
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  return page;
}

function takeIdlePage(browser: Browser): Page | undefined {
  const page = idlePages.get(browser);
  idlePages.delete(browser);
  return page;
}

async function leaveIdle(browser: Browser, page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  await page.goto('about:blank');
  idlePages.set(browser, page);
}

/**
 * Opens the map of a folder, and waits until all that its view needs is shown. A page without options of its own, which
 * nothing has changed before it was opened, is the one that was closed before: a new page has a process of its own, and
 * takes twice the CPU. The server has another port each time, so the storage and the caches of the page are empty.
 */
export async function openMap(
  browser: Browser,
  folder: string,
  options: MapPageOptions = {},
): Promise<MapPage> {
  const { address = '', plan, prepare, ready = settle, ...context } = options;
  const isShared = !prepare && Object.keys(context).length === 0;
  const page = (isShared && takeIdlePage(browser)) || (await newPage(browser, context));
  const server = await startServer(folder, plan ? { plan } : {});
  const errors: string[] = [];
  const addError = (error: Error) => errors.push(error.message);
  page.on('pageerror', addError);
  const close = async () => {
    page.off('pageerror', addError);
    try {
      if (isShared) await leaveIdle(browser, page);
      else await page.context().close();
    } finally {
      await server.close();
    }
  };
  try {
    await prepare?.(page);
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
