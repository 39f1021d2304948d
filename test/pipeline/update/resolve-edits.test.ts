import { expect, test } from 'vitest';
import { foldTable, makeFold, type System, type TableSchema } from '#format/index.ts';
import { Turns } from '#pipeline/store/turns.ts';
import { ChangedRows, editsOf } from '#pipeline/tables/changed-rows.ts';
import { SystemPacker } from '#pipeline/update/packed-system.ts';
import type { PreviousSystems } from '#pipeline/update/previous-systems.ts';
import { resolveEdits } from '#pipeline/update/resolve-edits.ts';
import { failure } from '#test/support/stored-files.ts';

const SYSTEMS = Array.from({ length: 1_000 }, (_, i): System => {
  const id = `S${i}`;
  return { id, name: id, region: 'R', x: i, y: 1, z: 1, derived: 0, fields: { id } };
});

/** Steps of 1 ms. The signal is aborted when the event loop has its first turn after the first step. */
function stopping() {
  const controller = new AbortController();
  let steps = 0;
  return {
    signal: controller.signal,
    count: () => steps,
    step() {
      if (++steps === 1) setImmediate(() => controller.abort(new Error('stop')));
      for (const start = performance.now(); performance.now() < start + 1; );
    },
  };
}

test('a signal stops the making of many edits', async () => {
  const { signal, step, count } = stopping();
  const previous = { idsOf: async () => new Map(), async *withIds() {} } as never as PreviousSystems;
  const facetsOf = () => {
    step();
    return [];
  };
  const packer = new SystemPacker(facetsOf, new Set());
  const listener = { onConflict() {}, onRefused() {} };
  const edits = SYSTEMS.map(system => ({ action: 'upsert', system }) as const);
  const context = { previous, packer, fieldsOf: () => ({}), turns: new Turns(signal) };
  const resolved = resolveEdits(edits, context, listener);
  expect(await failure(resolved)).toEqual(new Error('stop'));
  expect(count()).toBeLessThan(SYSTEMS.length);
});

test('a signal stops the making of the rows of many changed systems', async () => {
  const { signal, step, count } = stopping();
  const changes = SYSTEMS.map(system => ({
    after: {
      ...system,
      get facets() {
        step();
        return [];
      },
    },
  }));
  const options = { search: { mode: 'none', fields: [] }, listings: [], facets: [], summary: [] } as never;
  const fold = makeFold(foldTable());
  expect(await failure(ChangedRows.open(changes, options, fold, new Turns(signal)))).toEqual(
    new Error('stop'),
  );
  expect(count()).toBeLessThan(SYSTEMS.length);
});

test('a signal stops the making of the edits of many rows', async () => {
  const { signal, step, count } = stopping();
  const schema = {
    keyOf({ id }: System) {
      step();
      return [id];
    },
  } as never as TableSchema<System>;
  const changes = SYSTEMS.map(after => ({ after }));
  expect(await failure(editsOf(changes, schema, new Turns(signal)))).toEqual(new Error('stop'));
  expect(count()).toBeLessThan(SYSTEMS.length);
});
