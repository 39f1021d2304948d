/** Chunk sets whose hashes are right and whose contents are made to fill the memory, or to have no end. */

import {
  type Bounds,
  type Counts,
  memorySource,
  type RootRef,
  type SetIndex,
  type Source,
  type TableRoots,
  type Tileset,
} from '#client/index.ts';
import { packNumbers } from '#format/columns/numbers.ts';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  foldTable,
  type Packable,
  packFold,
  packTreePage,
} from '#format/index.ts';
import { rootOf, StoredSet } from '#test/support/stored-files.ts';

export interface HostileSet {
  readonly source: Source;
  /** All files by path, as stored. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files asked for so far. */
  readonly asked: () => number;
}

/** Writes the index of a set, with tables that no query of the test reads. */
function finish(set: StoredSet, members: Partial<SetIndex>): HostileSet {
  const root = rootOf(set.put('fold', packFold(foldTable())));
  set.putIndex({
    format: FORMAT_NAME,
    version: FORMAT_VERSION,
    counts: countsOf(1),
    bounds: BOX,
    exponent: 4,
    tree: root,
    overview: { ...root, rows: 1 },
    meta: null,
    facets: { root: null, overview: null, valueSample: null },
    tables: tablesOf(root),
    fold: root,
    options: {
      chunkLimit: 1024,
      detailWeight: 500_000,
      summary: [],
      preview: { size: 512, field: null, order: 'lowest' },
      search: { mode: 'none', fields: [] },
      preload: 0,
      listings: [{ field: 'region', order: 'value', paths: ['region'] }],
      facets: [],
      gzipLevel: 5,
    },
    ...members,
  });
  const files = memorySource(set.files);
  let asked = 0;
  const source: Source = {
    location: 'a hostile set',
    get(path, options) {
      asked++;
      return files.get(path, options);
    },
  };
  return { source, files: set.files, asked: () => asked };
}

/** Tables of one root. */
function tablesOf(root: RootRef): TableRoots {
  const names = { names: root, folded: root, ids: root, listings: root, members: null, ordered: null };
  return {
    ...names,
    facets: null,
    rare: null,
    common: null,
    facetGrams: null,
    words: null,
    values: null,
    grams: null,
    results: null,
  };
}

const BOX: Bounds = { min: [0, 0, 0], max: [9, 9, 9] };
const NONE = new Uint8Array(0);
/** A column of one number, however often. */
const constant = (value: number): Packable => [0, value, NONE];

function countsOf(systems: number): Counts {
  return { systems, planets: 0, moons: 0, stations: 0 };
}

const everywhere = { center: [0, 0, 0], radius: Infinity } as const;

type Ask = (set: Tileset) => Promise<unknown>;

export const askSphere: Ask = set => set.sphere(everywhere).toArray();
export const askRecords: Ask = async set => {
  for await (const _ of set.records());
};
export const askPage: Ask = set => set.page();
export const askRegions: Ask = async set => {
  for await (const _ of set.regions());
};

/** Pages of a tree that each point twice to the next. */
function endlessTree(levels: number): HostileSet {
  const set = new StoredSet();
  const leaf = { kind: 'leaf', bounds: BOX, counts: countsOf(1) } as const;
  const hash = '0'.repeat(40);
  const chunk = { ref: { kind: 'chunks', hash, length: 9 }, rows: 1, firstId: '', details: [] } as const;
  let ref = set.put('tree', packTreePage({ nodes: [leaf], chunks: [chunk] }));
  for (let level = 1; level <= levels; level++) {
    const counts = countsOf(2 ** (level - 1));
    const pages = { ref, entries: 1, pageNodes: 3, levels: level - 1 };
    const branch = { kind: 'branch', bounds: BOX, counts, preview: undefined, ...pages } as const;
    const inner = {
      kind: 'inner',
      bounds: BOX,
      counts: countsOf(2 ** level),
      preview: undefined,
      children: 2,
    } as const;
    ref = set.put('tree', packTreePage({ nodes: [inner, branch, branch], chunks: [] }));
  }
  return finish(set, { tree: rootOf(ref), counts: countsOf(2 ** levels) });
}

