import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '#client/index.ts';
import {
  type FileRef,
  facetExtractor,
  hashText,
  overviewRows,
  pack,
  parseFacets,
  pathOf,
  type SetOptions,
  unpack,
} from '#format/index.ts';
import { bodiesOf } from '#format/system.ts';
import { buildCell, closeCell } from '#pipeline/octree/build-cell.ts';
import { FORMAT_CONSTANTS, type FormatConstants } from '#pipeline/octree/format-constants.ts';
import { type NodeFiles, NodeReader, type SystemPlace } from '#pipeline/octree/node-reader.ts';
import { type SampleFiles, writePreview } from '#pipeline/octree/previews.ts';
import { type CountedSystem, type SetContext, setContext } from '#pipeline/octree/set-context.ts';
import type { StoredNode } from '#pipeline/octree/stored-node.ts';
import { writePage } from '#pipeline/octree/subtree.ts';
import { TreeEditor } from '#pipeline/octree/tree-editor.ts';
import { type FileSink, nameOf } from '#pipeline/store/set-writer.ts';
import { Turns } from '#pipeline/store/turns.ts';
import { edited, histories, records } from '#test/support/edit-histories.ts';
import { OPTIONS } from '#test/support/written-sets.ts';

type Files = Map<string, Uint8Array>;

/** The octree of a catalogue, as a build writes it. */
interface Tree {
  readonly files: Files;
  readonly systems: number;
  readonly root: { readonly ref: FileRef; readonly facetPage: FileRef | undefined } | undefined;
  readonly overview: SampleFiles | undefined;
}

function sinkTo(files: Files): FileSink {
  return {
    put(kind, content) {
      const bytes = pack(content);
      const ref = nameOf(kind, bytes);
      files.set(pathOf(ref), bytes);
      return ref;
    },
  };
}

function contextOf(files: Files, options: SetOptions, constants: Partial<FormatConstants>): SetContext {
  return setContext(options, sinkTo(files), { constants: { ...FORMAT_CONSTANTS, ...constants } });
}

function systemsOf(catalogue: Iterable<JsonObject>, options: SetOptions): CountedSystem[] {
  const facetsOf = facetExtractor(options.facets);
  return Array.from(catalogue, fields => {
    const { id, name, region, x, y, z } = fields as Record<string, never>;
    const system = { id: id!, name: name!, region: region!, x: x!, y: y!, z: z!, derived: 0, fields };
    return { ...system, counts: bodiesOf(fields), facets: facetsOf(system) };
  });
}

function recordsOf(catalogue: ReadonlyMap<string, JsonObject>, ids: readonly string[]): JsonObject[] {
  return ids.map(id => catalogue.get(id)).filter(record => record !== undefined);
}

function built(
  catalogue: Iterable<JsonObject>,
  options: SetOptions,
  constants: Partial<FormatConstants>,
): Tree {
  const files: Files = new Map();
  const context = contextOf(files, options, constants);
  const systems = systemsOf(catalogue, options);
  if (systems.length === 0) return { files, systems: 0, root: undefined, overview: undefined };
  const top = closeCell(buildCell([...systems], context), context);
  const { ref, facets } = writePage(top, context);
  const rows = overviewRows(systems.length, options.preview);
  const overview = writePreview(top.samples, rows, top.facets.nodes[0]!, context);
  return { files, systems: systems.length, root: { ref, facetPage: facets }, overview };
}

/** Reads files of a tree, or of its next generation; counts them. */
function countedFiles({ files }: Tree, written: Files, reads: Map<string, number>): NodeFiles {
  return {
    async read(ref, decode) {
      const path = pathOf(ref);
      reads.set(path, (reads.get(path) ?? 0) + 1);
      return decode(unpack(written.get(path) ?? files.get(path)!));
    },
    note() {},
    refuse(file, problem) {
      throw new Error(`${file}: ${problem}`);
    },
  };
}

/** The ids of the systems that a reader finds in a tree. */
async function foundIn(root: StoredNode, reader: NodeReader, place: SystemPlace): Promise<string[]> {
  const found: string[] = [];
  for await (const systems of reader.find(root, [place])) for (const { id } of systems) found.push(id);
  return found;
}

