/** The lines of diff, applied to a copy of the older set, give the newer one, file for file. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import { DEFAULT_FACETS } from '#format/index.ts';
import { folderStore, updateTileset, verifySet } from '#pipeline/index.ts';
import { buildTexts, goldenCatalogue, ndjson, type SetFiles } from '#test/support/chunk-sets.ts';
import { edited } from '#test/support/edited-catalogues.ts';
import { call } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const OPTIONS = {
  chunkLimit: 40,
  gzipLevel: 1,
  // An update keeps the facets of the set: those of a build depend on its systems, unless they are declared.
  facets: DEFAULT_FACETS,
  listings: [{ field: 'galaxy', order: 'value', paths: ['galaxy'] }],
} as const;

/** Builds sets of two texts, and updates a copy of the first by the difference. */
function updated(
  before: string,
  after: string,
): Promise<{ expected: SetFiles; generation: string; conflicts: number }> {
  return inFolder(async folder => {
    const old = await buildTexts(folder, [before], OPTIONS, 'old');
    const now = await buildTexts(folder, [after], OPTIONS, 'new');
    const copy = join(folder, 'copy');
    cpSync(old.directory, copy, { recursive: true });
    const { code, stdout } = await call(['diff', old.directory, now.directory, '--fields']);
    expect(code).toBe(old.files.index.generation === now.files.index.generation ? 4 : 0);
    writeFileSync(join(folder, 'changes'), stdout);
    const { generation, conflicts } = await updateTileset(copy, { changes: [join(folder, 'changes')] });
    expect((await verifySet(folderStore(copy), { canonical: true })).problems).toEqual([]);
    return { expected: now.files, generation, conflicts };
  });
}

test('after any edits of a galaxy', () =>
  fc.assert(
    fc.asyncProperty(edited, async ({ before, after }) => {
      const { expected, generation, conflicts } = await updated(ndjson(before), ndjson(after));
      expect({ generation, conflicts }).toEqual({ generation: expected.index.generation, conflicts: 0 });
    }),
    { numRuns: 10 },
  ));

test('with ids, names and regions from keys around records, and other _meta', async () => {
  const { meta, systems } = goldenCatalogue();
  const text = (of: JsonObject) => JSON.stringify(of);
  const catalogue = (_meta: JsonObject, own: readonly JsonObject[], moved: JsonObject) =>
    text({ _meta, ...Object.fromEntries(own.map((system, i) => [`key ${i}`, system])), Adam: [moved] });
  const bare = { x: 1, y: 2, z: 3, note: 'no id' };
  const [first, second, ...others] = systems as [JsonObject, JsonObject];
  const before = catalogue(meta, [bare, first, ...others], { ...bare, name: 'a' });
  const after = catalogue({ ...meta, version: 9 }, [{ ...bare, note: 'other' }, second, ...others], {
    ...bare,
    x: 9,
    name: 'a',
  });
  const { expected, generation, conflicts } = await updated(before, after);
  expect({ generation, conflicts }).toEqual({ generation: expected.index.generation, conflicts: 0 });
});
