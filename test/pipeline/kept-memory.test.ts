/** A process that goes on after an operation of the pipeline has none of the memory that its tasks have borrowed. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { build, exportSet, folderStore, updateTileset, verifySet } from '#pipeline/index.ts';
import { freeKept } from '#pipeline/spill/reused-memory.ts';
import { ndjson, PLAIN, writeInputs } from '#test/support/chunk-sets.ts';
import { takeKept } from '#test/support/kept-memory.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

const RECORDS = Array.from({ length: 3_000 }, (_, i) => {
  const name = `Number ${i} of the systems of a long row`;
  return { id: `S${i}`, name, x: i % 31, y: i % 37, z: 0 };
});

type Operation = (set: string, input: string) => Promise<unknown>;

const removed = RECORDS.slice(500).map(({ id }) => ({ action: 'delete', id }) as const);
const fail = () => {
  throw new Error('odd');
};

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'a build': (set, input) => build([input], set, PLAIN),
  'a build that fails': (set, input) => failure(build([input], set, PLAIN, { onIndexed: fail })),
  'an update': set => updateTileset(set, { edits: removed }, { flush: false }),
  'a check of a set': set => verifySet(folderStore(set)),
  'a check of a set that fails': set =>
    failure(verifySet(folderStore(set), { onProgress: (systems, total) => systems < total || fail() })),
  'an export with names as keys': async set => exportSet(await openTileset(set), `${set}.json`),
};

describe('no memory of tasks is kept after', () => {
  test.each(Object.entries(OPERATIONS))('%s', (_, operate) =>
    inFolder(async folder => {
      const set = join(folder, 'set');
      const [input] = writeInputs(folder, 'in', [ndjson(RECORDS)]);
      await build([input!], set, PLAIN);
      freeKept();
      await operate(set, input!);
      expect(takeKept()).toEqual([]);
    }),
  );
});
