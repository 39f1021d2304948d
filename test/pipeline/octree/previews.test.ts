import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type JsonObject,
  type JsonValue,
  type OctreeNode,
  openTileset,
  type PreviewOptions,
  type SystemRow,
  type Tileset,
} from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { MODES, type Mode } from '#data/galaxy-space.ts';
import { DERIVED_NAME, hashText } from '#format/index.ts';
import { sampleOf } from '#pipeline/octree/previews.ts';
import { catalogue, seeded, shuffled } from '#test/support/arbitrary.ts';
import { type Built, buildTexts, fingerprint, ndjson, PLAIN } from '#test/support/chunk-sets.ts';
import { inFolder, temporaryFolder } from '#test/support/temporary.ts';
import { OPTIONS } from '#test/support/written-sets.ts';

/** A galaxy in which a third of the systems each have a number, something else and nothing to rank by. */
function galaxy(count: number, mode: Mode): JsonObject[] {
  const random = seeded(count);
  const other: JsonValue[] = [null, '5', true, [1], { n: 1 }];
  return Array.from(galaxySystems({ count, mode, seed: 3, slim: true }), (system, i) => ({
    ...(system as unknown as JsonObject),
    ...(i % 3 === 0 && { lum: 1 + Math.floor(random() * 40) }),
    ...(i % 3 === 1 && { lum: other[i % other.length]! }),
  }));
}

/** The first systems of some, by the words of FORMAT.md. */
function firstOf<T extends { readonly id: string }>(
  rows: readonly T[],
  count: number,
  { field, order }: PreviewOptions,
  records: ReadonlyMap<string, JsonObject>,
): T[] {
  const parts = rows.map(row => {
    const value = field === null ? 0 : records.get(row.id)![field];
    const number = typeof value === 'number';
    return { row, last: number ? 0 : 1, number: number ? (order === 'lowest' ? value : -value) : 0 };
  });
  parts.sort(
    (a, b) =>
      a.last - b.last ||
      a.number - b.number ||
      hashText(a.row.id) - hashText(b.row.id) ||
      Buffer.compare(Buffer.from(a.row.id), Buffer.from(b.row.id)),
  );
  return parts.slice(0, count).map(({ row }) => row);
}

interface Walked {
  readonly node: OctreeNode;
  readonly preview: readonly SystemRow[];
  readonly children: readonly Walked[];
  /** All rows below. */
  readonly rows: readonly SystemRow[];
}

/** A row whose file has fields, whether any other row of the file has some or not. */
const whole = (row: SystemRow): SystemRow => ({ ...row, fields: row.fields ?? {} });

async function walk(node: OctreeNode): Promise<Walked> {
  const preview = (await node.preview()).map(whole);
  const children: Walked[] = [];
  for (const child of await node.children()) children.push(await walk(child));
  const rows = [...(await node.systems()).map(whole), ...children.flatMap(child => child.rows)];
  return { node, preview, children, rows };
}

const allOf = (walked: Walked): Walked[] => [walked, ...walked.children.flatMap(allOf)];

/** Compares every preview of a set, and its overview, with what its systems say, and returns all nodes. */
async function expectRightPreviews(tileset: Tileset, records: readonly JsonObject[]): Promise<Walked[]> {
  const { preview: options } = tileset.options;
  const byId = new Map(records.map(record => [String(record['id']), record]));
  const root = await tileset.root();
  if (!root) {
    expect([records, await tileset.overview()]).toEqual([[], []]);
    return [];
  }
  const top = await walk(root);
  const { length } = records;
  expect(top.rows.map(({ id }) => id).sort()).toEqual([...byId.keys()].sort());
  const rows = Math.min(length, 4096, Math.max(options.size, Math.floor(length / 32)));
  expect((await tileset.overview()).map(whole)).toEqual(firstOf(top.rows, rows, options, byId));
  const nodes = allOf(top);
  for (const { node, preview, rows } of nodes) {
    expect(node.counts.systems).toBe(rows.length);
    expect(preview).toHaveLength(node.previewRows);
    const has = !node.isLeaf && rows.length >= 32 * options.size;
    expect(preview).toEqual(has ? firstOf(rows, options.size, options, byId) : []);
  }
  return nodes;
}

const hasPreview = ({ preview }: Walked) => preview.length > 0;

/** Rows of a node's preview that lie in a child with a preview, and are not in that one. */
function lostBelow({ preview, children }: Walked): SystemRow[] {
  return children.filter(hasPreview).flatMap(child => {
    const below = new Set(child.rows.map(({ id }) => id));
    const shown = new Set(child.preview.map(({ id }) => id));
    return preview.filter(({ id }) => below.has(id) && !shown.has(id));
  });
}

const PREVIEWS: PreviewOptions[] = [
  { size: 3, field: null, order: 'lowest' },
  { size: 2, field: 'lum', order: 'lowest' },
  { size: 5, field: 'lum', order: 'highest' },
  { size: 4, field: 'x', order: 'highest' },
];

describe.each(PREVIEWS)('previews of $size by $field, the $order first', preview => {
  test.each(MODES)('are the first systems of their subtrees, and nested: a %s galaxy', async mode => {
    const records = galaxy(Math.max(900, 300 * preview.size), mode);
    await inFolder(async folder => {
      const options = { ...PLAIN, chunkLimit: 8, summary: ['lum'], preview };
      const { directory } = await buildTexts(folder, [ndjson(records)], options);
      const tileset = await openTileset(directory);
      const nodes = await expectRightPreviews(tileset, records);
      expect(nodes.filter(hasPreview).length).toBeGreaterThan(3);
      expect(nodes.flatMap(lostBelow)).toEqual([]);
      const shared = nodes.flatMap(({ children }) => children.filter(hasPreview));
      expect(shared.length).toBeGreaterThan(2);
    });
  });
});

