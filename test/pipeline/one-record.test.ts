/** The cost of one record is bounded by its bytes, whatever strings, arrays and objects it has. */
import { describe, expect, test } from 'vitest';
import {
  type JsonObject,
  type JsonValue,
  openProvider,
  openTileset,
  type RootRef,
} from '#client/node/index.ts';
import { GRAMS, RESULTS, VALUES, WORDS } from '#format/btree/search-schemas.ts';
import { exactText } from '#test/support/arbitrary.ts';
import { buildTexts, ndjson, type SetFiles, writeInputs } from '#test/support/chunk-sets.ts';
import { walkTable } from '#test/support/tables.ts';
import { inFolder } from '#test/support/temporary.ts';

const FEW = Array.from({ length: 30 }, (_, i) => ({
  id: `s${i}`,
  name: `Star ${i}`,
  region: 'R',
  x: i,
  y: 0,
  z: 0,
}));
const list = (bytes: number, of: (i: number) => JsonValue) => {
  const each = JSON.stringify(of(0)).length + 2;
  return Array.from({ length: Math.ceil(bytes / each) }, (_, i) => of(i));
};

/** Records of about so many bytes; each has `big` as its id or its name. */
const KINDS: Record<string, (bytes: number) => JsonObject> = {
  'a name of one word': bytes => ({ id: 'big', name: 'a'.repeat(bytes) }),
  'a name of many words': bytes => ({ id: 'big', name: 'ab '.repeat(bytes / 3) }),
  'a name of any characters': bytes => ({ id: 'big', name: 'é漢🌟각 '.repeat(bytes / 13) }),
  'an id': bytes => ({ id: 'ab '.repeat(bytes / 3), name: 'big' }),
  'a region': bytes => ({ id: 'big', name: 'big', region: 'ab '.repeat(bytes / 3) }),
  'a value': bytes => ({ id: 'big', materials: list(bytes, i => `Mat ${i}`).join(', ') }),
  'a list of values': bytes => ({ id: 'big', materials: list(bytes, i => `Mat ${i}`) }),
  'a name beside a list of values': bytes => ({
    ...{ id: 'big', name: 'x '.repeat(bytes / 4) },
    materials: list(bytes / 2, i => `Mat ${i}`),
  }),
  'planets with moons': bytes => ({
    id: 'big',
    planets: list(bytes, i => ({ name: `P${i}`, moons: [{ n: i }] })),
  }),
  'keys of their own': bytes => ({
    id: 'big',
    keys: Object.fromEntries(list(bytes, i => i).map((_, i) => [`key ${i}`, i])),
  }),
  'the deepest nesting': bytes => {
    let value: JsonValue = list(bytes, i => (i % 9 ? 'text' : -0));
    for (let level = 2; level < 256; level++) value = level % 2 ? [value] : { of: value };
    return { id: 'big', value };
  },
};

/** Rows of the tables that texts are searched by. */
function searchRows({ index, contents }: SetFiles): number {
  const tables = index.tables!;
  const count = <R>(root: RootRef | null, layout: Parameters<typeof walkTable<R>>[1]) =>
    walkTable({ root, pages: new Map(contents) }, layout)?.rows.length ?? 0;
  return (
    count(tables.words, WORDS) +
    count(tables.values, VALUES) +
    count(tables.grams, GRAMS) +
    count(tables.results, RESULTS)
  );
}

const FIELDS = ['attributes', 'materials', 'name'];

describe.each(Object.entries(KINDS))('%s', (kind, make) => {
  test('makes no more files and rows as it grows, and bytes only as it does', async () => {
    const sizes = [1 << 16, 1 << 18];
    const found: { files: number; rows: number; bytes: number }[] = [];
    for (const size of sizes) {
      const big: JsonObject = { region: 'R', x: 0.5, y: 1, z: 2, ...make(size) };
      await inFolder(async folder => {
        const { files, summary, directory } = await buildTexts(folder, [ndjson([...FEW, big])], {
          gzipLevel: 1,
          search: { fields: FIELDS },
        });
        const bytes = [...files.contents.values()].reduce((sum, content) => sum + content.length, 0);
        found.push({ files: files.contents.size, rows: searchRows(files), bytes });
        // It is lossless, and found by id, by name, and by the beginning of its name.
        const set = await openTileset(directory);
        const system = await set.systemById(big.id as string);
        expect(exactText(system!.record, true)).toBe(exactText(JSON.parse(exactText(big)), true));
        expect((await set.systemsByName(system!.name)).map(({ id }) => id)).toEqual([big.id]);
        const beginning = system!.name.slice(0, 40);
        expect((await set.search(beginning)).systems.map(({ id }) => id)).toContain(big.id);
        const isCut = /name|value/.test(kind);
        expect(summary.truncatedTexts > 0).toBe(isCut);
      });
    }
    for (const [i, { files, rows, bytes }] of found.entries()) {
      expect(files).toBeLessThan(170);
      expect(rows).toBeLessThan(25_000);
      expect(bytes).toBeLessThan(3_000_000 + 40 * sizes[i]!);
    }
  });
});

test('what is beyond the part that is searched is found neither in a set nor by a provider of the catalogue', async () => {
  await inFolder(async folder => {
    const text = (length: number) => `${'🌟ж '.repeat(1024).slice(0, length)}`;
    const records = [
      { id: 'name', name: `${'word '.repeat(203)}needleworm`, x: 0, y: 0, z: 0 },
      { id: 'value', name: 'v', x: 0, y: 0, z: 0, materials: `${'🌟ж '.repeat(341)}xneedle` },
      { id: 'list', name: 'l', x: 0, y: 0, z: 0, materials: [`${text(4)}needle`, 'needle'] },
    ];
    const { directory, summary } = await buildTexts(folder, [ndjson(records)], {
      search: { fields: FIELDS },
    });
    expect(summary.truncatedTexts).toBe(2);
    const [path] = writeInputs(folder, 'in', [ndjson(records)]) as [string];
    for (const provider of [
      await openProvider(directory),
      await openProvider(path, { searchFields: FIELDS }),
    ]) {
      const ids = async (of: string) => (await provider.search(of)).systems.map(({ id }) => id).sort();
      // The name ends 1,015 + 10 code points in, the value 1,023 + 7.
      expect(await ids('needlewor')).toEqual(['name']);
      expect(await ids('needleworm')).toEqual([]);
      expect(await ids('needle')).toEqual(['list', 'name']);
      expect(await ids('ж x')).toEqual(['value']);
    }
  });
});
