/** The output of `inspect` for tables: all tables by their inner pages, and each page by its columns. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { indexText } from '#format/index.ts';
import { inspectFile } from '#pipeline/cli/inspect/inspect-file.ts';
import type { SetStatistics } from '#pipeline/cli/inspect/inspect-set.ts';
import { buildTexts, ndjson, type SetFiles } from '#test/support/chunk-sets.ts';
import { startServer } from '#test/support/file-server.ts';
import { call } from '#test/support/run-command.ts';
import { stampIndex } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
const set = join(folder.path, 'set');
afterAll(() => folder.remove());

/** Keys so long that every table but that of listings has several pages, and one region a table of its own. */
const RECORDS = Array.from({ length: 3000 }, (_, i) => ({
  id: `SYSTEM-${String(i * 7919).padStart(9, '0')}-${'i'.repeat(60)}`,
  name: `Star ${String(i * 7907).padStart(9, '0')} ${'n'.repeat(60)}`,
  x: i,
  y: -i,
  z: i % 10,
  region: i < 2000 ? 'Large' : `Small ${i % 70}`,
  materials: i % 2 === 0 ? 'Copper' : 'Gold',
  note: `note ${i}`,
}));

let files: SetFiles;
let inspected: SetStatistics;

beforeAll(async () => {
  ({ files } = await buildTexts(folder.path, [ndjson(RECORDS)], { summary: ['note'] }));
  const { code, stdout } = await call(['inspect', set, '--json']);
  expect(code).toBe(0);
  inspected = JSON.parse(stdout);
});

test('a set: rows of each table, and all pages, of which only few are read', async () => {
  const { tables, named, unicode, stored } = inspected;
  expect(unicode).toMatch(/^\d+\.\d$/);
  const rows = Object.fromEntries(Object.entries(tables).map(([name, of]) => [name, of.rows]));
  expect(rows).toMatchObject({
    ...{ names: 3000, folded: 3000, ids: 3000, listings: 71, members: 1000, shards: 2000, results: 3000 },
    // Materials are two values, regions 71.
    facets: 71 + 2,
    ...{ words: expect.any(Number), facetGrams: expect.any(Number), grams: expect.any(Number) },
  });
  for (const kind of ['names', 'ids', 'listings', 'search', 'fold']) {
    const contents = [...files.contents].filter(([path]) => path.startsWith(`${kind}/`));
    const length = contents.reduce((sum, [, content]) => sum + content.length, 0);
    expect({ kind, ...named[kind] }).toEqual({ kind, files: contents.length, length });
    expect(stored![kind]!.files).toBe(contents.length);
  }
  // The pages of facets, rare and common lie among the facet files.
  const { facets, rare, common, ...others } = tables;
  expect(facets!.length + (rare?.length ?? 0) + (common?.length ?? 0)).toBeLessThan(named['facets']!.length);
  const lengths = Object.values(others).reduce((sum, of) => sum + of.length, 0);
  expect(lengths).toBe(
    ['names', 'ids', 'listings', 'search'].reduce((sum, kind) => sum + named[kind]!.length, 0),
  );

  const server = await startServer(set);
  const { stdout } = await call(['inspect', server.url]);
  const asked = server.hits.map(({ path }) => path);
  await server.close();
  expect(asked.filter(path => path.includes('names/'))).toHaveLength(2);
  expect(stdout).toMatch(
    /\n {2}search +infix: anywhere in name, and in values of facets\n {2}listings +region\n/,
  );
  expect(stdout).toMatch(/\n {2}case +folded as in Unicode \d+\.\d\n/);
  expect(stdout).toMatch(/\n {2}names +3,000 +1 \+ \d+ +\S+ kB {2}[0-9a-f]{40}\n/);
  expect(stdout).toMatch(/\n {2}shards +2,000 +1 \+ \d+ +\S+ kB {2}one per large value\n/);
});

test('a set without an index to search, and one without systems', async () => {
  await buildTexts(folder.path, [ndjson(RECORDS.slice(0, 2))], { search: { mode: 'none' } }, 'mute');
  const mute = await call(['inspect', join(folder.path, 'mute')]);
  expect(mute.stdout).toMatch(/\n {2}search +none\n/);
  expect(mute.stdout).not.toMatch(/\n {2}words/);
  await buildTexts(folder.path, ['[]'], {}, 'empty');
  const empty = await call(['inspect', join(folder.path, 'empty')]);
  expect(empty).toMatchObject({ code: 0, stdout: expect.stringContaining('\nTables: none\n') });
});

