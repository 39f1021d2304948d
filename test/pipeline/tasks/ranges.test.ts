/** Ranges of tables: the size of what a task sorts at once, and where they begin and end. */
import { expect, test } from 'vitest';
import { IDS } from '#format/btree/name-schemas.ts';
import { isBorder, leafWeight, weigh } from '#format/btree/page.ts';
import { memoryStore } from '#pipeline/index.ts';
import { Entries } from '#pipeline/spill/entries.ts';
import { headedFile } from '#pipeline/spill/headed-file.ts';
import { keyBytes } from '#pipeline/spill/key-bytes.ts';
import { type RowRun, TableRows } from '#pipeline/tables/table-rows.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { cutRound } from '#pipeline/tasks/ranges.ts';
import { NO_GROUPS, type TablesContext, type TablesParams } from '#pipeline/tasks/table-ranges.ts';
import { readParams } from '#pipeline/tasks/task.ts';
import { systemsOf } from '#test/support/edited-tables.ts';
import { fold } from '#test/support/table-entries.ts';

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
  const index = { bytes: entries.bytes, blocks };
  await run.put('ids', headedFile(index, [entries.arena.subarray(0, entries.bytes)]));
  const plan = checkBuildOptions({ memoryBytes: 64 * 1024 * MEBIBYTE, workers: 1 });
  expect(plan.taskBytes).toBe(512 * MEBIBYTE);
  const before = { tables: {}, runs: { ids: ['ids'] }, groups: NO_GROUPS, commonValues: [] };
  const { tasks } = await cutRound(1, before, { run, plan } as unknown as TablesContext);
  expect(tasks).toHaveLength(5);
  const params = await Promise.all(tasks.map(task => readParams<TablesParams>(run, task)));
  for (const [i, { low, high }] of params.entries()) {
    expect(tasks[i]!.weight).toBeLessThan(32 * MEBIBYTE);
    expect(low).toBe(params[i - 1]?.high);
    if (high === undefined) continue;
    const last = Buffer.from(high, 'base64').subarray(0, -2).toString();
    const { hash, weight } = weigh({ id: last, x: 0, y: 0, z: 0 }, IDS);
    expect(isBorder(hash, weight, leafWeight(IDS))).toBe(true);
  }
});

test('of listed values are short, also where a run has few systems of a large value', async () => {
  const run = memoryStore();
  const runs: Partial<Record<RowRun, string[]>> = {};
  const options = checkBuildOptions({ workers: 1, facets: 'none', search: { mode: 'none' } });
  const plan = { ...options, taskBytes: MEBIBYTE };
  const regions = ['Arm', 'Bar', 'Core', 'Disc'];
  // Each region is in five large runs, and small ones have a few systems of all regions.
  for (let part = 0; part < 60; part++) {
    const isLarge = part < 20;
    const records = Array.from({ length: isLarge ? 5_000 : 16 }, (_, i) => {
      const region = regions[(isLarge ? part : i) % regions.length]!;
      const name = `N${(i * 7_919 + part * 83) % 5_000}${'x'.repeat(60)}`;
      return { id: `${part}-${i}`, name, region, x: i, y: 0, z: 0 };
    });
    const rows = new TableRows(plan.set, fold);
    for (const system of systemsOf(records, { facets: 'none' }).values()) rows.add(system);
    for (const [name, file] of rows.take(plan.engine)) {
      const path = `${name}-${part}`;
      await run.put(path, file);
      runs[name] = [...(runs[name] ?? []), path];
    }
  }
  const before = { tables: {}, runs, groups: NO_GROUPS, commonValues: [] };
  const { tasks } = await cutRound(1, before, { run, plan } as unknown as TablesContext);
  const weights = tasks.filter(({ id }) => id.startsWith('tables-shards')).map(({ weight }) => weight);
  expect(weights.length).toBeGreaterThan(5);
  expect(Math.max(...weights)).toBeLessThan(3 * MEBIBYTE);
});
