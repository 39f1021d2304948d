import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packHashes, unpackHashes } from '#format/file-ref.ts';
import {
  type ChunkFile,
  hexOf,
  type LeafNode,
  type Packable,
  type PreviewFile,
  pack,
  packChunk,
  packDetails,
  packTreePage,
  pathOf,
  type RowsFile,
  type System,
  type TreeNode,
  type TreePageContent,
  treeOfPage,
  unpack,
  unpackChunk,
  unpackDetails,
  unpackTreePage,
} from '#format/index.ts';
import { coordinate, exactText, float, object, points, text } from '#test/support/arbitrary.ts';

/** A file's content through MessagePack and back, by this implementation or another. */
const travel = (content: Packable) => unpack(pack(content));
const foreign = (content: Packable) => decode(pack(content)) as Record<string, unknown>;

const system: fc.Arbitrary<System> = fc.record({
  id: text,
  name: text,
  region: text,
  x: fc.oneof(coordinate, float),
  y: coordinate,
  z: coordinate,
  derived: fc.nat(7),
  fields: object,
});
const systems = fc.array(system, { maxLength: 20 });

describe('a chunk', () => {
  test('gives back every row to the last bit', () => {
    fc.assert(
      fc.property(systems, fc.boolean(), (of, summary) => {
        const fields = of.map(one => (summary ? one.fields : {}));
        const any = fields.some(own => Object.keys(own).length > 0);
        for (const file of [travel(packChunk(of, fields)), foreign(packChunk(of, fields))]) {
          const chunk = unpackChunk(file);
          expect(chunk.rows).toBe(of.length);
          of.forEach((one, row) => {
            expect([chunk.id[row], chunk.name[row], chunk.region[row]]).toEqual([
              one.id,
              one.name,
              one.region,
            ]);
            for (const axis of ['x', 'y', 'z'] as const) expect(chunk[axis][row]).toBe(one[axis]);
            expect(chunk.derived?.[row] ?? 0).toBe(one.derived);
            expect(exactText(chunk.fields?.[row])).toBe(exactText(any ? fields[row] : undefined));
          });
        }
      }),
      { numRuns: 200 },
    );
  });

  test('has no column for what no row has', () => {
    const content = packChunk(
      [{ id: 'a', name: 'a', region: '', x: 0, y: 0, z: 0, derived: 0, fields: {} }],
      [{}],
    );
    expect(Object.keys(content as object)).toEqual(['rows', 'id', 'name', 'region', 'x', 'y', 'z']);
  });

  test('is refused where a column is missing or of another length', () => {
    const file = () =>
      travel(
        packChunk(
          [0, 1, 2].map(x => ({ id: `${x}`, name: '', region: '', x, y: -0, z: x, derived: x, fields: {} })),
          [{}, {}, {}],
        ),
      );
    expect(unpackChunk(file()).rows).toBe(3);
    for (const field of ['rows', 'id', 'name', 'region', 'x', 'y', 'z']) {
      const without = file();
      delete without[field];
      expect(() => unpackChunk(without), field).toThrow(Error);
    }
    for (const rows of [2, 4, -1, 1.5, '3', null, 2 ** 60])
      expect(() => unpackChunk({ ...file(), rows })).toThrow(Error);
  });
});

test('details give back every object', () => {
  fc.assert(
    fc.property(fc.array(object, { maxLength: 12 }), of => {
      expect(exactText(unpackDetails(travel(packDetails(of))))).toBe(exactText(of));
      expect(exactText(unpackDetails(foreign(packDetails(of))))).toBe(exactText(of));
    }),
    { numRuns: 300 },
  );
});

const hash = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(hexOf);

test('hashes come back, and name their files', () => {
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 9 }), of => {
      expect(unpackHashes(packHashes(of), of.length)).toEqual(of);
      expect(() => unpackHashes(packHashes(of), of.length + 1)).toThrow(Error);
    }),
  );
  expect(pathOf({ kind: 'chunks', hash: '00ff'.repeat(10) })).toBe(`chunks/${'00ff'.repeat(10)}.mpk`);
  expect(hexOf(Uint8Array.from({ length: 32 }, (_, i) => i * 7))).toMatch(/^[0-9a-f]{40}$/);
});

