import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Files } from '#client/fetch/files.ts';
import { memorySource, type Source } from '#client/index.ts';
import { nodeCodec } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { decodeText, STORED, type StoredFile, textOf } from '#test/support/stored-files.ts';

const read = fc.record({ file: fc.nat(STORED.length - 1), wait: fc.boolean() });
const map = new Map(STORED.map(file => [file.path, file.bytes]));

test('any reads at all: right contents, never more kept than the budget, no needless request', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 4000 }),
      fc.array(read, { maxLength: 60 }),
      async (budget, reads) => {
        const asked: string[] = [];
        const source = memorySource(map);
        const counting: Source = {
          location: 'counted',
          get(path, options) {
            asked.push(path);
            return source.get(path, options);
          },
        };
        const files = new Files(counting, { cacheBytes: budget, codec: nodeCodec });
        const usage = newUsage();
        let under: Promise<void>[] = [];
        for (const { file, wait } of reads) {
          under.push(
            files.read(STORED[file]!.ref, decodeText, { usage }).then(value => {
              expect(value).toBe(textOf(STORED[file]!));
              expect(files.cachedBytes).toBeLessThanOrEqual(budget);
            }),
          );
          if (wait) {
            await Promise.all(under);
            under = [];
          }
        }
        await Promise.all(under);
        expect(usage.requests).toBe(asked.length);
        expect(usage.requests + usage.cacheHits).toBe(reads.length);
        const total = STORED.reduce((sum, file) => sum + file.content.length, 0);
        if (budget >= total) expect(asked).toHaveLength(new Set(asked).size);
      },
    ),
    { numRuns: 60 },
  );
});

type Step =
  | { readonly what: 'read'; readonly file: number; readonly settle: boolean }
  | { readonly what: 'abort' | 'answer'; readonly which: number; readonly settle: boolean };

test('any reads, aborts and answers: each read gets its own, places are used and bounded, no request outlives its readers', async () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('read' as const), file: fc.nat(3), settle: fc.boolean() }),
    fc.record({
      what: fc.constantFrom('abort' as const, 'answer' as const),
      which: fc.nat(20),
      settle: fc.boolean(),
    }),
  ) as fc.Arbitrary<Step>;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 40 }),
      async (concurrency, steps) => {
        const asked = new Map<string, (bytes: Uint8Array) => void>();
        const source: Source = {
          location: 'by hand',
          get: (path, { signal } = {}) =>
            new Promise((resolve, reject) => {
              expect(asked.has(path)).toBe(false);
              asked.set(path, resolve);
              signal?.addEventListener('abort', () => {
                asked.delete(path);
                reject(signal.reason);
              });
            }),
        };
        const files = new Files(source, { concurrency, cacheBytes: 0, codec: nodeCodec });
        const waiting = new Map<AbortController, { file: StoredFile; result: Promise<unknown> }>();
        const answer = async (path: string) => {
          const file = STORED.find(other => other.path === path)!;
          asked.get(path)!(file.bytes);
          asked.delete(path);
          for (const [controller, read] of waiting) {
            if (read.file !== file) continue;
            expect(await read.result).toBe(textOf(file));
            waiting.delete(controller);
          }
        };
        for (const step of steps) {
          if (step.what === 'read') {
            const controller = new AbortController();
            const file = STORED[step.file]!;
            const result = files
              .read(file.ref, decodeText, { signal: controller.signal })
              .catch(reason => reason);
            waiting.set(controller, { file, result });
          } else if (step.what === 'abort' && waiting.size > 0) {
            const [controller, { result }] = [...waiting][step.which % waiting.size]!;
            waiting.delete(controller);
            const reason = new Error('this one');
            controller.abort(reason);
            expect(await result).toBe(reason);
          } else if (step.what === 'answer' && asked.size > 0) {
            await answer([...asked.keys()][step.which % asked.size]!);
          }
          if (!step.settle) continue;
          await new Promise(setImmediate);
          const wanted = new Set([...waiting.values()].map(({ file }) => file.path));
          expect(asked.size).toBe(Math.min(concurrency, wanted.size));
          for (const path of asked.keys()) expect(wanted).toContain(path);
        }
        await new Promise(setImmediate);
        while (asked.size > 0) {
          await answer([...asked.keys()][0]!);
          await new Promise(setImmediate);
        }
        expect(waiting.size).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});
