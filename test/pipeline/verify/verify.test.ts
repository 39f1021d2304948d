import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CorruptError, httpSource, type JsonObject, NotFoundError } from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { foldTable, makeFold } from '#format/index.ts';
import { type BuildOptions, folderStore, memoryStore, verifySet } from '#pipeline/index.ts';
import { checkBuildOptions } from '#pipeline/tasks/build-options.ts';
import { ExpectedTables } from '#pipeline/verify/expected-tables.ts';
import { recordsAt } from '#test/support/arbitrary.ts';
import { buildTexts, GOLDEN, ndjson } from '#test/support/chunk-sets.ts';
import { systemsOf } from '#test/support/edited-tables.ts';
import { startServer } from '#test/support/file-server.ts';
import { call } from '#test/support/run-command.ts';
import { failure } from '#test/support/stored-files.ts';
import { inFolder, temporaryFolder } from '#test/support/temporary.ts';

const verifyFolder = (directory: string, canonical = false) =>
  verifySet(folderStore(directory), { canonical });

/** The files of a set; names that begin with a dot, such as the mark of unflushed files, are not among them. */
function filesIn(directory: string): { files: number; bytes: number } {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
    .map(entry => join(entry.parentPath, entry.name));
  return { files: paths.length, bytes: paths.reduce((sum, path) => sum + statSync(path).size, 0) };
}

const bundled = readFileSync(new URL('../../../data/nearby-stars.json', import.meta.url), 'utf8');
const coincident = recordsAt(Array.from({ length: 90 }, (_, i) => (i < 70 ? [5, 5, 5] : [i, -i, 0])));
const noted = coincident.map((of, i): JsonObject => ({ ...of, note: `note ${i} `.repeat(20) }));
const galaxy = [...galaxySystems({ count: 8_000, seed: 5, slim: true })] as unknown as JsonObject[];

describe('a whole set has no problems', () => {
  test.each<[string, string, BuildOptions]>([
    ['the bundled stars', bundled, {}],
    [
      'the bundled stars, summary fields and previews by one',
      bundled,
      {
        chunkLimit: 20,
        summary: ['region', 'fauna', 'materials'],
        preview: { size: 4, field: 'y', order: 'highest' },
      },
    ],
    ['many systems on one point', ndjson(noted), { chunkLimit: 8, detailWeight: 1000 }],
    ['no systems', '[]', {}],
    ['no systems, but _meta', '{"_meta":{"a":1}}', {}],
    ['one system', '[{"id":"a","x":1,"y":-0,"z":5e-324}]', {}],
    [
      'systems of ids that the build made',
      '[{"name":"a","x":1,"y":2,"z":3},{"name":"a","x":1,"y":2,"z":4}]',
      { chunkLimit: 1 },
    ],
  ])('%s', async (_what, text, options) => {
    await inFolder(async folder => {
      const { directory, summary } = await buildTexts(folder, [text], options);
      const { generation, systems } = summary;
      for (const canonical of [true, false]) {
        expect(await verifyFolder(directory, canonical)).toEqual({
          ...{ generation, systems, ...filesIn(directory) },
          ...{ problems: [], orphans: [] },
        });
      }
    });
  });

  test('8,000 systems, files of every kind and many pages; progress goes up to all of them', async () => {
    await inFolder(async folder => {
      const options = {
        chunkLimit: 64,
        detailWeight: 10_000,
        preview: { size: 50, field: 'x' },
      } as const;
      const texts = [ndjson(galaxy), '{"_meta":{"of":"a galaxy"}}'];
      const { directory, summary } = await buildTexts(folder, texts, options);
      const kinds = Object.entries(summary.byKind).filter(([, { files }]) => files > 1);
      expect(kinds.map(([kind]) => kind).sort()).toEqual([
        ...['chunks', 'details', 'facets', 'ids', 'listings', 'names', 'previews', 'search', 'tree'],
      ]);
      const seen: number[] = [];
      const onProgress = (systems: number, of: number) => {
        expect(of).toBe(8_000);
        seen.push(systems);
      };
      const report = await verifySet(folderStore(directory), { canonical: true, onProgress });
      expect(report).toMatchObject({ systems: 8_000, ...filesIn(directory), problems: [], orphans: [] });
      expect(seen.at(-1)).toBe(8_000);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    });
  });
});

