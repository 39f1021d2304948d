/** A signal, a full disk, or another writer of the input in each stage of a build: one line, and nothing left behind. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { galaxySystems } from '#data/galaxy.ts';
import { build, StoreError } from '#pipeline/index.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { type Fault, stagesOf, withFault } from '#test/support/faults.ts';
import { outcome, start } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, pathsBelow, temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
const at = (name: string) => join(folder.path, name);

const RECORDS = [...galaxySystems({ count: 1_500 })];
/** White space beyond the size from which a build has worker threads, and files between its tasks. */
const PADDING = '\n'.repeat(17 * 2 ** 20);

beforeAll(async () => {
  writeFileSync(at('new.ndjson'), ndjson(RECORDS as never) + PADDING);
  writeFileSync(at('old.ndjson'), ndjson(RECORDS.slice(0, 20) as never));
  await build([at('old.ndjson')], at('old'), { flush: false });
});

/** Builds over an old set and meets a fault. The set stays as it was, and the temporary folder empty. */
async function buildWith(workers: number, stage: string, kind: Fault['kind']) {
  return inFolder(async own => {
    const out = join(own, 'set');
    const temporary = join(own, 'temporary');
    mkdirSync(temporary);
    cpSync(at('old'), out, { recursive: true });
    const before = pathsBelow(own).sort();
    const path = stagesOf(out)[stage]!;
    const options = [
      '--workers',
      `${workers}`,
      '--memory',
      `${64 * workers}MiB`,
      '--search',
      'none',
      '--quiet',
    ];
    const child = start(
      ['build', at('new.ndjson'), '--out', out, ...options],
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

describe.each([1, 2])('a build with %i workers', workers => {
  test.each(STAGES)('is stopped by a signal in the stage %s', async stage => {
    const signal = STAGES.indexOf(stage) % 2 === 0 ? 'SIGTERM' : 'SIGINT';
    const { status, stderr } = await buildWith(workers, stage, signal);
    expect(stderr).toBe(`haven-chunks: stopped by ${signal}\n`);
    expect(status).toBe(128 + constants.signals[signal]);
  });

  test.each(workers === 1 ? [] : STAGES)('finds the disk full in the stage %s', async stage => {
    const { status, stderr } = await buildWith(workers, stage, 'ENOSPC');
    expect(stderr).toMatch(/^haven-chunks: cannot (write|install) .*ENOSPC.*free some space.*\n$/);
    expect(status).toBe(3);
  });
});

describe('an input that another process changes', () => {
  const CHANGES: Record<string, (path: string) => void> = {
    grows: path => appendFileSync(path, '{"id":"new","x":1,"y":2,"z":3}\n'),
    shrinks: path => truncateSync(path, 1_000),
    'is replaced': path => {
      writeFileSync(`${path}.new`, ndjson(RECORDS.toReversed() as never));
      renameSync(`${path}.new`, path);
    },
    vanishes: path => rmSync(path),
  };

  test.each(Object.entries(CHANGES))('and that %s is reported, and nothing is built', (_, change) =>
    inFolder(async own => {
      const path = join(own, 'in.ndjson');
      writeFileSync(path, ndjson(RECORDS as never));
      let isChanged = false;
      // The first records were read, but not the last.
      const onProgress = () => {
        if (!isChanged) change(path);
        isChanged = true;
      };
      const options = { workers: 1, memoryBytes: 2 ** 26, search: { mode: 'none' } } as const;
      const error = await failure(build([path], join(own, 'set'), options, { onProgress }));
      expect(isChanged).toBe(true);
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toMatch(/in\.ndjson: it was (changed|removed) while it was read.*build again/);
      expect(readdirSync(own).filter(name => name !== 'in.ndjson')).toEqual([]);
    }),
  );

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
