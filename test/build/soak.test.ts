import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { RandomCatalogue } from '#build/random-catalogue.ts';
import type { JsonObject } from '#client/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { runProcess } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const SOAK = fileURLToPath(new URL('../../build/soak.ts', import.meta.url));
const RECORDS: readonly JsonObject[] = Array.from({ length: 50 }, (_, i) => ({
  ...{ id: `S${i}`, name: `Star ${i}`, region: `R${i % 3}`, x: i, y: 0, z: 0 },
  ...(i % 2 === 0 && { sentinel: 'Low' }),
}));

test('a random catalogue says how each edit changes it, the same for the same seed', () => {
  const catalogues = [1, 1, 2].map(seed => new RandomCatalogue(RECORDS, seed));
  const expected = new Map(RECORDS.map(record => [record['id'], record]));
  let deleted = 0;
  for (let generation = 0; generation < 30; generation++) {
    const [edits, same] = catalogues.map(catalogue => catalogue.edit());
    expect(same).toEqual(edits);
    for (const id of edits!.deletions) expect(expected.delete(id)).toBe(true);
    deleted += edits!.deletions.length;
    for (const record of edits!.upserts.map(line => parseJson(line) as JsonObject))
      expected.set(record['id'], record);
    expect([...catalogues[0]!.texts()].map(line => parseJson(line))).toEqual(
      expect.arrayContaining([...expected.values()]),
    );
    expect(catalogues[0]!.size).toBe(expected.size);
  }
  expect(deleted).toBeGreaterThan(0);
  expect([...catalogues[2]!.texts()]).not.toEqual([...catalogues[0]!.texts()]);
});

test('npm run soak compares the generations of a set with builds', async () => {
  await inFolder(async folder => {
    const path = join(folder, 'catalogue.ndjson');
    writeFileSync(path, ndjson(RECORDS));
    const args = [SOAK, path, '--generations', '5', '--every', '2'];
    const { code, stdout, stderr } = await runProcess(process.execPath, args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.match(/^generation \d+: \d+ systems; a generation has .*/gm)).toHaveLength(3);
  });
});
