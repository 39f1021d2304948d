/** Sets of another writer: every reader accepts them, and verify tells them from canonical ones. */
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { type JsonObject, memorySource, openTileset } from '#client/node/index.ts';
import { unpackNumbers } from '#format/columns/numbers.ts';
import { pathOf, type TableName } from '#format/index.ts';
import { verifySet } from '#pipeline/index.ts';
import { rootOf, StoredSet } from '#test/support/stored-files.ts';
import { floats, PREVIEWED, type SetFiles, SYSTEMS, VALID_SETS, write } from '#test/support/valid-sets.ts';
import { OPTIONS, writeSet } from '#test/support/written-sets.ts';

const problemsOf = async (files: SetFiles, canonical: boolean) =>
  (await verifySet(memorySource(files), { canonical })).problems;

/** Answers to queries of every kind. */
async function answersOf(files: SetFiles): Promise<JsonObject> {
  const tileset = await openTileset(memorySource(files));
  const sphere = await tileset.sphere({ center: [1, 1, 1], radius: 2.5, details: true }).toArray();
  const regions = await tileset.regions().toArray();
  const page = await tileset.page({ page: 3, perPage: 7 });
  const large = await tileset.page({ page: 2, perPage: 9, region: 'Large' });
  const named = await tileset.systemsByName('éire sol 1', { ignoreCase: true });
  const found = await tileset.search('ol', { limit: 100 });
  return JSON.parse(JSON.stringify({ sphere, regions, page, large, named, found }));
}

describe('a set of another writer', () => {
  let expected: JsonObject;
  beforeAll(async () => {
    expected = await answersOf(await write());
  });

  test.each(Object.entries(VALID_SETS))('is valid and not canonical: %s', async (_what, make) => {
    const files = await make();
    expect(await problemsOf(files, false)).toEqual([]);
    expect(await problemsOf(files, true)).not.toEqual([]);
    expect(await answersOf(files)).toEqual(expected);
  });

  test('the set itself is canonical, and has rows in every table', async () => {
    const files = await write();
    expect(await problemsOf(files, true)).toEqual([]);
    const { common, ...others } = new StoredSet(files).index.tables;
    // A value is common if more than 2,000 systems have it.
    expect(common).toBeNull();
    expect(Object.values(others)).not.toContain(null);
  });
});

describe('a set that is not valid', () => {
  test.each([true, false])('a value in a longer form than it needs (canonical: %s)', async canonical => {
    const set = new StoredSet(await write());
    const { index } = set;
    const path = `previews/${index.overview!.hash}.mpk`;
    const content = gunzipSync(set.files.get(path)!);
    // The count of rows as uint 8 instead of a positive fixint.
    const at = content.indexOf('rows') + 4;
    expect(content[at]).toBe(index.overview!.rows);
    const longer = Buffer.concat([content.subarray(0, at), Buffer.of(0xcc), content.subarray(at)]);
    const ref = set.putBytes('previews', longer);
    set.putIndex({ ...index, overview: { ...rootOf(ref), rows: index.overview!.rows } });
    expect(await problemsOf(set.files, canonical)).toContainEqual({
      file: pathOf(ref),
      problem: 'a value is not in its shortest MessagePack form',
    });
  });

  test.each([true, false])('an index that is too long (canonical: %s)', async canonical => {
    const files = await write({ indexText: text => `${text.slice(0, -1)},"later":"${'x'.repeat(9000)}"}` });
    const problems = await problemsOf(files, canonical);
    expect(problems).toContainEqual({
      file: 'index.json',
      problem: expect.stringMatching(/^\d{5} bytes, expected at most 8192$/),
    });
  });
});

describe('tables that the systems do not make', () => {
  /** A column of a table, in pages of another size, with one value changed. */
  const altered = (name: TableName, column: string, value: number) =>
    write({
      content(_kind, content) {
        const isTable =
          Array.isArray(content['key']) && content['key'].length === KEYS[name] && content['level'] === 0;
        // The pages of names have as many keys as those of results.
        if (!isTable || !(column in content) || (name === 'results') !== 'values' in content) return content;
        const numbers = unpackNumbers(content[column], content['rows'] as number);
        return { ...content, [column]: floats(numbers.with(1, value)) };
      },
    });
  const KEYS: Partial<Record<TableName, number>> = { ids: 1, values: 3, words: 3, grams: 1, results: 2 };

  test.each<[TableName, string, number]>([
    ['ids', 'x', 77],
    ['words', 'y', 77],
    ['values', 'systems', 77],
    ['results', 'z', 77],
  ])('%s with another %s', async (name, column, value) => {
    const problems = await problemsOf(await altered(name, column, value), false);
    expect(problems).toContainEqual({
      file: 'index.json',
      problem: expect.stringMatching(new RegExp(`^table ${name} has the row 1 .*77.*, expected `)),
    });
  });

  test('rows that are missing, and rows too many', async () => {
    const few = new StoredSet(await writeSet(SYSTEMS.slice(1), { ...OPTIONS, ...PREVIEWED }));
    const all = new StoredSet(await write());
    const mixed = ({ files, index }: StoredSet, other: StoredSet) => {
      const tables = { ...index.tables, ids: other.index.tables.ids };
      return new StoredSet(new Map([...other.files, ...files])).putIndex({ ...index, tables }).files;
    };
    expect(await problemsOf(mixed(all, few), false)).toEqual([
      {
        file: 'index.json',
        problem: expect.stringMatching(/^table ids has the row 0 .*S001.*, expected .*S000/),
      },
    ]);
    expect(await problemsOf(mixed(few, all), false)).toEqual([
      {
        file: 'index.json',
        problem: expect.stringMatching(/^table ids has the row 0 .*S000.*, expected .*S001/),
      },
    ]);
  });
});
