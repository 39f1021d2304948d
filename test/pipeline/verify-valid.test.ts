/** Sets of another writer: valid, not canonical. Every reader accepts them, and verify tells them from canonical ones. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { makeFold } from '../../client/format/fold.ts';
import { foldTable } from '../../client/format/fold-data.ts';
import type { SetIndex, SetOptions, TableRoots } from '../../client/format/index-json.ts';
import type { JsonObject } from '../../client/format/json.ts';
import { foldedNames } from '../../client/format/layouts.ts';
import { unpackNumbers } from '../../client/format/numbers.ts';
import { type Packable, pack } from '../../client/format/pack.ts';
import { type FileRef, pathOf } from '../../client/format/ref.ts';
import { unpackStrings } from '../../client/format/strings.ts';
import {
  type PageEntry,
  packTableInner,
  packTableLeaf,
  type TableSchema,
  unpackTablePage,
} from '../../client/format/table.ts';
import { TABLE_SCHEMAS, type TableName } from '../../client/format/table-layouts.ts';
import { unpack } from '../../client/format/unpack.ts';
import { memorySource, openTileset } from '../../client/node/index.ts';
import type { CountedSystem } from '../../pipeline/context.ts';
import { openLeaf } from '../../pipeline/octree/build.ts';
import { writeLeaves } from '../../pipeline/octree/leaf-files.ts';
import { innerTree, type Subtree } from '../../pipeline/octree/subtree.ts';
import { nameOf } from '../../pipeline/store/set-writer.ts';
import { verifySet } from '../../pipeline/verify/index.ts';
import { type Fields, OPTIONS, reindexed, type Ways, writeSet } from '../support/writer.ts';

type SetFiles = Map<string, Uint8Array>;

/** Systems in two regions, with values that few and that many of them have, and names that share words. */
const SYSTEMS = Array.from({ length: 60 }, (_, i): JsonObject => {
  const id = `S${String(i).padStart(3, '0')}`;
  const name = `${['Sol', 'Éire Sol', 'Wolf'][i % 3]} ${i % 40}`;
  const materials = i % 2 ? ['Gold', `Rare ${i % 7}`] : 'Gold, Cadmium';
  return { id, name, x: i % 4, y: (i >> 2) % 4, z: i >> 4, region: i < 50 ? 'Large' : 'Small', materials };
});
const PREVIEWED: Partial<SetOptions> = {
  chunkLimit: 2,
  preview: { size: 1, field: null, order: 'lowest' },
  summary: ['materials'],
};

const floats = (numbers: Float64Array) =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** Another encoding of columns: positions as floats, strings without a dictionary. */
const plainColumns: Ways = {
  content(_kind, content) {
    const rows = content['rows'] as number;
    const recoded: Fields = { ...content };
    for (const axis of ['x', 'y', 'z'])
      if (axis in content) recoded[axis] = floats(unpackNumbers(content[axis], rows));
    if ('region' in content) recoded['region'] = [0, unpackStrings(content['region'], rows)];
    return recoded;
  },
};

/** Nodes of two children, divided by order of ids along an axis, the upper half first. */
const otherTree: Ways = {
  cell(systems, context) {
    const cell = (part: readonly CountedSystem[], axis: number): Subtree => {
      const name = (['x', 'y', 'z'] as const)[axis % 3]!;
      const values = [...new Set(part.map(of => of[name]))].sort((a, b) => a - b);
      const middle = values[values.length >> 1]!;
      if (values.length === 1) return cell(part, axis + 1);
      const halves = [part.filter(of => of[name] >= middle), part.filter(of => of[name] < middle)];
      const isLeaf = (half: readonly CountedSystem[]) => half.length <= context.options.chunkLimit;
      return innerTree(
        writeLeaves(halves.filter(isLeaf).map(openLeaf), context),
        halves.filter(half => !isLeaf(half)).map(half => cell(half, axis + 1)),
        context,
      );
    };
    return { kind: 'tree', tree: cell(systems, 0) };
  },
};

