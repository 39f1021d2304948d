import { expect, test } from 'vitest';
import { memoryStore } from '#pipeline/index.ts';
import { runAll } from '#pipeline/run/schedule.ts';
import { putJson } from '#pipeline/store/run-file.ts';
import { listOf, type Task } from '#pipeline/tasks/task.ts';

const taskOf = (kind: Task['kind'], id: string, weight: number): Task => ({
  ...{ kind, id, weight },
  ...{ inputs: [], outputs: [], params: {} },
});

test('tasks of a list run the heaviest first, those of equal weight in order, however many there are', async () => {
  const run = memoryStore();
  const plan = taskOf('plan', 'plan', 0);
  const count = 150_000;
  const tasks = Array.from({ length: count }, (_, i) => taskOf('map', `${i}`, i === 7 ? 2 : 1));
  await putJson(run, listOf(plan), { tasks, next: null });
  const ids: string[] = [];
  const execute = async ({ id }: Task) => {
    ids.push(id);
    return { run: [], set: [] };
  };
  await runAll(plan, { run, execute, slots: () => 1 });
  expect(ids.length).toBe(1 + count);
  expect(ids.slice(0, 12)).toEqual(['plan', '7', '0', '1', '2', '3', '4', '5', '6', '8', '9', '10']);
});