test('previews do not depend on the order of the input, or its division into files', async () => {
  const records = galaxy(1500, 'clustered');
  await inFolder(async folder => {
    for (const preview of PREVIEWS.slice(1, 3)) {
      const options = { ...PLAIN, chunkLimit: 8, preview };
      const one = await buildTexts(folder, [ndjson(records)], options, `one-${preview.size}`);
      const turned = shuffled(records, 5);
      const halves = [turned.slice(0, 700), turned.slice(700)].map(ndjson);
      const other = await buildTexts(folder, halves, options, `other-${preview.size}`);
      expect(fingerprint(other.files)).toEqual(fingerprint(one.files));
      const previews = [...one.files.contents.keys()].filter(path => path.startsWith('previews/'));
      expect(previews.length).toBeGreaterThan(3);
    }
  });
});

test('previews of any catalogue are the first systems of their subtrees', async () => {
  const options = fc.record({
    size: fc.integer({ min: 1, max: 2 }),
    field: fc.constantFrom(null, 'a', 'y', '__proto__', 'constructor'),
    order: fc.constantFrom('lowest', 'highest'),
  });
  await fc.assert(
    fc.asyncProperty(
      catalogue,
      options,
      fc.integer({ min: 1, max: 6 }),
      async (records, preview, chunkLimit) => {
        await inFolder(async folder => {
          const { directory } = await buildTexts(folder, [ndjson(records)], {
            ...PLAIN,
            chunkLimit,
            preview,
          });
          await expectRightPreviews(await openTileset(directory), records);
        });
      },
    ),
    { numRuns: 30 },
  );
});

test.each([
  ['x', 0, -0],
  ['y', 0, 5],
  ['name', 0, Number.POSITIVE_INFINITY],
  ['name', DERIVED_NAME, 7],
  ['a', 0, 8],
])('a system is ranked by %s, derived fields %d, by the number %d of its record', (field, derived, rank) => {
  let reads = 0;
  const system = {
    ...{ id: 'i', name: derived ? '7' : 'n', region: 'r', x: -0, y: 5, z: 1, derived, facets: [] },
    counts: { planets: 0, moons: 0, stations: 0 },
    get fields() {
      reads++;
      return { id: 'i', name: derived ? 7 : 'n', x: -0, y: 5, z: 1, region: 'r', a: 8 };
    },
  };
  const options = { ...OPTIONS, preview: { size: 1, field, order: 'lowest' as const } };
  expect(sampleOf(system, { options, summary: new Set() }).rank).toBe(rank);
  // Core columns are known without the record.
  expect(reads).toBe(field === 'a' || derived ? 1 : 0);
});

test('a set of one leaf has an overview and no previews', async () => {
  const records = galaxy(300, 'uniform');
  await inFolder(async folder => {
    const preview: PreviewOptions = { size: 2, field: null, order: 'lowest' };
    const { directory, files } = await buildTexts(folder, [ndjson(records)], { preview });
    const nodes = await expectRightPreviews(await openTileset(directory), records);
    expect(nodes.filter(hasPreview)).toEqual([]);
    expect(files.index.overview?.rows).toBe(9);
  });
});

describe('a galaxy of 20,000 systems, with the usual options', () => {
  const folder = temporaryFolder();
  const records = Array.from(
    galaxySystems({ count: 20_000, seed: 1, slim: true }),
    system => system as unknown as JsonObject,
  );
  let built: Built;
  beforeAll(async () => {
    built = await buildTexts(folder.path, [ndjson(records)]);
  });
  afterAll(folder.remove);

  test('its samples take at most 5 % of its bytes', () => {
    let all = 0;
    let samples = 0;
    for (const [path, bytes] of built.files.stored) {
      all += bytes.length;
      if (path.startsWith('previews/')) samples += bytes.length;
    }
    expect(samples).toBeGreaterThan(0);
    expect(samples / all).toBeLessThan(0.05);
  });

  test('its overview costs one request, and is a sample of all of it', async () => {
    const usage = newUsage();
    const tileset = await openTileset(built.directory);
    const rows = await tileset.overview({ usage });
    expect(usage).toMatchObject({ requests: 1, roundTrips: 1 });
    expect(rows).toHaveLength(625);
    const left = rows.filter(({ x }) => x < (tileset.bounds!.min[0] + tileset.bounds!.max[0]) / 2).length;
    const all = records.filter(
      ({ x }) => (x as number) < (tileset.bounds!.min[0] + tileset.bounds!.max[0]) / 2,
    ).length;
    expect(Math.abs(left / rows.length - all / records.length)).toBeLessThan(0.05);
  });

  test('its octree gives every system once, from coarse to fine', async () => {
    const tileset = await openTileset(built.directory);
    const usage = newUsage();
    const root = (await tileset.root({ usage }))!;
    expect(usage.requests).toBe(1);
    expect(await root.preview({ usage })).toHaveLength(512);
    expect(usage.requests).toBe(2);
    const nodes = await expectRightPreviews(tileset, records);
    expect(nodes.filter(hasPreview).length).toBeGreaterThan(0);
    for (const { node } of nodes) {
      if (node.isLeaf)
        expect([await node.children(), await node.preview(), node.previewRows]).toEqual([[], [], 0]);
      else expect(await node.systems()).toEqual([]);
    }
  });
});
