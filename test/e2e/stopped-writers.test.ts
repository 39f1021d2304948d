/** A signal or a full disk in each stage of update, publish, gc and export: one line, a whole set, and nothing left after the next run. */
import { mkdirSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ndjson, writeInputs } from '#test/support/chunk-sets.ts';
import { type Fault, withFault } from '#test/support/faults.ts';
import {
  copyOfFolder,
  type Place,
  publishNext,
  publishVersions,
  updateNext,
} from '#test/support/next-runs.ts';
import { recordsOf, versions, wholeVersionIn } from '#test/support/published-sets.ts';
import { outcome, start } from '#test/support/run-command.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const all = versions(4);
const template = join(folder.path, 'template');
const [upserts] = writeInputs(folder.path, 'upserts', [ndjson(recordsOf(1))]);
beforeAll(() => publishVersions(all, template));

interface Writer {
  /** The folder whose copy it changes. */
  readonly from: () => string;
  readonly args: (location: string) => string[];
  /** Paths that it writes or removes, by stage; those in the set begin with `SET`. */
  readonly stages: Readonly<Record<string, string>>;
  /** The stage whose file is the last one: then a signal comes too late. */
  readonly last?: string;
  /** The version that is live before it, and after it. */
  readonly versions: readonly [number, number];
  readonly next: (place: Place, live: number) => Promise<void>;
}

const WRITERS: Readonly<Record<string, Writer>> = {
  update: {
    from: () => all.folders[2]!,
    args: location => ['update', location, '--upsert', upserts!],
    stages: {
      'leaf files': '/set/chunks/',
      tables: '/set/names/',
      'tree pages': '/set/tree/',
      installation: '^SET/(chunks|names|tree)/',
    },
    versions: [2, 1],
    next: place => updateNext(all, place),
  },
  publish: {
    from: () => template,
    args: location => ['publish', all.folders[1]!, location],
    stages: {
      record: '^SET/history/publish-',
      files: '^SET/chunks/',
      'kept generation': '^SET/generations/',
      index: '^SET/index\\.json$',
    },
    last: 'index',
    versions: [2, 1],
    next: (place, live) => publishNext(all, place, live),
  },
  gc: {
    from: () => template,
    args: location => ['gc', location, '--keep', '1', '--grace', '1h'],
    stages: { sign: '^SET/history/sweep-', files: '^SET/chunks/', marks: '^SET/history/marks-' },
    last: 'marks',
    versions: [2, 2],
    next: (place, live) => publishNext(all, place, live),
  },
};

const CASES = Object.entries(WRITERS).flatMap(([name, writer]) =>
  Object.keys(writer.stages).map((stage, i) => ({ name, stage, writer, i })),
);

let places = 0;

/** Runs a command that meets a fault, over a copy of a set. */
async function meet({ from, args, stages }: Writer, stage: string, kind: Fault['kind']) {
  const place = copyOfFolder(from(), join(folder.path, `set-${places++}`));
  const path = stages[stage]!.replace('SET', place.location);
  const temporary = `${place.location}-temporary`;
  mkdirSync(temporary);
  const child = start([...args(place.location), '--quiet'], withFault({ path, kind }, temporary));
  child.stdin!.end();
  const { code, stderr } = await outcome(child);
  expect(readdirSync(temporary)).toEqual([]);
  return { place, code: code ?? 128 + constants.signals[child.signalCode!], stderr };
}

describe.each(CASES)('$name, stage $stage', ({ stage, writer, i }) => {
  const [before, after] = writer.versions;

  test('is stopped by a signal', async () => {
    const signal = i % 2 === 0 ? 'SIGTERM' : 'SIGINT';
    const { place, code, stderr } = await meet(writer, stage, signal);
    const isDone = stage === writer.last;
    expect(stderr).toBe(isDone ? '' : `haven-chunks: stopped by ${signal}\n`);
    expect(code).toBe(isDone ? 0 : 128 + constants.signals[signal]);
    const live = await wholeVersionIn(place.store);
    expect(live).toBe(isDone ? after : before);
    await writer.next(place, live);
    expect(place.hidden()).toEqual([]);
  });

  // A disk that is full has room for the removal of files.
  test.skipIf(writer === WRITERS['gc'] && stage === 'files')('finds the disk full', async () => {
    const { place, code, stderr } = await meet(writer, stage, 'ENOSPC');
    expect(stderr).toMatch(/^haven-chunks: cannot (write|install) .*ENOSPC.*free some space.*\n$/);
    expect(code).toBe(3);
    expect(await wholeVersionIn(place.store)).toBe(before);
    await writer.next(place, before);
    expect(place.hidden()).toEqual([]);
  });
});
