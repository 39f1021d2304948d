/** Verify runs on a thread: its progress, errors and interruption pass through. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CorruptError, NotFoundError, VersionError } from '#client/index.ts';
import { endOfVerify, verifyOnThread } from '#pipeline/cli/verify-thread.ts';
import { build, folderStore, verifySet } from '#pipeline/index.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { copiedCommand, runProcess } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder.path, name);
const never = new AbortController().signal;
const nothing = () => {};

beforeAll(async () => {
  const input = at('in.ndjson');
  const lines = Array.from({ length: 3_000 }, (_, i) => `{"id":"S${i}","x":${i % 31},"y":${i % 37},"z":0}\n`);
  writeFileSync(input, lines.join(''));
  await build([input], at('set'), { ...PLAIN, chunkLimit: 100 });
});

afterAll(() => folder.remove());

describe('verify on a thread', () => {
  test('gives the report and the progress of verifySet', async () => {
    const seen = { thread: [] as number[][], here: [] as number[][] };
    const report = await verifyOnThread(
      { location: at('set'), canonical: true },
      (...progress) => seen.thread.push(progress),
      never,
    );
    const options = {
      canonical: true,
      onProgress: (...progress: number[]) => void seen.here.push(progress),
    };
    expect(report).toEqual(await verifySet(folderStore(at('set')), options));
    expect(report).toMatchObject({ systems: 3_000, problems: [], orphans: [] });
    expect(seen.thread).toEqual(seen.here);
    expect(seen.thread.at(-1)).toEqual([3_000, 3_000]);
  });

  test('that is aborted gives the reason, and removes its temporary files', () =>
    inFolder(async temp => {
      const reason = new Error('stopped');
      const controller = new AbortController();
      const data = { location: at('set'), temp };
      expect(await failure(verifyOnThread(data, () => controller.abort(reason), controller.signal))).toBe(
        reason,
      );
      expect(readdirSync(temp)).toEqual([]);
      expect(await failure(verifyOnThread(data, nothing, AbortSignal.abort(reason)))).toBe(reason);
    }));

  test('throws the errors of a set that cannot be read', () =>
    inFolder(async folder => {
      const missing = await failure(verifyOnThread({ location: folder }, nothing, never));
      expect(missing).toBeInstanceOf(NotFoundError);
      const set = join(folder, 'set');
      mkdirSync(set);
      const index = JSON.parse(readFileSync(at('set/index.json'), 'utf8'));
      writeFileSync(join(set, 'index.json'), JSON.stringify({ ...index, version: 99 }));
      const newer = await failure(verifyOnThread({ location: set }, nothing, never));
      expect(newer).toBeInstanceOf(VersionError);
      expect(newer).toMatchObject({
        name: 'VersionError',
        found: 99,
        message: expect.stringContaining('99'),
      });
      writeFileSync(join(set, 'index.json'), '{');
      expect(await failure(verifyOnThread({ location: set }, nothing, never))).toBeInstanceOf(CorruptError);
    }));
});

test('a package without the file of the thread verifies without one', () =>
  inFolder(async folder => {
    const command = copiedCommand(join(folder, 'package'));
    rmSync(join(dirname(command), 'verify-worker.js'));
    const verified = await runProcess(process.execPath, [command, 'verify', at('set'), '--quiet', '--json']);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(verified.stdout)).toMatchObject({ systems: 3_000, problems: [] });
  }));

test('a thread that lacks memory names its limit, and others do not', () => {
  const cause = Object.assign(new Error('out of memory'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  expect(endOfVerify(cause).message).toMatch(/out of memory: the limit is 2000 MiB; verifySet of/);
  expect(endOfVerify(new Error('exit code 1')).message).toBe('the thread of verify ended: exit code 1');
});