/** Pages of a table that each point twice to the next. */
function endlessTable(
  kind: 'names' | 'listings',
  levels: number,
  key: (level: number) => string,
): HostileSet {
  const set = new StoredSet();
  const front = (texts: string[]): Packable => [packNumbers(texts.map(() => 0)), texts];
  const axis = constant(0);
  const rows: Record<string, Packable> =
    kind === 'names'
      ? { key: [front(['n']), front(['i'])], x: axis, y: axis, z: axis, region: [0, ['r']] }
      : {
          ...{
            key: [front(['n']), front(['k'])],
            systems: constant(1),
            min: [axis, axis, axis],
            max: [axis, axis, axis],
          },
          ...{ sharded: new Uint8Array(1), hashes: NONE, lengths: constant(0) },
        };
  let ref = set.put(kind, { level: 0, rows: 1, ...rows });
  for (let level = 1; level <= levels; level++) {
    const keys = [front(['', key(level)]), front(['', ''])];
    ref = set.put(kind, {
      ...{ level, rows: 2, key: keys },
      counts: constant(2 ** (level - 1)),
      hashes: Buffer.concat([Buffer.from(ref.hash, 'hex'), Buffer.from(ref.hash, 'hex')]),
      lengths: constant(ref.length),
    });
  }
  return finish(set, { tables: tablesOf(rootOf(ref)), counts: countsOf(2 ** levels) });
}

/** A set of one leaf whose chunk has this content, or its detail file. */
function oneLeaf(rows: number, chunk: Packable | Uint8Array, details?: Packable): HostileSet {
  const set = new StoredSet();
  const ref = chunk instanceof Uint8Array ? set.putBytes('chunks', chunk) : set.put('chunks', chunk);
  const parts = details ? [{ ref: set.put('details', details), rows, firstId: '' }] : [];
  const leaf = { kind: 'leaf', bounds: BOX, counts: countsOf(rows) } as const;
  const tree = set.put(
    'tree',
    packTreePage({ nodes: [leaf], chunks: [{ ref, rows, firstId: '', details: parts }] }),
  );
  return finish(set, { tree: rootOf(tree), counts: countsOf(rows) });
}

/** A tree whose page has a leaf of no systems beside another. */
function emptyLeaf(): HostileSet {
  const set = new StoredSet();
  const chunk = { ref: set.put('chunks', sameRows(1)), rows: 1, firstId: '', details: [] };
  const leaf = { kind: 'leaf', bounds: BOX, counts: countsOf(1) } as const;
  const beside = { min: [9, 9, 9], max: [9, 9, 9] } as const;
  const empty = { kind: 'leaf', bounds: beside, counts: countsOf(0) } as const;
  const bounds = { min: BOX.min, max: beside.max };
  const inner = { kind: 'inner', bounds, counts: countsOf(1), preview: undefined, children: 2 } as const;
  const tree = set.put('tree', packTreePage({ nodes: [inner, leaf, empty], chunks: [chunk] }));
  return finish(set, { tree: rootOf(tree), counts: countsOf(1), bounds });
}

/** A chunk of rows that are all alike. */
function sameRows(rows: number, fields?: Packable): Record<string, Packable> {
  const text = [1, ['a'], constant(0)];
  return {
    ...{ rows, id: text, name: text, region: text, x: constant(0), y: constant(0), z: constant(0) },
    ...(fields !== undefined && { fields }),
  };
}

/** A chunk of eight rows that fill the box of its leaf. */
function cornersOfBox(): Record<string, Packable> {
  const axis = packNumbers([0, 9, 9, 9, 9, 9, 9, 9]);
  return { ...sameRows(8), id: [0, [...'abcdefgh']], x: axis, y: axis, z: axis };
}

/** A table of rows that have one field. */
const oneField = (column: Packable): Packable => [[['f']], constant(0), column];
const lists = (length: number, elements: Packable): Packable => [5, constant(length), elements];
const longText = 'x'.repeat(1 << 20);

function nested(levels: number): Packable {
  let column: Packable = [0];
  for (let level = 0; level < levels; level++) column = lists(1, column);
  return column;
}

function pageOfNames(key: Packable, rows: number): HostileSet {
  const set = new StoredSet();
  const axis = constant(0);
  const names = set.put('names', {
    ...{ level: 0, rows, key: [key, key], x: axis, y: axis, z: axis, region: [1, ['r'], constant(0)] },
  });
  return finish(set, { tables: tablesOf(rootOf(names)), counts: countsOf(rows) });
}

/** A bomb: a file that inflates to far more bytes than its reference says, or as many as it says, but too many. */
function bomb(length: number, told: number): HostileSet {
  const set = new StoredSet();
  const { hash } = set.putBytes('tree', new Uint8Array(length));
  return finish(set, { tree: { hash, length: told } });
}

