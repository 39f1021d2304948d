/**
 * Prints the heap in bytes after 1,000 and after 10,000 random queries and updates of trackers, and the bytes of the cache.
 * Run with `node --expose-gc`, the set's folder as argument.
 */

import { cachedSource } from '#client/cache.ts';
import { folderCache, folderSource, openTileset } from '#client/node/index.ts';
import { track, trackPieces } from '#client/track.ts';
import { type Point, seeded } from '#test/support/arbitrary.ts';

const [set, cache] = process.argv.slice(2);
const source = cachedSource(folderSource(set!), { cache: folderCache(cache!, { maxBytes: 60_000 }) });
const tileset = await openTileset(source, { cacheBytes: 1 << 18 });
const random = seeded(1);
const around = (): Point => [(random() - 0.5) * 800, (random() - 0.5) * 800, (random() - 0.5) * 30];
const rows = track(tileset, { radius: 30, maxVisible: 500 });
const pieces = trackPieces(tileset, { spacing: 4, maxBytes: 1 << 20 });
// Loops that take every change, and one that stands still after its first.
for (const tracker of [rows, pieces]) {
  (async () => {
    for await (const _ of tracker);
  })();
  tracker[Symbol.asyncIterator]().next();
}

const heaps: number[] = [];
let most = 0;
for (let i = 1; i <= 10_000; i++) {
  const center = around();
  if (i % 5 === 0) rows.update(center);
  else if (i % 10 === 1) pieces.update({ position: center, pixelsPerRadian: 200 });
  else await tileset.sphere({ center, radius: 10 }).toArray();
  if (i % 50 === 0) await Promise.all([rows, pieces].map(tracker => settled(tracker)));
  most = Math.max(most, tileset.compared.files.cachedBytes, 0);
  if (i === 1_000 || i === 10_000) heaps.push(await heapAtRest());
}
rows.close();
pieces.close();
process.stdout.write(JSON.stringify({ heaps, most, hits: source.hits, misses: source.misses }));

/** Memory when nothing is under way. */
async function heapAtRest(): Promise<number> {
  const isBusy = ({ status: { settled, loading, waiting } }: typeof rows | typeof pieces) =>
    !settled || loading + waiting > 0;
  while (isBusy(rows) || isBusy(pieces)) await new Promise(setImmediate);
  for (let times = 0; times < 4; times++) {
    await new Promise(setImmediate);
    globalThis.gc!();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Waits for a tracker that has a loop which stands still. */
async function settled(tracker: typeof rows | typeof pieces): Promise<void> {
  while (!tracker.status.settled) await new Promise(setImmediate);
}
