import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OctreeNode, SphereRow, Tileset, Usage } from '../client/index.ts';
import { openTileset } from '../client/node/index.ts';
import { type BuildSummary, build } from '../pipeline/build.ts';
import { exitCodeOf } from '../pipeline/cli/exit.ts';
import { UsageError } from '../pipeline/errors.ts';
import { serveFolder } from './static.ts';

// `npm start [-- CATALOGUE]`: the main job from end to end. A catalogue becomes a chunk set, a plain static server
// hands its files out, and the client asks it over HTTP what is near.

const NEARBY_STARS = fileURLToPath(new URL('../data/nearby-stars.json', import.meta.url));
const NEAREST = 10;
/** Systems to a chunk of the bundled catalogue: as small as it is, it then shows what chunks are for. */
const FEW_SYSTEMS = 16;

const [catalogue = NEARBY_STARS, ...rest] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
}
try {
  if (rest.length > 0 || catalogue.startsWith('-')) {
    throw new UsageError('give one catalogue or none: npm start -- my-data.json');
  }
  await run(catalogue, join(folder, 'set'));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = exitCodeOf(error);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(input: string, set: string): Promise<void> {
  const options = input === NEARBY_STARS ? { chunkLimit: FEW_SYSTEMS } : {};
  const summary = await build([input], set, options, {}, interrupted.signal);
  describeBuild(input, summary);
  const { url, server } = await serveFolder(set);
  try {
    const usage: Usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
    const tileset = await openTileset(url, { usage, signal: interrupted.signal });
    const center = input === NEARBY_STARS ? ([0, 0, 0] as const) : await densestPlace(tileset);
    const nearest = { center, radius: Number.POSITIVE_INFINITY, limit: NEAREST };
    const rows = await tileset.sphere({ ...nearest, details: true, usage }).toArray();
    describeRows(input, center, rows);
    describeCost(usage, summary);
    await lookUp(url, tileset);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Questions that the octree does not answer, each by a client that has nothing yet. */
async function lookUp(url: string, { counts }: Tileset): Promise<void> {
  const { signal } = interrupted;
  const cold = async (what: string, ask: (tileset: Tileset, usage: Usage) => Promise<string>) => {
    const usage: Usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
    const answer = await ask(await openTileset(url, { usage, signal }), usage);
    print(
      `  ${what.padEnd(28)}${answer.padEnd(46)}${count(usage.requests, 'request')}, ${size(usage.bytes)}`,
    );
  };
  print('\nLooked up, each from nothing');
  const middle = Math.max(1, Math.ceil(counts.systems / 20));
  await cold(`page ${middle.toLocaleString('en')}, ten rows each`, async (tileset, usage) => {
    const { systems } = await tileset.page({ page: middle, perPage: 10, usage, signal });
    return systems.length > 0 ? `${systems[0]!.name} … ${systems.at(-1)!.name}` : 'no systems';
  });
  const { systems } = await (await openTileset(url)).page({ page: middle, perPage: 1 });
  const name = systems[0]?.name ?? '';
  await cold('a system by its name', async (tileset, usage) => {
    const system = await tileset.system(name, { first: true, usage, signal });
    return system ? `${name}: ${Object.keys(system.record).length} fields` : 'none';
  });
  const text = [...name].slice(1, 4).join('') || 'a';
  await cold(`"${text}" anywhere in a text`, async (tileset, usage) => {
    const found = await tileset.search(text, { limit: NEAREST, usage, signal });
    const names = found.systems.slice(0, 3).map(system => system.name);
    return `${names.join(', ') || 'nowhere'}${found.systems.length > 3 || found.truncated ? ' and more' : ''}`;
  });
}

/** The middle of the leaf that has the most systems for its volume, among those that have enough to show. */
async function densestPlace(tileset: Tileset): Promise<readonly [number, number, number]> {
  const { signal } = interrupted;
  let place: [number, number, number] = [0, 0, 0];
  let highest = 0;
  const open: (OctreeNode | undefined)[] = [await tileset.root({ signal })];
  for (let node = open.pop(); node; node = open.pop()) {
    open.push(...(await node.children({ signal })));
    if (!node.isLeaf || node.counts.systems < NEAREST) continue;
    const { min, max } = node.bounds;
    const density = node.counts.systems / ((max[0] - min[0]) * (max[1] - min[1]) * (max[2] - min[2]));
    if (density <= highest) continue;
    highest = density;
    place = [(min[0] + max[0]) / 2, (min[1] + max[1]) / 2, (min[2] + max[2]) / 2];
  }
  return place;
}

function describeBuild(input: string, summary: BuildSummary): void {
  const { systems, planets, moons, stations, rejected, byKind, files, bytes, seconds } = summary;
  print(`\nBuilt a chunk set from ${input === NEARBY_STARS ? 'data/nearby-stars.json' : input}`);
  print(
    `  ${count(systems, 'system')}, ${count(planets, 'planet')}, ${count(moons, 'moon')}, ${count(stations, 'station')}`,
  );
  if (rejected > 0)
    print(`  ${count(rejected, 'record')} rejected: haven-chunks build ... --rejects FILE says why`);
  const chunks = byKind['chunks']?.files ?? 0;
  const limit = input === NEARBY_STARS ? ` of at most ${FEW_SYSTEMS} systems` : '';
  print(
    `  ${count(chunks, 'chunk')}${limit}, ${count(files, 'file')}, ${size(bytes)} in ${seconds.toFixed(2)} s\n`,
  );
}

function describeRows(input: string, center: readonly number[], rows: readonly SphereRow[]): void {
  const place = input === NEARBY_STARS ? 'the Sun' : `the densest place, (${center.join(', ')})`;
  const unit = input === NEARBY_STARS ? ' ly' : '';
  print(`The ${rows.length} systems nearest to ${place}, asked over HTTP`);
  for (const { name, distance, record } of rows) {
    print(`  ${`${distance.toFixed(2)}${unit}`.padStart(10)}  ${name.padEnd(24)}${planetsOf(record)}`);
  }
}

function planetsOf(record: SphereRow['record']): string {
  const planets = Array.isArray(record?.['planets']) ? record['planets'] : [];
  const names = planets.map(planet => {
    const own =
      typeof planet === 'object' && planet !== null && !Array.isArray(planet) ? planet['name'] : planet;
    return String(own);
  });
  const shown = names.slice(0, 6).join(', ');
  return names.length > 6 ? `${shown} and ${names.length - 6} more` : shown;
}

function describeCost({ requests, bytes, roundTrips }: Usage, summary: BuildSummary): void {
  const share = ((100 * bytes) / summary.bytes).toFixed(summary.bytes > 1e7 ? 2 : 0);
  print(
    `\nThe answer cost ${count(requests, 'request')}, ${size(bytes)} and ${count(roundTrips, 'round trip')}: ` +
      `${share} % of the set's ${size(summary.bytes)}.`,
  );
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
