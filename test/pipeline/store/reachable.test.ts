import { beforeAll, describe, expect, test } from 'vitest';
import { Files } from '#client/fetch/files.ts';
import { CorruptError, memorySource, NotFoundError, nodeCodec, type Source } from '#client/node/index.ts';
import { FILE_KINDS, pathOf, TABLE_SCHEMAS } from '#format/index.ts';
import { pageReader, type ReachableFile, reachable } from '#pipeline/store/reachable.ts';
import { buildTexts, ndjson, type SetFiles } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';

let files: SetFiles;
let walked: ReachableFile[];
let read: string[];

/** Keys so long that every table has several pages, a large region, previews, details and `_meta`. */
const RECORDS = Array.from({ length: 4000 }, (_, i) => ({
  id: `SYSTEM-${String(i * 7919).padStart(9, '0')}-${'i'.repeat(60)}`,
  name: `Star ${String(i * 7907).padStart(9, '0')} ${'n'.repeat(60)}`,
  x: i,
  y: -i,
  z: i % 10,
  region: i < 2000 ? 'Large' : `${'Small '.repeat(20)}${i}`,
  materials: i % 4 === 0 ? 'Copper' : 'Gold',
  note: `note ${i}`,
}));

const walk = async (source: Source) => {
  const seen: ReachableFile[] = [];
  const reader = new Files(source, { codec: nodeCodec, cacheBytes: 0 });
  for await (const file of reachable(files.index, pageReader(reader))) seen.push(file);
  return seen;
};

beforeAll(async () => {
  await inFolder(async folder => {
    const listings = [{ field: 'materials', order: 'asc', paths: ['materials'] }] as const;
    const search = { mode: 'infix', fields: ['name', 'note'] } as const;
    const options = { chunkLimit: 16, preview: { size: 8 }, listings, search };
    ({ files } = await buildTexts(folder, ['{"_meta":{"of":"a test"}}', ndjson(RECORDS)], options));
  });
  read = [];
  const source = memorySource(files.stored);
  walked = await walk({
    location: 'memory',
    get(path, options) {
      read.push(path);
      return source.get(path, options);
    },
  });
});

describe('reachable', () => {
  test('gives every file of a set that has files of every kind, each once', () => {
    const paths = walked.map(({ ref }) => pathOf(ref));
    const there = [...files.contents.keys()].filter(path => path !== 'index.json');
    expect(new Set(there.map(path => path.slice(0, path.indexOf('/'))))).toEqual(new Set(FILE_KINDS));
    expect(Object.values(files.index.tables)).not.toContain(null);
    expect(paths.toSorted()).toEqual(there.sort());
  });

  test('gives their lengths, and a page before what is below it', () => {
    const pages = new Set<string>();
    for (const { ref, role } of walked) {
      expect(ref.length).toBe(files.contents.get(pathOf(ref))!.length);
      if (role === 'chunk') expect(pages.size).toBeGreaterThan(0);
      if (role === 'tree') pages.add(ref.hash);
    }
    expect(pages.size).toBeGreaterThan(1);
  });

  test('reads tree pages, facet pages, inner pages, roots and the directory of listings, each once, and nothing else', () => {
    // Only the page itself says that the root of a table is a leaf.
    const roots = Object.values(files.index.tables).map(root => root!.hash);
    const expected = walked.filter(
      file =>
        file.role === 'tree' ||
        file.role === 'facet page' ||
        (file.role === 'table' &&
          (file.level > 0 || file.table === 'listings' || roots.includes(file.ref.hash))),
    );
    expect(read.toSorted()).toEqual(expected.map(({ ref }) => pathOf(ref)).sort());
  });

  test('counts the rows of every table', () => {
    const rows: Partial<Record<string, number>> = {};
    for (const file of walked) {
      if (file.role === 'table' && file.level === 0) rows[file.table] = (rows[file.table] ?? 0) + file.rows;
    }
    expect(Object.keys(rows).sort()).toEqual([...Object.keys(TABLE_SCHEMAS), 'shards'].sort());
    expect(rows).toMatchObject({ names: 4000, ids: 4000, listings: 2001, members: 2000, shards: 2000 });
  });

  test('a page that is missing or damaged is an error that names it', async () => {
    for (const path of read) {
      const without = new Map(files.stored);
      without.delete(path);
      await expect(walk(memorySource(without))).rejects.toThrow(NotFoundError);
      await expect(walk(memorySource(without))).rejects.toThrow(path);
      without.set(path, files.stored.get(path)!.subarray(0, -9));
      await expect(walk(memorySource(without))).rejects.toThrow(CorruptError);
    }
  });
});
