/** Facet files and pages of built sets: they hold the values that a plain walk finds in the records, and no others. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonObject, type JsonValue, openTileset } from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import {
  compareValues,
  dateOf,
  type FacetRef,
  type FacetValue,
  type FileRef,
  hashText,
  pathOf,
  type TreeNode,
  treeOfPage,
  unpack,
  unpackChunk,
  unpackFacetFile,
  unpackFacetPage,
  unpackTreePage,
  unpackValueSample,
} from '#format/index.ts';
import type { PlanOptions } from '#pipeline/index.ts';
import { catalogue, facetValue } from '#test/support/arbitrary.ts';
import { PLAIN, type SetFiles, withSet } from '#test/support/chunk-sets.ts';

const FACETS = 'material=materials|planets.materials,other,region';
const FIELDS = ['material', 'other', 'region'] as const;

type Values = Record<(typeof FIELDS)[number], readonly FacetValue[]>;

/** The values of a record, by the words of FORMAT.md. */
function valuesOf(record: JsonObject, region: string): Values {
  const leaves = (value: JsonValue | undefined): FacetValue[] => {
    if (Array.isArray(value)) return value.flatMap(leaves);
    if (typeof value === 'string')
      return value.split(', ').filter(part => part !== '' && part.length <= 1_024);
    return typeof value === 'number' || typeof value === 'boolean' ? [value === 0 ? 0 : value] : [];
  };
  const planets = Array.isArray(record['planets']) ? (record['planets'] as JsonObject[]) : [];
  const materials = [record['materials'], ...planets.map(planet => planet['materials'])];
  const sorted = (values: FacetValue[]) => [...new Set(values)].sort(compareValues);
  return {
    material: sorted(materials.flatMap(leaves)),
    other: sorted(leaves(record['other'])),
    region: region === '' ? [] : [region],
  };
}

const rangeOf = (numbers: readonly number[]) =>
  numbers.length === 0 ? undefined : [Math.min(...numbers), Math.max(...numbers)];

/** Ids of the value sample of a node with some systems, by the words of FORMAT.md. */
function valueSampleOf(
  ids: readonly string[],
  preview: readonly string[],
  values: ReadonlyMap<string, Values>,
): string[] {
  const ordered = ids.toSorted((a, b) => hashText(a) - hashText(b) || (a < b ? -1 : 1));
  const wanted = new Set(
    FIELDS.flatMap(field => {
      const all = new Set(ordered.flatMap(id => values.get(id)![field]));
      if (all.size > 256) return [];
      return [...all].flatMap(value =>
        ordered.filter(id => values.get(id)![field].includes(value)).slice(0, 4),
      );
    }),
  );
  return ordered.filter(id => wanted.has(id) && !preview.includes(id));
}

/** Compares every facet file and page of a set; returns the number of nodes that have any value. */
async function checkFacets(files: SetFiles): Promise<number> {
  const { index } = files;
  const expected = new Map<string, Values>();
  const tileset = await openTileset({
    location: 'memory',
    get: async path => files.stored.get(path),
  });
  for await (const { id, region, record } of tileset.sphere({
    ...{ center: [0, 0, 0], radius: Number.POSITIVE_INFINITY },
    details: true,
  }))
    expected.set(id, valuesOf(record!, region));
  const read = <T>(ref: FileRef, decode: (file: Record<string, unknown>) => T): T => {
    const content = files.contents.get(pathOf(ref))!;
    expect(content.length).toBe(ref.length);
    return decode(unpack(content));
  };
  const reached = new Set<string>();
  const rows = (chunk: FileRef, facets: FacetRef): string[] => {
    const { id } = read(chunk, unpackChunk);
    if (facets) reached.add(pathOf(facets));
    const file = facets && read(facets, unpackFacetFile);
    if (file) expect(file.rows).toBe(id.length);
    id.forEach((own, row) => {
      const found = FIELDS.map(name => {
        const column = file?.columns.get(name);
        return [name, column?.valuesOf(row).map(value => column.values[value]!) ?? []];
      });
      expect(Object.fromEntries(found)).toEqual(expected.get(own));
    });
    return id;
  };
  const samples = new Set<string>();
  /** Checks the value sample of a node. */
  const valueSample = (ref: FacetRef, ids: readonly string[], preview: readonly string[]) => {
    const right = valueSampleOf(ids, preview, expected);
    expect(ref === undefined).toBe(right.length === 0);
    if (!ref) return;
    samples.add(pathOf(ref));
    const { chunk, facets } = read(ref, unpackValueSample);
    expect(chunk.id).toEqual(right);
    expect(facets.rows).toBe(right.length);
    right.forEach((id, row) => {
      const found = FIELDS.map(name => {
        const column = facets.columns.get(name);
        return [name, column?.valuesOf(row).map(value => column.values[value]!) ?? []];
      });
      expect(Object.fromEntries(found)).toEqual(expected.get(id));
    });
  };
  let anyNodes = 0;
  /** Checks a tree page and everything below it; returns the ids of its systems. */
  const page = (ref: FileRef, facets: FacetRef): string[] => {
    const content = read(ref, unpackTreePage);
    if (facets) reached.add(pathOf(facets));
    const facetPage = facets && read(facets, unpackFacetPage);
    const chunkIds = new Map(
      content.chunks.map((chunk, i) => [chunk, rows(chunk.ref, facetPage?.chunks[i])]),
    );
    let [node, preview, branch] = [0, 0, 0];
    const walk = (own: TreeNode): string[] => {
      const place = node++;
      const sample = own.kind === 'leaf' || !own.preview ? undefined : preview++;
      const shown =
        sample !== undefined && own.kind !== 'leaf'
          ? rows(own.preview!.ref, facetPage?.previews[sample])
          : [];
      const ids =
        own.kind === 'leaf'
          ? own.spans.flatMap(({ chunk, start, end }) => chunkIds.get(chunk)!.slice(start, end))
          : own.kind === 'branch'
            ? page(own.ref, facetPage?.branches[branch++])
            : own.children.flatMap(walk);
      if (sample !== undefined) valueSample(facetPage?.valueSamples[sample], ids, shown);
      for (const name of FIELDS) {
        const column = facetPage?.fields.get(name);
        const values = [...new Set(ids.flatMap(id => expected.get(id)![name]))].sort(compareValues);
        const any = column?.any(place) ?? false;
        if (any) anyNodes++;
        else expect(values.length).toBeLessThanOrEqual(256);
        const found = column?.values.filter((_, value) => column.has(value, place)) ?? [];
        expect(found).toEqual(any ? [] : values);
        const dates = values.flatMap(value => (typeof value === 'string' ? (dateOf(value) ?? []) : []));
        expect(column?.numbers(place)).toEqual(rangeOf(values.filter(value => typeof value === 'number')));
        expect(column?.dates(place)).toEqual(rangeOf(dates));
      }
      return ids;
    };
    const ids = walk(treeOfPage(content));
    if (facetPage) {
      expect([node, preview, branch]).toEqual([
        ...[facetPage.nodes, facetPage.previews.length, facetPage.branches.length],
      ]);
    }
    return ids;
  };
  const rootOf = (root: typeof index.facets.root): FacetRef =>
    root ? { kind: 'facets', ...root } : undefined;
  const all = index.tree ? page({ kind: 'tree', ...index.tree }, rootOf(index.facets.root)) : [];
  const { overview } = index;
  if (overview) {
    const shown = rows({ kind: 'previews', ...overview }, rootOf(index.facets.overview));
    const { valueSample: own } = index.facets;
    valueSample(own ? { kind: 'previews', ...own } : undefined, all, shown);
  }
  const previews = [...files.contents].filter(
    ([path, content]) => path.startsWith('previews/') && Object.hasOwn(unpack(content), 'facets'),
  );
  expect(previews.map(([path]) => path).sort()).toEqual([...samples].sort());
  // Pages of the tables of values are of the same kind.
  const own = [...files.contents].filter(
    ([path, content]) => path.startsWith('facets/') && !Object.hasOwn(unpack(content), 'level'),
  );
  expect(own.map(([path]) => path).sort()).toEqual([...reached].sort());
  return anyNodes;
}

