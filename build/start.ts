import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SphereRow, SystemRow, Tileset, Usage } from '#client/index.ts';
import { openTileset } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { type BuildSummary, build } from '#pipeline/build.ts';
import { unitOf } from '#pipeline/cli/commands/run-query.ts';
import { exitCodeOf } from '#pipeline/cli/exit.ts';
import { paint } from '#pipeline/cli/print/colour.ts';
import { Output } from '#pipeline/cli/print/output.ts';
import { printable, printableLines } from '#pipeline/cli/print/printable.ts';
import { TablePrinter } from '#pipeline/cli/print/table-printer.ts';
import { counted, duration, size } from '#pipeline/cli/print/units.ts';
import { UsageError } from '#pipeline/errors.ts';
import { shellWord } from '#pipeline/source/shell-word.ts';
import { densestSystem } from './densest.ts';
import { serveFolder } from './static.ts';

// `npm start [-- CATALOGUE]`: the main task from end to end. It builds a chunk set from a catalogue, serves its files
// with a plain static server, and queries the nearest systems over HTTP.

const NEARBY_STARS = fileURLToPath(new URL('../data/nearby-stars.json', import.meta.url));
const NEAREST = 10;
/** Chunk limit for the bundled catalogue: with the default, such a small set would have only one chunk. */
const FEW_SYSTEMS = 16;

