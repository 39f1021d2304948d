import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { memoryStore, type Store, StoreError } from '#pipeline/index.ts';
import { type Execute, executeOver } from '#pipeline/run/perform.ts';
import { runAll } from '#pipeline/run/schedule.ts';
import { openKeyRuns } from '#pipeline/spill/key-runs.ts';
import { freeKept } from '#pipeline/spill/reused-memory.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { planInputs, planTask } from '#pipeline/tasks/plan.ts';
import { INDEX } from '#pipeline/tasks/stages.ts';
import { listOf, type Task, type TaskKind } from '#pipeline/tasks/task.ts';
import { seeded, shuffled } from '#test/support/arbitrary.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { takeKept } from '#test/support/kept-memory.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const RECORDS = [...galaxySystems({ count: 900, seed: 4 })] as unknown as JsonObject[];
/** Several systems on one point, large regions, values that many have, and ids that are there twice. */
const CATALOGUE: JsonObject[] = [
  ...RECORDS,
  ...RECORDS.slice(0, 60).map((record, i) => ({ ...record, id: `P${i}`, x: 1, y: 2, z: 3 })),
  // So close together that the first division of space does not tell them apart.
  ...RECORDS.slice(0, 100).map((record, i) => ({
    ...record,
    id: `K${i}`,
    x: 1 + (i % 8) * 2 ** -52,
    y: 1,
    z: 1,
  })),
  ...RECORDS.slice(100, 120),
  { id: 'bad', x: 1, y: 1, z: null },
];

/** Tasks small enough that every kind is there several times. */
const TASK_BYTES = 30_000;

interface Run {
  readonly run: Store;
  readonly set: Store;
  readonly tasks: Task[];
}

/** Runs the tasks of a build over stores in memory, each as `execute` has it. */
async function runTasks(
  inputs: readonly string[],
  wrap: (execute: Execute, places: Run) => Execute,
  slots = 1,
  taskBytes = TASK_BYTES,
): Promise<Run & { readonly index: string; readonly files: string[] }> {
  const places: Run = { run: memoryStore(), set: memoryStore(), tasks: [] };
  const { run, set, tasks } = places;
  const listings = 'material,created_at:desc,created_at:asc';
  const search = { fields: ['materials', 'name'] };
  const options = { ...checkBuildOptions({ chunkLimit: 20, gzipLevel: 1, listings, search }), taskBytes };
  const execute = wrap(executeOver(run, set), places);
  const params = { inputs: (await planInputs(inputs)).inputs, options };
  await runAll(
    planTask(params),
    { run, execute, slots: () => slots },
    { onDone: task => void tasks.push(task) },
  );
  const files: string[] = [];
  for await (const { path } of set.list('')) files.push(path);
  return { ...places, index: Buffer.from((await run.get(INDEX))!).toString(), files: files.sort() };
}

const inputsOf = (folder: string, records = CATALOGUE) => {
  const path = join(folder, 'in.ndjson');
  writeFileSync(path, ndjson(records));
  return [path];
};

const plain = (execute: Execute) => execute;

/** Adds the paths that are read to `reads`. */
function noting(store: Store, reads: Set<string>): Store {
  return {
    ...store,
    get(path, options) {
      reads.add(path);
      return store.get(path, options);
    },
  };
}

/** Changes that another process makes to a file. */
const DAMAGES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | undefined>> = {
  'is removed': () => undefined,
  'is cut off': bytes => bytes.subarray(0, bytes.length >> 1),
  'is empty': () => new Uint8Array(),
};

/** A store in which a file is changed. */
function damaged(
  store: Store,
  damagedPath: string,
  change: (bytes: Uint8Array) => Uint8Array | undefined,
): Store {
  return {
    ...store,
    async get(path, options) {
      const bytes = await store.get(path, path === damagedPath ? {} : options);
      if (path !== damagedPath || !bytes) return bytes;
      const { offset = 0, length = bytes.length } = options?.range ?? {};
      return change(bytes)?.subarray(offset, offset + length);
    },
  };
}

let made: ReturnType<typeof runTasks> | undefined;
/** The run of the whole catalogue that others are compared with; made once. */
function plainRun(): ReturnType<typeof runTasks> {
  made ??= inFolder(folder => runTasks(inputsOf(folder), plain));
  return made;
}

