/** kill -9 of publish, gc and update at random instants: one whole generation is live, and the next runs leave nothing behind. */
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  collectGarbage,
  folderStore,
  publishTileset,
  type Store,
  s3Store,
  updateTileset,
} from '#pipeline/index.ts';
import { buckets } from '#test/support/buckets.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import {
  agingStore,
  pathsIn,
  recordsOf,
  upsertOf,
  versions,
  wholeVersionIn,
} from '#test/support/published-sets.ts';
import { killProcess, start } from '#test/support/run-command.ts';
import { hasS3 } from '#test/support/servers.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** Kills of each kind; `npm run examine` makes 50. */
const KILLS = Number(process.env['HAVEN_TEST_KILLS'] ?? 3);
const HOUR = 3_600_000;

const folder = temporaryFolder();
afterAll(folder.remove);
const { folders, generations } = versions(4);
const bucket = hasS3 ? buckets() : undefined;
/** A folder to which versions 0 to 2 were published; what only version 0 needs was marked long ago. */
const template = join(folder.path, 'template');

beforeAll(async () => {
  for (const version of [0, 1, 2]) await publishTileset(folders[version]!, template, { flush: false });
  for (const path of await pathsIn(folderStore(template))) makeOlder(join(template, path), 48);
  await collectGarbage(template, { keep: 2, grace: HOUR });
  for (const path of await pathsIn(folderStore(template), 'history/marks-'))
    makeOlder(join(template, path), 24);
});

function makeOlder(path: string, hours: number): void {
  const time = Date.now() / 1000 - hours * 3600;
  utimesSync(path, time, time);
}

/** Runs a command; kills it after a while. Resolves to how long it ran, and whether it ended by itself. */
async function runAndKill(args: readonly string[], milliseconds: number) {
  const started = performance.now();
  const child = start(args, bucket ? { AWS_ENDPOINT_URL: bucket.endpoint } : {});
  const ended = once(child, 'exit');
  child.stdout!.resume();
  child.stderr!.resume();
  await Promise.race([ended, delay(milliseconds)]);
  const wasKilled = child.exitCode === null && child.signalCode === null;
  killProcess(child);
  await ended;
  return { took: performance.now() - started, wasKilled };
}

/** Nothing is there but the files of the kept versions, their indexes and their records. */
async function expectOnly(store: Store, kept: readonly number[]): Promise<void> {
  const aging = agingStore(store);
  for (let run = 0; run < 4; run++) {
    await collectGarbage(aging, { keep: kept.length, grace: HOUR });
    await aging.age(HOUR);
  }
  const paths = await pathsIn(store);
  const sets = await Promise.all(kept.map(version => pathsIn(folderStore(folders[version]!))));
  const names = kept.map(version => `generations/${generations[version]}.json`);
  expect(paths.filter(path => !path.startsWith('history/'))).toEqual(
    [...new Set([...sets.flat(), ...names])].sort(),
  );
  expect(paths.filter(path => /^history\/(?!publish-)/.test(path))).toEqual([]);
}

interface Place {
  readonly location: string;
  readonly store: Store;
  /** Paths of temporary files and locks, which no store lists. */
  hidden(): string[];
}

/** The next runs after a kill: version 3 is published, and nothing else is kept but what is live after the kill. */
async function publishNext({ location, store }: Place, live: number): Promise<void> {
  await publishTileset(folders[3]!, location, bucket ?? {});
  expect(await wholeVersionIn(store)).toBe(3);
  await expectOnly(store, [3, live]);
}

/** The next run after a kill is an update to version 3: there are only files of the versions, all of this one. */
async function updateNext({ location, store }: Place): Promise<void> {
  await updateTileset(location, { edits: recordsOf(3).map(upsertOf) }, { flush: false });
  expect(await wholeVersionIn(store)).toBe(3);
  const paths = await pathsIn(store);
  const [before, killed, own] = await Promise.all(
    [2, 1, 3].map(version => pathsIn(folderStore(folders[version]!))),
  );
  expect(paths).toEqual(expect.arrayContaining(own!));
  expect([...before!, ...killed!, ...own!]).toEqual(expect.arrayContaining(paths));
}

/**
 * Kills a command at random instants, and looks at each place after the kill and after the next runs.
 * @param allowed the versions that may be live after a kill; the last one is live after the command
 */
async function killOften(
  newPlace: () => Promise<Place> | Place,
  command: (location: string) => string[],
  allowed: readonly number[],
  next: (place: Place, live: number) => Promise<void> = publishNext,
): Promise<void> {
  const first = await newPlace();
  let { took } = await runAndKill(command(first.location), 600_000);
  expect(await wholeVersionIn(first.store)).toBe(allowed.at(-1));
  for (let kills = 0; kills < KILLS; ) {
    const place = await newPlace();
    const { location, store, hidden } = place;
    // The first part of that time is the start of Node.
    const run = await runAndKill(command(location), took * (0.4 + 0.6 * Math.random()));
    if (run.wasKilled) kills++;
    else took = Math.min(took, run.took);
    const live = await wholeVersionIn(store);
    expect(allowed).toContain(live);
    await next(place, live);
    expect(hidden()).toEqual([]);
  }
}

let places = 0;

/** A copy of the template, or of another folder. */
function newFolder(from = template): Place {
  const location = join(folder.path, `set-${places++}`);
  mkdirSync(location);
  cpSync(from, location, { recursive: true, preserveTimestamps: true });
  const hidden = () =>
    readdirSync(location, { recursive: true }).filter((path): path is string => /(^|\/)\./.test(`${path}`));
  return { location, store: folderStore(location), hidden };
}

/** A new place in the bucket, with version 2. */
async function newBucket(): Promise<Place> {
  const { location } = bucket!.newSet();
  const store = s3Store(location, bucket);
  await publishTileset(folders[2]!, store);
  return { location, store, hidden: () => [] };
}

describe('kill -9', () => {
  test('of publish to a folder', () =>
    killOften(
      () => newFolder(),
      location => ['publish', folders[1]!, location],
      [2, 1],
    ));

  test('of gc', () =>
    killOften(
      () => newFolder(),
      location => ['gc', location, '--keep', '1', '--grace', '1h'],
      [2],
    ));

  test('of update', () => {
    const [upserts] = writeInputs(folder.path, 'upserts', [ndjson(recordsOf(1))]);
    const command = (location: string) => ['update', location, '--upsert', upserts!];
    return killOften(() => newFolder(folders[2]), command, [2, 1], updateNext);
  });

  test.skipIf(!hasS3)('of publish to a bucket', () =>
    killOften(newBucket, location => ['publish', folders[1]!, location], [2, 1]),
  );
});
