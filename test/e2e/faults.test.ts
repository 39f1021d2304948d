/** A signal, a full disk, or another writer of the input in each stage of a build: one line, and nothing left behind. */
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { galaxySystems } from '#data/galaxy.ts';
import { build, StoreError } from '#pipeline/index.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { type Fault, INPUT_CHANGES, stagesOf, withFault } from '#test/support/faults.ts';
import { outcome, start } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, pathsBelow, temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const at = (name: string) => join(folder.path, name);

const RECORDS = [...galaxySystems({ count: 1_500 })];
/** White space beyond the size from which a build has worker threads, and files between its tasks. */
const PADDING = `${' '.repeat(1_023)}\n`.repeat(17 * 1_024);

beforeAll(async () => {
  const records = ndjson(RECORDS.slice(0, 300) as never);
  writeFileSync(at('small.ndjson'), records);
  writeFileSync(at('large.ndjson'), records + PADDING);
  writeFileSync(at('old.ndjson'), ndjson(RECORDS.slice(0, 20) as never));
  await build([at('old.ndjson')], at('old'));
});

/** Builds over an old set and meets a fault. The set stays as it was, and the temporary folder empty. */
async function buildWith(input: 'small' | 'large', stage: string, kind: Fault['kind']) {
  return inFolder(async own => {
    const out = join(own, 'set');
    const temporary = join(own, 'temporary');
    mkdirSync(temporary);
    cpSync(at('old'), out, { recursive: true });
    const before = pathsBelow(own).sort();
    const path = stagesOf(out)[stage]!;
    const options = ['--workers', '2', '--memory', '128MiB', '--search', 'none', '--quiet'];
    const child = start(
      ['build', at(`${input}.ndjson`), '--out', out, ...options],
      withFault({ path, kind }, temporary),
    );
    child.stdin!.end();
    const ended = await outcome(child);
    const status = ended.code ?? 128 + constants.signals[child.signalCode!];
    // A command whose end takes long kills itself, and the next one removes its files.
    if (ended.code !== null) expect(pathsBelow(own).sort()).toEqual(before);
    const indexes = [at('old'), out].map(set => readFileSync(join(set, 'index.json'), 'utf8'));
    expect(indexes[1]).toBe(indexes[0]);
    return { status, stderr: ended.stderr };
  });
}

const STAGES = Object.keys(stagesOf(''));

async function expectStopped(input: 'small' | 'large', stage: string, signal: 'SIGINT' | 'SIGTERM') {
  const { status, stderr } = await buildWith(input, stage, signal);
  expect(stderr).toBe(`haven-chunks: stopped by ${signal}\n`);
  expect(status).toBe(128 + constants.signals[signal]);
}

describe('a build with worker threads', () => {
  test.each(STAGES)('is stopped by a signal in the stage %s', stage =>
    expectStopped('large', stage, STAGES.indexOf(stage) % 2 === 0 ? 'SIGTERM' : 'SIGINT'),
  );

  test.each(STAGES)('finds the disk full in the stage %s', async stage => {
    const { status, stderr } = await buildWith('large', stage, 'ENOSPC');
    expect(stderr).toMatch(/^haven-chunks: cannot (write|install) .*ENOSPC.*free some space.*\n$/);
    expect(status).toBe(3);
  });
});

test.each(['SIGINT', 'SIGTERM'] as const)('a build in one thread is stopped by %s when it installs', signal =>
  expectStopped('small', 'install', signal),
);

describe('an input that another process changes', () => {
  /** Builds a file that was written long ago, and changes it when the first records were read, but not the last. */
  async function buildChanging(own: string, change: (path: string) => void) {
    const path = join(own, 'in.ndjson');
    writeFileSync(path, ndjson(RECORDS as never));
    utimesSync(path, 1e9, 1e9);
    let isChanged = false;
    const onProgress = () => {
      if (!isChanged) change(path);
      isChanged = true;
    };
    const options = { workers: 1, memoryBytes: 2 ** 26, search: { mode: 'none' }, flush: false } as const;
    const result = await build([path], join(own, 'set'), options, { onProgress });
    expect(isChanged).toBe(true);
    return result;
  }

  test.each(Object.entries(INPUT_CHANGES))('and that %s is reported, and nothing is built', (_, change) =>
    inFolder(async own => {
      const error = await failure(buildChanging(own, change));
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toMatch(
        /in\.ndjson: it was (changed|removed) while it was read.*run the command again/,
      );
      expect(readdirSync(own).filter(name => name !== 'in.ndjson')).toEqual([]);
    }),
  );

  test('is not reported where only its inode is another one, as on a network mount', () =>
    inFolder(async own => {
      const { systems } = await buildChanging(own, path => {
        cpSync(path, `${path}.new`, { preserveTimestamps: true });
        renameSync(`${path}.new`, path);
      });
      expect(systems).toBe(RECORDS.length);
    }));

  test('between two splits is reported, and its states are not mixed', () =>
    inFolder(async own => {
      const path = join(own, 'in.ndjson');
      writeFileSync(path, ndjson(RECORDS as never));
      const options = { workers: 1, memoryBytes: 2 ** 26, strict: true } as const;
      let calls = 0;
      const onProgress = () => {
        if (++calls === 2) writeFileSync(path, 'no JSON at all');
      };
      const error = await failure(
        build([path, path.replace('in.', './in.')], join(own, 'set'), options, { onProgress }),
      );
      expect(error.message).toContain('it was changed while it was read');
    }));
});