describe('a tree page', () => {
  type Plan = { readonly leaf: number } | { readonly branch: number } | { readonly children: Plan[] };
  const plan = fc.letrec<{ node: Plan }>(tie => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.nat(30).map(leaf => ({ leaf })),
      fc.nat(1e6).map(branch => ({ branch })),
      fc.array(tie('node'), { minLength: 2, maxLength: 4 }).map(children => ({ children })),
    ),
  })).node;
  const bounds = points.filter(of => of.length > 1).map(([a, b]) => ({ min: a!, max: b! }));

  /** A page of the plan's shape, and the tree that it must be read as. */
  function pageOf(
    top: Plan,
    box: LeafNode['bounds'],
    seed: string,
    rowsAFile: number,
  ): { content: TreePageContent; tree: TreeNode } {
    const nodes: TreePageContent['nodes'][number][] = [];
    let made = 0;
    const name = () => hexOf(Buffer.from((seed + `${++made}`.padStart(4, '0')).slice(-8).repeat(5), 'hex'));
    const file = (kind: 'chunks' | 'details', rows: number, firstId: string): RowsFile => ({
      ref: { kind, hash: name(), length: made * 1000 },
      rows,
      firstId,
    });
    /** Every other inner node has one. */
    const preview = (): PreviewFile | undefined => {
      const ref = { kind: 'previews' as const, hash: name(), length: made };
      return made % 2 === 0 ? { ref, rows: made } : undefined;
    };
    // Leaves share files of so many rows; what is over begins the next one, be it inside a leaf.
    const leaves: number[] = [];
    const list = (of: Plan) => {
      const systems = 'leaf' in of ? of.leaf + 1 : 'branch' in of ? of.branch : 0;
      const counts = { systems, planets: systems * 2, moons: 2 ** 40 + made, stations: 0 };
      if ('leaf' in of) {
        leaves.push(systems);
        nodes.push({ kind: 'leaf', bounds: box, counts });
      } else if ('branch' in of) {
        const ref = { kind: 'tree' as const, hash: name(), length: made };
        const pages = { entries: of.branch, pageNodes: made + 1, levels: of.branch % 5 };
        nodes.push({ kind: 'branch', bounds: box, counts, preview: preview(), ...pages, ref });
      } else {
        nodes.push({ kind: 'inner', bounds: box, counts, preview: preview(), children: of.children.length });
        for (const child of of.children) list(child);
      }
    };
    list(top);
    const total = leaves.reduce((sum, rows) => sum + rows, 0);
    const chunks: ChunkFile[] = [];
    for (let at = 0; at < total; at += rowsAFile) {
      const rows = Math.min(rowsAFile, total - at);
      const half = Math.ceil(rows / 2);
      const details =
        at % 2 === 0
          ? [file('details', half, ''), ...(rows > half ? [file('details', rows - half, `id ${at}`)] : [])]
          : [];
      chunks.push({ ...file('chunks', rows, at === 0 ? '' : `first ${at}`), details });
    }
    let row = 0;
    const spans = (rows: number) => {
      const end = row + rows;
      const of: LeafNode['spans'][number][] = [];
      while (row < end) {
        const chunk = chunks[Math.floor(row / rowsAFile)]!;
        const start = row % rowsAFile;
        const take = Math.min(chunk.rows - start, end - row);
        of.push({ chunk, start, end: start + take });
        row += take;
      }
      return of;
    };
    let next = 0;
    const read = (): TreeNode => {
      const node = nodes[next++]!;
      if (node.kind === 'leaf') return { ...node, spans: spans(node.counts.systems) };
      return node.kind === 'inner'
        ? { ...node, children: Array.from({ length: node.children }, read) }
        : node;
    };
    return { content: { nodes, chunks }, tree: read() };
  }

  test('gives back what was packed, as a list and as the tree, where each leaf has its rows', () => {
    fc.assert(
      fc.property(plan, bounds, fc.integer({ min: 1, max: 40 }), (top, box, rowsAFile) => {
        const { content, tree } = pageOf(top, box, 'abcd', rowsAFile);
        expect(unpackTreePage(travel(packTreePage(content)))).toEqual(content);
        expect(treeOfPage(unpackTreePage(travel(packTreePage(content))))).toEqual(tree);
        expect(treeOfPage(unpackTreePage(foreign(packTreePage(content))))).toEqual(tree);
      }),
      { numRuns: 200 },
    );
  });

  const { content } = pageOf(
    { children: [{ leaf: 3 }, { children: [{ leaf: 1 }, { branch: 9 }] }] },
    { min: [0, 0, 0], max: [1, 1, 1] },
    'beef',
    4,
  );
  const file = () => travel(packTreePage(content));

  test.each([
    'nodes',
    'kind',
    'children',
    'systems',
    'planets',
    'moons',
    'stations',
    'min',
    'max',
    'branches',
    'previews',
    'chunks',
    'details',
  ])('is refused without its %s', field => {
    expect(treeOfPage(unpackTreePage(file())).kind).toBe('inner');
    const without = file();
    delete without[field];
    expect(() => treeOfPage(unpackTreePage(without))).toThrow(Error);
  });

  test('is refused where its nodes do not make one tree', () => {
    const kind = file()['kind'] as Uint8Array;
    expect(() => treeOfPage(unpackTreePage({ ...file(), kind: kind.with(1, 3) }))).toThrow(Error);
    expect(() => treeOfPage(unpackTreePage({ ...file(), kind: kind.with(1, 1) }))).toThrow(Error);
    const nodes = [...content.nodes, content.nodes[1]!];
    expect(() => treeOfPage(unpackTreePage(travel(packTreePage({ ...content, nodes }))))).toThrow(
      /without a parent/,
    );
    expect(() =>
      treeOfPage(unpackTreePage(travel(packTreePage({ ...content, nodes: content.nodes.slice(0, -1) })))),
    ).toThrow(/lacks children/);
    expect(() => treeOfPage(unpackTreePage(travel(packTreePage({ ...content, chunks: [] }))))).toThrow(
      /leaves .* more rows/,
    );
    const chunks = [...content.chunks, content.chunks[0]!];
    expect(() => treeOfPage(unpackTreePage(travel(packTreePage({ ...content, chunks }))))).toThrow(
      /chunks .* more rows/,
    );
  });
});