const output = new Output(process.stdout);
const [catalogue = NEARBY_STARS, ...rest] = process.argv.slice(2);
const isBundled = catalogue === NEARBY_STARS;
const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-'));
const interrupted = new AbortController();
const { signal } = interrupted;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => interrupted.abort(new Error(`stopped by ${name}`)));
}
try {
  if (rest.length > 0 || catalogue.startsWith('-')) {
    throw new UsageError('give one catalogue or none: npm start -- my-data.json');
  }
  await run(join(folder, 'set'));
} catch (error) {
  process.stderr.write(`${printableLines(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = exitCodeOf(error);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(set: string): Promise<void> {
  const summary = await build([catalogue], set, isBundled ? { chunkLimit: FEW_SYSTEMS } : {}, {}, signal);
  await describeBuild(summary);
  const { url, server } = await serveFolder(set);
  try {
    const tileset = await openTileset(url, { signal });
    if (summary.systems > 0) await describeNear(url, tileset, summary);
    await describeLookups(url, tileset);
    await describeNext();
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function describeBuild(summary: BuildSummary): Promise<void> {
  const { systems, planets, moons, stations, rejected, byKind, files, bytes, seconds } = summary;
  const limit = isBundled ? ` of at most ${FEW_SYSTEMS} systems` : '';
  await heading(`Built a chunk set from ${isBundled ? 'data/nearby-stars.json' : catalogue}`);
  await print(
    `  ${counted(systems, 'system')}, ${counted(planets, 'planet')}, ${counted(moons, 'moon')}, ${counted(stations, 'station')}`,
  );
  if (rejected > 0) {
    await print(
      `  ${counted(rejected, 'record')} rejected: haven-chunks build --rejects FILE lists the reasons`,
    );
  }
  await print(
    `  ${counted(byKind['chunks']?.files ?? 0, 'chunk')}${limit}, ${counted(files, 'file')}, ${size(bytes)} in ${duration(seconds)}`,
  );
}

/** Prints the ten systems around the centre, found by a cold client. */
async function describeNear(url: string, tileset: Tileset, summary: BuildSummary): Promise<void> {
  const center = isBundled ? undefined : densestSystem(await tileset.overview({ signal }), NEAREST);
  const { x, y, z } = center ?? { x: 0, y: 0, z: 0 };
  const near = { center: [x, y, z], signal } as const;
  const radius = radiusOf(await tileset.nearest({ ...near, count: NEAREST + 1 }).toArray());
  const usage = newUsage();
  const cold = await openTileset(url, { usage, signal });
  const rows = await cold.sphere({ ...near, radius, details: true, usage }).toArray();
  const unit = await unitOf(tileset, signal);
  const suffix = unit === undefined ? '' : ` ${unit}`;
  const place = isBundled ? 'the Sun' : `${printable(center!.name)}, where systems are densest`;
  await heading(`\nWithin ${radius}${suffix} of ${place}`);
  const table = new TablePrinter<SphereRow>(
    output,
    [
      { heading: 'name', value: row => row.name },
      { heading: unit === undefined ? 'distance' : `distance (${unit})`, value: row => row.distance },
      { heading: 'region', value: row => row.region },
      ...(summary.planets > 0
        ? [{ heading: 'planets', value: (row: SphereRow) => row.record?.['planets'] }]
        : []),
    ],
    '  ',
  );
  for (const row of rows.slice(0, NEAREST)) await table.add(row);
  await table.end();
  const share = ((100 * usage.bytes) / summary.bytes).toFixed(summary.bytes > 1e7 ? 2 : 0);
  await note(
    `  ${counted(usage.requests, 'request')}, ${size(usage.bytes)}, ${counted(usage.roundTrips, 'round trip')}: ${share} % of the set`,
  );
}

/** Prints queries that the octree does not answer, each by a cold client. */
async function describeLookups(url: string, { counts }: Tileset): Promise<void> {
  const rows: { query: string; result: string; requests: number; bytes: string }[] = [];
  const ask = async (query: string, result: (tileset: Tileset, usage: Usage) => Promise<string>) => {
    const usage = newUsage();
    const text = await result(await openTileset(url, { usage, signal }), usage);
    rows.push({ query, result: text, requests: usage.requests, bytes: size(usage.bytes) });
  };
  const page = Math.max(1, Math.ceil(counts.systems / 20));
  let first: SystemRow | undefined;
  await ask(`page ${page.toLocaleString('en')} of ten rows`, async (tileset, usage) => {
    const { systems } = await tileset.page({ page, perPage: 10, usage, signal });
    first = systems[0];
    return first ? `${first.name} … ${systems.at(-1)!.name}` : 'no systems';
  });
  if (first) {
    const { name } = first;
    await ask('a system by name', async (tileset, usage) => {
      const system = await tileset.system(name, { first: true, usage, signal });
      return `${name}: ${counted(Object.keys(system?.record ?? {}).length, 'field')}`;
    });
    const text = /[\p{L}\p{N}]{3,}/u.exec(name)?.[0].slice(1, 5) ?? name;
    await ask(`"${text}" anywhere`, async (tileset, usage) => {
      const { systems, truncated } = await tileset.search(text, { limit: NEAREST, usage, signal });
      const names = systems.slice(0, 3).map(system => system.name);
      return `${names.join(', ')}${systems.length > 3 || truncated ? ' and more' : ''}`;
    });
  }
  await heading('\nLooked up');
  const table = new TablePrinter<(typeof rows)[number]>(
    output,
    (['query', 'result', 'requests', 'bytes'] as const).map(key => ({
      heading: key,
      value: row => row[key],
    })),
    '  ',
  );
  for (const row of rows) await table.add(row);
  await table.end();
}

async function describeNext(): Promise<void> {
  const command = 'npm run -s haven-chunks --';
  await heading('\nNext');
  await print(
    `  ${command} build ${isBundled ? 'data/nearby-stars.json' : shellWord(catalogue)} --out my-set`,
  );
  await print(`  ${command} query sphere my-set --center 0,0,0 --limit 5`);
  await print(`  ${command} --help`);
}

/** A radius that finds ten of these rows but not the eleventh, with three digits if possible. */
function radiusOf(rows: readonly SphereRow[]): number {
  const distance = rows.slice(0, NEAREST).at(-1)!.distance;
  if (distance === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(distance)) - 2);
  const rounded = Number((Math.ceil(distance / step) * step).toPrecision(3));
  const next = rows[NEAREST]?.distance ?? Number.POSITIVE_INFINITY;
  return rounded >= distance && rounded < next ? rounded : distance;
}

function heading(text: string): Promise<void> {
  return print(paint('bold', text, output));
}

function note(text: string): Promise<void> {
  return print(paint('dim', text, output));
}

function print(line: string): Promise<void> {
  return output.write(`${line}\n`);
}
