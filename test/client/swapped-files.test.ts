/** Sets whose hashes are right, but that refer to one file in two roles: whatever is read first, errors are typed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RootRef, SetIndex, TableRoots } from '#client/index.ts';
import { HavenChunksError, memorySource, openTileset, type Tileset } from '#client/node/index.ts';
import { TABLE_SCHEMAS } from '#format/index.ts';
import { FACETS, faceted } from '#test/support/catalogues.ts';
import { type Built, buildTexts } from '#test/support/chunk-sets.ts';
import { StoredSet } from '#test/support/stored-files.ts';
import { temporaryFolder } from '#test/support/temporary.ts';

const folder = temporaryFolder();
let built: Built;
beforeAll(async () => {
  const preview = { size: 4, field: null, order: 'lowest' } as const;
  built = await buildTexts(folder.path, [faceted(60).text], { chunkLimit: 20, preview, facets: FACETS });
});
afterAll(folder.remove);

/** A place of the index with a reference, and the kind of its file. */
interface Role {
  readonly name: string;
  readonly kind: string;
  readonly ref: RootRef | null;
  swap(index: SetIndex, ref: RootRef): SetIndex;
}

function rolesOf({ tables, facets, overview }: SetIndex): Role[] {
  const ofTables = (Object.keys(tables) as (keyof TableRoots)[]).map(name => ({
    ...{ name, kind: TABLE_SCHEMAS[name].kind, ref: tables[name] },
    swap: (index: SetIndex, ref: RootRef) => ({ ...index, tables: { ...tables, [name]: ref } }),
  }));
  const ofFacets = (['root', 'overview', 'valueSample'] as const).map(name => ({
    ...{ name: `facets.${name}`, kind: name === 'valueSample' ? 'previews' : 'facets', ref: facets[name] },
    swap: (index: SetIndex, ref: RootRef) => ({ ...index, facets: { ...facets, [name]: ref } }),
  }));
  const { hash, length } = overview!;
  const swap = (index: SetIndex, ref: RootRef) => ({ ...index, overview: { ...overview!, ...ref } });
  return [...ofTables, ...ofFacets, { name: 'overview', kind: 'previews', ref: { hash, length }, swap }];
}

const where = { material: 'Gold' };
const nearest = { center: [0, 0, 0], count: 5 } as const;

/** Queries that read files of several roles. */
const QUERIES: readonly ((set: Tileset) => Promise<unknown>)[] = [
  set => set.overview(),
  set => set.overview({ where }),
  set => set.nearest({ ...nearest, where }).toArray(),
  set => set.nearest({ ...nearest, where: { material: ['gold', 'IRON'] }, fold: true }).toArray(),
  set => set.search('a'),
  set => set.search('gold'),
  set => set.names({ ignoreCase: true }),
  set => set.page(),
  set => set.regions().toArray(),
];

test('a file in two roles, read in either order, causes only typed errors', async () => {
  const { index, stored } = built.files;
  const roles = rolesOf(index);
  let swapped = 0;
  for (const role of roles) {
    for (const { name, kind, ref } of roles) {
      if (!ref || name === role.name || kind !== role.kind) continue;
      const { contents: _, ...own } = role.swap(index, ref);
      const { files } = new StoredSet(stored).putIndex({ ...own, preload: null });
      swapped++;
      for (const queries of [QUERIES, QUERIES.toReversed()]) {
        const set = await openTileset(memorySource(files));
        for (const query of queries) {
          const error = await query(set).catch((reason: unknown) => reason);
          if (error instanceof Error)
            expect(error, `${name} as ${role.name}: ${error.stack}`).toBeInstanceOf(HavenChunksError);
        }
      }
    }
  }
  expect(swapped).toBeGreaterThan(30);
});
