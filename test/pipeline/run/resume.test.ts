import {
  appendFileSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxy, galaxySystems } from '#data/galaxy.ts';
import { build, InputError, StoreError, UsageError } from '#pipeline/index.ts';
import { fingerprint, ndjson, readSet } from '#test/support/chunk-sets.ts';
import { writeHaven } from '#test/support/databases.ts';
import { outcome, outputOf, PIPELINE, run, runProcess, start, until } from '#test/support/run-command.ts';
import { HAS_DISK, onSmallDisk } from '#test/support/small-disk.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const RECORDS = [...galaxySystems({ count: 700, seed: 9 })] as unknown as JsonObject[];
/** Several tasks of most kinds. */
const OPTIONS = { workers: 1, memoryBytes: 1 << 26, gzipLevel: 1, chunkLimit: 40, flush: false };

/** Builds in a process of its own, which kills itself at its nth file; prints how many there were. */
const SUICIDAL = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const [pipeline, nth, options, out, ...inputs] = process.argv.slice(1);
let done = 0;
const count = (module, name) => {
  const real = module[name];
  module[name] = (...args) => {
    if (done++ === Number(nth)) process.kill(process.pid, 'SIGKILL');
    return real(...args);
  };
};
count(fs, 'renameSync');
count(fs.promises, 'rename');
syncBuiltinESMExports();
const { build } = await import(pipeline);
await build(inputs, out, JSON.parse(options));
console.log(done);
`;

async function resume(nth: number, temp: string, out: string, input: string): Promise<number | 'killed'> {
  const options = JSON.stringify({ ...OPTIONS, temp, resume: true });
  const args = ['--input-type=module', '-e', SUICIDAL, PIPELINE, String(nth), options, out, input];
  const { code, stdout, stderr } = await runProcess(process.execPath, args);
  expect([0, null], stderr).toContain(code);
  return code === 0 ? Number(stdout) : 'killed';
}

async function withInput(
  use: (at: { input: string; temp: string; out: string }) => Promise<void>,
): Promise<void> {
  await inFolder(async folder => {
    const [input, temp, out] = [join(folder, 'in.ndjson'), join(folder, 'temp'), join(folder, 'set')];
    writeFileSync(input, ndjson(RECORDS));
    mkdirSync(temp);
    await use({ input, temp, out });
  });
}

describe('a build that is resumed', () => {
  test('goes on where it was killed, again and again, and makes the same set', async () => {
    await withInput(async ({ input, temp, out }) => {
      const right = `${out}-right`;
      await build([input], right, OPTIONS);
      const all = await resume(-1, temp, out, input);
      if (all === 'killed') expect.fail('it was not to be killed');
      expect(fingerprint(readSet(out))).toEqual(fingerprint(readSet(right)));
      expect(readdirSync(temp)).toEqual([]);
      const steps = fc.sample(fc.integer({ min: 4, max: Math.ceil(all / 4) }), {
        numRuns: 12,
        seed: 20261128,
      });
      const again = `${out}-again`;
      let killed = 0;
      let last: number | 'killed' = 'killed';
      for (const step of [...steps, -1]) {
        last = await resume(step, temp, again, input);
        if (last !== 'killed') break;
        killed++;
        expect(existsSync(join(again, 'index.json'))).toBe(false);
      }
      expect(killed).toBeGreaterThan(2);
      expect(last, 'the last run had less to do').toBeLessThan(all);
      expect(fingerprint(readSet(again))).toEqual(fingerprint(readSet(right)));
      expect(readdirSync(temp)).toEqual([]);
    });
  });

  test('goes on if it was killed while its set was installed', async () => {
    await withInput(async ({ input, temp, out }) => {
      const all = await resume(-1, temp, `${out}-right`, input);
      if (all === 'killed') expect.fail('it was not to be killed');
      // The last file that it renames is index.json.
      expect(await resume(all - 1, temp, out, input)).toBe('killed');
      expect(readdirSync(temp)).toHaveLength(1);
      expect(existsSync(join(out, 'index.json'))).toBe(false);
      expect(await resume(-1, temp, out, input)).toBeLessThan(all);
      expect(fingerprint(readSet(out))).toEqual(fingerprint(readSet(`${out}-right`)));
      expect(readdirSync(temp)).toEqual([]);
    });
  });

  test('goes on if its set could not be installed', async () => {
    await withInput(async ({ input, temp, out }) => {
      const resumable: string[] = [];
      const events = {
        onIndexed: () => rmSync(join(out, '.haven-chunks-lock'), { force: true }),
        onResumable: (folder: string) => void resumable.push(folder),
      };
      const options = { ...OPTIONS, temp };
      expect(await failure(build([input], out, options, events))).toBeInstanceOf(StoreError);
      expect(resumable).toHaveLength(1);
      expect(readdirSync(temp).map(name => join(temp, name))).toEqual(resumable);
      let read = 0;
      const onProgress = (records: number) => {
        read = records;
      };
      await build([input], out, { ...options, resume: true }, { onProgress });
      expect(read, 'the input was not read again').toBe(0);
      expect(readdirSync(temp)).toEqual([]);
    });
  });

  test.skipIf(!HAS_DISK)('has its folder on another file system', async () => {
    await withInput(async ({ input, out }) => {
      await onSmallDisk(async ({ path: temp }) => {
        expect(statSync(temp).dev).not.toBe(statSync(input).dev);
        expect(await resume(60, temp, out, input)).toBe('killed');
        await resume(-1, temp, out, input);
        expect(readdirSync(temp)).toEqual([]);
      });
      await build([input], `${out}-right`, OPTIONS);
      expect(fingerprint(readSet(out))).toEqual(fingerprint(readSet(`${out}-right`)));
    });
  });

  test('looks whether what it had written is still there', async () => {
    await withInput(async ({ input, temp, out }) => {
      expect(await resume(60, temp, out, input)).toBe('killed');
      const run = join(temp, readdirSync(temp)[0]!, 'run');
      writeFileSync(join(run, 'map', readdirSync(join(run, 'map'))[0]!), 'cut');
      await resume(-1, temp, out, input);
      await build([input], `${out}-right`, OPTIONS);
      expect(fingerprint(readSet(out))).toEqual(fingerprint(readSet(`${out}-right`)));
    });
  });

  test('is refused with other options or inputs, without a folder, or from a pipe', async () => {
    await withInput(async ({ input, temp, out }) => {
      expect(await resume(30, temp, out, input)).toBe('killed');
      const again = { ...OPTIONS, temp, resume: true };
      const refused = async (inputs: string[], options: Parameters<typeof build>[2]) => {
        const error = await failure(build(inputs, out, options));
        expect(error).toBeInstanceOf(UsageError);
        return error.message;
      };
      expect(await refused([input], { ...again, chunkLimit: 99 })).toMatch(
        /other inputs or options.*leave --resume out/,
      );
      expect(await refused([input], { ...OPTIONS, resume: true })).toMatch(/--temp DIR/);
      expect(await refused(['-'], again)).toMatch(/pipe/);
      // Refusing leaves the run as it was.
      expect(readdirSync(temp)).toHaveLength(1);
      appendFileSync(input, '\n');
      expect(await refused([input], again)).toMatch(/other inputs or options/);
      await build([input], out, { ...OPTIONS, temp });
      expect(readSet(out).index.counts.systems).toBe(RECORDS.length);
      expect(readdirSync(temp)).toEqual([]);
    });
  });

  test('is refused if the log of a database has changed, which is not in the database itself', () =>
    inFolder(async folder => {
      const [path, temp, out] = [join(folder, 'haven.db'), join(folder, 'temp'), join(folder, 'set')];
      writeHaven(path, RECORDS.slice(0, 5));
      mkdirSync(temp);
      const writer = new DatabaseSync(path);
      try {
        const rename = (name: string) => writer.prepare('UPDATE systems SET name = ?').run(name);
        writer.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0');
        rename('A');
        const { size, mtimeMs } = statSync(path);
        const options = { ...OPTIONS, temp, resume: true };
        await failure(build([path], out, options, {}, AbortSignal.abort()));
        // Nothing has changed.
        const again = await failure(build([path], out, options, {}, AbortSignal.abort()));
        expect(again.name).toBe('AbortError');
        rename('B');
        expect(statSync(path)).toMatchObject({ size, mtimeMs });
        const error = await failure(build([path], out, options));
        expect(error).toBeInstanceOf(UsageError);
        expect(error.message).toMatch(/its inputs have changed/);
      } finally {
        writer.close();
      }
    }));

  test.skipIf(process.platform === 'win32')(
    'keeps nothing of a pipe, which cannot be read again',
    async () => {
      await withInput(async ({ input, temp, out }) => {
        const pipe = `${input}-pipe`;
        await outputOf('mkfifo', [pipe]);
        const writing = pipeline(createReadStream(input), createWriteStream(pipe));
        const controller = new AbortController();
        const events = { onBuilt: () => controller.abort(new Error('stop')) };
        const built = build([pipe], out, { ...OPTIONS, temp }, events, controller.signal);
        expect(await failure(built)).toEqual(new Error('stop'));
        await writing;
        expect(readdirSync(temp)).toEqual([]);
      });
    },
  );

  test('keeps nothing of bad data, and all of an interrupted run', async () => {
    await withInput(async ({ input, temp, out }) => {
      const controller = new AbortController();
      const events = { onBuilt: () => controller.abort(new Error('stop')) };
      const options = { ...OPTIONS, temp };
      const resumable: string[] = [];
      const onResumable = (folder: string) => void resumable.push(folder);
      expect(
        await failure(build([input], out, options, { ...events, onResumable }, controller.signal)),
      ).toEqual(new Error('stop'));
      expect(resumable).toEqual(readdirSync(temp).map(name => join(temp, name)));
      expect(resumable).toHaveLength(1);
      let read = 0;
      await build(
        [input],
        out,
        { ...options, resume: true },
        {
          onProgress: records => {
            read = records;
          },
        },
      );
      expect(read, 'the input was not read again').toBe(0);
      let calls = 0;
      const onProgress = () => {
        if (++calls === 1) appendFileSync(input, '\n');
      };
      const changed = await failure(build([input], out, options, { onProgress, onResumable }));
      expect(changed.message).toMatch(/it was changed while it was read/);
      writeFileSync(input, '{"id":"a","x":1,"y":1,"z":1}\n{');
      expect(await failure(build([input], out, options, { onResumable }))).toBeInstanceOf(InputError);
      expect(resumable).toHaveLength(1);
      expect(readdirSync(temp)).toEqual([]);
    });
  });

  test('is named by the command that was interrupted, with what continues it', async () => {
    await withInput(async ({ input, temp, out }) => {
      writeFileSync(input, [...galaxy({ count: 10_000, slim: true })].join(''));
      const args = ['build', input, '--out', out, '--temp', temp, '--quiet', '--search', 'none'];
      const child = start(args);
      const ended = outcome(child);
      await until(() => readdirSync(temp).some(name => existsSync(join(temp, name, 'run', 'plan.json'))));
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      expect(code).toBe(130);
      const folder = join(temp, readdirSync(temp)[0]!);
      expect(stderr).toBe(
        `haven-chunks: the unfinished build is in ${folder}: the same command with --resume continues it\n` +
          'haven-chunks: stopped by SIGINT\n',
      );
      const resumed = await run([...args, '--resume']);
      expect(resumed).toMatchObject({ code: 0, stderr: '' });
      expect(readdirSync(temp)).toEqual([]);
    });
  });
});
