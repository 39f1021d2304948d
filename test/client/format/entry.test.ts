import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { memorySource, openTileset } from '#client/index.ts';
import {
  cellOf,
  compareText,
  type FileKind,
  type FileRef,
  FORMAT_NAME,
  FORMAT_VERSION,
  foldedNames,
  foldTable,
  hexOf,
  indexText,
  type JsonObject,
  joinRecord,
  makeFold,
  type Packable,
  pack,
  packChunk,
  packDetails,
  packFold,
  packTableLeaf,
  packTreePage,
  pathOf,
  type SetIndex,
  type SetOptions,
  type System,
  splitFields,
  TABLE_SCHEMAS,
  type TableSchema,
  treeOfPage,
  unpack,
  unpackChunk,
  unpackDetails,
  unpackTablePage,
  unpackTreePage,
  withGeneration,
} from '#format/index.ts';
import { memoryStore, verifySet } from '#pipeline/index.ts';

/** Two systems in the order of chunks, which is that of their ids. */
const RECORDS = [
  { id: 'a', name: 'Sol', region: 'Core', x: 0, y: 0, z: 0, planets: [{ name: 'Earth' }] },
  { id: 'b', name: 'Sirius', region: 'Core', x: -1.6, y: 8.1, z: -2.5, note: null },
] satisfies JsonObject[];

const OPTIONS: SetOptions = {
  chunkLimit: 1024,
  detailWeight: 500_000,
  summary: [],
  preview: { size: 512, field: null, order: 'lowest' },
  search: { mode: 'none', fields: [] },
  preload: 0,
  listings: [{ field: 'region', order: 'value', paths: ['region'] }],
  facets: [],
  gzipLevel: 5,
};

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest();

/** Writes a set with nothing but the entry `haven-chunks/format`, as a program of its own would. */
function write(): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const put = (kind: FileKind, content: Packable): FileRef => {
    const bytes = pack(content);
    const ref = { kind, hash: hexOf(sha256(bytes)), length: bytes.length };
    files.set(pathOf(ref), gzipSync(bytes));
    return ref;
  };
  const rootOf = ({ hash, length }: FileRef) => ({ hash, length });
  const table = <R>(entries: readonly R[], schema: TableSchema<R>) =>
    rootOf(put(schema.kind, packTableLeaf(entries, schema)));
  const systems = RECORDS.map(({ id, name, region, x, y, z, ...rest }): System => {
    return { id, name, region, x, y, z, derived: 0, fields: { id, name, region, x, y, z, ...rest } };
  });
  const parts = systems.map(system => splitFields(system, new Set(OPTIONS.summary)));
  const rows = systems.length;
  const byName = systems
    .toSorted((a, b) => compareText(a.name, b.name))
    .map(({ derived, fields, ...row }) => row);
  const chunk = put(
    'chunks',
    packChunk(
      systems,
      parts.map(({ summary }) => summary),
    ),
  );
  const details = put('details', packDetails(parts.map(part => part.details)));
  const bounds = { min: [-1.6, 0, -2.5], max: [0, 8.1, 0] } as const;
  const counts = { systems: rows, planets: 1, moons: 0, stations: 0 };
  const page = packTreePage({
    nodes: [{ kind: 'leaf', bounds, counts }],
    chunks: [{ ref: chunk, rows, firstId: '', details: [{ ref: details, rows, firstId: '' }] }],
  });
  const index: Omit<SetIndex, 'generation'> = {
    ...{ format: FORMAT_NAME, version: FORMAT_VERSION, counts, bounds },
    exponent: cellOf(bounds).exponent - 1,
    tree: rootOf(put('tree', page)),
    overview: {
      ...rootOf(
        put(
          'previews',
          packChunk(
            systems,
            parts.map(({ summary }) => summary),
          ),
        ),
      ),
      rows,
    },
    facets: { root: null, overview: null, valueSample: null },
    tables: {
      names: table(byName, TABLE_SCHEMAS.names),
      folded: table(
        byName.map(({ name }) => ({ name, bySearch: false })),
        foldedNames(makeFold(foldTable())),
      ),
      ids: table(systems, TABLE_SCHEMAS.ids),
      listings: table(
        [{ field: 'region', key: 'sCore', systems: rows, bounds, shard: undefined }],
        TABLE_SCHEMAS.listings,
      ),
      members: table(
        byName.map(row => ({ ...row, field: 'region', key: 'sCore' })),
        TABLE_SCHEMAS.members,
      ),
      ordered: null,
      facets: null,
      rare: null,
      common: null,
      facetGrams: null,
      words: null,
      values: null,
      grams: null,
      results: null,
    },
    fold: rootOf(put('fold', packFold(foldTable()))),
    meta: null,
    options: OPTIONS,
  };
  const text = indexText(index);
  files.set('index.json', Buffer.from(withGeneration(text, sha256(text).toString('hex'))));
  return files;
}

describe('the entry haven-chunks/format', () => {
  const files = write();

  test('is enough to write a set that the client reads', async () => {
    const set = await openTileset(memorySource(files));
    const rows = await set.sphere({ center: [0, 0, 0], radius: 5, details: true }).toArray();
    expect(rows.map(({ record }) => record)).toEqual([RECORDS[0]]);
    expect((await set.systemById('b'))?.record).toEqual(RECORDS[1]);
  });

  test('is enough to write a set that verification accepts', async () => {
    const store = memoryStore();
    for (const [path, bytes] of files) await store.put(path, bytes);
    const { problems, orphans, systems } = await verifySet(store);
    expect({ problems, orphans, systems }).toEqual({ problems: [], orphans: [], systems: 2 });
  });

  test('is enough to read a set', () => {
    const index = JSON.parse(Buffer.from(files.get('index.json')!).toString()) as SetIndex;
    const read = (ref: FileRef) => unpack(gunzipSync(files.get(pathOf(ref))!));
    const top = treeOfPage(unpackTreePage(read({ kind: 'tree', ...index.tree! })));
    if (top.kind !== 'leaf') expect.fail('the root is a leaf');
    const records = top.spans.flatMap(({ chunk, start, end }) => {
      const content = unpackChunk(read(chunk.ref));
      const details = unpackDetails(read(chunk.details[0]!.ref));
      return details.slice(start, end).map((fields, i) => joinRecord(content, start + i, fields));
    });
    expect(records).toEqual(RECORDS);
    const ids = unpackTablePage(read({ kind: 'ids', ...index.tables.ids! }), TABLE_SCHEMAS.ids);
    expect('rows' in ids && ids.rows.map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
