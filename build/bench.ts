import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { $ } from 'zx';
import { buildPart } from './bench/build-part.ts';
import { questionsOf } from './bench/catalogue.ts';
import { buildPeers, localPart } from './bench/local-part.ts';
import { installPeers } from './bench/peers.ts';
import { plot } from './bench/plot.ts';
import { processCost } from './bench/process-cost.ts';
import { REMOTE_LEGEND, type RemoteBytes, remotePart } from './bench/remote-part.ts';
import { type FirstAnswer, scalesPart } from './bench/scales-part.ts';

const USAGE = `Usage: npm run bench -- [CATALOGUE.ndjson|SYSTEMS] [--parts PART,…] [--rounds N] [--questions N] [--out FOLDER]

Compares builds and queries with those of peers, with the same systems, in the same run. Writes bench.md and bench.svg.

  CATALOGUE    NDJSON in Haven's schema, or the number of systems of a generated galaxy (default 100000)
  --parts      of: build (beside JSON.parse), peers (local and over HTTP: installs DuckDB and others into a temporary
               folder), scales (the guide's tables); default all
  --rounds     how often a build and a process of the tables are measured (default 3)
  --questions  centres of queries (default 20)
  --out        where the report goes (default .)
`;

const SPHERE_LEGEND =
  'Systems of a sphere have all columns of their table; from a chunk set also id, name, position and region alone:';
const PARTS = ['build', 'peers', 'scales'];

const options = readLine();
if (!options) {
  process.stderr.write(USAGE);
  process.exit(2);
}
await $({ quiet: true, cwd: fileURLToPath(new URL('..', import.meta.url)) })`npm run --silent build`;
const folder = await mkdtemp(join(tmpdir(), 'haven-chunks-bench-'));
try {
  await bench(options);
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Options {
  readonly catalogue: string;
  readonly parts: readonly string[];
  readonly rounds: number;
  readonly questions: number;
  readonly out: string;
}

function readLine(): Options | undefined {
  const words = { parts: { type: 'string' }, rounds: { type: 'string' } } as const;
  const others = { questions: { type: 'string' }, out: { type: 'string' } } as const;
  try {
    const { values, positionals } = parseArgs({ options: { ...words, ...others }, allowPositionals: true });
    const parts = values.parts?.split(',') ?? PARTS;
    const rounds = Number(values.rounds ?? 3);
    const questions = Number(values.questions ?? 20);
    if (positionals.length > 1 || !parts.every(part => PARTS.includes(part))) return undefined;
    if (!(rounds >= 1) || !(questions >= 1)) return undefined;
    return { catalogue: positionals[0] ?? '100000', parts, rounds, questions, out: values.out ?? '.' };
  } catch {
    return undefined;
  }
}

async function bench({ catalogue, parts, rounds, questions: count, out }: Options): Promise<void> {
  const file = /^\d+$/.test(catalogue) ? await generated(Number(catalogue)) : catalogue;
  const date = new Date().toISOString().slice(0, 10);
  const sections: string[] = [];
  const add = (title: string, ...texts: readonly string[]) => {
    const section = [`## ${title}`, ...texts].join('\n\n');
    sections.push(section);
    process.stdout.write(`${section}\n\n`);
  };
  let answers: FirstAnswer[] = [];
  let bytes: RemoteBytes[] = [];
  add('Benchmark', `${date}, Node ${process.version}, ${cpus().length} cores (${cpus()[0]!.model}).`);
  if (parts.includes('build')) add('Builds', await buildPart(file, join(folder, 'build'), rounds));
  if (parts.includes('peers')) {
    await installPeers();
    const questions = await questionsOf(file, count);
    const host = join(folder, 'peers');
    await mkdir(host);
    const { files, table } = await buildPeers(file, host);
    add('Builds of peers', `${questions.systems.toLocaleString('en')} systems, once each:`, table);
    add('Queries on this machine', `Medians. ${SPHERE_LEGEND}`, await localPart(files, questions, host));
    const remote = await remotePart(file, files, questions, host);
    add('Queries over HTTP', `${REMOTE_LEGEND}. ${SPHERE_LEGEND}`, remote.table);
    ({ bytes } = remote);
  }
  if (parts.includes('scales')) {
    const { systems } = await questionsOf(file, 1);
    const scales = await scalesPart(systems, folder, rounds);
    add(
      "The guide's tables",
      'One process: start, open, answer one sphere of 10; time, memory at peak:',
      scales.table,
    );
    ({ answers } = scales);
  }
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'bench.md'), `${sections.join('\n\n')}\n`);
  if (answers.length + bytes.length > 0) await writeFile(join(out, 'bench.svg'), plot(answers, bytes));
}

async function generated(systems: number): Promise<string> {
  const path = join(folder, 'galaxy.ndjson');
  const galaxy = fileURLToPath(new URL('../data/galaxy.ts', import.meta.url));
  await processCost(process.execPath, [galaxy, '--count', String(systems), '--out', path]);
  return path;
}
