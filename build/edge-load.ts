import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { $ } from 'zx';
import { openTileset } from '#client/node/index.ts';
import { edgeWorker } from './edge-worker.ts';
import { serveFolder } from './static.ts';

// `npm run edge-load -- SET`: CPU time of a request to the edge worker of client/README.md in miniflare, which
// `npm ci --prefix test/runtimes` installs. Linux: the time of the process workerd is read from /proc.

const SYSTEMS = 1_000;
const [WARM, MEASURED] = [100, 400];
const CORE = 'fields=id,name,x,y,z,region';

const [set] = process.argv.slice(2);
if (!set) {
  process.stderr.write('Usage: npm run edge-load -- SET\n');
  process.exit(2);
}
const runtimes = fileURLToPath(new URL('../test/runtimes/', import.meta.url));
const library = createRequire(join(runtimes, 'package.json')).resolve('miniflare');
const { Miniflare } = await import(pathToFileURL(library).href);
const { url, server } = await serveFolder(set);
try {
  const tileset = await openTileset(set);
  const { x, y, z } = (await tileset.overview())[0]!;
  const rows = await tileset.nearest({ center: [x, y, z], count: SYSTEMS }).toArray();
  const sphere = `systems/visible?cx=${x}&cy=${y}&cz=${z}&radius=${rows.at(-1)!.distance}&limit=${SYSTEMS}`;
  const paths = [`${sphere}&${CORE}`, sphere, ''];
  await measure('files in the cache', await edgeWorker(url), paths);
  await measure('no cache', await edgeWorker(url, { cacheBytes: 0 }), paths);
} finally {
  server.close();
  server.closeAllConnections();
}

/** Prints the mean CPU time of a request for each path. */
async function measure(name: string, script: string, paths: readonly string[]): Promise<void> {
  const miniflare = new Miniflare({
    modules: true,
    script,
    compatibilityDate: '2026-07-01',
    // Without the worker of miniflare that passes requests on: it is in the same process.
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
  });
  try {
    await miniflare.ready;
    const worker = await miniflare.unsafeGetDirectURL();
    for (const path of paths) {
      let length = 0;
      const ask = async () => {
        length = (await (await fetch(new URL(`api/${path}`, worker))).text()).length;
      };
      for (let i = 0; i < WARM; i++) await ask();
      const before = await workerTime();
      for (let i = 0; i < MEASURED; i++) await ask();
      const ms = ((await workerTime()) - before) / MEASURED;
      process.stdout.write(`${name}: ${ms.toFixed(1)} ms of CPU, ${length} characters: /api/${path}\n`);
    }
  } finally {
    await miniflare.dispose();
  }
}

/** Milliseconds of CPU of workerd, which this process has started. */
async function workerTime(): Promise<number> {
  const pids = (await $({ quiet: true })`pgrep -P ${process.pid} workerd`).stdout.trim().split('\n');
  const times = pids.map(async pid => {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ');
    // Clock ticks of 10 ms.
    return (Number(fields[13]) + Number(fields[14])) * 10;
  });
  return (await Promise.all(times)).reduce((sum, time) => sum + time, 0);
}
