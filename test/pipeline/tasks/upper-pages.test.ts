import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memorySource } from '#client/index.ts';
import { pathOf, type SetIndex, unpack } from '#format/index.ts';
import { packPreload, unpackContents, unpackPreload } from '#format/preload.ts';
import { folderStore, verifySet } from '#pipeline/index.ts';
import { preloadPages, type UpperPage } from '#pipeline/tasks/upper-pages.ts';
import { heavyRecords } from '#test/support/catalogues.ts';
import { buildTexts, ndjson } from '#test/support/chunk-sets.ts';
import { rootOf, StoredSet } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

const RECORDS = heavyRecords(400);
const OPTIONS = { chunkLimit: 4, gzipLevel: 1 };

describe('the pages of a preload file', () => {
  /** Trees of pages by number; the content of a page is its number. */
  interface Tree {
    readonly length: number;
    readonly below: readonly Tree[];
  }
  const tree = fc.letrec<{ tree: Tree }>(tie => ({
    tree: fc.record({
      length: fc.integer({ min: 1, max: 20 }),
      below: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.constant([]),
        fc.array(tie('tree'), { maxLength: 4 }),
      ),
    }),
  })).tree;

  test('are whole levels of trees, upper levels first, within the budget', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 4 }), fc.nat(200), async (trees, budget) => {
        const known = new Map<string, { tree: number; level: number; length: number }>();
        const pageOf = ({ length, below }: Tree, nth: number, level: number): UpperPage => {
          const hash = String(known.size);
          known.set(hash, { tree: nth, level, length });
          const pages = below.map(child => pageOf(child, nth, level + 1));
          return { ref: { kind: 'tree', hash, length }, below: () => pages };
        };
        const roots = trees.map((tree, nth) => pageOf(tree, nth, 0));
        const found = await preloadPages(roots, budget, async ({ length }) => new Uint8Array(length));
        const bytes = [...found.values()].reduce((sum, page) => sum + page.length, 0);
        expect(bytes).toBeLessThanOrEqual(budget);
        const order = [...found.keys()].map(hash => known.get(hash)!);
        expect(order.map(({ tree, level }) => 10 * level + tree)).toEqual(
          order.map(({ tree, level }) => 10 * level + tree).toSorted((a, b) => a - b),
        );
        for (const [nth] of trees.entries()) {
          const own = [...known.values()].filter(page => page.tree === nth);
          const taken = new Set(order.filter(page => page.tree === nth));
          const levels = new Set([...taken].map(({ level }) => level));
          for (const page of own) expect(taken.has(page)).toBe(levels.has(page.level));
          // Without gaps: 0, 1, and so on.
          expect(levels.size).toBe(1 + Math.max(-1, ...levels));
          const next = own.filter(({ level }) => level === levels.size);
          const left = next.reduce((sum, { length }) => sum + length, 0);
          if (next.length > 0) expect(left).toBeGreaterThan(0);
          if (trees.length === 1 && next.length > 0) expect(bytes + left).toBeGreaterThan(budget);
        }
      }),
    );
  });
});

describe('a build', () => {
  let index: SetIndex;
  let directory: string;
  beforeAll(async () => {
    const built = await buildTexts(folder.path, [ndjson(RECORDS)], OPTIONS);
    ({ index } = built.files);
    directory = built.directory;
  });

  const pagesIn = async (directory: string, index: SetIndex) => {
    const { stored } = await readStored(directory);
    return unpackPreload(unpack(new StoredSet(stored).contentOf({ kind: 'preload', ...index.preload! })));
  };
  const readStored = async (directory: string) => {
    const stored = new Map<string, Uint8Array>();
    const store = folderStore(directory);
    for await (const { path } of store.list('')) stored.set(path, (await store.get(path))!);
    return { stored };
  };

  test('writes all upper pages of a small set, each as its own file has it', async () => {
    const pages = await pagesIn(directory, index);
    const set = new StoredSet((await readStored(directory)).stored);
    const kinds = ['tree', 'facets', 'fold', 'names', 'ids', 'listings', 'search'] as const;
    for (const [hash, page] of pages) {
      const kind = kinds.find(kind => set.files.has(pathOf({ kind, hash })))!;
      expect(Buffer.from(page).equals(set.contentOf({ kind, hash, length: page.length }))).toBe(true);
    }
    const trees = [...set.files.keys()].filter(path => path.startsWith('tree/'));
    expect(trees.length).toBeGreaterThan(1);
    for (const path of trees) expect(pages.has(path.slice(5, -4))).toBe(true);
    expect(await verifySet(folderStore(directory), { canonical: true })).toMatchObject({ problems: [] });
  });

  test('writes the contents of small root pages into index.json', () => {
    const contents = unpackContents(index.contents);
    const small = Object.values(index.tables).filter(root => root && root.length <= 1_536);
    expect(contents.size).toBe(small.length);
    expect(contents.size).toBeGreaterThan(0);
    for (const root of small) expect(contents.get(root!.hash)).toHaveLength(root!.length);
  });

  test.each([0, 3_000, 20_000])('with a budget of %i bytes is canonical, and keeps it', async preload => {
    const built = await buildTexts(folder.path, [ndjson(RECORDS)], { ...OPTIONS, preload }, `p${preload}`);
    const { index } = built.files;
    expect(index.options.preload).toBe(preload);
    if (preload === 0) expect(index.preload).toBeNull();
    else {
      const pages = await pagesIn(built.directory, index);
      expect([...pages.values()].reduce((sum, page) => sum + page.length, 0)).toBeLessThanOrEqual(preload);
    }
    expect(await verifySet(folderStore(built.directory), { canonical: true })).toMatchObject({
      problems: [],
    });
  });

  test('leaves contents out of an index that has no room for them', async () => {
    const summary = Array.from({ length: 62 }, (_, i) => `field ${i} ${'long '.repeat(17)}`);
    const built = await buildTexts(folder.path, [ndjson(RECORDS)], { ...OPTIONS, summary }, 'long');
    const length = built.files.contents.get('index.json')!.length;
    expect(length).toBeLessThanOrEqual(8192);
    expect(Object.keys(built.files.index.contents!).length).toBeLessThan(Object.keys(index.contents!).length);
    expect(await verifySet(folderStore(built.directory), { canonical: true })).toMatchObject({
      problems: [],
    });
  });

  test('is not canonical with other pages, or without contents', async () => {
    const { stored } = await readStored(directory);
    const other = new StoredSet(stored);
    const problemsOf = async (change: Partial<SetIndex>) => {
      other.putIndex({ ...index, ...change });
      const store = memorySource(new Map(other.files));
      expect((await verifySet(store)).problems).toEqual([]);
      return (await verifySet(store, { canonical: true })).problems.map(({ problem }) => problem);
    };
    const [first] = await pagesIn(directory, index);
    const preload = rootOf(other.put('preload', packPreload(new Map([first!]))));
    expect((await problemsOf({ preload })).join()).toMatch(/^preload is preload\/.*, expected preload\//);
    expect((await problemsOf({ preload: null })).join()).toMatch(/^preload is null, expected preload\//);
    expect(await problemsOf({ contents: {} })).toEqual([
      'contents are not those of the small root pages of tables',
    ]);
  });
});
