/** Sets of another writer: valid, not canonical. */

import { gunzipSync, gzipSync } from 'node:zlib';
import { LISTINGS, MEMBERS } from '#format/btree/listing-schemas.ts';
import { unpackNumbers } from '#format/columns/numbers.ts';
import { unpackStrings } from '#format/columns/strings.ts';
import { REGION_LISTING } from '#format/facets/listing.ts';
import {
  type FileRef,
  facetValues,
  foldedNames,
  foldTable,
  type JsonObject,
  makeFold,
  type PageEntry,
  packTableInner,
  packTableLeaf,
  pathOf,
  type RootRef,
  type SetOptions,
  SHARDS,
  TABLE_SCHEMAS,
  type TableName,
  type TableRoots,
  type TableSchema,
  unpack,
  unpackTablePage,
} from '#format/index.ts';
import { openLeaf } from '#pipeline/octree/build-cell.ts';
import { writeLeaves } from '#pipeline/octree/leaf-files.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import { innerTree, type Subtree } from '#pipeline/octree/subtree.ts';
import { rootOf, StoredSet } from './stored-files.ts';
import { type Fields, OPTIONS, type Ways, writeSet } from './written-sets.ts';

export type SetFiles = Map<string, Uint8Array>;

const regionOf = (i: number) => (i < 50 ? 'Large' : i < 56 ? 'Small' : 'Tiny');

/** Systems in three regions, with values that few and that many of them have, and names that share words. */
export const SYSTEMS = Array.from({ length: 60 }, (_, i): JsonObject => {
  const id = `S${String(i).padStart(3, '0')}`;
  const name = `${['Sol', 'Éire Sol', 'Wolf'][i % 3]} ${i % 40}`;
  const materials = i % 2 ? ['Gold', `Rare ${i % 7}`] : 'Gold, Cadmium';
  return { id, name, x: i % 4, y: (i >> 2) % 4, z: i >> 4, region: regionOf(i), materials };
});
export const PREVIEWED: Partial<SetOptions> = {
  chunkLimit: 2,
  preview: { size: 1, field: null, order: 'lowest' },
  summary: ['materials'],
  listings: [REGION_LISTING, { field: 'z', order: 'desc', paths: ['z'] }],
};

export const floats = (numbers: Float64Array) =>
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
  const set = new StoredSet(files);
  const { index } = set;
  const fold = makeFold(foldTable());
  const schemas = { ...TABLE_SCHEMAS, folded: foldedNames(fold), facets: facetValues(fold) };
  const schema = schemas[name] as TableSchema<unknown>;
  const rows = rowsOf(files, { kind: schema.kind, ...index.tables[name]! }, schema);
  const root = inPages(set, rows, schema, rowsAPage);
  return set.putIndex({ ...index, tables: { ...index.tables, [name]: root } }).files;
}

/** The same set with a table of its own for a small region. */
function sharded(files: SetFiles, region: string): SetFiles {
  const set = new StoredSet(files);
  const { index } = set;
  const { members, listings } = index.tables;
  const systems = rowsOf(files, { kind: 'listings', ...members! }, MEMBERS);
  const isOwn = ({ field, key }: { field: string; key: string }) =>
    field === 'region' && key === `s${region}`;
  const shard = inPages(set, systems.filter(isOwn), SHARDS, 4);
  const rows = rowsOf(files, { kind: 'listings', ...listings! }, LISTINGS).map(row =>
    isOwn(row) ? { ...row, shard } : row,
  );
  const tables: TableRoots = {
    ...index.tables,
    members: inPages(
      set,
      systems.filter(row => !isOwn(row)),
      MEMBERS,
      99,
    ),
    listings: inPages(set, rows, LISTINGS, 99),
  };
  return set.putIndex({ ...index, tables }).files;
}

/** Writes a table in pages of a few rows, and gives its root. */
function inPages<R>(set: StoredSet, rows: readonly R[], schema: TableSchema<R>, rowsAPage: number): RootRef {
  const cut = <T>(items: readonly T[]) =>
    Array.from({ length: Math.ceil(items.length / rowsAPage) }, (_, i) =>
      items.slice(i * rowsAPage, (i + 1) * rowsAPage),
    );
  let entries = cut(rows).map(
    (page): PageEntry => ({
      key: schema.keyOf(page[0]!),
      rows: page.length,
      ref: set.put(schema.kind, packTableLeaf(page, schema)),
    }),
  );
  for (let level = 1; entries.length > 1; level++) {
    entries = cut(entries).map(page => ({
      key: page[0]!.key,
      rows: page.reduce((sum, entry) => sum + entry.rows, 0),
      ref: set.put(schema.kind, packTableInner(level, page)),
    }));
  }
  const [{ ref }] = entries as [PageEntry];
  return rootOf(ref);
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

/** The files of the set as this project writes it, or as another writer does. */
export const write = (ways?: Ways) => writeSet(SYSTEMS, { ...OPTIONS, ...PREVIEWED }, ways, ['a']);

/** Sets of the same systems, by their difference. */
export const VALID_SETS: Record<string, () => Promise<SetFiles>> = {
  'columns in other forms': () => write(plainColumns),
  'a tree that divides space in another way': () => write(otherTree),
  'gzip members of another writer': async () => regzipped(await write()),
  // The folds of the set's names are the same by another version of Unicode.
  'the fold of another version of Unicode': () =>
    write({
      content: (kind, content) => (kind === 'fold' ? { ...content, unicode: '16.0' } : content),
    }),
  'an index with members in another order': () => write({ indexText: text => `{"later":1,${text.slice(1)}` }),
  'a shard for a small region': async () => sharded(await write(), 'Small'),
  ...Object.fromEntries(
    // No value is so frequent that it has rows in `common`.
    (Object.keys(TABLE_SCHEMAS) as TableName[])
      .filter(name => name !== 'common')
      .map(name => [`the table ${name} in small pages`, async () => repaged(await write(), name, 2)]),
  ),
};
