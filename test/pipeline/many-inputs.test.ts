import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build, InputError, memoryStore, type Reject } from '#pipeline/index.ts';
import { writeSet } from '#pipeline/run/local.ts';
import { executeOver } from '#pipeline/run/perform.ts';
import { runAll } from '#pipeline/run/schedule.ts';
import { readJson } from '#pipeline/store/run-file.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { planInputs, planTask } from '#pipeline/tasks/plan.ts';
import { listOf, PLAN, type Task, type TaskList } from '#pipeline/tasks/task.ts';
import { buildTexts, fingerprint, readSet } from '#test/support/chunk-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const FILES = 1_050;
const textOf = (i: number) => `{"id":"S${i}","x":${i % 13},"y":${i % 17},"z":${i % 19}}\n`;

describe('many small inputs', () => {
  test('are read by few tasks, and no task reads the names of all of them', () =>
    inFolder(async folder => {
      const inputs = join(folder, 'in');
      mkdirSync(inputs);
      for (let i = 0; i < FILES; i++) writeFileSync(join(inputs, `${i}.json`), textOf(i));
      const run = memoryStore();
      const execute = executeOver(run, memoryStore());
      const tasks: Task[] = [];
      const planned = await planInputs([join(inputs, '*.json')]);
      await runAll(
        planTask({ inputs: planned.inputs, options: checkBuildOptions() }),
        { run, execute, slots: () => 2 },
        { onDone: task => void tasks.push(task) },
      );
      const maps = tasks.filter(({ kind }) => kind === 'map');
      expect(maps).toHaveLength(2);
      const named = maps.map(task => JSON.stringify(task).split('.json').length - 1);
      expect(named.reduce((sum, count) => sum + count)).toBeLessThan(2 * FILES + 10);
      expect((await run.get(PLAN))!.length).toBeLessThan(5_000);

      const { generation } = await build([join(inputs, '*.json')], join(folder, 'many'));
      const one = await buildTexts(folder, [Array.from({ length: FILES }, (_, i) => textOf(i)).join('')]);
      expect(generation).toBe(one.summary.generation);
      expect(fingerprint(readSet(join(folder, 'many')))).toEqual(fingerprint(one.files));
    }));

  const withInputs = (texts: readonly string[], use: (paths: string[], out: string) => Promise<void>) =>
    inFolder(async folder => {
      const paths = texts.map((text, i) => {
        const path = join(folder, `in-${i}.json`);
        writeFileSync(path, text);
        return path;
      });
      await use(paths, join(folder, 'set'));
    });

  test('are named where a record is rejected, and where a duplicate is dropped', () =>
    withInputs(
      [
        textOf(0),
        `${textOf(1)}{"id":"bad"}\n`,
        '[]',
        `${textOf(2)}${textOf(3).replace('"y"', '"w":1,"y"')}`,
        textOf(3),
        '{"id":"S1","x":5,"y":5,"z":5}',
      ],
      async (paths, out) => {
        const rejects: Reject[] = [];
        const duplicates: Reject[] = [];
        const events = {
          onReject: (reject: Reject) => void rejects.push(reject),
          onDuplicate: (duplicate: Reject) => void duplicates.push(duplicate),
        };
        const place = ({ location: { file, input, line } }: Reject) => [paths.indexOf(file), input, line];
        const first = await build(paths, out, { onDuplicate: 'first' }, events);
        expect(first).toMatchObject({ systems: 4, rejected: 1, duplicates: 2 });
        expect(rejects.map(place)).toEqual([[1, 1, 2]]);
        expect(duplicates.map(place)).toEqual([
          [5, 5, 1],
          [4, 4, 1],
        ]);
        duplicates.length = 0;
        await build(paths, out, { onDuplicate: 'last' }, events);
        expect(duplicates.map(place)).toEqual([
          [1, 1, 1],
          [3, 3, 2],
        ]);
        const error = await failure(build(paths, out));
        expect(error.message).toContain(`${paths[5]}, line 1`);
        expect(error.message).toContain(`${paths[1]}, line 1`);
      },
    ));

  test('are named where one is malformed, and what was rejected before is reported', () =>
    withInputs(
      [`{"id":"bad"}\n${textOf(0)}`, `${textOf(1)}{"id":"worse"}\n{"id":`, textOf(2)],
      async (paths, out) => {
        const rejects: Reject[] = [];
        const error = await failure(build(paths, out, {}, { onReject: reject => void rejects.push(reject) }));
        expect(error).toBeInstanceOf(InputError);
        expect(error.message).toMatch(new RegExp(`^${paths[1]}: .* at line 3,`));
        expect(rejects.map(({ location }) => [location.file, location.line])).toEqual([
          [paths[0], 1],
          [paths[1], 2],
        ]);
      },
    ));
});

test('records that are rejected or dropped are at their lines in each of several inputs, which many tasks read', () =>
  inFolder(async folder => {
    const lines = Array.from({ length: 120 }, (_, i) => (i % 7 === 5 ? '{"id":"bad"}\n' : textOf(i)));
    const other = lines.map(line => line.replace('"y"', '"w":1,"y"'));
    const paths = [lines, other].map((own, i) => {
      const path = join(folder, `${i}.ndjson`);
      writeFileSync(path, own.join(''));
      return path;
    });
    const options = { ...checkBuildOptions({ onDuplicate: 'first' }), taskBytes: 200 };
    const { inputs } = await planInputs(paths);
    const rejects: Reject[] = [];
    const duplicates: Reject[] = [];
    const places = { run: memoryStore(), set: memoryStore(), areShared: false };
    await writeSet({ inputs, options }, places, {
      onReject: reject => void rejects.push(reject),
      onDuplicate: duplicate => void duplicates.push(duplicate),
    });
    const { tasks } = await readJson<TaskList>(places.run, listOf({ id: 'plan' }));
    expect(tasks.length).toBeGreaterThan(10);
    const isBad = (line: number) => lines[line - 1]!.includes('bad');
    const numbers = lines.map((_, i) => i + 1);
    const placesOf = (found: readonly Reject[]) =>
      found.map(({ location: { file, line } }) => `${file} ${line}`);
    expect(placesOf(rejects)).toEqual(
      paths.flatMap(path => numbers.filter(isBad).map(line => `${path} ${line}`)),
    );
    expect(placesOf(duplicates).sort()).toEqual(
      numbers.flatMap(line => (isBad(line) ? [] : [`${paths[1]} ${line}`])).sort(),
    );
  }));
