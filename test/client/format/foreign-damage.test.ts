/** The reader in Python refuses sets that were altered, or whose index is wrong. */
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SetIndex, TableRoots } from '#client/index.ts';
import { indexText } from '#format/index.ts';
import { builtSets } from '#test/foreign/built-sets.ts';
import { python, pythonReader } from '#test/foreign/python.ts';
import { stampIndex } from '#test/support/stored-files.ts';

const { newFolder, setOf } = builtSets();
const reader = pythonReader();

describe.skipIf(!python)('the reader in Python', () => {
  /** The error of the reader in Python after a change to the example. */
  async function saidOf(change: (set: string, file: string) => void, kind = 'chunks'): Promise<string> {
    const set = join(newFolder(), 'set');
    cpSync(await setOf('the example'), set, { recursive: true });
    change(set, join(set, kind, readdirSync(join(set, kind))[0]!));
    const { code, stderr } = await reader.run(['dump', set]);
    expect(code).toBe(1);
    return stderr.trimEnd().split('\n').at(-1)!;
  }

  const rewrite = (file: string, edit: (bytes: Buffer) => void) => {
    const bytes = readFileSync(file);
    edit(bytes);
    writeFileSync(file, bytes);
  };

  test('refuses a file that was altered', async () => {
    for (const kind of ['chunks', 'details', 'tree']) {
      const flip = (_: string, file: string) =>
        rewrite(file, bytes => {
          bytes[20]! ^= 1;
        });
      expect(await saidOf(flip, kind)).toMatch(/corrupt|zlib\.error/);
    }
  });

  test('refuses anything but one gzip member with the header of the format', async () => {
    const trailing = (_: string, file: string) => appendFileSync(file, '\0');
    expect(await saidOf(trailing)).toContain('not exactly one gzip member');
    const header = (_: string, file: string) =>
      rewrite(file, bytes => {
        bytes[9] = 3;
      });
    expect(await saidOf(header)).toContain('another gzip header');
  });

  test('refuses a file that is gone', async () => {
    expect(await saidOf((_, file) => rmSync(file))).toContain('FileNotFoundError');
  });

  test('refuses an index that was altered, or is of a newer version', async () => {
    const edit = (from: string, to: string) => (set: string) => {
      const file = join(set, 'index.json');
      writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
    };
    expect(await saidOf(edit('"planets":2', '"planets":3'))).toContain('index.json was altered');
    expect(await saidOf(edit('"version":1', '"version":2'))).toContain('of version 2, this reader knows 1');
    expect(await saidOf(edit('haven-chunks', 'haven-chunky'))).toContain('no chunk set');
  });

  type Index = Omit<SetIndex, 'generation'>;

  /** A set with another index, and what Python says of it. */
  async function withIndex(name: string, change: (index: Index) => object): Promise<[string, string]> {
    const set = join(newFolder(), 'set');
    cpSync(await setOf(name), set, { recursive: true });
    const file = join(set, 'index.json');
    const { generation: _, ...index } = JSON.parse(readFileSync(file, 'utf8')) as SetIndex;
    writeFileSync(file, stampIndex(indexText(change(index) as Index)));
    return [set, (await reader.run(['dump', set])).stderr];
  }

  /** The error of the reader in Python after wrong values in the index of a set. */
  async function saidOfIndex(name: string, lie: (index: Index) => object): Promise<string> {
    const [, said] = await withIndex(name, index => ({ ...index, ...lie(index) }));
    return said;
  }

  test('refuses an index whose counts are not those of the tree', async () => {
    const said = await saidOfIndex('the example', ({ counts }) => ({ counts: { ...counts, moons: 2 } }));
    expect(said).toContain('counts differ');
  });

  test('refuses tables that are not those of the systems', async () => {
    const tables = (lie: (of: TableRoots) => Partial<TableRoots>) =>
      saidOfIndex('searched texts', ({ tables }) => ({ tables: { ...tables, ...lie(tables) } }));
    expect(await tables(() => ({}))).toBe('');
    expect(await tables(({ folded }) => ({ names: folded }))).toContain('a list has 1 elements');
    expect(await tables(({ names }) => ({ ids: names }))).toContain('No such file');
    expect(await tables(() => ({ members: null }))).toContain('members has 0 rows, not 300');
    expect(await tables(({ grams }) => ({ values: grams }))).toMatch(/a list has \d elements/);
    const searched = (search: object) =>
      saidOfIndex('searched texts', ({ options }) => ({
        options: { ...options, search: { ...options.search, ...search } },
      }));
    expect(await searched({ mode: 'words' })).toMatch(/grams has .* where .* has to be/);
    expect(await searched({ fields: ['attributes', 'name'] })).toMatch(
      /has .* where .* has to be|has \d+ rows, not/,
    );
  });

  test('takes a set without tables for what it is', async () => {
    const [set, said] = await withIndex('the example', ({ tables: _, fold: __, ...index }) => index);
    expect(said).toBe('');
    expect(await reader.ask(['answer', set], [{ center: [0, 0, 0], limit: 1 }])).toHaveLength(1);
    expect((await reader.run(['answer', set], [{ name: 'Sol' }])).stderr).toContain('the set has no tables');
  });

  test('refuses samples of other rows, or in another order, than the options make', async () => {
    const otherwise = (preview: object) =>
      saidOfIndex('ranks of every type', ({ options }) => ({
        options: { ...options, preview: { ...options.preview, ...preview } },
      }));
    expect(await otherwise({})).toBe('');
    expect(await otherwise({ size: 4 })).toContain('a preview of other than');
    expect(await otherwise({ order: 'highest' })).toContain('ranks differ');
    expect(await otherwise({ field: null })).toContain('is not the system that comes there');
    const overview = await saidOfIndex('ranks of every type', ({ overview }) => ({
      overview: { ...overview, rows: 2 },
    }));
    expect(overview).toContain('the overview has other rows');
  });
});
