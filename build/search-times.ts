import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openTileset, type Source } from '#client/node/index.ts';
import { drawn, searches } from './searches.ts';
import { spread } from './usages.ts';

// `node build/search-times.ts SET [QUESTIONS] [DELAY]`: the time that searches by a cold client wait for a network, for
// 20 and 50 results, index.json included: over HTTP/1.1 with six connections, as browsers have them, and over HTTP/2,
// which has no limit. A response comes DELAY ms after its request is sent, 30 by default. The network is simulated, so that
// other work of the machine does not count: milliseconds, as median/95th percentile.

const [set, part = '20', delay = '30'] = process.argv.slice(2);
if (!set) {
  process.stderr.write('Usage: node build/search-times.ts SET [QUESTIONS] [DELAY]\n');
  process.exit(2);
}
const location = set;
const tileset = await openTileset(location);
const rows = await drawn(tileset, Number(part));
process.stdout.write('| search | results | HTTP/1.1 | HTTP/2 |\n|---|---|---|---|\n');
for (const [kind, texts] of await searches(tileset, rows)) {
  for (const limit of [20, 50]) {
    const times: string[] = [];
    for (const connections of [6, Number.POSITIVE_INFINITY]) {
      const found: number[] = [];
      for (const text of texts)
        found.push(
          await waited(connections, async source => {
            const tileset = await openTileset(source);
            await tileset.search(text, { limit });
          }),
        );
      times.push(spread(found));
    }
    process.stdout.write(`| ${kind} | ${limit} | ${times.join(' | ')} |\n`);
  }
}

/** Milliseconds of the simulated network that a query waits. */
async function waited(connections: number, query: (source: Source) => Promise<void>): Promise<number> {
  let now = 0;
  const queue: (() => void)[] = [];
  let sent: { readonly at: number; readonly respond: () => void }[] = [];
  const get = (path: string) =>
    new Promise<Uint8Array>(resolve => {
      queue.push(() => resolve(readFileSync(join(location, path))));
    });
  let isOver = false;
  const running = query({ location, get }).finally(() => {
    isOver = true;
  });
  for (;;) {
    // The client sends all that it can before time goes on.
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    if (isOver) break;
    for (const respond of queue.splice(0, connections - sent.length))
      sent.push({ at: now + Number(delay), respond });
    now = Math.min(...sent.map(({ at }) => at));
    for (const { at, respond } of sent) if (at === now) respond();
    sent = sent.filter(({ at }) => at > now);
  }
  await running;
  return now;
}