/** The query for each set; each must end in a CorruptError. */
export const HOSTILE: Readonly<Record<string, { make(): HostileSet; ask: Ask }>> = {
  'tree pages that point twice to the next (sphere)': { make: () => endlessTree(41), ask: askSphere },
  'tree pages that point twice to the next (records)': { make: () => endlessTree(41), ask: askRecords },
  'table pages that point twice to the next (page)': {
    make: () => endlessTable('names', 41, () => 'm'),
    ask: askPage,
  },
  'table pages that point twice to the next (scan)': {
    make: () => endlessTable('listings', 41, level => String.fromCharCode(64 + level)),
    ask: askRegions,
  },
  'a leaf of no systems': { make: emptyLeaf, ask: set => set.details([{ id: 'a', x: 9, y: 9, z: 9 }]) },
  'a chunk of more rows than chunkLimit': { make: () => oneLeaf(1025, sameRows(1025)), ask: askSphere },
  'a chunk of more rows than the tree says': { make: () => oneLeaf(9, sameRows(2 ** 26)), ask: askSphere },
  'arrays of nils that multiply': {
    make: () => oneLeaf(1024, sameRows(1024, oneField(lists(65_536, [0])))),
    ask: askSphere,
  },
  'arrays of arrays that multiply': {
    make: () => oneLeaf(1024, sameRows(1024, oneField(lists(64, lists(64, lists(64, [1])))))),
    ask: askSphere,
  },
  'empty objects that multiply': {
    make: () => oneLeaf(1024, sameRows(1024, oneField(lists(4096, [6, [[]], constant(0)])))),
    ask: askSphere,
  },
  'numbers that multiply': {
    make: () => oneLeaf(1024, sameRows(1024, oneField(lists(65_536, [3, [1, 5, NONE]])))),
    ask: askSphere,
  },
  'many columns, none too long': {
    make: () => {
      const keys = Array.from({ length: 400 }, (_, i) => `k${i}`);
      const columns = keys.map(() => lists(64, [3, constant(7)]));
      return oneLeaf(1024, sameRows(1024, [[keys], constant(0), ...columns]));
    },
    ask: askSphere,
  },
  'details that multiply': {
    make: () => oneLeaf(8, cornersOfBox(), { rows: 8, fields: oneField(lists(8_000_000, [0])) }),
    ask: askRecords,
  },
  'a list of tokens that multiplies': {
    make: () => oneLeaf(1024, { ...sameRows(1024), name: [2, [longText], constant(64), constant(0)] }),
    ask: askSphere,
  },
  'a list of wide tokens that multiplies': {
    make: () =>
      oneLeaf(1024, { ...sameRows(1024), name: [2, [`${longText}\u1000`], constant(64), constant(0)] }),
    ask: askSphere,
  },
  'a list of many tokens': {
    make: () => oneLeaf(1024, { ...sameRows(1024), name: [2, ['', 'a'], constant(65_000), constant(0)] }),
    ask: askSphere,
  },
  'sorted strings that each share a long one': {
    make: () => {
      const rows = 4096;
      const shared = packNumbers(Array.from({ length: rows }, (_, i) => (i === 0 ? 0 : longText.length)));
      const rests = Array.from({ length: rows }, (_, i) =>
        i === 0 ? longText : String.fromCodePoint(0x1000 + i),
      );
      return pageOfNames([shared, rests], rows);
    },
    ask: askPage,
  },
  'values that nest too deeply': {
    make: () => oneLeaf(1, sameRows(1, oneField(nested(256)))),
    ask: askSphere,
  },
  'arrays of the file that nest too deeply': {
    make: () => {
      let column: Packable = 0;
      for (let level = 0; level < 600; level++) column = [column];
      return oneLeaf(1, { ...sameRows(1), fields: column });
    },
    ask: askSphere,
  },
  'an array of many numbers': {
    make: () => {
      const count = 20_000_000;
      const content = new Uint8Array(count + 8);
      // {"a": an array 32 of that many zeros}
      content.set([0x81, 0xa1, 0x61, 0xdd]);
      new DataView(content.buffer).setUint32(4, count);
      return oneLeaf(1, content);
    },
    ask: askSphere,
  },
  'a gzip bomb behind a short length': { make: () => bomb(200 << 20, 1000), ask: askSphere },
  'a gzip bomb of the length that is said': { make: () => bomb(100 << 20, 100 << 20), ask: askSphere },
  'a length beyond every bound': { make: () => bomb(1000, 2 ** 40), ask: askSphere },
  'a length that its bytes cannot inflate to': { make: () => bomb(1000, 100 << 20), ask: askSphere },
};
