import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryStore } from '#pipeline/index.ts';
import { executeOver } from '#pipeline/run/perform.ts';
import { STANDARD_INPUT } from '#pipeline/source/index.ts';
import { readJson } from '#pipeline/store/run-file.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { planInputs, planTask } from '#pipeline/tasks/plan.ts';
import { type BuildPlan, PLAN } from '#pipeline/tasks/task.ts';
import { inFolder } from '#test/support/temporary.ts';

const SYSTEMS = 60_000;

test('a plan samples as many positions of one file as a build of little memory needs', async () => {
  await inFolder(async folder => {
    const path = join(folder, 'in.ndjson');
    const lines = Array.from({ length: SYSTEMS }, (_, i) => `{"id":"${i}","x":${i},"y":0,"z":0}\n`);
    writeFileSync(path, lines.join(''));
    const run = memoryStore();
    const { inputs } = await planInputs([path]);
    // Of an input of unknown size it expects so much that 49,152 positions are sampled, all of them here.
    const stream = { file: STANDARD_INPUT, expected: 2 ** 30 };
    const options = checkBuildOptions({ workers: 1, memoryBytes: 64 * 2 ** 20 });
    const task = planTask({ inputs: [...inputs, stream], options });
    await executeOver(run, memoryStore())(task, {});
    const { splits, partition } = await readJson<BuildPlan>(run, PLAN);
    expect(splits).toEqual([
      { input: 0, inputs: 1 },
      { input: 1, inputs: 1 },
    ]);
    // The sample is of the first positions on the axis: 2 ** 16 is the least power of two above them.
    expect(partition?.cell.exponent).toBe(17);
  });
});
