/** Folders in which nothing can be made end an operation with an error that says so: Node's recursive mkdir would not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderCache, openTileset } from '#client/node/index.ts';
import { build, exportSet, folderStore, StoreError, verifySet } from '#pipeline/index.ts';
import { recordsAt } from '#test/support/arbitrary.ts';
import { ndjson, PLAIN, writeInputs } from '#test/support/chunk-sets.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder } from '#test/support/temporary.ts';

type Operation = (input: string, set: string) => Promise<unknown>;

async function failureOf(operate: Operation): Promise<unknown> {
  let error: unknown;
  await inFolder(async folder => {
    const [input] = writeInputs(folder, 'in', [ndjson(recordsAt([[1, 2, 3]]))]);
    const set = join(folder, 'set');
    await build([input!], set, PLAIN);
    error = await failure(operate(input!, set));
  });
  return error;
}

describe.skipIf(!existsSync('/proc/self'))('a file system without new folders', () => {
  test.each<[string, Operation]>([
    ['the folder of a set', input => build([input], '/proc/set', PLAIN)],
    [
      'the temporary folder of a build',
      (input, set) => build([input], `${set}2`, { ...PLAIN, temp: '/proc' }),
    ],
    ['the temporary folder of a check', (_, set) => verifySet(folderStore(set), { temp: '/proc' })],
    ['the folder of an export', async (_, set) => exportSet(await openTileset(set), '/proc/out.json')],
  ])('is an error that advises another one: %s', async (_, operate) => {
    const error = await failureOf(operate);
    expect(error).toBeInstanceOf(StoreError);
    expect((error as Error).message).toMatch(/^cannot .*\/proc.*takes no new folders there: choose another/);
  });

  test('is an error of a cache in a folder', async () => {
    const cache = folderCache('/proc/cache');
    const path = `chunks/${'0'.repeat(40)}.mpk`;
    await expect(cache.set(path, new Uint8Array(1))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('a folder below a file is an error that says so', async () => {
  const error = await failureOf(input => build([input], join(input, 'set'), PLAIN));
  expect((error as Error).message).toMatch(/a part of the path is a file: choose another path/);
});
