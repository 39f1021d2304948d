import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JsonObject, parseFacets } from '#format/index.ts';
import { memoryStore } from '#pipeline/index.ts';
import { executeOver } from '#pipeline/run/perform.ts';
import { runAll } from '#pipeline/run/schedule.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { commonValues, ValueSample } from '#pipeline/tasks/common-values.ts';
import { planInputs, planTask } from '#pipeline/tasks/plan.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

const OPTIONS = { facets: parseFacets('kind,listed,region'), listings: 'listed' };

/** A system of each array of values. */
const systemsOf = (rows: readonly (readonly string[])[]) =>
  rows.map((kind, i) => {
    const fields: JsonObject = { id: `s${i}`, name: `s${i}`, x: i, y: 0, z: 0, kind: [...kind], listed: 'l' };
    return { fields, id: `s${i}`, name: `s${i}`, region: 'R', x: i, y: 0, z: 0, derived: 0 };
  });

describe('values that are certainly common', () => {
  test('are those that more than 2,000 systems have, however records are split and dropped', () => {
    const values = ['often', 'half', '__proto__', 'seldom'] as const;
    const shares = fc.tuple(...values.map(() => fc.nat(3_000)));
    const splits = fc.constantFrom(1, 1, 1, 3);
    const { set } = checkBuildOptions(OPTIONS);
    fc.assert(
      fc.property(shares, splits, fc.nat(1_500), (counts, count, dropped) => {
        const samples = Array.from({ length: count }, () => new ValueSample(set));
        const rows = Array.from({ length: 3_000 }, (_, i) => values.filter((_, v) => i < counts[v]!));
        systemsOf(rows).forEach((system, i) => {
          samples[i % count]!.add(system);
        });
        const found = commonValues(
          samples.map(sample => sample.counts()),
          dropped,
        );
        expect(found.map(own => own.length)).toEqual([found[0]!.length, 0, 0]);
        for (const [v, value] of values.entries()) {
          const kept = counts[v]! - dropped;
          if (kept <= 2_000) expect(found[0]).not.toContain(value);
          // All records of a single split are counted.
          else if (count === 1) expect(found[0]).toContain(value);
        }
      }),
      { numRuns: 25 },
    );
  });

  test('are looked for in bounded memory: the first 4,096 values are counted', () => {
    const sample = new ValueSample(checkBuildOptions(OPTIONS).set);
    for (const system of systemsOf(Array.from({ length: 9_000 }, (_, i) => ['often', `single ${i}`])))
      sample.add(system);
    expect(sample.counts()[0]).toEqual([['often', 9_000]]);
  });

  test('have no rows that later tasks would drop', () =>
    inFolder(async folder => {
      const path = join(folder, 'in.ndjson');
      writeFileSync(
        path,
        ndjson(
          systemsOf(Array.from({ length: 2_400 }, (_, i) => ['often', `${i % 3} of three`, `${i}`])).map(
            ({ fields }) => fields,
          ),
        ),
      );
      const run = memoryStore();
      const options = { ...checkBuildOptions({ ...OPTIONS, search: { mode: 'none' } }), taskBytes: 80_000 };
      const params = { inputs: (await planInputs([path])).inputs, options };
      await runAll(
        planTask(params),
        { run, execute: executeOver(run, memoryStore()), slots: () => 1 },
        { onDone: () => {} },
      );
      let files = 0;
      let found = 0;
      for await (const { path } of run.list('keys/rare/')) {
        files++;
        if (Buffer.from((await run.get(path))!).includes('often')) found++;
      }
      expect(files).toBeGreaterThan(1);
      expect(found).toBe(0);
    }));
});
