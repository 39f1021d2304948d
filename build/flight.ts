import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import type {} from '#client/viewer/star-map.ts';
import { launchChromium } from './map-browser.ts';
import { serveFolder } from './static.ts';
import { buildViewer } from './viewer.ts';

// `npm run flight -- SET [LEGS]`: flies through the map of a set, from the whole to single systems and back, and prints
// for each leg what it cost: time of the page's thread per frame, draw calls, long tasks, requests, bytes, points and the
// heap after garbage collection. WebGL is drawn by software here, so frames per second say nothing.

const VIEW = { width: 1440, height: 900 };

interface Leg {
  readonly leg: string;
  readonly frames: number;
  /** Milliseconds of a frame on the page's thread: median, 95th percentile, most. */
  readonly median: number;
  readonly p95: number;
  readonly most: number;
  readonly drawCalls: number;
  /** Tasks of more than 50 ms, and the longest in milliseconds. */
  readonly longTasks: number;
  readonly longest: number;
  readonly requests: number;
  readonly kB: number;
  readonly points: number;
  readonly heapMB: number;
}

const [set, legs = '6'] = process.argv.slice(2);
if (set === undefined) {
  console.error('usage: npm run flight -- SET [LEGS]');
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-flight-'));
const browser = await launchChromium();
try {
  await buildViewer(join(folder, 'viewer'));
  const { url, server } = await serveFolder(join(folder, 'viewer'), set);
  const page = await browser.newPage({ viewport: VIEW });
  const session = await page.context().newCDPSession(page);
  await page.addInitScript(watchTasks);
  await page.goto(`${url}index.html#grid=0`);
  await page.waitForFunction(() => globalThis.starMap !== undefined);
  await page.evaluate(watchFrames);
  const rows = [await endLeg(page, session, 'first view')];
  const places = await page.evaluate(
    count => starMap.field.pieces.map(({ piece }) => [piece.x[0]!, piece.y[0]!, piece.z[0]!]).slice(-count),
    Number(legs),
  );
  for (const [index, place] of places.entries()) {
    await page.evaluate(([x, y, z]) => void starMap.flyTo({ x: x!, y: y!, z: z! }), place);
    rows.push(await endLeg(page, session, `to system ${index + 1}`));
    if (index % 2 === 0) continue;
    await page.evaluate(() => starMap.rig.goHome(true));
    rows.push(await endLeg(page, session, 'back to the whole'));
  }
  console.table(rows);
  server.close();
  server.closeAllConnections();
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}

/** Runs in the page before its own scripts. */
function watchTasks(): void {
  const tasks: number[] = [];
  Object.assign(globalThis, { flightTasks: tasks, flightFrames: [] });
  new PerformanceObserver(list => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
    type: 'longtask',
    buffered: true,
  });
}

/** Runs in the page. */
function watchFrames(): void {
  const { stage } = starMap;
  const before = stage.onFrame;
  const { flightFrames } = globalThis as unknown as { flightFrames: number[] };
  stage.onFrame = (isMoving, milliseconds) => {
    flightFrames.push(milliseconds);
    before(isMoving, milliseconds);
  };
}

async function endLeg(page: Page, session: CDPSession, leg: string): Promise<Leg> {
  await page.waitForTimeout(300);
  await page.waitForFunction(() => starMap.isAtRest, null, { timeout: 600_000 });
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const seen = await page.evaluate(() => {
    const { flightTasks: tasks, flightFrames: frames } = globalThis as unknown as Record<string, number[]>;
    const { usage } = starMap;
    const { drawCalls } = starMap.stage;
    return {
      tasks: tasks!.splice(0),
      frames: frames!.splice(0),
      drawCalls,
      points: starMap.field.points,
      ...usage,
    };
  });
  const ascending = seen.frames.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round((ascending[Math.floor(share * (ascending.length - 1))] ?? 0) * 10) / 10;
  return {
    ...{
      leg,
      frames: ascending.length,
      median: at(0.5),
      p95: at(0.95),
      most: at(1),
      drawCalls: seen.drawCalls,
    },
    ...{ longTasks: seen.tasks.length, longest: Math.round(Math.max(0, ...seen.tasks)) },
    ...{ requests: seen.requests, kB: Math.round(seen.bytes / 1000), points: seen.points },
    heapMB: Math.round(usedSize / 1e6),
  };
}
