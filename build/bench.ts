import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { $ } from 'zx';
import { openTileset, type Usage } from '#client/node/index.ts';
import type { SearchMode } from '#format/index-json.ts';
import { build } from '#pipeline/build.ts';
import { sphereCosts } from './spheres.ts';

// `npm run bench -- CATALOGUE.ndjson[.gz] [ROUNDS] [infix|words|none]`: compares the cost of a build with that of
// `JSON.parse` of the same lines, in separate processes in turn; then prints the cost of cold spheres, in requests,
// bytes and round trips.

const CENTRES = 100;

interface Cost {
  readonly cpu: number;
  readonly wall: number;
  readonly memory: number;
}

const [catalogue, part = '3', mode = 'infix', folder] = process.argv.slice(2);
const rounds = Number(part);
if (!catalogue) {
  process.stderr.write('Usage: npm run bench -- CATALOGUE.ndjson[.gz] [ROUNDS] [infix|words|none]\n');
  process.exit(2);
}
if (part === 'parse') await report(parse);
else if (part === 'build')
  await report(() => build([catalogue], folder!, { search: { mode: mode as SearchMode } }));
else await compare();

/** Runs one measurement in this process, and prints its cost. */
async function report(work: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const wall = (performance.now() - started) / 1000;
  const cost: Cost = { cpu: (user + system) / 1e6, wall, memory: process.resourceUsage().maxRSS * 1024 };
  process.stdout.write(JSON.stringify({ cost, result }));
}

async function parse(): Promise<number> {
  const file = createReadStream(catalogue!);
  const input = catalogue!.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  let systems = 0;
  for await (const line of createInterface({ input })) if (line && JSON.parse(line)) systems++;
  return systems;
}

async function compare(): Promise<void> {
  const script = fileURLToPath(import.meta.url);
  const out = await mkdtemp(join(tmpdir(), 'haven-chunks-bench-'));
  try {
    const parsed: Cost[] = [];
    const built: Cost[] = [];
    let summary: Awaited<ReturnType<typeof build>> | undefined;
    for (let round = 0; round < rounds; round++) {
      parsed.push(
        JSON.parse((await $({ quiet: true })`${process.execPath} ${script} ${catalogue!} parse`).stdout).cost,
      );
      const set = join(out, String(round));
      const measured = JSON.parse(
        (await $({ quiet: true })`${process.execPath} ${script} ${catalogue!} build ${mode} ${set}`).stdout,
      );
      built.push(measured.cost);
      summary = measured.result;
    }
    const { systems, files, bytes, byKind } = summary!;
    const middle = (costs: Cost[], field: keyof Cost) =>
      costs.map(cost => cost[field]).sort((a, b) => a - b)[rounds >> 1]!;
    const ratios = built.map((cost, i) => cost.cpu / parsed[i]!.cpu).sort((a, b) => a - b);
    print(`${systems} systems of ${catalogue}, medians of ${rounds}, Node ${process.version}`);
    print(`  JSON.parse alone: ${middle(parsed, 'cpu').toFixed(1)} s of CPU`);
    print(
      `  build: ${middle(built, 'cpu').toFixed(1)} s of CPU, ${middle(built, 'wall').toFixed(1)} s, ` +
        `${Math.round(systems / middle(built, 'wall'))} systems/s, ${ratios[rounds >> 1]!.toFixed(1)} x the CPU of JSON.parse`,
    );
    print(`  peak memory ${Math.round(middle(built, 'memory') / 1e6)} MB`);
    print(
      `  set: ${files} files, ${bytes} bytes, ${(bytes / systems).toFixed(1)} per system, ${((1000 * files) / systems).toFixed(1)} files per 1,000`,
    );
    for (const [kind, sum] of Object.entries(byKind)) {
      print(`    ${kind}: ${sum.files} files, ${(sum.bytes / systems).toFixed(2)} bytes per system`);
    }
    const open = (usage: Usage) => openTileset(join(out, '0'), { usage });
    const set = await openTileset(join(out, '0'));
    for (const results of [10, 1_000, 10_000]) {
      for (const [query, cost] of await sphereCosts(set, open, results, CENTRES))
        print(`  ${query}: ${cost}`);
    }
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
