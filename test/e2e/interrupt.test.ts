/** SIGINT and SIGTERM end a command in any state: with one line that says so, and nothing left behind. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { galaxy } from '#data/galaxy.ts';
import { startServer, type TestServer } from '#test/support/file-server.ts';
import { outputOf, run, start, until } from '#test/support/run-command.ts';
import { S3_CREDENTIALS } from '#test/support/servers.ts';
import { pathsBelow, temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const at = (name: string) => join(folder.path, name);
let server: TestServer;
let writer: number;

beforeAll(async () => {
  writeFileSync(at('small.ndjson'), '{"id":"a","x":1,"y":2,"z":3}\n{"id":"bad","x":null}\n');
  writeFileSync(at('large.ndjson'), [...galaxy({ count: 60_000, slim: true })].join(''));
  for (const name of ['small', 'large']) {
    const built = await run([
      'build',
      at(`${name}.ndjson`),
      '--out',
      at(name),
      '--quiet',
      '--search',
      'none',
    ]);
    expect(built).toMatchObject({ code: 0 });
  }
  // Each for commands that open one end of it, and not the other.
  await outputOf(
    'mkfifo',
    ['input', 'rejects', 'export'].map(name => at(`${name}.pipe`)),
  );
  mkdirSync(at('stuck'));
  // A read of it waits in a thread, as one of a disk that does not answer: it has a writer that never writes.
  await outputOf('mkfifo', [at('stuck/index.json')]);
  writer = openSync(at('stuck/index.json'), 'r+');
  // The first step counts for ever; the file has 4 kB.
  const database = new DatabaseSync(at('endless.db'));
  database.exec(`CREATE VIEW systems AS WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number)
    SELECT 'a' AS id, 'A' AS name, max(n) AS x, 2.0 AS y, 3.0 AS z FROM number`);
  database.close();
  server = await startServer(folder.path, { plan: () => ({ kind: 'stall' }) });
});
afterAll(async () => {
  closeSync(writer);
  await server.close();
});

/** Waits for the moment at which a command is in its state. */
type Ready = (child: ChildProcess, own: string) => Promise<unknown>;

/** It waits for a file that never has content. */
const isStuck: Ready = child => until(() => openFiles(child.pid!).includes(at('stuck/index.json')));
const buildsIn: Ready = (_, own) => until(() => hasNames(own, '.building-'));
const writesIn: Ready = (_, own) => until(() => hasNames(own, '.haven-chunks-scratch-'));
const isAsked: Ready = () => server.until(({ hits }) => hits.length > 0);
/** Counted in processor time, which a step that never ends takes however busy the machine is. */
const computes: Ready = async (child, own) => {
  await buildsIn(child, own);
  const before = secondsOf(child.pid!);
  await until(() => secondsOf(child.pid!) > before + 0.5);
};

const STATES: Record<string, { args: (own: string) => string[]; ready: Ready }> = {
  'build: standard input that never ends': { args: own => build(own, '-'), ready: buildsIn },
  'build: a pipe without a writer': { args: own => build(own, at('input.pipe')), ready: buildsIn },
  'build: a step of SQLite that never ends': { args: own => build(own, at('endless.db')), ready: computes },
  'build: --rejects to a pipe without a reader': {
    args: own => [...build(own, at('small.ndjson')), '--rejects', at('rejects.pipe')],
    ready: (_, own) => until(() => existsSync(join(own, 'set/index.json'))),
  },
  'build: amid its work': { args: own => build(own, at('large.ndjson')), ready: buildsIn },
  'verify: amid its work': { args: () => ['verify', at('large'), '--quiet'], ready: writesIn },
  'verify: a server that does not answer': { args: () => ['verify', remote(), '--quiet'], ready: isAsked },
  'inspect: a server that does not answer': { args: () => ['inspect', remote()], ready: isAsked },
  'inspect: a disk that does not answer': { args: () => ['inspect', at('stuck')], ready: isStuck },
  'query: a server that does not answer': { args: () => sphere(remote()), ready: isAsked },
  'query: a disk that does not answer': { args: () => sphere(at('stuck')), ready: isStuck },
  'query: a reader that does not read': { args: () => sphere(at('large')), ready: isFull },
  'publish: a server that does not answer': {
    args: () => ['publish', at('small'), 's3://bucket/set', '--endpoint', server.url],
    ready: isAsked,
  },
  'history: a server that does not answer': {
    args: () => ['history', 's3://bucket/set', '--endpoint', server.url],
    ready: isAsked,
  },
  'gc: a disk that does not answer': {
    args: () => ['gc', at('stuck'), '--keep', '1', '--grace', '1d', '--dry-run'],
    ready: isStuck,
  },
  'export: a server that does not answer': { args: own => exported(own, remote()), ready: isAsked },
  'export: a pipe without a reader': {
    args: () => ['export', at('small'), '--quiet', '--to', at('export.pipe')],
    ready: writesIn,
  },
  'export: a reader that does not read': {
    args: () => ['export', at('large'), '--quiet', '--to', '-'],
    ready: isFull,
  },
  'export: amid a database': { args: own => exported(own, at('large'), 'out.db'), ready: writesIn },
};

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const build = (own: string, input: string) => ['build', input, '--out', join(own, 'set'), '--quiet'];
const remote = () => `${server.url}small`;
const sphere = (set: string) => ['query', 'sphere', set, '--center', '0,0,0', '--radius', 'Infinity'];
const exported = (own: string, set: string, file = 'out.json') => [
  ...['export', set, '--quiet', '--to', join(own, file)],
];