describe('a set that is not whole', () => {
  const folder = temporaryFolder();
  const set = join(folder.path, 'set');
  let damaged: string;
  beforeAll(() => {
    cpSync(GOLDEN.set, set, { recursive: true });
    damaged = `chunks/${readdirSync(join(set, 'chunks'))[3]}`;
    rmSync(join(set, damaged));
    mkdirSync(join(set, 'deep/er'), { recursive: true });
    mkdirSync(join(set, '.building-aaaaaa/set'), { recursive: true });
    // Names that begin with a dot are not part of any set.
    const hidden = ['.building-aaaaaa/set/index.json', 'chunks/.stray.mpk.0123', '.haven-chunks-lock'];
    for (const stray of ['notes.txt', 'chunks/stray.mpk', 'deep/er/one', ...hidden])
      writeFileSync(join(set, stray), '');
  });
  afterAll(folder.remove);

  test('orphans are listed, in order, whatever they are', async () => {
    const { orphans } = await verifyFolder(set);
    expect(orphans).toEqual(['chunks/stray.mpk', 'deep/er/one', 'notes.txt']);
  });

  test('files of an earlier generation are orphans', async () => {
    await inFolder(async path => {
      const { files } = await buildTexts(path, [bundled]);
      const { directory, summary } = await buildTexts(path, ['[{"id":"a","x":1,"y":2,"z":3}]']);
      const report = await verifyFolder(directory);
      // All sets share the fold.
      const earlier = [...files.stored.keys()]
        .filter(of => of !== 'index.json' && !of.startsWith('fold/'))
        .sort();
      expect(report.files).toBe(summary.files);
      expect(report).toMatchObject({ systems: 1, problems: [], orphans: earlier });
    });
  });

  test('over HTTP: the same problems, nothing asked for twice, no orphans', async () => {
    const server = await startServer(set);
    try {
      const report = await verifySet(httpSource(server.url));
      expect(report).toEqual({ ...(await verifyFolder(set)), orphans: null });
      expect(report.problems).toEqual([{ file: damaged, problem: 'the file is missing' }]);
      const paths = server.hits.map(({ path }) => path);
      expect(paths.length).toBe(new Set(paths).size);
      expect(paths.length).toBe(report.files);
    } finally {
      await server.close();
    }
  });

  test('no set, and an index that was altered, are errors', async () => {
    expect(await failure(verifyFolder(folder.path))).toBeInstanceOf(NotFoundError);
    await inFolder(async path => {
      const index = readFileSync(join(GOLDEN.set, 'index.json'), 'utf8');
      writeFileSync(join(path, 'index.json'), index.replace('"planets":4', '"planets":5'));
      const error = await failure(verifyFolder(path));
      expect(error).toBeInstanceOf(CorruptError);
      expect(error.message).toContain('index.json');
    });
  });

  test('a signal ends it', async () => {
    const verified = verifySet(folderStore(set), {}, AbortSignal.abort(new Error('enough')));
    expect((await failure(verified)).message).toBe('enough');
  });

  describe('the command', () => {
    test('a whole set: exit code 0 and a summary', async () => {
      const { code, stdout, stderr } = await call(['verify', GOLDEN.set]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(
        /^Verified .*set, generation [0-9a-f]{64}\n {2}393 systems, \d+ files, \S+ kB\n/,
      );
      expect(stdout).toMatch(/\n {2}No problems: .*\n {2}No orphans: .*\.\n$/);
    });

    test('problems: exit code 1, each with its file; orphans', async () => {
      const { code, stdout, stderr } = await call(['verify', set]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toContain(`\n  1 problem; build the set again, or`);
      expect(stdout).toContain(`\n    ${damaged}: the file is missing\n`);
      expect(stdout).toMatch(/\n {2}3 orphans,.*\n {4}chunks\/stray\.mpk\n {4}deep/);
      expect(await call(['verify', set, '--quiet'])).toEqual({ code: 1, stdout: '', stderr: '' });
    });

    test('--json: one object', async () => {
      const { code, stdout, stderr } = await call(['verify', set, '--json']);
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      const report = JSON.parse(stdout);
      expect(Object.keys(report)).toEqual(['generation', 'systems', 'files', 'bytes', 'problems', 'orphans']);
      expect(report).toEqual(await verifyFolder(set));
    });

    test('a damaged page: the summary says that orphans are unknown', async () => {
      await inFolder(async path => {
        cpSync(GOLDEN.set, path, { recursive: true });
        for (const page of readdirSync(join(path, 'tree'))) rmSync(join(path, 'tree', page));
        const { code, stdout } = await call(['verify', path]);
        expect(code).toBe(1);
        expect(stdout).toContain('Orphans are not listed: a damaged page hides which files the set uses.');
        expect(JSON.parse((await call(['verify', path, '--json'])).stdout).orphans).toBeNull();
      });
    });

    test('orphans alone: exit code 0; the first 20 of them, and how many', async () => {
      await inFolder(async path => {
        cpSync(GOLDEN.set, path, { recursive: true });
        for (let i = 0; i < 25; i++) writeFileSync(join(path, `stray-${String(i).padStart(2, '0')}`), '');
        const { code, stdout } = await call(['verify', path]);
        expect(code).toBe(0);
        expect(stdout).toMatch(/\n {2}25 orphans,/);
        expect(stdout).toMatch(/\n {4}stray-00\n[\s\S]*\n {4}stray-19\n {4}\.\.\.\n$/);
      });
    });

    test('an address: the summary says that orphans cannot be listed', async () => {
      const server = await startServer(GOLDEN.set);
      const { code, stdout } = await call(['verify', server.url]);
      await server.close();
      expect(code).toBe(0);
      expect(stdout).toContain('Orphans cannot be listed over HTTP.');
    });

    test('no set: exit code 3', async () => {
      expect(await call(['verify', folder.path])).toMatchObject({ code: 3, stdout: '' });
    });
  });
});

test('an interrupted verify stops between the tables that it makes', async () => {
  const options = checkBuildOptions({});
  const record = { id: 'a', name: 'A', region: 'R', x: 1, y: 2, z: 3 };
  const [controller, reason] = [new AbortController(), new Error('stopped')];
  const tables = new ExpectedTables(memoryStore(), options.set, makeFold(foldTable()), controller.signal);
  for (const system of systemsOf([record], {}).values()) await tables.add(system);
  await tables.make();
  controller.abort(reason);
  expect(await failure(tables.keep())).toBe(reason);
});