/** The same catalogue by an edit of another one; counts what was read. */
async function byEdit(
  tree: Tree,
  before: ReadonlyMap<string, JsonObject>,
  after: ReadonlyMap<string, JsonObject>,
  options: SetOptions,
  constants: Partial<FormatConstants>,
): Promise<Tree & { readonly reads: ReadonlyMap<string, number>; readonly written: Files }> {
  const written: Files = new Map();
  const reads = new Map<string, number>();
  const context = contextOf(written, options, constants);
  const reader = new NodeReader(countedFiles(tree, written, reads), context);
  const editor = new TreeEditor(reader, context);
  const ids = [...new Set([...before.keys(), ...after.keys()])].filter(
    id => before.get(id) !== after.get(id),
  );
  const removed = systemsOf(recordsOf(before, ids), options);
  const added = systemsOf(recordsOf(after, ids), options);
  const old = tree.root && (await reader.open(tree.root));
  const top = await editor.edit(old, { removed, added });
  const root = top && (await editor.page(top));
  const isComplete = tree.overview?.preview.rows === tree.systems;
  const overview =
    top &&
    (await editor.overview(
      tree.overview,
      { removed, added, facets: old?.facets ?? [], isComplete },
      overviewRows(after.size, options.preview),
      top,
    ));
  const page = root && { ref: root.ref, facetPage: root.facetPage };
  const files = new Map([...tree.files, ...written]);
  return { files, systems: after.size, root: page, overview, reads, written };
}

const FACETS = parseFacets('material=materials|planets.materials,region,sentinel');
const SMALL = { pageEntries: 12, leastPage: 3, pageNodes: 14 };
const FEW = { most: 3, length: 1 };
/** So many that nodes have more than 256, and so long that pages list none. */
const MANY = { most: 90, length: 80 };

const CASES: Record<
  string,
  readonly [Partial<SetOptions>, Partial<FormatConstants>, { readonly most: number; readonly length: number }]
> = {
  'with small pages': [{}, SMALL, FEW],
  'with pages as in the format': [{ chunkLimit: 1 }, {}, FEW],
  'with ranks in details': [
    { chunkLimit: 2, preview: { size: 1, field: 'size', order: 'highest' } },
    SMALL,
    FEW,
  ],
  'with ranks in chunks': [
    { chunkLimit: 3, summary: ['note', 'size'], preview: { size: 2, field: 'size', order: 'lowest' } },
    SMALL,
    FEW,
  ],
  'with ranks by a coordinate': [
    { chunkLimit: 4, preview: { size: 1, field: 'x', order: 'lowest' } },
    { pageEntries: 6, leastPage: 2, pageNodes: 7 },
    FEW,
  ],
  'with too many values to list': [{ chunkLimit: 3 }, SMALL, MANY],
  'without facets, with several detail files a chunk': [
    { chunkLimit: 6, facets: [], detailWeight: 1_000 },
    SMALL,
    FEW,
  ],
};

describe('an edited octree is the one that a build makes of the edited systems', () => {
  test.each(Object.entries(CASES))('%s', async (_, [changed, constants, values]) => {
    const preview = { size: 1, field: null, order: 'lowest' } as const;
    const options: SetOptions = { ...OPTIONS, facets: FACETS, preview, ...changed };
    await fc.assert(
      fc.asyncProperty(histories(records(values)), async ({ first, edits }) => {
        let catalogue: ReadonlyMap<string, JsonObject> = new Map(
          first.map(own => [own['id'] as string, own]),
        );
        let tree = built(catalogue.values(), options, constants);
        for (const edit of edits) {
          const after = edited(catalogue, edit);
          const made = await byEdit(tree, catalogue, after, options, constants);
          const expected = built(after.values(), options, constants);
          expect({ root: made.root, overview: made.overview }).toEqual({
            root: expected.root,
            overview: expected.overview,
          });
          for (const path of expected.files.keys()) expect(made.files.has(path), path).toBe(true);
          catalogue = after;
          tree = expected;
        }
      }),
      { numRuns: values === MANY ? 20 : 60 },
    );
  });
});