const OPTIONS: PlanOptions = {
  ...PLAIN,
  chunkLimit: 3,
  facets: FACETS,
  preview: { size: 1, field: null, order: 'lowest' },
};

test('hold the values of the systems below, whatever the catalogue', async () => {
  const value = fc.oneof(facetValue, fc.array(facetValue, { maxLength: 3 }), fc.constantFrom('a, b', null));
  const records = catalogue.chain(own =>
    fc
      .array(fc.record({ materials: value, other: value, region: fc.constantFrom('R', 'Q, R', '') }), {
        ...{ minLength: own.length, maxLength: own.length, size: 'max' },
      })
      .map(more => own.map((record, i) => ({ ...record, ...more[i] }) as JsonObject)),
  );
  await fc.assert(
    fc.asyncProperty(records, async own => {
      await withSet(own, OPTIONS, ({ files }) => checkFacets(files));
    }),
    { numRuns: 25 },
  );
});

test('of a galaxy are in many pages, with any value at the top', async () => {
  const records = Array.from(galaxySystems({ count: 3_000, seed: 5 }), (system, i) => ({
    ...(system as unknown as JsonObject),
    other: [`own ${i}`, i, `20${10 + (i % 80)}-01-01`],
  }));
  await withSet(records, { ...OPTIONS, chunkLimit: 16 }, async ({ files, summary }) => {
    expect(summary.byKind['tree']!.files).toBeGreaterThan(3);
    expect(await checkFacets(files)).toBeGreaterThan(3);
    expect(summary.facets.map(({ field }) => field)).toEqual(FIELDS);
    expect(summary.facets.map(({ systems }) => systems)).toEqual([3_000, 3_000, 3_000]);
    expect(summary.facets[1]!.values).toBe(9_000);
  });
});

test.each([
  ['spread', 400],
  ['in a few leaves', 8_192],
])(
  'of more systems than an overview has rows, %s, have the first systems of rare values',
  async (_, limit) => {
    const records = Array.from({ length: 10_000 }, (_, i) => ({
      ...{ id: `S${i}`, x: (i * 37) % 1_000, y: (i * 91) % 500, z: i % 7, region: `R${i % 40}` },
      materials: i % 4_000 === 7 ? ['Common', `Rare ${i % 3}`] : 'Common',
      other: i % 300,
    }));
    const preview = { size: 64, field: null, order: 'lowest' } as const;
    await withSet(records, { ...OPTIONS, chunkLimit: limit, preview }, async ({ files }) => {
      expect(files.index.facets.valueSample).not.toBe(null);
      await checkFacets(files);
    });
  },
);

test('are those of a leaf of very many systems on one point too', async () => {
  const records = Array.from({ length: 40 }, (_, i) => ({
    ...{ id: `S${i}`, x: 1, y: 2, z: 3, materials: `M${i % 5}`, other: i },
  }));
  await withSet(records, OPTIONS, async ({ files }) => {
    expect(await checkFacets(files)).toBe(0);
  });
});
