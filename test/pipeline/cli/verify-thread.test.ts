/** Verify runs on a thread: its progress, errors and interruption pass through. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CorruptError, NotFoundError, VersionError } from '#client/index.ts';
import { exitCodeOf } from '#pipeline/cli/exit.ts';
import { verifyOnThread } from '#pipeline/cli/verify-thread.ts';
import { build, folderStore, MemoryError, verifySet } from '#pipeline/index.ts';
import { endedThread } from '#pipeline/run/ended-thread.ts';
import { PLAIN } from '#test/support/chunk-sets.ts';
import { call, copiedCommand, runProcess } from '#test/support/run-command.ts';
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

test('a thread that lacks memory is an error that names the option for it, and more memory is enough', () =>
  inFolder(async folder => {
    const input = join(folder, 'in.ndjson');
    // A million objects, from 3 MB.
    writeFileSync(input, `{"id":"S","x":0,"y":0,"z":0,"notes":[${'[],'.repeat(1_000_000)}0]}\n`);
    const set = join(folder, 'set');
    await build([input], set, PLAIN);
    const verify = (memory: string) => call(['verify', set, '--memory', memory]);
    const lacking = await verify('32MiB');
    expect(lacking).toMatchObject({ code: 3, stdout: '' });
    expect(lacking.stderr).toMatch(/^haven-chunks: the thread of verify ended: .* by --memory\n$/);
    expect(await verify('1GiB')).toMatchObject({ code: 0, stderr: '' });
    const tiny = await verify('10MB');
    expect(tiny).toMatchObject({ code: 2, stderr: expect.stringContaining('expected at least 32MiB') });
  }));

test('a thread that ends for another reason is a fault', () => {
  const lacking = Object.assign(new Error('out'), { code: 'ERR_WORKER_OUT_OF_MEMORY' });
  expect(endedThread('it', lacking, 'give more')).toEqual(new MemoryError('it ended: out: give more'));
  expect(exitCodeOf(endedThread('it', new Error('exit code 1'), 'give more'))).toBe(70);
});