test('values that come, go and cross the limit of a node, in more systems than an overview has rows', async () => {
  const system = (i: number, value: number): JsonObject => ({
    ...{ id: `s${i}`, name: `n${i}`, region: 'R', x: (i * 37) % 64, y: (i * 91) % 50, z: i % 7 },
    ...(i % 4 === 0 ? { materials: `value ${value}` } : {}),
  });
  const preview = { size: 16, field: null, order: 'lowest' } as const;
  const options: SetOptions = { ...OPTIONS, chunkLimit: 100, facets: FACETS, preview };
  let catalogue = new Map(Array.from({ length: 4_800 }, (_, i) => [`s${i}`, system(i, (i / 4) % 256)]));
  let tree = built(catalogue.values(), options, SMALL);
  const edits: ((systems: Map<string, JsonObject>) => void)[] = [
    systems => {
      for (const i of [8, 2_008, 4_008]) systems.set(`s${i}`, system(i, 256 + i));
    },
    systems => {
      for (const i of [8, 2_008, 4_008]) systems.set(`s${i}`, system(i, 3));
      for (let i = 0; i < 4_800; i += 1_024) systems.delete(`s${i}`);
    },
    systems => {
      for (let i = 4; i < 4_800; i += 512) systems.set(`s${i}`, system(i, 1 + (i % 5)));
      for (let i = 4_801; i < 4_830; i++) systems.set(`s${i}`, system(i, 7));
    },
  ];
  for (const edit of edits) {
    const after = new Map(catalogue);
    edit(after);
    const { root, overview } = await byEdit(tree, catalogue, after, options, SMALL);
    const expected = built(after.values(), options, SMALL);
    expect({ root, overview }).toEqual({ root: expected.root, overview: expected.overview });
    catalogue = after;
    tree = expected;
  }
});

describe('an edit reads', () => {
  const at = (i: number, x: number): JsonObject => ({
    ...{ id: `s${i}`, name: `n${i}`, region: 'R', x, y: (i * 7) % 64, z: (i * 31) % 59 },
    sentinel: `level ${i % 5}`,
  });
  const catalogue = new Map(Array.from({ length: 4_000 }, (_, i) => [`s${i}`, at(i, (i * 13) % 61)]));
  const options: SetOptions = { ...OPTIONS, chunkLimit: 16, facets: FACETS };
  const tree = built(catalogue.values(), options, {});

  test('the pages on the way to a leaf with their facet pages, and the files of one chunk, each once', async () => {
    const after = new Map(catalogue).set('s1', { ...at(1, 13), sentinel: 'none' });
    const { root, reads } = await byEdit(tree, catalogue, after, options, {});
    expect(root).toEqual(built(after.values(), options, {}).root);
    const kinds = [...reads.keys()].map(path => path.split('/')[0]!);
    const count = (kind: string) => kinds.filter(own => own === kind).length;
    expect(count('chunks')).toBe(1);
    expect(count('details')).toBe(1);
    expect(count('tree')).toBeLessThanOrEqual(3);
    // The overview has a facet file too.
    expect(count('facets')).toBe(count('tree') + 1);
    expect(count('previews')).toBe(1);
    expect(Math.max(...reads.values())).toBe(1);
  });

  test('all systems of a large leaf that has the value of a system that goes', async () => {
    const large = new Map(
      Array.from({ length: 6_000 }, (_, i) => {
        const own = at(i, (i * 13) % 61);
        return [`s${i}`, i % 1_000 === 3 ? { ...own, materials: 'Rare' } : own];
      }),
    );
    const own: SetOptions = { ...options, chunkLimit: 8_192, preview: { ...options.preview, size: 16 } };
    const before = built(large.values(), own, {});
    const ids = [3, 1_003, 2_003, 3_003, 4_003, 5_003].map(i => `s${i}`);
    for (const id of ids) {
      const after = new Map(large);
      after.delete(id);
      const { root, overview } = await byEdit(before, large, after, own, {});
      const expected = built(after.values(), own, {});
      expect({ root, overview }).toEqual({ root: expected.root, overview: expected.overview });
    }
  });

  test('no other chunks, if the last system of the overview gets another value', async () => {
    const ids = [...catalogue.keys()].sort((a, b) => hashText(a) - hashText(b));
    const id = ids[overviewRows(catalogue.size, options.preview) - 1]!;
    const after = new Map(catalogue).set(id, { ...catalogue.get(id)!, sentinel: 'none' });
    const { root, overview, reads } = await byEdit(tree, catalogue, after, options, {});
    const expected = built(after.values(), options, {});
    expect({ root, overview }).toEqual({ root: expected.root, overview: expected.overview });
    expect([...reads.keys()].filter(path => path.startsWith('chunks/')).length).toBe(1);
  });
});

