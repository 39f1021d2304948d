import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { InputError, memoryStore } from '#pipeline/index.ts';
import { type WriteEvents, type WrittenSet, writeSet } from '#pipeline/run/local.ts';
import type { SourceLocation } from '#pipeline/source/source-types.ts';
import { checkBuildOptions, type PlanOptions } from '#pipeline/tasks/build-options.ts';
import { planInputs } from '#pipeline/tasks/plan.ts';
import { possibleCounts } from './count-records.ts';
import { mutate, type Random, READERS } from './mutated-inputs.ts';
import { seeded } from './random-catalogue.ts';

// `npm run mutate -- [--inputs N] [--seed S] [--reader NAME] [--from I]`: builds sets of N damaged catalogues (100,000 by
// default), which the readers share, and prints a table. Each build must end: with a set and a count of every record that
// was read (written, rejected, skipped, or dropped as a duplicate), or with an InputError that names the file. Each
// catalogue is built twice, by WebAssembly and by JavaScript alone: both must give the same files, counts and messages.
// Inputs are numbered: `--reader NAME --from I --inputs 1` repeats one. Exit code 1 if a build fails in another way, if
// the engines differ, or if an input takes longer than a minute.

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

const PLAIN: PlanOptions = { onDuplicate: 'first', gzipLevel: 1, workers: 1, memoryBytes: 2 ** 26 };
/** One of these for each input: without values, with those of the default facets and of a search, and with all others. */
const BUILD_OPTIONS: readonly PlanOptions[] = [
  { ...PLAIN, search: { mode: 'none' }, facets: 'none', chunkLimit: 3, detailWeight: 1_000 },
  { ...PLAIN, search: { mode: 'words' } },
  {
    ...PLAIN,
    facets: 'region,material=materials|planets.materials',
    listings: 'created_at:desc',
    summary: ['fauna'],
  },
];

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
    const fault = await faultOf(path, bytes, random, tally);
    if (fault !== undefined) parentPort!.postMessage({ fault, number } satisfies Message);
  }
  parentPort!.postMessage({ tally } satisfies Message);
}

/** Builds a set of one input with each engine. Returns what is wrong with the outcome; undefined if nothing is. */
async function faultOf(
  path: string,
  bytes: Buffer,
  random: Random,
  tally: Tally,
): Promise<string | undefined> {
  const options = BUILD_OPTIONS[Math.floor(random() * BUILD_OPTIONS.length)]!;
  const built = await buildOf(path, { ...options, engine: 'wasm' });
  const reference = await buildOf(path, { ...options, engine: 'js' });
  const difference = differenceOf(built, reference);
  if (difference !== undefined) return `the engines differ (wasm, js): ${difference}`;
  const { error, notes, summary } = built;
  if (error instanceof InputError && error.message.includes(path)) {
    tally.refused++;
    return undefined;
  }
  if (summary === undefined) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const { systems, rejected, skipped, identical, duplicates } = summary;
  tally.built++;
  tally.systems += systems;
  tally.rejected += rejected;
  tally.skipped += skipped;
  tally.dropped += identical + duplicates;
  const [rejects, skips, drops] = (['reject', 'skip', 'duplicate'] as const).map(
    kind => notes.filter(note => note.kind === kind).length,
  );
  if (rejects !== rejected || skips !== skipped || drops !== duplicates)
    return `the summary counts ${JSON.stringify({ rejected, skipped, duplicates })}, the events ${JSON.stringify({ rejects, skips, drops })}`;
  const strays = notes.filter(({ kind, location }) => kind === 'reject' && location.path === undefined);
  const isDatabase = bytes.subarray(0, 16).toString('latin1') === 'SQLite format 3\0';
  const possible = isDatabase
    ? new Set([rowsOf(path) + strays.length])
    : possibleCounts(plain(bytes).toString('latin1'));
  const counted = systems + rejected + skipped + identical + duplicates;
  return possible.has(counted)
    ? undefined
    : `it counts ${counted} records, expected ${[...possible].join(' or ')}`;
}

interface Note {
  readonly kind: 'reject' | 'skip' | 'duplicate';
  readonly location: SourceLocation;
  readonly reason: string;
  readonly field?: string | undefined;
}

/** All that a build gives: messages, and a set (its index names the files by their content) or an error. */
interface Built {
  readonly notes: readonly Note[];
  readonly error?: unknown;
  readonly summary?: WrittenSet['summary'];
  readonly index?: string;
}

async function buildOf(path: string, options: PlanOptions): Promise<Built> {
  const notes: Note[] = [];
  const events: WriteEvents = {
    onReject: reject => void notes.push({ kind: 'reject', ...reject }),
    onSkip: (location, reason) => void notes.push({ kind: 'skip', location, reason }),
    onDuplicate: duplicate => void notes.push({ kind: 'duplicate', ...duplicate }),
  };
  try {
    const { inputs } = await planInputs([path]);
    const places = { run: memoryStore(), set: memoryStore(), areShared: false };
    const { summary, text } = await writeSet({ inputs, options: checkBuildOptions(options) }, places, events);
    return { notes, summary, index: text };
  } catch (error) {
    return { notes, error };
  }
}

/** The first difference between what two builds of one input give, in words; undefined if there is none. */
function differenceOf(a: Built, b: Built): string | undefined {
  const message = ({ error }: Built) => (error === undefined ? 'no error' : String(error));
  const parts: ((built: Built) => string)[] = [
    message,
    ({ notes }) => JSON.stringify(notes),
    ({ summary }) => JSON.stringify(summary) ?? 'no set',
    ({ index }) => index ?? 'no set',
  ];
  const part = parts.find(partOf => partOf(a) !== partOf(b));
  if (part === undefined) return undefined;
  const texts = [part(a), part(b)];
  let at = 0;
  while (texts[0]![at] === texts[1]![at]) at++;
  return texts.map(text => text.slice(Math.max(0, at - 200), at + 200)).join('\n');
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
