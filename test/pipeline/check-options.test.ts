import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTileset, type Tileset } from '#client/node/index.ts';
import {
  build,
  collectGarbage,
  exportLines,
  exportSet,
  folderStore,
  history,
  planPublish,
  publishTileset,
  rollback,
  s3Store,
  updateTileset,
  verifySet,
} from '#pipeline/index.ts';
import { ndjson } from '#test/support/chunk-sets.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
const [catalogue, set, published] = ['catalogue.ndjson', 'set', 'published'].map(name =>
  join(folder.path, name),
) as [string, string, string];
let tileset: Tileset;
beforeAll(async () => {
  writeFileSync(catalogue, ndjson([{ id: 'A', name: 'Sol', x: 0, y: 0, z: 0 }]));
  await build([catalogue], set);
  await publishTileset(set, published);
  tileset = await openTileset(set);
});
afterAll(folder.remove);

const COLLECTED = { keep: 1, grace: 60_000 };

/** Each function with options of its own, which are added to those that it needs. */
const CALLS: Readonly<Record<string, (options: object) => unknown>> = {
  build: options => build([catalogue], join(folder.path, 'built'), options),
  'previews of a build': preview => build([catalogue], join(folder.path, 'built'), { preview }),
  'search of a build': search => build([catalogue], join(folder.path, 'built'), { search }),
  updateTileset: options => updateTileset(set, {}, options),
  'edits of an update': edits => updateTileset(set, edits),
  verifySet: options => verifySet(folderStore(set), options),
  exportSet: options => exportSet(tileset, join(folder.path, 'copy.json'), options),
  exportLines: options => exportLines(tileset, options).next(),
  publishTileset: options => publishTileset(set, published, options),
  planPublish: options => planPublish(set, published, options),
  history: options => history(published, options),
  rollback: options => rollback(published, tileset.generation, options),
  collectGarbage: options => collectGarbage(published, { ...COLLECTED, ...options }),
  folderStore: options => folderStore(set, options),
  s3Store: options => s3Store('s3://bucket/set', options),
};

test.each(Object.entries(CALLS))('%s refuses options of unknown names', async (_, call) => {
  await expect((async () => call({}))()).resolves.not.toThrow();
  await expect((async () => call({ no_such: 1 }))()).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringMatching(/^unknown option "no_such": expected /),
    expected: expect.any(Array),
    found: 'no_such',
  });
});

test('an option in another case names the one that was meant, and nothing is done', async () => {
  const before = readFileSync(join(published, 'index.json'));
  for (const [call, option, meant] of [
    ['build', 'chunklimit', 'chunkLimit'],
    ['updateTileset', 'dryrun', 'dryRun'],
    ['collectGarbage', 'dry_run', 'dryRun'],
    ['edits of an update', 'Upsert', 'upsert'],
  ] as const)
    await expect((async () => CALLS[call]!({ [option]: true }))()).rejects.toThrow(
      `unknown option "${option}": did you mean ${meant}?`,
    );
  expect(readFileSync(join(published, 'index.json'))).toEqual(before);
  await expect(build([catalogue], join(folder.path, 'never'), { facet: 'name' } as never)).rejects.toThrow();
  expect(existsSync(join(folder.path, 'never'))).toBe(false);
});

test('an option of a build that is undefined has its default', async () => {
  const names = [
    ...['chunkLimit', 'detailWeight', 'summary', 'preload', 'gzipLevel', 'preview', 'search', 'facets'],
    ...[
      'listings',
      'map',
      'onDuplicate',
      'strict',
      'workers',
      'memoryBytes',
      'engine',
      'flush',
      'temp',
      'resume',
    ],
  ];
  const nothing = (keys: readonly string[]) => Object.fromEntries(keys.map(key => [key, undefined]));
  for (const options of [
    nothing(names),
    { preview: nothing(['size', 'field', 'order']), search: nothing(['mode', 'fields']) },
    { map: nothing(['id', 'name', 'region', 'x', 'y', 'z', 'xyz']) },
  ]) {
    const { generation } = await build([catalogue], join(folder.path, 'defaults'), options);
    expect(generation).toBe(tileset.generation);
  }
});

test('an argument of a wrong type is refused: the characters of a string are not names of files or fields', async () => {
  const built = join(folder.path, 'strings');
  for (const [call, message] of [
    [() => build(catalogue as never, built), /^inputs is '.*catalogue.ndjson'; give an array of strings$/],
    [() => build([catalogue], undefined as never), 'the folder of the set is undefined; give a path'],
    [() => build([catalogue], built, { summary: 'name' as never }), "summary is 'name'; give an array"],
    [
      () => build([catalogue], built, { search: { fields: 'name' as never } }),
      "search.fields is 'name'; give",
    ],
    [
      () => updateTileset(set, { upsert: catalogue as never }),
      /^upsert is '.*catalogue.ndjson'; give an array/,
    ],
    [() => updateTileset(set, { delete: [5] as never }), /^delete is \[ 5 \]; give an array of strings$/],
    [() => verifySet(set as never), /^the set is '.*set'; give a store or a source, such as folderStore/],
    [() => exportSet(set as never, join(folder.path, 'x.json')), /^the set is '.*set'; give a tileset/],
    [() => exportLines(null as never).next(), 'the set is null; give a tileset, as openTileset returns it'],
  ] as const)
    await expect((async () => call())()).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringMatching(message),
    });
  expect(existsSync(built)).toBe(false);
});