/** The same set with a table in pages of a few rows. */
function repaged(files: SetFiles, name: TableName, rowsAPage: number): SetFiles {
  const altered = new Map(files);
  const index = JSON.parse(Buffer.from(files.get('index.json')!).toString()) as SetIndex;
  const schema = (
    name === 'folded' ? foldedNames(makeFold(foldTable())) : TABLE_SCHEMAS[name]
  ) as TableSchema<unknown>;
  const rows = rowsOf(files, { kind: schema.kind, ...index.tables[name]! }, schema);
  const put = (content: Packable): FileRef => {
    const bytes = pack(content);
    const ref = nameOf(schema.kind, bytes);
    altered.set(pathOf(ref), gzipSync(bytes));
    return ref;
  };
  const inPages = <T>(items: readonly T[]) =>
    Array.from({ length: Math.ceil(items.length / rowsAPage) }, (_, i) =>
      items.slice(i * rowsAPage, (i + 1) * rowsAPage),
    );
  let entries = inPages(rows).map(
    (page): PageEntry => ({
      key: schema.keyOf(page[0]!),
      rows: page.length,
      ref: put(packTableLeaf(page, schema)),
    }),
  );
  for (let level = 1; entries.length > 1; level++) {
    entries = inPages(entries).map(page => ({
      key: page[0]!.key,
      rows: page.reduce((sum, entry) => sum + entry.rows, 0),
      ref: put(packTableInner(level, page)),
    }));
  }
  const [{ ref }] = entries as [PageEntry];
  const tables: TableRoots = { ...index.tables, [name]: { hash: ref.hash, length: ref.length } };
  return altered.set('index.json', reindexed({ ...index, tables }));
}

function rowsOf<R>(files: SetFiles, ref: FileRef, schema: TableSchema<R>): readonly R[] {
  const page = unpackTablePage(unpack(gunzipSync(files.get(pathOf(ref))!)), schema);
  return 'rows' in page ? page.rows : page.entries.flatMap(entry => rowsOf(files, entry.ref, schema));
}

/** The same contents in gzip members of another writer. */
function regzipped(files: SetFiles): SetFiles {
  const altered = new Map(files);
  for (const [path, bytes] of files) {
    if (path.endsWith('.mpk')) altered.set(path, gzipSync(gunzipSync(bytes), { level: 1 }));
  }
  return altered;
}

const write = (ways?: Ways) => writeSet(SYSTEMS, { ...OPTIONS, ...PREVIEWED }, ways, ['a']);
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

const SETS: Record<string, () => Promise<SetFiles>> = {
  'columns in other forms': () => write(plainColumns),
  'a tree that divides space in another way': () => write(otherTree),
  'gzip members of another writer': async () => regzipped(await write()),
  'an index with members in another order': () => write({ indexText: text => `{"later":1,${text.slice(1)}` }),
  ...Object.fromEntries(
    (Object.keys(TABLE_SCHEMAS) as TableName[]).map(name => [
      `the table ${name} in small pages`,
      async () => repaged(await write(), name, 3),
    ]),
  ),
};

describe('a set of another writer', () => {
  test.each(Object.entries(SETS))('is valid and not canonical: %s', async (_what, make) => {
    const files = await make();
    expect(await problemsOf(files, false)).toEqual([]);
    expect(await problemsOf(files, true)).not.toEqual([]);
    expect(await answersOf(files)).toEqual(await answersOf(await write()));
  });

  test('the set itself is canonical, and has rows in every table', async () => {
    const files = await write();
    expect(await problemsOf(files, true)).toEqual([]);
    const { tables } = JSON.parse(Buffer.from(files.get('index.json')!).toString()) as SetIndex;
    expect(Object.values(tables)).not.toContain(null);
  });
});

describe('tables that the systems do not make', () => {
  /** A column of a table, in pages of another size, with one value changed. */
  const altered = (name: TableName, column: string, value: number) =>
    write({
      content(_kind, content) {
        const isTable =
          Array.isArray(content['key']) && content['key'].length === KEYS[name] && content['level'] === 0;
        if (!isTable || !(column in content)) return content;
        const numbers = unpackNumbers(content[column], content['rows'] as number);
        return { ...content, [column]: floats(numbers.with(1, value)) };
      },
    });
  const KEYS: Partial<Record<TableName, number>> = { ids: 1, values: 3, words: 4, parts: 2 };

  test.each<[TableName, string, number]>([
    ['ids', 'x', 77],
    ['words', 'y', 77],
    ['parts', 'places', 77],
  ])('%s with another %s', async (name, column, value) => {
    const problems = await problemsOf(await altered(name, column, value), false);
    expect(problems).toContainEqual({
      file: 'index.json',
      problem: expect.stringMatching(new RegExp(`^table ${name} has the row 1 .*77.*, expected `)),
    });
  });

  test('rows that are missing, and rows too many', async () => {
    const few = await writeSet(SYSTEMS.slice(1), { ...OPTIONS, ...PREVIEWED });
    const all = await write();
    const indexOf = (files: SetFiles) =>
      JSON.parse(Buffer.from(files.get('index.json')!).toString()) as SetIndex;
    const mixed = (of: SetFiles, tables: SetFiles) =>
      new Map([...tables, ...of]).set(
        'index.json',
        reindexed({ ...indexOf(of), tables: { ...indexOf(of).tables, ids: indexOf(tables).tables.ids } }),
      );
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
