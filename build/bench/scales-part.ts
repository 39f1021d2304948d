/** The guide's own tables, measured: time and memory of one sphere, by the number of systems. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCost, COMMAND } from './build-part.ts';
import { questionsOf } from './catalogue.ts';
import { loadAll, migrate } from './guide.ts';
import { questionFile } from './local-part.ts';
import { type Cost, medianCost, processCost } from './process-cost.ts';
import { duration, markdownTable, size } from './table.ts';

const GUIDE = fileURLToPath(new URL('guide.py', import.meta.url));
const GALAXY = fileURLToPath(new URL('../../data/galaxy.ts', import.meta.url));

/** Claims of the guide: seconds and bytes of JSON, and of SQLite with its API. */
const CLAIMS: ReadonlyMap<number, readonly [string, string, string, string]> = new Map([
  [10, ['10 ms', '20 ms', '10 kB', '50 kB']],
  [1_000, ['100 ms', '50 ms', '1 MB', '100 kB']],
  [100_000, ['10 s', '100 ms', '100 MB', '500 kB']],
  [1_000_000, ['100 s, then a crash', '200 ms', '', '']],
]);

/** Seconds of a first answer, for the plot. */
export interface FirstAnswer {
  readonly way: string;
  readonly systems: number;
  readonly seconds: number;
}

/**
 * For galaxies of 10 systems and more: whole processes that start, open the catalogue and answer one sphere of 10.
 * @param most the largest number of systems
 */
export async function scalesPart(
  most: number,
  folder: string,
  rounds: number,
): Promise<{ table: string; answers: FirstAnswer[] }> {
  const answers: FirstAnswer[] = [];
  const rows: string[][] = [];
  for (const [systems, claims] of CLAIMS) {
    if (systems > most) break;
    const place = join(folder, `scale-${systems}`);
    await mkdir(place);
    const costs = await costsOf(systems, place, rounds);
    await rm(place, { recursive: true });
    for (const [way, cost] of costs) answers.push({ way, systems, seconds: cost.wall });
    const [json, sqlite, set] = costs.map(([, cost]) => cost) as [Cost, Cost, Cost];
    const cell = (cost: Cost) => `${duration(cost.wall)}, ${size(cost.memory)}`;
    const claim = (time: string, memory: string) => [time, memory].filter(text => text !== '').join(', ');
    rows.push([
      systems.toLocaleString('en'),
      ...[claim(claims[0], claims[2]), cell(json), claim(claims[1], claims[3]), cell(sqlite), cell(set)],
    ]);
  }
  const head = ['systems', 'JSON, as claimed', 'JSON', 'SQLite, as claimed', 'SQLite', 'chunk set'];
  return { table: markdownTable(head, rows), answers };
}

async function costsOf(systems: number, folder: string, rounds: number): Promise<[string, Cost][]> {
  const [lines, json, database, set] = ['galaxy.ndjson', 'data.json', 'haven.db', 'set'].map(name =>
    join(folder, name),
  ) as [string, string, string, string];
  await generate(systems, 'ndjson', lines);
  await generate(systems, 'json', json);
  await buildCost(lines, set, []);
  await migrate(json, database);
  const all = await questionsOf(lines, 1);
  const [question] = all.questions;
  const radius = question!.radii.get(10)!;
  const small = { ...question!, radii: new Map([[10, radius]]) };
  const asked = await questionFile({ ...all, questions: [small] }, folder);
  const query = ['query', 'sphere', set, `--center=${question!.center.join()}`, '--radius', String(radius)];
  const ways: [string, () => Promise<Cost>][] = [
    ['JSON', () => loadAll(json, asked)],
    ['SQLite', async () => (await processCost('python3', [GUIDE, 'first', database, asked])).cost],
    ['chunk set', async () => (await processCost(process.execPath, [COMMAND, ...query, '--json'])).cost],
  ];
  const costs = ways.map((): Cost[] => []);
  for (let round = 0; round < rounds; round++)
    for (const [i, [, way]] of ways.entries()) costs[i]!.push(await way());
  return ways.map(([name], i) => [name, medianCost(costs[i]!)]);
}

async function generate(systems: number, shape: 'ndjson' | 'json', path: string): Promise<void> {
  await processCost(process.execPath, [GALAXY, '--count', String(systems), '--shape', shape, '--out', path]);
}
