import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CDPSession, Page } from 'playwright-core';
import type {} from '#client/viewer/star-map.ts';
import { type PageTasks, TaskRecorder } from './flight-trace.ts';
import { launchChromium } from './map-browser.ts';
import { serveFolder } from './static.ts';
import { buildViewer } from './viewer.ts';

// `npm run flight -- SET`: flies through the map of a set, from the whole to single systems and back, and prints for each
// leg what it cost: CPU time of the page per frame, tasks of more than 50 ms, draw calls, requests, bytes, points, and the
// heap after garbage collection. WebGL is drawn by software here, so frames per second say nothing: a task of wall-clock
// time includes waiting for that, a task of CPU time does not.
//
// `--minutes M` flies for so long, and fails if the heap grows; `--viewer FOLDER` flies with a map that was built before.

const USAGE =
  'usage: npm run flight -- SET [--legs 6] [--minutes M] [--points N] [--viewer FOLDER] [--slower 1]';
const VIEW = { width: 1440, height: 900 };
/** Milliseconds after which a task is long. */
const LONG = 50;
/** Growth of the heap that passes: the caches fill first. */
const GROWTH = 1.1;

interface Leg {
  readonly leg: string;
  readonly frames: number;
  /** Milliseconds of CPU time of a frame: median, 95th percentile, most. */
  readonly median: number;
  readonly p95: number;
  readonly most: number;
  readonly drawCalls: number;
  /** Tasks of more than 50 ms and the longest, by CPU time and by the clock. */
  readonly longCpu: number;
  readonly longestCpu: number;
  readonly longWall: number;
  readonly longestWall: number;
  readonly requests: number;
  readonly kB: number;
  readonly points: number;
  /** Objects and the buffers of typed arrays. */
  readonly heapMB: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    legs: { type: 'string', default: '6' },
    minutes: { type: 'string' },
    points: { type: 'string' },
    viewer: { type: 'string' },
    slower: { type: 'string', default: '1' },
  },
});
const [set] = positionals;
if (set === undefined || positionals.length > 1) {
  console.error(USAGE);
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-flight-'));
const browser = await launchChromium();
try {
  const viewer = values.viewer ?? join(folder, 'viewer');
  if (values.viewer === undefined) await buildViewer(viewer);
  const { url, server } = await serveFolder(viewer, set);
  const recorder = await TaskRecorder.of(browser);
  const page = await browser.newPage({ viewport: VIEW });
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: Number(values.slower) });
  const fly = (leg: string, start: () => Promise<unknown>) => flyLeg(page, session, recorder, leg, start);
  const legs = [
    await fly('first view', () =>
      page.goto(`${url}index.html${values.points === undefined ? '' : `?points=${values.points}`}#grid=0`),
    ),
  ];
  const places = await placesToFly(page);
  const until = performance.now() + Number(values.minutes ?? 0) * 60_000;
  const isDone = (flights: number) =>
    values.minutes === undefined ? flights >= Number(values.legs) : performance.now() >= until;
  for (let flight = 0; !isDone(flight); flight++) {
    // A prime step: neighbouring places of the list are often near each other.
    const place = places[(flight * 7919) % places.length]!;
    legs.push(
      await fly(`to system ${flight + 1}`, () =>
        page.evaluate(([x, y, z]) => void starMap.flyTo({ x: x!, y: y!, z: z! }), place),
      ),
    );
    if (flight % 2 === 0) continue;
    legs.push(await fly('back to the whole', () => page.evaluate(() => starMap.rig.goHome(true))));
  }
  server.close();
  server.closeAllConnections();
  console.table(legs);
  if (values.minutes !== undefined) checkHeap(legs);
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}

/** Systems in all parts of the set. */
function placesToFly(page: Page): Promise<(readonly number[])[]> {
  return page.evaluate(() =>
    starMap.field.pieces.flatMap(({ piece: { x, y, z } }) =>
      Array.from(x, (_, row) => [x[row]!, y[row]!, z[row]!]),
    ),
  );
}

/** Runs a leg until all that the view needs is shown. */
async function flyLeg(
  page: Page,
  session: CDPSession,
  recorder: TaskRecorder,
  leg: string,
  start: () => Promise<unknown>,
): Promise<Leg> {
  const countersNow = () =>
    page.evaluate(
      () => globalThis.starMap && { ...globalThis.starMap.usage, frames: globalThis.starMap.stage.frames },
    );
  const before = (await countersNow()) ?? { requests: 0, bytes: 0, frames: 0 };
  await recorder.start();
  await start();
  await page.waitForTimeout(300);
  // Looking in each frame would be work of the page too.
  await page.waitForFunction(() => globalThis.starMap?.isAtRest, null, { timeout: 600_000, polling: 250 });
  const tasks = await recorder.stop();
  await session.send('HeapProfiler.collectGarbage');
  const heap = await session.send('Runtime.getHeapUsage');
  const after = (await countersNow())!;
  const shown = await page.evaluate(() => ({
    drawCalls: starMap.stage.drawCalls,
    points: starMap.field.points,
  }));
  return {
    leg,
    ...costOf(tasks, after.frames - before.frames),
    ...shown,
    requests: after.requests - before.requests,
    kB: Math.round((after.bytes - before.bytes) / 1000),
    heapMB: tenth((heap.usedSize + heap.backingStorageSize) / 1e6),
  };
}

function costOf({ cpu, wall, frames }: PageTasks, drawn: number) {
  // The other callbacks only see that the last frame is not drawn yet.
  const ascending = frames.toSorted((a, b) => a - b).slice(-drawn);
  const at = (share: number) => tenth(ascending[Math.floor(share * (ascending.length - 1))] ?? 0);
  return {
    ...{ frames: drawn, median: at(0.5), p95: at(0.95), most: at(1) },
    longCpu: cpu.filter(time => time > LONG).length,
    longestCpu: tenth(Math.max(0, ...cpu)),
    longWall: wall.filter(time => time > LONG).length,
    longestWall: Math.round(Math.max(0, ...wall)),
  };
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Compares the last third of the flights with the middle one. */
function checkHeap(legs: readonly Leg[]): void {
  const median = (part: readonly Leg[]) =>
    part.map(({ heapMB }) => heapMB).sort((a, b) => a - b)[part.length >> 1] ?? 0;
  const third = Math.floor(legs.length / 3);
  const [first, middle, last] = [0, 1, 2].map(part => median(legs.slice(part * third, (part + 1) * third)));
  const isFlat = last! <= middle! * GROWTH;
  console.log(
    `heap after garbage collection: ${first} MB in the first third of ${legs.length} legs, ${middle} MB in the second, ${last} MB in the last: ${isFlat ? 'flat' : 'it grows'}`,
  );
  if (!isFlat) process.exitCode = 1;
}