interface Case {
  readonly state: string;
  readonly signal: (typeof SIGNALS)[number];
}

/** Both signals are handled alike: SIGTERM comes only where the ways to end differ. */
const CASES: readonly Case[] = Object.keys(STATES).flatMap(state =>
  (/amid|pipe|disk/.test(state) ? SIGNALS : SIGNALS.slice(0, 1)).map(signal => ({ state, signal })),
);

/** States in which a thread waits: most of their commands end only after a grace period. */
const mayWait = ({ state }: Case) => /SQLite|pipe|disk/.test(state);

interface Ending {
  readonly stderr: string;
  readonly status: number;
  /** Names in its temporary folder, which is its working folder too. */
  readonly left: readonly string[];
}

/** Sends a command a signal in its state. */
async function stop({ state, signal }: Case): Promise<Ending> {
  const { args, ready } = STATES[state]!;
  server.hits.length = 0;
  const { path: own, remove } = temporaryFolder();
  try {
    const child = start(args(own), { TMPDIR: own, ...S3_CREDENTIALS });
    const printed = text(child.stderr!);
    const ended = once(child, 'exit');
    await ready(child, own);
    child.kill(signal);
    const [code, killer] = (await ended) as [number | null, NodeJS.Signals | null];
    child.stdout!.destroy();
    // Where a thread of it cannot be ended, a process dies of the signal: shells report the same number.
    const status = code ?? 128 + constants.signals[killer!];
    return { stderr: await printed, status, left: readdirSync(own) };
  } finally {
    remove();
  }
}

function expectStopped({ state, signal }: Case, ending: Ending | undefined): void {
  expect(ending).toEqual({
    stderr: `haven-chunks: stopped by ${signal}\n`,
    status: 128 + constants.signals[signal],
    left: state.includes('--rejects') ? ['set'] : [],
  });
}

describe.skipIf(process.platform !== 'linux')('a signal', () => {
  test.each(CASES.filter(one => !mayWait(one)))('$signal, $state', async one =>
    expectStopped(one, await stop(one)),
  );

  describe('that a command waits with', () => {
    const endings = new Map<Case, Ending>();
    const waiting = CASES.filter(mayWait);
    // Concurrently: they only wait.
    beforeAll(async () => {
      await Promise.all(waiting.map(async one => endings.set(one, await stop(one))));
    });

    test.each(waiting)('$signal, $state', one => expectStopped(one, endings.get(one)));
  });
});

function hasNames(own: string, part: string): boolean {
  return pathsBelow(own).some(path => path.includes(part));
}

/** Waits until the pipe to a reader that does not read is full. */
async function isFull(child: ChildProcess): Promise<void> {
  await once(child.stdout!, 'readable');
  await until(() => child.stdout!.readableLength >= child.stdout!.readableHighWaterMark);
}

/** Paths of the files that a process has open. */
function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap(name => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`);
    } catch {
      return [];
    }
  });
}

/** Processor time that a process has taken. */
function secondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
