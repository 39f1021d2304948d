import { openTileset, type SystemRow, type Tileset, type Usage } from '#client/node/index.ts';
import { flightCosts } from './flights.ts';
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
    const usage: Usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
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
  if (searchKind) await texts(tileset, open, await drawn(tileset));
  else if (!kinds.includes('spheres') && !isPart) await tables(tileset, open);
} finally {
  server.close();
  server.closeAllConnections();
}

/** Queries by name, id, region, page and text. */
async function tables(tileset: Tileset, open: Open): Promise<void> {
  const rows = await drawn(tileset);
  const measure = <T>(what: string, asked: readonly T[], ask: Ask<T>) => printCost(open, what, asked, ask);
  const [largest] = (await tileset.regions().toArray()).sort((a, b) => b.count - a.count);
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

/** Rows spread evenly over the names. */
async function drawn(tileset: Tileset): Promise<SystemRow[]> {
  const found: SystemRow[] = [];
  for (let i = 0; i < questions; i++) {
    const page = Math.floor((tileset.counts.systems * (i + 0.5)) / questions) + 1;
    found.push(...(await tileset.page({ page, perPage: 1 })).systems);
  }
  return found;
}

/** Strings of each kind that people search for. */
async function searches(tileset: Tileset, rows: readonly SystemRow[]): Promise<[string, string[]][]> {
  const names = rows.map(({ name }) => name);
  return [
    ['a whole name', names],
    ['the first three letters of a name', names.map(name => name.slice(0, 3))],
    ['a later word of a name', names.flatMap(name => / (\S+)$/.exec(name)?.[1] ?? [])],
    ['five letters inside a name', names.map(name => name.slice(1, 6)).filter(text => text.length === 5)],
    ['the end of a word and the beginning of the next', acrossWords(names)],
    ['a value of a facet', await facetTexts(tileset)],
    ['a string that no system has', names.map(name => `${name.slice(0, 3)}qq${name.slice(-1)}`)],
  ];
}

/** One to three characters from the end of a word of names, and as many from the beginning of the next. */
function acrossWords(names: readonly string[]): string[] {
  return names.flatMap((name, i) => {
    const space = name.indexOf(' ');
    const [before, after] = [1 + (i % 3), 1 + ((i + 1) % 3)];
    return space > 0 ? [name.slice(Math.max(0, space - before), space + 1 + after)] : [];
  });
}

/** Values of all facets, spread evenly. */
async function facetTexts(tileset: Tileset): Promise<string[]> {
  const texts: string[] = [];
  for (const { field } of await tileset.facets())
    for (const { value } of await tileset.facet(field, { limit: 10_000 })) texts.push(String(value));
  return Array.from(
    { length: questions },
    (_, i) => texts[Math.floor((texts.length * i) / questions)] ?? [],
  ).flat();
}

type Ask<T> = (tileset: Tileset, value: T, usage: Usage, i: number) => Promise<unknown>;

async function printCost<T>(open: Open, what: string, asked: readonly T[], ask: Ask<T>): Promise<void> {
  const usages: Usage[] = [];
  for (const [i, value] of asked.entries()) {
    const usage: Usage = { requests: 0, bytes: 0, cacheHits: 0, roundTrips: 0 };
    await ask(await open(usage), value, usage, i);
    usages.push(usage);
  }
  print(what, usages.length === 0 ? 'no queries' : costOf(usages));
}

function print(query: string, cost: string): void {
  process.stdout.write(`| ${query} | ${cost} |\n`);
}