describe('the tasks of a build', () => {
  test('are plain JSON, and pass nothing but files: each may run from its text alone', async () => {
    await inFolder(async folder => {
      const inputs = inputsOf(folder);
      const right = await plainRun();
      const kinds = new Set(right.tasks.map(({ kind }) => kind));
      expect([...kinds].sort()).toEqual([
        'cells',
        'divide',
        'group',
        'map',
        'merge',
        'plan',
        'ranges',
        'tables',
      ]);
      expect(new Set(right.tasks.map(({ id }) => id)).size).toBe(right.tasks.length);
      expect(right.tasks.filter(({ kind }) => kind === 'map').length).toBeGreaterThan(3);
      // All cells of a large build wait in memory: where their records are is in files.
      for (const task of right.tasks.filter(({ kind }) => kind === 'cells' || kind === 'divide'))
        expect(JSON.stringify(task).length).toBeLessThan(300);
      const again = await runTasks(
        inputs,
        execute => (task, events, signal) => execute(JSON.parse(JSON.stringify(task)), events, signal),
      );
      expect([again.index, again.files]).toEqual([right.index, right.files]);
    });
  });

  test('write the outputs that they declare, and read no file that is not there yet', async () => {
    await inFolder(async folder => {
      await runTasks(inputsOf(folder), (execute, { run }) => async (task, events, signal) => {
        for (const input of task.inputs)
          expect(await run.get(input), `${task.id} reads ${input}`).toBeDefined();
        const result = await execute(task, events, signal);
        const written = result.run.map(([path]) => path);
        expect(written).toEqual(expect.arrayContaining([...task.outputs]));
        return result;
      });
    });
  });

  test('may run twice, one after another and at once, in any order: the set is the same', async () => {
    await inFolder(async folder => {
      const inputs = inputsOf(folder);
      const right = await plainRun();
      const random = seeded(11);
      const twice = await runTasks(
        inputs,
        execute => async (task, events, signal) => {
          const first = execute(task, events, signal);
          if (random() < 0.5) await first;
          const second = await execute(task, events, signal);
          expect(second).toEqual(await first);
          return second;
        },
        5,
      );
      expect([twice.index, twice.files]).toEqual([right.index, right.files]);
    });
  });

  test('keep the records of no more leaves in memory than share a chunk, and the next one', async () => {
    await inFolder(async folder => {
      // A node with eight leaves. Each has a chunk of its own, and more bytes than a task.
      const notes = 'n'.repeat(20_000);
      const records = Array.from({ length: 8 * 15 }, (_, i) => {
        const at = (axis: number) => ((i >> axis) & 1) * 100 + (i >> 3) / 16;
        return { id: `S${i}`, name: `N${i}`, x: at(0), y: at(1), z: at(2), notes };
      });
      const most = { leaves: 0, tasks: 0 };
      await runTasks(inputsOf(folder, records), execute => async (task, events, signal) => {
        if (task.kind !== 'cells') return execute(task, events, signal);
        freeKept();
        const result = await execute(task, events, signal);
        most.tasks++;
        most.leaves = Math.max(most.leaves, takeKept().filter(bytes => bytes > 15 * notes.length).length);
        return result;
      });
      expect(most).toEqual({ leaves: 2, tasks: 1 });
    });
  });

  test('write rows in between if those of one part are many times its records', async () => {
    await inFolder(async folder => {
      const records = Array.from({ length: 400 }, (_, i) => {
        const name = `${i} ${'abcdefghij'.repeat(20)}`;
        return { id: `S${i}`, name, x: i, y: 1, z: 1 };
      });
      const inputs = inputsOf(folder, records);
      const taskBytes = 200_000;
      const { run, tasks, files } = await runTasks(inputs, plain, 1, taskBytes);
      expect(tasks.filter(({ kind }) => kind === 'cells').length).toBe(1);
      const sizes: number[] = [];
      for await (const { size } of run.list('keys/grams/cells')) sizes.push(size);
      expect(Math.max(...sizes)).toBeLessThan(6 * taskBytes);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(7 * taskBytes);
      expect(files).toEqual((await runTasks(inputs, plain, 1, 10 * taskBytes)).files);
    });
  });

  test('write no run without names', async () => {
    await inFolder(async folder => {
      const { run } = await runTasks(inputsOf(folder, RECORDS.slice(0, 100)), plain, 1, 1_000);
      const paths: string[] = [];
      for await (const { path } of run.list('keys/names/')) paths.push(path);
      expect(paths.length).toBeGreaterThan(1);
      for (const blocks of await openKeyRuns(run, paths)) expect(blocks.length).toBeGreaterThan(0);
    });
  });

  test('may die at any write, and run again', async () => {
    await inFolder(async folder => {
      const inputs = inputsOf(folder);
      const right = await plainRun();
      const random = seeded(12);
      let died = 0;
      const again = await runTasks(inputs, (_execute, { run, set }) => async (task, events, signal) => {
        for (;;) {
          // Dies before one of its writes, or after the last.
          let left = Math.floor(random() * 12);
          const dying = (store: Store): Store => ({
            ...store,
            put(path, content, options) {
              if (left-- === 0) throw new Error('died');
              return store.put(path, content, options);
            },
          });
          try {
            return await executeOver(dying(run), dying(set))(task, events, signal);
          } catch (error) {
            expect((error as Error).message).toBe('died');
            died++;
            if (died % 3 === 0) return executeOver(run, set)(task, events, signal);
          }
        }
      });
      expect(died).toBeGreaterThan(30);
      expect([again.index, again.files]).toEqual([right.index, right.files]);
    });
  });

  test('name a file that another process has removed, cut off or emptied', async () => {
    await inFolder(async folder => {
      const found = new Set<string>();
      const tried = new Set<string>();
      await runTasks(inputsOf(folder), (_execute, { run, set }) => async (task, events, signal) => {
        const right = await executeOver(run, set)(task, events, signal);
        const reads = new Set<string>();
        await executeOver(noting(run, reads), noting(set, reads))(task, events, signal);
        for (const path of reads) {
          for (const [damage, change] of Object.entries(DAMAGES)) {
            const what = `${task.kind} reads ${path.replace(/\d+|[^/]{20,}/g, 'N')}, ${damage}`;
            if (tried.has(what)) continue;
            tried.add(what);
            const attempt = executeOver(damaged(run, path, change), damaged(set, path, change));
            const outcome = await attempt(task, {}, signal).catch((error: unknown) => error as Error);
            // A task may read only a part of a file, which is whole.
            if (!(outcome instanceof Error)) expect([damage, outcome], what).toEqual(['is cut off', right]);
            else {
              expect(outcome, what).toBeInstanceOf(StoreError);
              expect(outcome.message).toContain(`${path} of `);
              found.add(what);
            }
          }
        }
        return right;
      });
      expect(found.size).toBeGreaterThan(300);
    });
  });

  test('make the same set of a shuffled input, of any number of files, and of any number of them at once', async () => {
    await inFolder(async folder => {
      const records = CATALOGUE.slice(0, 1060);
      const right = await runTasks(inputsOf(folder, records), plain);
      const others = shuffled(records, 3);
      const inputs = [others.slice(0, 200), others.slice(200, 900), others.slice(900)].map((part, i) => {
        const path = join(folder, `part-${i}.ndjson`);
        writeFileSync(path, ndjson(part));
        return path;
      });
      for (const slots of [2, 7]) {
        const other = await runTasks(inputs, plain, slots);
        expect([other.index, other.files]).toEqual([right.index, right.files]);
      }
    });
  });

  test('write the same tables, whatever ranges they are cut into', async () => {
    // Long ids are in the keys of most tables, and make many pages of few rows.
    const long = (text: string) => text.padEnd(400, '-');
    const records = Array.from({ length: 3_000 }, (_, i) => ({
      ...{ id: long(`S${(i * 7919) % 3_000}`), name: `Name ${(i * 31) % 2_500}`, x: i % 40, y: i % 41, z: i },
      region: i % 3 === 0 ? 'Large' : i % 3 === 1 ? `Also large ${i % 2}` : long(`Small ${i % 300}`),
      materials: i % 5 === 0 ? `Rare ${i}` : [`Common ${i % 30}`, 'Dust'],
    }));
    await inFolder(async folder => {
      const inputs = inputsOf(folder, records);
      const right = await runTasks(inputs, plain, 1, 1 << 26);
      const cut = await runTasks(inputs, plain, 1, 60_000);
      const ranges = ({ tasks }: Run, table: string) =>
        tasks.filter(({ id }) => new RegExp(`^tables-${table}-\\d+$`).test(id));
      for (const table of ['names', 'ids', 'members', 'shards', 'results', 'values', 'value-rows', 'grams']) {
        expect(ranges(right, table), table).toHaveLength(1);
        expect(ranges(cut, table).length, table).toBeGreaterThan(1);
      }
      expect([cut.index, cut.files]).toEqual([right.index, right.files]);
    });
  });

  test('that a running task would add do not begin after another has failed', async () => {
    const run = memoryStore();
    const task = (kind: TaskKind, id: string): Task => ({
      ...{ kind, id, inputs: [], outputs: [], weight: 1, params: null },
    });
    const [plan, divide] = [task('plan', 'plan'), task('divide', 'divide')];
    const putList = (of: Task, tasks: readonly Task[]) =>
      run.put(listOf(of), Buffer.from(JSON.stringify({ tasks, next: null })));
    await putList(plan, [divide, task('cells', 'broken')]);
    await putList(divide, [task('cells', 'late')]);
    const begun: string[] = [];
    const execute: Execute = async ({ id }) => {
      begun.push(id);
      if (id === 'broken') throw new Error('broken');
      if (id === 'divide') await nextTurn();
      return { run: [], set: [] };
    };
    expect(await failure(runAll(plan, { run, execute, slots: () => 2 }))).toEqual(new Error('broken'));
    expect(begun.sort()).toEqual(['broken', 'divide', 'plan']);
  });
});
