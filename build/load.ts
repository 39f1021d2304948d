import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { $ } from 'zx';
import { openTileset, type SystemRow } from '#client/node/index.ts';
import { type ChildServer, startServer } from './child-server.ts';

// `npm run load -- CATALOGUE [SECONDS]`: requests a second, CPU time and memory of `haven-chunks serve`, beside the migration
// guide's Flask API over SQLite with the same systems if Python has Flask. Both are asked in turn, on loopback, by
// connections that stay open. Linux: memory is read from /proc.

const CONNECTIONS = 8;
const ROUNDS = 3;
const QUERIES = 500;
const NEAR = 100;

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const [catalogue, part = '3'] = process.argv.slice(2);
const seconds = Number(part);
if (!catalogue || !(seconds > 0)) {
  process.stderr.write('Usage: npm run load -- CATALOGUE [SECONDS]\n');
  process.exit(2);
}

interface Api extends ChildServer {
  readonly name: string;
}

const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-load-'));
const apis: Api[] = [];
try {
  await compare();
} finally {
  for (const api of apis) await api.close();
  await rm(folder, { recursive: true, force: true });
}

async function compare(): Promise<void> {
  const cli = pathOf('../pipeline/cli.ts');
  const [set, database] = [join(folder, 'set'), join(folder, 'haven.db')];
  await $({ quiet: true })`${process.execPath} ${cli} build ${catalogue!} --out ${set} --no-flush --quiet`;
  await $({ quiet: true })`${process.execPath} ${cli} export ${set} --to ${database} --quiet`;
  await start('haven-chunks serve', process.execPath, cli, 'serve', set, '--port', '0');
  const flask = await $({ quiet: true, nothrow: true })`python3 -c ${'import flask'}`;
  if (flask.exitCode === 0) {
    await start('Flask and SQLite', 'python3', pathOf('guide_api.py'), database, '0');
  } else print('Python has no Flask: only haven-chunks is measured');
  const queries = await queriesOf(set);
  print(`${catalogue}, ${CONNECTIONS} connections, medians of ${ROUNDS} rounds of ${seconds} s`);
  for (const [kind, paths] of Object.entries(queries)) {
    const costs = apis.map((): Cost[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, api] of apis.entries()) costs[i]!.push(await costOf(api, paths));
    }
    print(`${kind}, ${paths.length} different`);
    for (const [i, { name }] of apis.entries()) {
      const [rate, slow, cpu] = [
        median(costs[i]!, 'rate'),
        median(costs[i]!, 'slow'),
        median(costs[i]!, 'cpu'),
      ];
      const memory = costs[i]!.map(({ memory }) => memory).join(', ');
      print(
        `  ${name}: ${rate.toFixed(0)}/s, p95 ${slow.toFixed(1)} ms, ${cpu.toFixed(2)} ms of CPU each; ${memory} MB after each round`,
      );
    }
  }
}

async function start(name: string, command: string, ...args: string[]): Promise<void> {
  apis.push({ name, ...(await startServer(command, args)) });
}

interface Cost {
  /** Requests a second. */
  readonly rate: number;
  /** 95th percentile of the milliseconds until a response is complete. */
  readonly slow: number;
  /** Milliseconds of the server's CPU for a request. */
  readonly cpu: number;
  /** Memory of the server afterwards, in MB. */
  readonly memory: number;
}

function median(costs: readonly Cost[], field: keyof Cost): number {
  return costs.map(cost => cost[field]).sort((a, b) => a - b)[ROUNDS >> 1]!;
}

/** Paths of requests by kind, around systems all over the set. */
async function queriesOf(set: string): Promise<Record<string, string[]>> {
  const tileset = await openTileset(set);
  const perPage = Math.max(1, Math.floor(tileset.counts.systems / QUERIES));
  const systems: SystemRow[] = [];
  for (let page = 1; systems.length < QUERIES; page++) {
    const [first] = (await tileset.page({ page, perPage })).systems;
    if (!first) break;
    systems.push(first);
  }
  const visible = await Promise.all(
    systems.map(async ({ x, y, z }) => {
      const rows = await tileset.nearest({ center: [x, y, z], count: NEAR }).toArray();
      return `/api/systems/visible?cx=${x}&cy=${y}&cz=${z}&radius=${rows.at(-1)!.distance}`;
    }),
  );
  return {
    [`sphere of ${NEAR}`]: visible,
    'sphere of 100, core columns': visible.map(path => `${path}&fields=id,name,x,y,z,region`),
    // Flask finds no name with a slash.
    'system by name': systems
      .filter(({ name }) => !name.includes('/'))
      .map(({ name }) => `/api/systems/${encodeURIComponent(name)}`),
    'search for five letters of a name': systems.map(
      ({ name }) => `/api/systems/search?limit=20&q=${encodeURIComponent(name.slice(0, 5))}`,
    ),
  };
}

/** Sends requests for some seconds. @throws Error for a response other than 200 */
async function costOf(api: Api, paths: readonly string[]): Promise<Cost> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const [began, before] = [performance.now(), await cpuOf(api)];
  const end = began + seconds * 1_000;
  let count = 0;
  const times: number[] = [];
  const worker = async () => {
    while (performance.now() < end) {
      const path = paths[count++ % paths.length]!;
      const start = performance.now();
      const status = await ask(new URL(path, api.url), agent);
      times.push(performance.now() - start);
      if (status !== 200) throw new Error(`status ${status} for ${path}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  const [took, cpu] = [performance.now() - began, (await cpuOf(api)) - before];
  agent.destroy();
  const slow = times.sort((a, b) => a - b)[Math.floor(0.95 * times.length)]!;
  return { rate: (count * 1_000) / took, slow, cpu: cpu / count, memory: await memoryOf(api) };
}

/** Milliseconds of CPU of a server since its start. */
async function cpuOf({ process: { pid } }: Api): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ');
  // Clock ticks of 10 ms.
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

function ask(url: URL, agent: Agent): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, response => {
      response.resume().on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
}

async function memoryOf({ process: { pid } }: Api): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1_000);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
