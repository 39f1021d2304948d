import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { type BuildEvents, build, InputError } from '#pipeline/index.ts';
import { SMALL_BYTES } from '#pipeline/run/local.ts';
import { Workers } from '#pipeline/run/workers.ts';
import { fingerprint, ndjson, readSet } from '#test/support/chunk-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

/** Large enough for worker threads, and quickly built: most of it is one field. */
const RECORDS: JsonObject[] = ([...galaxySystems({ count: 1200, seed: 6 })] as unknown as JsonObject[]).map(
  (record, i) => ({
    ...record,
    notes: `${i} `.repeat(3_300),
  }),
);
const TEXT = ndjson(RECORDS);
/** A task that fails. */
const TASK = { kind: 'map', id: 'm', inputs: [], outputs: [], weight: 0, params: { split: 0 } } as const;
const OPTIONS = { gzipLevel: 1, chunkLimit: 64, flush: false };
const THREADS = { workers: 2, memoryBytes: 1 << 27 };

async function withInput(use: (folder: string, input: string) => Promise<void>, text = TEXT): Promise<void> {
  expect(text.length).toBeGreaterThan(SMALL_BYTES);
  await inFolder(async folder => {
    const input = join(folder, 'in.ndjson');
    writeFileSync(input, text);
    await use(folder, input);
  });
}

describe('worker threads', () => {
  test('build the same set, however many there are', async () => {
    await withInput(async (folder, input) => {
      const sets: string[][] = [];
      for (const workers of [1, 3]) {
        const set = join(folder, String(workers));
        let told = 0;
        const events: BuildEvents = {
          onBuilt: systems => {
            told = systems;
          },
        };
        const memory = { workers, memoryBytes: workers << 26 };
        const { systems } = await build([input], set, { ...OPTIONS, ...memory }, events);
        expect([systems, told]).toEqual([RECORDS.length, RECORDS.length]);
        sets.push(fingerprint(readSet(set)));
      }
      expect(sets[1]).toEqual(sets[0]);
    });
  });

  test('end when the build is aborted, wherever it is, and leave nothing', async () => {
    await withInput(async (folder, input) => {
      for (const stage of ['onProgress', 'onBuilt', 'onIndexed'] as const) {
        const controller = new AbortController();
        const events = { [stage]: () => controller.abort(new Error(stage)) };
        const set = join(folder, stage);
        const error = await failure(
          build([input], set, { ...OPTIONS, ...THREADS }, events, controller.signal),
        );
        expect(error).toEqual(new Error(stage));
        expect(readdirSync(folder)).toEqual(['in.ndjson']);
      }
    });
  });

  test('fail with the error of a callback, at each stage', async () => {
    await withInput(async (folder, input) => {
      for (const stage of ['onProgress', 'onBuilt', 'onIndexed'] as const) {
        const thrown = new Error(stage);
        const events = {
          [stage]() {
            throw thrown;
          },
        };
        expect(await failure(build([input], join(folder, stage), { ...OPTIONS, ...THREADS }, events))).toBe(
          thrown,
        );
        expect(readdirSync(folder)).toEqual(['in.ndjson']);
      }
    });
  });

  test('tell of bad data with the line of the file, in whatever split it is, after what was rejected before it', async () => {
    const lines = TEXT.split('\n');
    lines[3] = '{"id":"x","x":null,"y":0,"z":0}';
    lines[1100] = '{"id":"y","x":1,"y":0,"z":0';
    await withInput(async (folder, input) => {
      const rejects: number[] = [];
      const events: BuildEvents = { onReject: ({ location }) => void rejects.push(location.line) };
      const error = await failure(build([input], join(folder, 'set'), { ...OPTIONS, ...THREADS }, events));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(/line 1101, column 1 /);
      expect(error).toMatchObject({ file: input, line: 1101, reason: 'malformed JSON', found: 'the end' });
      expect(rejects).toEqual([4]);
    }, lines.join('\n'));
  });

  test('give the lines of rejects and of duplicates in the file', async () => {
    const lines = TEXT.split('\n');
    for (const at of [3, 700, 1150]) lines[at] = '{"id":"x","x":null,"y":0,"z":0}';
    await withInput(async (folder, input) => {
      const rejects: number[] = [];
      const events: BuildEvents = { onReject: ({ location }) => void rejects.push(location.line) };
      await build([input], join(folder, 'set'), { ...OPTIONS, ...THREADS }, events);
      expect(rejects).toEqual([4, 701, 1151]);
      lines[1190] = `{"id":${JSON.stringify(RECORDS[800]!['id'])},"x":1,"y":1,"z":1}`;
      writeFileSync(input, lines.join('\n'));
      const error = await failure(build([input], join(folder, 'set'), { ...OPTIONS, ...THREADS }));
      expect(error.message).toMatch(/in\.ndjson, line 1191, byte \d+: .* at .*in\.ndjson, line 801, byte/);
    }, lines.join('\n'));
  });

  test('that end by themselves are an error that says so', async () => {
    await inFolder(async folder => {
      const workers = new Workers({ run: folder, set: folder });
      try {
        const ended = failure(workers.run(TASK, {}));
        await workers.close();
        expect((await ended).message).toBe('a worker thread in the task m ended: it was stopped');
        const missing = await failure(workers.run(TASK, {}));
        expect(missing.message).toMatch(/plan\.json .* is missing/);
      } finally {
        await workers.close();
      }
    });
  });

  test('have ended when they are closed, by whichever of several calls', async () => {
    await inFolder(async folder => {
      const workers = new Workers({ run: folder, set: folder });
      const threads: Worker[] = [];
      const note = (thread: Worker) => threads.push(thread);
      process.on('worker', note);
      try {
        await Promise.all([failure(workers.run(TASK, {})), failure(workers.run(TASK, {}))]);
        const first = workers.close();
        await workers.close();
        // That of a thread which has ended.
        expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
        await first;
      } finally {
        process.off('worker', note);
      }
    });
  });

  test('that fail between two tasks fail the next one, not the process', async () => {
    await inFolder(async folder => {
      const workers = new Workers({ run: folder, set: folder });
      try {
        const started = once(process, 'worker');
        await failure(workers.run(TASK, {}));
        const [thread] = (await started) as [Worker];
        // A message that no thread can take.
        thread.postMessage(null);
        await new Promise(ended => thread.once('exit', ended));
        const error = await failure(workers.run(TASK, {}));
        expect(error.message).toMatch(/^a worker thread between two tasks ended: Cannot destructure/);
      } finally {
        await workers.close();
      }
    });
  });
});