describe('a leaf of very many systems on one point', () => {
  const POINT = { x: 1.5, y: -2.25, z: 3 };
  const at = (id: string, i: number, more: JsonObject = {}): JsonObject => ({
    ...{ id, name: `n${i}`, region: 'R', ...POINT, sentinel: `level ${i % 5}` },
    ...(i % 90 === 7 && { materials: `rare ${i % 4}` }),
    ...(i % 3 === 0 && { note: `note ${i}` }),
    ...more,
  });
  const catalogue = new Map(
    Array.from({ length: 3_000 }, (_, i) => {
      const id = `s${String(i).padStart(4, '0')}`;
      return [id, at(id, i)] as const;
    }),
  );
  const options: SetOptions = { ...OPTIONS, chunkLimit: 32, facets: FACETS };
  const ids = [...catalogue.keys()];
  /** An edit of every system with one of some ids. */
  const patch = (some: readonly string[], more: JsonObject): [string, JsonObject][] =>
    some.map(id => [id, { ...catalogue.get(id)!, ...more }]);
  const removed = (some: readonly string[]): [string, undefined][] => some.map(id => [id, undefined]);
  const added = (some: readonly string[], more: JsonObject = {}): [string, JsonObject][] =>
    some.map((id, i) => [id, at(id, i, more)]);
  const MANY = Array.from({ length: 100 }, (_, i) => `s1500-${i}`);

  const EDITS: Record<string, readonly (readonly [string, JsonObject | undefined])[]> = {
    'another note': patch(['s1234'], { note: 'other' }),
    'another name of the first system and of the last': patch(['s0000', 's2999'], { name: 'other' }),
    'a thirtieth less': removed(ids.filter((_, i) => i % 30 === 11)),
    'the first systems less': removed(ids.slice(0, 90)),
    'a run of systems less': removed(ids.slice(700, 1_100)),
    'the last systems less': removed(ids.slice(-90)),
    'systems before all others and after them': added(['a', 'b', 'z']),
    'many systems between two': added(MANY),
    'all but few systems less': removed(ids.slice(20)),
    'all systems less': removed(ids),
    'systems at another point': patch(['s0007', 's2000'], { x: 9 }),
    'a new system far away': added(['far'], { x: -1e6 }),
    'new systems near and far': [
      ...added(['near', 'near too'], { x: 1.6 }),
      ...added(['far', 'far too'], { z: 100 }),
      ...removed(ids.slice(5, 50)),
    ],
    'all but few systems less, and others far away': [...removed(ids.slice(20)), ...added(MANY, { y: 5 })],
    'values that no other system has': patch(['s0100', 's2500'], { materials: 'Unique' }),
    'all systems of a value less': removed(ids.filter((_, i) => i % 90 === 7 && i % 4 === 1)),
  };
  const OTHERS = added(['other', 'another'], { x: 40 });

  test.each(Object.entries(EDITS))('is as a build makes it with %s', async (_, edit) => {
    const details = { preview: { size: 8, field: 'note', order: 'lowest' } } as const;
    for (const own of [options, { ...options, ...details }]) {
      for (const first of [catalogue, new Map([...catalogue, ...OTHERS])]) {
        const after = new Map(first);
        for (const [id, record] of edit) {
          if (record) after.set(id, record);
          else after.delete(id);
        }
        const made = await byEdit(built(first.values(), own, {}), first, after, own, {});
        const expected = built(after.values(), own, {});
        expect({ root: made.root, overview: made.overview }).toEqual({
          root: expected.root,
          overview: expected.overview,
        });
        for (const path of expected.files.keys()) expect(made.files.has(path), path).toBe(true);
      }
    }
  });

  const tree = built(catalogue.values(), options, {});
  const pathsOf = (files: ReadonlyMap<string, unknown>, kind: string) =>
    [...files.keys()].filter(path => path.startsWith(`${kind}/`));

  test('is written again only where its systems differ', async () => {
    const after = new Map([...catalogue, ...patch(['s1234'], { note: 'other' })]);
    const { written, reads } = await byEdit(tree, catalogue, after, options, {});
    expect(pathsOf(tree.files, 'chunks').length).toBeGreaterThan(100);
    expect(pathsOf(written, 'chunks').length).toBe(1);
    expect(pathsOf(written, 'details').length).toBe(1);
    expect(pathsOf(reads, 'details').length).toBe(1);
    const chunkReads = pathsOf(reads, 'chunks').map(path => reads.get(path)!);
    expect(Math.max(...chunkReads)).toBe(2);
  });

  test('is written again around a system far away without being loaded', async () => {
    const after = new Map([...catalogue, ...added(['far'], { x: -1e6 })]);
    const { written, reads } = await byEdit(tree, catalogue, after, options, {});
    expect(pathsOf(written, 'chunks').length).toBe(1);
    expect(pathsOf(reads, 'details')).toEqual([]);
  });

  test('is searched for systems in the chunks that have them', async () => {
    const reads = new Map<string, number>();
    const context = contextOf(new Map(), options, {});
    const reader = new NodeReader(countedFiles(tree, new Map(), reads), context);
    const root = await reader.open(tree.root!);
    reads.clear();
    for (let i = 0; i < 5; i++) {
      expect(await foundIn(root, reader, { id: 's1234', ...POINT })).toEqual(['s1234']);
    }
    expect([...reads.values()]).toEqual([1, 1]);
    await expect(foundIn(root, reader, { id: 's1234x', ...POINT })).rejects.toThrow('lacks "s1234x"');
  });
});

