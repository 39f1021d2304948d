import { openTileset, type SystemRow, type Tileset, type Usage } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { type TrackedPoint, track, trackPieces } from '#client/track.ts';
import type { Line } from './spheres.ts';

/** Steps of a flight. */
const STEPS = 300;
/** A picture of 1,080 rows of pixels with a field of view of 60 degrees. */
const PIXELS_PER_RADIAN = 1_080 / (Math.PI / 3);

/**
 * The cost of flights through a set from side to side, through its densest part: of a tracker of rows, of the same
 * searches by spheres, and of a tracker of pieces for a map. The client opens the set cold.
 */
export async function flightCosts(url: string): Promise<Line[]> {
  const tileset = await openTileset(url);
  const path = await flightOf(tileset);
  return [
    ['flight of rows, nearest 1,000 at the middle', await rowsOnFlight(url, path)],
    ['the same by spheres, at each reload', await spheresOnFlight(url, path)],
    ['flight of pieces, 8 pixels apart', await piecesOnFlight(url, path)],
  ];
}

interface Flight {
  readonly positions: readonly TrackedPoint[];
  /** Distance of the 1,000th system from the middle. */
  readonly radius: number;
}

async function flightOf(tileset: Tileset): Promise<Flight> {
  const overview: readonly SystemRow[] = await tileset.overview();
  const middle = (axis: 'x' | 'y' | 'z') => {
    const values = overview.map(row => row[axis]).sort((a, b) => a - b);
    return values[values.length >> 1]!;
  };
  const center: TrackedPoint = [middle('x'), middle('y'), middle('z')];
  const nearest = await tileset.nearest({ center, count: 1_000 }).toArray();
  const radius = nearest.at(-1)!.distance;
  // A tenth of the radius at each step.
  const positions = Array.from({ length: STEPS }, (_, i): TrackedPoint => {
    const away = (i - STEPS / 2) * radius * 0.1;
    return [center[0] + away, center[1] + away / 3, center[2]];
  });
  return { positions, radius };
}

async function rowsOnFlight(url: string, { positions, radius }: Flight): Promise<string> {
  const usage = newUsage();
  const tracker = track(await openTileset(url, { usage }), { radius, usage });
  let [rows, most, added, changes, bytes] = [0, 0, 0, 0, 0];
  const loop = (async () => {
    for await (const change of tracker) {
      changes++;
      added += change.added.length;
      rows += change.added.length - change.removed.length;
      most = Math.max(most, rows);
    }
  })();
  for (const position of positions) {
    tracker.update(position);
    await tracker.settled();
    bytes = Math.max(bytes, tracker.status.bytes);
  }
  tracker.close();
  await loop;
  return `${costOf(usage)}; ${changes} changes, ${added} rows came, at most ${most} at once; pieces ${mib(bytes)}`;
}

/** Asks for the sphere whenever the viewer has moved by 0.3 of the radius, as the guide's viewer does. */
async function spheresOnFlight(url: string, { positions, radius }: Flight): Promise<string> {
  const usage = newUsage();
  const tileset = await openTileset(url, { usage });
  let [rows, searches] = [0, 0];
  for (let i = 0; i < positions.length; i += 3) {
    searches++;
    rows += (await tileset.sphere({ center: positions[i]!, radius: radius * 1.3, usage }).toArray()).length;
  }
  return `${costOf(usage)}; ${searches} searches, ${rows} rows came`;
}

async function piecesOnFlight(url: string, { positions, radius }: Flight): Promise<string> {
  const usage = newUsage();
  const tracker = trackPieces(await openTileset(url, { usage }), { usage, radius: radius / 4 });
  let [uploaded, most, bytes, updates, longest] = [0, 0, 0, 0, 0];
  const loop = (async () => {
    for await (const { added } of tracker) for (const { piece } of added) uploaded += piece.length;
  })();
  for (const position of positions) {
    const start = cpuTime();
    tracker.update({ position, pixelsPerRadian: PIXELS_PER_RADIAN });
    const time = cpuTime() - start;
    updates += time;
    longest = Math.max(longest, time);
    await tracker.settled();
    most = Math.max(most, tracker.status.rows);
    bytes = Math.max(bytes, tracker.status.bytes);
  }
  tracker.close();
  await loop;
  const mean = (updates / positions.length).toFixed(2);
  return `${costOf(usage)}; at most ${most} rows at once, ${uploaded} uploaded; pieces ${mib(bytes)}; CPU of an update ${mean} ms, at most ${longest.toFixed(1)} ms`;
}

/** CPU time of this thread in milliseconds. */
function cpuTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function costOf({ requests, bytes, cacheHits }: Usage): string {
  return `${requests} requests, ${Math.round(bytes / 1_000)} kB, ${cacheHits} from the cache`;
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
