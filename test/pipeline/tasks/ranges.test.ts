/** Ranges of tables: the size of what a task sorts at once, and where they begin and end. */
import { expect, test } from 'vitest';
import { IDS } from '#format/btree/name-schemas.ts';
import { isBorder, leafWeight, weigh } from '#format/btree/page.ts';
import { memoryStore } from '#pipeline/index.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { headedFile } from '#pipeline/spill/headed-file.ts';
import { keyBytes } from '#pipeline/spill/key-bytes.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { cutRound } from '#pipeline/tasks/ranges.ts';
import { NO_GROUPS, type TablesContext, type TablesParams } from '#pipeline/tasks/table-ranges.ts';

const MEBIBYTE = 1 << 20;
const BLOCKS = 100;

/** A long id, so that one in four rows ends a page. */
const idOf = (block: number) => `${1e6 + block}${'x'.repeat(60_000)}`;

test('have no more entries than the engine sorts, whatever memory a build may use, and end where pages end', async () => {
  // Each block has one entry, and unused bytes after its numbers.
  const rest = new Array<number>(Math.floor((MEBIBYTE - idOf(0).length - 9) / 8)).fill(0);
  const entries = new Entries();
  for (let i = 0; i < BLOCKS; i++) entries.add([idOf(i)], rest);
  const blocks = Array.from(entries.starts, (start, i) => [start, keyBytes([idOf(i)]).toString('base64')]);
  const run = memoryStore();
  const index = { entries: BLOCKS, bytes: entries.bytes, blocks };
  await run.put('ids', headedFile(index, [entries.arena.subarray(0, entries.bytes)]));
  const plan = checkBuildOptions({ memoryBytes: 64 * 1024 * MEBIBYTE, workers: 1 });
  expect(plan.taskBytes).toBe(512 * MEBIBYTE);
  const before = { tables: {}, runs: { ids: ['ids'] }, groups: NO_GROUPS, commonValues: [] };
  const { tasks } = await cutRound(1, before, { run, plan } as unknown as TablesContext);
  expect(tasks).toHaveLength(6);
  const params = tasks.map(task => task.params as unknown as TablesParams);
  for (const [i, { low, high }] of params.entries()) {
    expect(tasks[i]!.weight).toBeLessThan(24 * MEBIBYTE);
    expect(low).toBe(params[i - 1]?.high);
    if (high === undefined) continue;
    const last = Buffer.from(high, 'base64').subarray(0, -2).toString();
    const { hash, weight } = weigh({ id: last, x: 0, y: 0, z: 0 }, IDS);
    expect(isBorder(hash, weight, leafWeight(IDS))).toBe(true);
  }
});
