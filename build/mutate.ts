import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { InputError, memoryStore, type Reject } from '#pipeline/index.ts';
import { writeSet } from '#pipeline/run/local.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { planInputs } from '#pipeline/tasks/plan.ts';
import { possibleCounts } from './count-records.ts';
import { mutate, READERS } from './mutated-inputs.ts';
import { seeded } from './random-catalogue.ts';

// `npm run mutate -- [--inputs N] [--seed S] [--reader NAME] [--from I]`: builds sets of N damaged catalogues (100,000 by
// default), which the readers share, and prints a table. Each build must end: with a set and a count of every record that
// was read (written, rejected, skipped, or dropped as a duplicate), or with an InputError that names the file. Inputs are
// numbered: `--reader NAME --from I --inputs 1` repeats one. Exit code 1 if a build fails in another way, or takes longer
// than a minute.

/** The count of one reader. */
interface Tally {
  inputs: number;
  built: number;
  refused: number;
  systems: number;
  rejected: number;
  skipped: number;
  dropped: number;
}

interface Job {
  readonly reader: string;
  readonly seed: number;
  readonly from: number;
  readonly inputs: number;
  readonly folder: string;
}

type Message = { readonly tally: Tally } | { readonly fault: string; readonly number: number } | 'next';

const PATIENCE = 60_000;

if (isMainThread) process.exitCode = await main();
else await work(workerData as Job);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      reader: { type: 'string' },
    },
  });
  const readers = values.reader === undefined ? Object.keys(READERS) : [values.reader];
  const folder = mkdtempSync(join(tmpdir(), 'haven-mutate-'));
  let faults = 0;
  try {
    process.stdout.write('| reader | inputs | sets | refused | systems | rejected | skipped | dropped |\n');
    process.stdout.write('|---|---|---|---|---|---|---|---|\n');
    for (const [i, reader] of readers.entries()) {
      const inputs = Math.floor(((i + 1) * Number(values.inputs)) / readers.length);
      const before = Math.floor((i * Number(values.inputs)) / readers.length);
      const job = { reader, seed: Number(values.seed), from: Number(values.from), inputs: inputs - before };
      const { tally, failures } = await inThread({ ...job, folder });
      process.stdout.write(`| ${reader} | ${Object.values(tally).join(' | ')} |\n`);
      for (const { fault, number } of failures) {
        process.stdout.write(`input ${number} of ${reader}, seed ${job.seed}: ${fault}\n`);
      }
      faults += failures.length;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return faults === 0 ? 0 : 1;
}

/** Runs a job in a thread, which is ended if one input takes too long. */
function inThread(job: Job): Promise<{ tally: Tally; failures: { fault: string; number: number }[] }> {
  const failures: { fault: string; number: number }[] = [];
  let tally: Tally = { inputs: 0, built: 0, refused: 0, systems: 0, rejected: 0, skipped: 0, dropped: 0 };
  const worker = new Worker(new URL(import.meta.url), { workerData: job });
  let number = job.from - 1;
  return new Promise((resolve, reject) => {
    const onHang = () => {
      failures.push({ fault: `it takes longer than ${PATIENCE / 1000} s`, number });
      void worker.terminate();
    };
    let watchdog = setTimeout(onHang, PATIENCE);
    worker.on('message', (message: Message) => {
      if (message === 'next') {
        number++;
        clearTimeout(watchdog);
        watchdog = setTimeout(onHang, PATIENCE);
      } else if ('tally' in message) tally = message.tally;
      else failures.push(message);
    });
    worker.on('error', reject);
    worker.on('exit', () => {
      clearTimeout(watchdog);
      resolve({ tally, failures });
    });
  });
}

async function work({ reader, seed, from, inputs, folder }: Job): Promise<void> {
  const tally: Tally = { inputs: 0, built: 0, refused: 0, systems: 0, rejected: 0, skipped: 0, dropped: 0 };
  const path = join(folder, 'input');
  for (let number = from; number < from + inputs; number++) {
    parentPort!.postMessage('next' satisfies Message);
    const random = seeded(seed * 1_000_003 + number);
    const bytes = mutate(READERS[reader]!(random), random);
    writeFileSync(path, bytes);
    tally.inputs++;
    const fault = await faultOf(path, bytes, tally);
    if (fault !== undefined) parentPort!.postMessage({ fault, number } satisfies Message);
  }
  parentPort!.postMessage({ tally } satisfies Message);
}

/** Builds a set of one input. Returns what is wrong with the outcome; undefined if nothing is. */
async function faultOf(path: string, bytes: Buffer, tally: Tally): Promise<string | undefined> {
  const reported = { rejected: 0, skipped: 0, dropped: 0, strays: 0 };
  const events = {
    onReject: ({ location }: Reject) => {
      reported.rejected++;
      if (location.path === undefined) reported.strays++;
    },
    onSkip: () => void reported.skipped++,
    onDuplicate: () => void reported.dropped++,
  };
  const options = checkBuildOptions({
    ...{ onDuplicate: 'first', search: { mode: 'none' }, facets: 'none', gzipLevel: 1, workers: 1 },
  });
  try {
    const { inputs } = await planInputs([path]);
    const places = { run: memoryStore(), set: memoryStore(), areShared: false };
    const { summary } = await writeSet({ inputs, options }, places, events);
    tally.built++;
    const { systems, rejected, skipped, identical, duplicates } = summary;
    tally.systems += systems;
    tally.rejected += rejected;
    tally.skipped += skipped;
    tally.dropped += identical + duplicates;
    const counted = systems + rejected + skipped + identical + duplicates;
    if (reported.rejected !== rejected || reported.skipped !== skipped || reported.dropped !== duplicates)
      return `the summary counts ${JSON.stringify({ rejected, skipped, duplicates })}, the events ${JSON.stringify(reported)}`;
    const possible = inputs[0]!.isDatabase
      ? new Set([rowsOf(path) + reported.strays])
      : possibleCounts(plain(bytes).toString('latin1'));
    return possible.has(counted)
      ? undefined
      : `it counts ${counted} records, expected ${[...possible].join(' or ')}`;
  } catch (error) {
    if (error instanceof InputError && error.message.includes(path)) {
      tally.refused++;
      return undefined;
    }
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function rowsOf(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare('SELECT count(*) AS n FROM systems NOT INDEXED').get()!['n']);
  } finally {
    database.close();
  }
}

function plain(bytes: Buffer): Buffer {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes);
  return bytes[0] === 0x28 && bytes[1] === 0xb5 ? zstdDecompressSync(bytes) : bytes;
}