test('a set from before there were tables', async () => {
  const { directory, files } = await buildTexts(folder.path, [ndjson(RECORDS.slice(0, 2))], {}, 'old');
  const { generation: _, tables: __, fold: ___, options, ...index } = files.index;
  const { search: ____, listings: _____, ...others } = options;
  writeFileSync(join(directory, 'index.json'), stampIndex(indexText({ ...index, options: others } as never)));
  const { code, stdout } = await call(['inspect', directory]);
  expect(stdout).toMatch(/\n {2}search +none\n {2}listings +none\n {2}case +no case folding\n/);
  expect(stdout).toContain('\nTables: none\n');
  expect(code).toBe(0);
});

describe('a file of a table', () => {
  /** All pages of the set by their kinds. */
  const pages = async () => {
    const byKind = new Map<string, { path: string; value: unknown }[]>();
    for (const kind of ['names', 'ids', 'listings', 'search']) {
      for (const name of readdirSync(join(set, kind))) {
        const { plain, fault, columns, first } = inspectFile(name, readFileSync(join(set, kind, name)));
        expect(fault).toBeUndefined();
        expect(columns.length).toBeGreaterThan(0);
        expect(first.length).toBeGreaterThan(0);
        const same = byKind.get(plain.kind!) ?? [];
        byKind.set(plain.kind!, [...same, { path: `${kind}/${name}`, value: plain.value }]);
      }
    }
    return byKind;
  };

  test('is recognised by its columns as a page of the table that leads to it', async () => {
    const found = await pages();
    const { facets: _, rare: __, ...tables } = inspected.tables;
    const { shards, ...named } = tables;
    // The table of one value has the columns of names.
    const leavesOf = (table: string, leaves: number) =>
      table === 'names' ? leaves + shards!.pages[0]! : leaves;
    const expected = Object.entries(named).map(([table, { pages }]) => [
      `${table} page`,
      leavesOf(table, pages[0]!),
    ]);
    const inner = Object.values(tables).reduce(
      (sum, { pages: [, ...above] }) => above.reduce((all, of) => all + of, sum),
      0,
    );
    const counts = Object.fromEntries([...found].map(([kind, of]) => [kind, of.length]));
    expect(counts).toEqual({ ...Object.fromEntries(expected), 'inner page': inner });
    expect(counts['inner page']).toBeGreaterThan(5);
  });

  test('shows all rows of names, and where inner pages lead', async () => {
    const found = await pages();
    const ofNames = found.get('names page')!.filter(({ path }) => path.startsWith('names/'));
    const names = ofNames.flatMap(({ value }) => value as (typeof RECORDS)[number][]);
    const rows = names.sort((a, b) => (a.name < b.name ? -1 : 1));
    const short = RECORDS.map(({ id, name, x, y, z, region, note }) => ({
      ...{ id, name, x, y: y + 0, z, region },
      fields: { note },
    })).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(rows.map(row => ({ ...row, y: row.y + 0 }))).toEqual(short);

    const all = [...files.contents.keys()];
    for (const { value } of found.get('inner page')!) {
      const { level, entries } = value as { level: number; entries: { hash: string; rows: number }[] };
      expect(level).toBe(1);
      for (const { hash } of entries) expect(all.some(path => path.includes(hash))).toBe(true);
    }
  });

  test('for a person: key and other columns, first rows', async () => {
    const [leaf] = (await pages()).get('listings page')!;
    const { stdout } = await call(['inspect', join(set, leaf!.path)]);
    expect(stdout).toMatch(/\n {2}kind +listings page\n/);
    expect(stdout).toMatch(/\n {2}field +71 {2}strings, front coded\n/);
    expect(stdout).toMatch(/\n {2}hashes +1 {2}20 bytes each\n/);
    expect(stdout).toMatch(
      /\n {2}\{"field":"region","key":"sLarge","systems":2000,"bounds":\{"min":\[0,-1999,0\],"max":\[1999,0,9\]\},"shard":\{"hash"/,
    );
  });
});

test('the fold: its version, and what becomes of letters', async () => {
  const [name] = readdirSync(join(set, 'fold'));
  const { stdout } = await call(['inspect', join(set, 'fold', name!)]);
  expect(stdout).toMatch(/\n {2}kind +fold\n[\s\S]*\n {2}Unicode \d+\.\d\n {2}\{"from":"A","to":"a"\}\n/);
});
