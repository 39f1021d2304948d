/** The test vectors for implementers: made by the code of today, and run by the reader in Python. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { python } from '#test/foreign/python.ts';
import { vectorFiles } from '#test/foreign/vectors.ts';
import { runProcessSync } from '#test/support/run-command.ts';
import { inFolder } from '#test/support/temporary.ts';

const folder = fileURLToPath(new URL('../../vectors', import.meta.url));
const runner = fileURLToPath(new URL('../../foreign/vectors.py', import.meta.url));

test('the vectors are what the code makes; otherwise run `npm run vectors`', async () => {
  const files = await vectorFiles();
  expect(Object.keys(files).length).toBeGreaterThan(10);
  const others = ['README.md', 'example.md'];
  expect(readdirSync(folder).sort()).toEqual([...Object.keys(files), ...others].sort());
  const stale = Object.keys(files).filter(name => files[name] !== readFileSync(join(folder, name), 'utf8'));
  expect(stale).toEqual([]);
});

describe.skipIf(!python)('the reader in Python', () => {
  const run = (vectors: string) => runProcessSync(python!, [runner, vectors], '');

  test('agrees with every vector', () => {
    const { code, stdout, stderr } = run(folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const counts = JSON.parse(stdout) as Record<string, number>;
    expect(Object.keys(counts)).toEqual(['column_vectors', 'fold_vectors', 'hash_vectors', 'set_vectors']);
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10);
  });

  test.each([
    ['columns.json', /"values":\[1,2,3\]/, '"values":[1,2,4]', 'a vector fails: column'],
    ['fold.json', /"strasse"/, '"strase"', 'a vector fails: the fold of'],
    ['hashes.json', /"hash": \d+/, '"hash": 1', 'a vector fails: the hash of'],
    ['set-example.json', /"note":null/, '"note":1', 'a vector fails: set-example.json: records'],
    ['set-search.json', /"total":24/, '"total":25', 'a vector fails: set-search.json: the answer to'],
  ])('refuses a wrong one: %s, %s', async (name, found, changed, says) => {
    await inFolder(copy => {
      cpSync(folder, copy, { recursive: true });
      const text = readFileSync(join(copy, name), 'utf8');
      expect(text).toMatch(found);
      writeFileSync(join(copy, name), text.replace(found, changed));
      const { code, stderr } = run(copy);
      expect(stderr).toContain(says);
      expect(code).toBe(1);
    });
  });
});
