/** Ranges of tables: the size of what a task sorts at once. */
import { expect, test } from 'vitest';
import { memoryStore } from '#pipeline/index.ts';
import { headedFile } from '#pipeline/spill/headed-file.ts';
import { CUT } from '#pipeline/tables/page-cuts.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { cutRound } from '#pipeline/tasks/ranges.ts';
import { NO_GROUPS, type TablesContext } from '#pipeline/tasks/table-ranges.ts';

const MEBIBYTE = 1 << 20;
const BLOCK = 8 * 1024;

test('have no more entries than the engine sorts, whatever memory a build may use', async () => {
  const bytes = 100 * MEBIBYTE;
  const keys = Array.from({ length: bytes / BLOCK }, (_, i) =>
    Buffer.from(`${1e6 + i}\0`).toString('base64'),
  );
  const index = {
    ...{ entries: 64 * keys.length, bytes, blocks: keys.map((key, i) => [i * BLOCK, key]) },
    cuts: keys.map(key => [key, CUT]),
  };
  const run = memoryStore();
  // The index decides the ranges: the entries are not read.
  await run.put('ids', headedFile(index, []));
  const plan = checkBuildOptions({ memoryBytes: 64 * 1024 * MEBIBYTE, workers: 1 });
  expect(plan.taskBytes).toBe(512 * MEBIBYTE);
  const before = { tables: {}, runs: { ids: ['ids'] }, groups: NO_GROUPS, commonValues: [] };
  const { tasks } = await cutRound(1, before, { run, plan } as unknown as TablesContext);
  const weights = tasks.map(({ weight }) => weight);
  expect(Math.max(...weights)).toBeLessThanOrEqual(16 * MEBIBYTE + 3 * BLOCK);
  expect(weights).toHaveLength(7);
});
