import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '#client/index.ts';
import { build, memoryStore, type Reject } from '#pipeline/index.ts';
import { executeOver } from '#pipeline/run/perform.ts';
import { JsonLines, readJsonLines } from '#pipeline/spill/json-lines.ts';
import { readJson } from '#pipeline/store/run-file.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { planInputs, planTask } from '#pipeline/tasks/plan.ts';
import { listOf, type TaskList } from '#pipeline/tasks/task.ts';
import { exactText, json } from '#test/support/arbitrary.ts';
import { inFolder } from '#test/support/temporary.ts';

describe('lines of JSON', () => {
  test('come back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(json), async values => {
        const lines = new JsonLines();
        expect(lines.isEmpty).toBe(true);
        for (const value of values) lines.add(value);
        expect(lines.isEmpty).toBe(values.length === 0);
        const store = memoryStore();
        await store.put('lines', lines.take());
        expect(lines.isEmpty).toBe(true);
        const found: JsonValue[] = [];
        for await (const value of readJsonLines<JsonValue>(store, 'lines')) found.push(value);
        expect(found.map(value => exactText(value))).toEqual(values.map(value => exactText(value)));
      }),
    );
  });

  test('of rejected records are in files of a few MiB, and all are reported', () =>
    inFolder(async folder => {
      const path = join(folder, 'in.ndjson');
      const notes = 'n'.repeat(1_000);
      const count = 20_000;
      writeFileSync(
        path,
        Array.from({ length: count }, (_, i) => `{"id":"S${i}","y":1,"notes":"${notes}"}\n`).join(''),
      );
      const run = memoryStore();
      const execute = executeOver(run, memoryStore());
      const plan = planTask({ ...(await planInputs([path])), options: checkBuildOptions() });
      await execute(plan, {});
      for (const task of (await readJson<TaskList>(run, listOf(plan))).tasks) await execute(task, {});
      const sizes: number[] = [];
      for await (const { path, size } of run.list('map/')) if (path.includes('-notes-')) sizes.push(size);
      expect(sizes.length).toBeGreaterThan(3);
      expect(Math.max(...sizes)).toBeLessThan(2 ** 23);

      const lines: number[] = [];
      const onReject = ({ location }: Reject) => void lines.push(location.line);
      await build([path], join(folder, 'set'), {}, { onReject }).catch(() => {});
      expect(lines).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    }));
});