test('an edit looks at an added system a few times for a sample, however many values the sample has', async () => {
  const preview = { ...OPTIONS.preview, size: 8 };
  const options = { ...OPTIONS, chunkLimit: 100, preview, facets: parseFacets('value') };
  const catalogueOf = (prefix: string) =>
    Array.from({ length: 1_000 }, (_, i) => {
      const id = `${prefix}${i}`;
      return {
        id,
        name: id,
        region: 'R',
        x: i % 10,
        y: (i / 10) % 10,
        z: i / 100,
        value: `value ${i % 200}`,
      };
    });
  const tree = built(catalogueOf('A'), options, {});
  const written: Files = new Map();
  const context = contextOf(written, options, {});
  const reader = new NodeReader(countedFiles(tree, written, new Map()), context);
  let looks = 0;
  const added = systemsOf(catalogueOf('B'), options).map(system => ({
    ...system,
    facets: new Proxy(system.facets, {
      get(target, key, receiver) {
        looks++;
        return Reflect.get(target, key, receiver);
      },
    }),
  }));
  await new TreeEditor(reader, context).edit(await reader.open(tree.root!), { removed: [], added });
  expect(looks / added.length).toBeLessThan(100);
});

describe('an octree of systems that are all added', () => {
  const catalogue = new Map(
    Array.from({ length: 20_000 }, (_, i) => {
      const record: JsonObject = {
        ...{ id: `s${i}`, name: `n${i}`, region: `R${i % 7}`, sentinel: `level ${i % 300}` },
        ...{ x: (i * 13) % 61, y: (i * 7) % 640, z: (i * 31) % 59 },
      };
      return [`s${i}`, record];
    }),
  );
  const options: SetOptions = { ...OPTIONS, chunkLimit: 500, facets: FACETS };

  test('is built in parts, and is that of a build', async () => {
    const { root, overview } = await byEdit(built([], options, {}), new Map(), catalogue, options, {});
    const expected = built(catalogue.values(), options, {});
    expect({ root, overview }).toEqual({ root: expected.root, overview: expected.overview });
  });

  test('leaves the event loop its turns, so that a signal stops it', async () => {
    const controller = new AbortController();
    const context = contextOf(new Map(), options, {});
    let isWriting = false;
    const writer: FileSink = {
      put(kind, content) {
        if (!isWriting) setImmediate(() => controller.abort(new Error('stop')));
        isWriting = true;
        return context.writer.put(kind, content);
      },
    };
    const reader = new NodeReader(countedFiles(built([], options, {}), new Map(), new Map()), context);
    const editor = new TreeEditor(reader, { ...context, writer }, new Turns(controller.signal));
    const added = systemsOf(catalogue.values(), options);
    await expect(editor.edit(undefined, { removed: [], added })).rejects.toThrow('stop');
  });
});
