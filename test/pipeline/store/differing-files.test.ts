import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Files } from '#client/fetch/files.ts';
import { type JsonObject, memorySource, nodeCodec } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { pathOf } from '#format/index.ts';
import type { PlanOptions } from '#pipeline/index.ts';
import { type DifferingFiles, differingFiles } from '#pipeline/store/differing-files.ts';
import { buildTexts, ndjson, PLAIN, type SetFiles } from '#test/support/chunk-sets.ts';
import { edited, GALAXY } from '#test/support/edited-catalogues.ts';
import { inFolder } from '#test/support/temporary.ts';

const OPTIONS = {
  ...PLAIN,
  ...{ chunkLimit: 40, detailWeight: 20_000, preview: { size: 16 } },
  listings: [{ field: 'created_at', order: 'desc', paths: ['created_at'] }],
} as const;

interface Compared extends DifferingFiles {
  readonly before: SetFiles;
  readonly after: SetFiles;
  readonly requests: number;
}

/** The files of a set of some records. */
function filesOf(records: readonly JsonObject[], options: PlanOptions): Promise<SetFiles> {
  return inFolder(async folder => (await buildTexts(folder, [ndjson(records)], options)).files);
}

/** Compares the files of two sets. */
async function comparedFiles(before: SetFiles, after: SetFiles): Promise<Compared> {
  const usage = newUsage();
  const side = ({ index, stored }: SetFiles) => ({
    index,
    files: new Files(memorySource(stored), { codec: nodeCodec, cacheBytes: 0 }),
  });
  const found = await differingFiles(side(before), side(after), { usage });
  return { ...found, before, after, requests: usage.requests };
}

/** Builds two sets and compares their files. */
async function compared(
  before: readonly JsonObject[],
  after: readonly JsonObject[],
  options: PlanOptions,
): Promise<Compared> {
  return comparedFiles(await filesOf(before, options), await filesOf(after, options));
}

/** Paths of the stored files of a set that another set lacks. */
function missingIn(other: SetFiles, { stored }: SetFiles): string[] {
  return [...stored.keys()].filter(path => path !== 'index.json' && !other.stored.has(path)).sort();
}

const pathsOf = (files: DifferingFiles['added']) => files.map(pathOf).sort();

describe('the files that differ', () => {
  let galaxy: SetFiles;
  beforeAll(async () => {
    galaxy = await filesOf(GALAXY, OPTIONS);
  });

  test('are those that only one set has, with their lengths', () =>
    fc.assert(
      fc.asyncProperty(edited, async ({ before, after }) => {
        const found = await compared(before, after, { ...OPTIONS, facets: [] });
        expect(pathsOf(found.added)).toEqual(missingIn(found.before, found.after));
        expect(pathsOf(found.removed)).toEqual(missingIn(found.after, found.before));
        for (const ref of found.added) expect(ref.length).toBe(found.after.contents.get(pathOf(ref))!.length);
      }),
      { numRuns: 15 },
    ));

  test('may include facet files that the other set has in another place', () =>
    fc.assert(
      fc.asyncProperty(edited, async ({ before, after }) => {
        const found = await compared(before, after, OPTIONS);
        const missing = missingIn(found.before, found.after);
        expect(pathsOf(found.added)).toEqual(expect.arrayContaining(missing));
        const more = found.added.filter(ref => !missing.includes(pathOf(ref)));
        expect(more.filter(({ kind }) => kind !== 'facets')).toEqual([]);
      }),
      { numRuns: 5 },
    ));

  test('of sets with other options: those of the tables and facets alone', async () => {
    const others = await filesOf(GALAXY, { ...OPTIONS, listings: [], facets: [] });
    const found = await comparedFiles(galaxy, others);
    expect(pathsOf(found.added)).toEqual(missingIn(found.before, found.after));
    const kinds = new Set(found.removed.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['facets', 'listings', 'preload', 'previews']);
  });

  test('are found by reading the pages that differ, and no page of equal sets', async () => {
    expect(await comparedFiles(galaxy, galaxy)).toMatchObject({ added: [], removed: [], requests: 0 });
    const others = await filesOf(GALAXY.slice(1), OPTIONS);
    const { added, removed, requests } = await comparedFiles(galaxy, others);
    // Tree pages at least; chunks, details and leaf pages of tables are named by their parents.
    expect(requests).toBeGreaterThanOrEqual(
      [...added, ...removed].filter(({ kind }) => kind === 'tree').length,
    );
    expect(requests).toBeLessThan(60);
  });
});
