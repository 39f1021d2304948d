/** kill -9 of publish, gc and update at random instants: one whole generation is live, and the next runs leave nothing behind. */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishTileset, s3Store } from '#pipeline/index.ts';
import { buckets } from '#test/support/buckets.ts';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import {
  copyOfFolder,
  type Place,
  publishNext,
  publishVersions,
  updateNext,
} from '#test/support/next-runs.ts';
import { recordsOf, versions, wholeVersionIn } from '#test/support/published-sets.ts';
import { killProcess, start } from '#test/support/run-command.ts';
import { hasS3 } from '#test/support/servers.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

/** Kills of each kind; `npm run examine` makes 50. */
const KILLS = Number(process.env['HAVEN_TEST_KILLS'] ?? 3);

const folder = temporaryFolder();
afterAll(folder.remove);
const all = versions(4);
const { folders } = all;
const bucket = hasS3 ? buckets() : undefined;
/** A folder to which versions 0 to 2 were published; what only version 0 needs was marked long ago. */
const template = join(folder.path, 'template');

beforeAll(() => publishVersions(all, template));

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

/**
 * Kills a command at random instants, and looks at each place after the kill and after the next runs.
 * @param allowed the versions that may be live after a kill; the last one is live after the command
 */
async function killOften(
  newPlace: () => Promise<Place> | Place,
  command: (location: string) => string[],
  allowed: readonly number[],
  next: (place: Place, live: number) => Promise<void> = (place, live) =>
    publishNext(all, place, live, bucket?.access),
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
const newFolder = (from = template) => copyOfFolder(from, join(folder.path, `set-${places++}`));

/** A new place in the bucket, with version 2. */
async function newBucket(): Promise<Place> {
  const { location } = bucket!.newSet();
  const store = s3Store(location, bucket?.access);
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
    return killOften(
      () => newFolder(folders[2]),
      command,
      [2, 1],
      place => updateNext(all, place),
    );
  });

  test.skipIf(!hasS3)('of publish to a bucket', () =>
    killOften(newBucket, location => ['publish', folders[1]!, location], [2, 1]),
  );
});
