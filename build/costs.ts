import { openTileset, type SystemRow, type Tileset, type Usage } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { flightCosts } from './flights.ts';
import { drawn, searches } from './searches.ts';
import { filterCosts, type Open, sphereCosts } from './spheres.ts';
import { serveFolder } from './static.ts';
import { costOf } from './usages.ts';

// `npm run costs -- SET [QUESTIONS] [spheres] [flights] [search[:LIMIT]] [preload] [FILTER…]`: the cost of queries for a cold client over HTTP, in
// requests, bytes and round trips: median and 95th percentile of queries spread over the set. Spheres and nearest
// systems, then queries by name, id, region, page and text; with `spheres` only the first; with `flights` only those of
// moving viewers; with `search` only those by text, for up to LIMIT results, 20 by default; with filters, as `--where`
// takes them, only the 10 nearest systems with each. A cold client opens the set for each query; with `preload` it has
// opened the set with its preload file before, and the opening is a line of its own.

const [set, part = '20', ...kinds] = process.argv.slice(2);
const searchKind = kinds.find(kind => /^search(:\d+)?$/.test(kind));
const filters = kinds.filter(kind => !['spheres', 'flights', 'preload', searchKind].includes(kind));
if (!set || filters.some(filter => !/[=<>]/.test(filter))) {
  process.stderr.write(
    'Usage: npm run costs -- SET [QUESTIONS] [spheres] [flights] [search[:LIMIT]] [preload] [FILTER…]\n',
  );
  process.exit(2);
}
const preload = kinds.includes('preload');
const questions = Number(part);
const { url, server } = await serveFolder(set);
try {
  const tileset = await openTileset(set);
  const open: Open = usage => (preload ? openTileset(url, { preload }) : openTileset(url, { usage }));
  process.stdout.write(`${tileset.counts.systems} systems, ${set}: requests · kB · round trips\n\n`);
  if (preload) {
    const usage = newUsage();
    await openTileset(url, { preload, usage });
    print('opening with preload', costOf([usage]));
  }
  if (kinds.includes('flights')) for (const [query, cost] of await flightCosts(url)) print(query, cost);
  for (const filter of filters)
    for (const [query, cost] of await filterCosts(tileset, open, filter, questions)) print(query, cost);
  const isPart = filters.length > 0 || kinds.includes('flights') || searchKind;
  for (const results of isPart ? [] : [10, 1_000, 10_000]) {
    if (results > tileset.counts.systems) continue;
    for (const [query, cost] of await sphereCosts(tileset, open, results, questions)) print(query, cost);
  }
  if (searchKind) await texts(tileset, open, await drawn(tileset, questions));
  else if (!kinds.includes('spheres') && !isPart) await tables(tileset, open);
} finally {
  server.close();
  server.closeAllConnections();
}

/** Queries by name, id, region, page and text. */
async function tables(tileset: Tileset, open: Open): Promise<void> {
  const rows = await drawn(tileset, questions);
  const measure = <T>(what: string, asked: readonly T[], ask: Ask<T>) => printCost(open, what, asked, ask);
  const [largest] = (await tileset.regions().toArray()).sort((a, b) => b.systems - a.systems);
  await measure('system by name, complete', rows, (tileset, row, usage) =>
    tileset.system(row.name, { first: true, usage }),
  );
  await measure('system by name, case ignored', rows, (tileset, { name }, usage) =>
    tileset.system(name.toLowerCase(), { first: true, ignoreCase: true, usage }),
  );
  await measure('system by id, complete', rows, (tileset, row, usage) =>
    tileset.systemById(row.id, { usage }),
  );
  await measure('names with a prefix of 3', rows, (tileset, row, usage) =>
    tileset.names({ prefix: row.name.slice(0, 3), usage }),
  );
  for (const region of [undefined, largest!.region]) {
    const { totalPages } = await tileset.page(region === undefined ? {} : { region });
    const scope = region === undefined ? 'all' : 'the largest region';
    for (const [which, page] of [
      ['first', () => 1],
      ['middle', (i: number) => Math.floor((totalPages * (i + 1)) / (questions + 1)) + 1],
      ['last', () => totalPages],
    ] as const) {
      await measure(`${which} page of ${scope}`, rows, (tileset, _row, usage, i) =>
        tileset.page({ ...(region !== undefined && { region }), page: page(i), usage }),
      );
    }
  }
  await measure('overview', rows.slice(0, 1), (tileset, _row, usage) => tileset.overview({ usage }));
  if (tileset.options.search.mode !== 'none') await texts(tileset, open, rows);
}

/** Queries by text. */
async function texts(tileset: Tileset, open: Open, rows: readonly SystemRow[]): Promise<void> {
  const limit = Number(searchKind?.split(':')[1] ?? 20);
  for (const [kind, texts] of await searches(tileset, rows))
    await printCost(open, `search: ${kind}`, texts, (tileset, text, usage) =>
      tileset.search(text, { limit, usage }),
    );
}

type Ask<T> = (tileset: Tileset, value: T, usage: Usage, i: number) => Promise<unknown>;

async function printCost<T>(open: Open, what: string, asked: readonly T[], ask: Ask<T>): Promise<void> {
  const usages: Usage[] = [];
  for (const [i, value] of asked.entries()) {
    const usage = newUsage();
    await ask(await open(usage), value, usage, i);
    usages.push(usage);
  }
  print(what, usages.length === 0 ? 'no queries' : costOf(usages));
}

function print(query: string, cost: string): void {
  process.stdout.write(`| ${query} | ${cost} |\n`);
}
