import { describe, expect, test } from 'vitest';
import { type JsonObject, memorySource, type SetOptions } from '#client/node/index.ts';
import { packNumbers, unpackNumbers } from '#format/columns/numbers.ts';
import { packTable, unpackTable } from '#format/columns/values.ts';
import { type Packable, packColumn } from '#format/index.ts';
import { verifySet } from '#pipeline/index.ts';
import { openLeaf } from '#pipeline/octree/build-cell.ts';
import { writeLeaves } from '#pipeline/octree/leaf-files.ts';
import { innerTree } from '#pipeline/octree/subtree.ts';
import { type Fields, OPTIONS, type Ways, writeSet } from '#test/support/written-sets.ts';

/** Systems on a line, `step` apart. */
const line = (count: number, step = 1, more: JsonObject = {}) =>
  Array.from({ length: count }, (_, i): JsonObject => {
    const id = `S${String(i).padStart(5, '0')}`;
    return { id, name: id, x: i * step, y: 1, z: 1, region: 'R', ...more };
  });

const FEW = line(4);
const MANY = line(60);
const RICH = line(60, 1, { planets: [{ name: 'p' }], note: 'n' });
const ONE_POINT = line(10, 0);
const CORNERS = line(8).map((of, i) => ({ ...of, x: i & 1, y: (i >> 1) & 1, z: i >> 2 }));
/** Enough for a tree of several pages. */
const PAGES = line(600);
const PREVIEWED = line(512);

/** Alters a column of numbers of every file of a kind that has it. */
const altered =
  (kind: string, field: string, alter: (numbers: Float64Array, nth: number) => Float64Array, axis?: number) =>
  (of: string, content: Fields, nth: number): Packable => {
    if (of !== kind) return content;
    const column = axis === undefined ? content[field] : (content[field] as Packable[])[axis];
    const rows = (content['rows'] ?? content['nodes']) as number;
    const numbers = packNumbers(alter(unpackNumbers(column, rows), nth));
    const list = content[field] as Packable[];
    return { ...content, [field]: axis === undefined ? numbers : list.with(axis, numbers) };
  };

const reversed = (content: Fields, field: string) =>
  packNumbers(unpackNumbers(content[field], content['rows'] as number).reverse());

interface Fault {
  readonly records: readonly JsonObject[];
  readonly options?: Partial<SetOptions>;
  readonly ways: Ways;
  /** The set is valid all the same. */
  readonly isValid?: true;
  /** File, and what is wrong with it. */
  readonly says: readonly [file: RegExp, problem: RegExp];
}

const FAULTS: Record<string, Fault> = {
  'rows that are not sorted': {
    records: FEW,
    ways: {
      content(kind, content) {
        if (kind !== 'chunks') return content;
        const [form, texts] = content['id'] as [number, string[]];
        return { ...content, id: [form, texts.toReversed()], x: reversed(content, 'x') };
      },
    },
    says: [/^tree/, /the ids of a leaf are not in ascending order/],
  },
  'a coordinate that is none': {
    records: FEW,
    ways: { content: altered('chunks', 'y', numbers => numbers.with(2, 1e200)) },
    says: [/^chunks/, /y is 1e\+200 in row 2, expected a coordinate/],
  },
  'other rows than the tree says': {
    records: RICH,
    ways: {
      content(kind, content, nth) {
        if (kind !== 'details' || nth !== 3) return content;
        const rows = unpackTable(content['fields'], content['rows'] as number);
        return { rows: rows.length - 1, fields: packTable(rows.slice(1)) };
      },
    },
    says: [/^chunks/, /4 rows, but its details have 3/],
  },
  'wrong bounds of a leaf': {
    records: MANY,
    ways: { content: altered('tree', 'max', max => max.with(-1, max.at(-1)! + 0.5), 0) },
    says: [/^tree/, /bounds of a node are .*\[55,1,1\]\}, expected \{.min.:\[48,1,1\],.max.:\[55\.5,1,1\]\}/],
  },
  'wrong bounds of an inner node': {
    records: MANY,
    ways: { content: altered('tree', 'min', min => min.with(0, -1), 0) },
    says: [
      /^tree/,
      /bounds of a node are \{.min.:\[-1,1,1\],.*, expected \{.min.:\[0,1,1\],.max.:\[59,1,1\]\}/,
    ],
  },
  'bounds that hold nothing': {
    records: MANY,
    ways: { content: altered('tree', 'min', min => min.with(3, 2), 2) },
    says: [/^tree/, /a node has the invalid bounds \[.*,2\] to \[.*,1\]/],
  },
  'wrong counts of an inner node': {
    records: MANY,
    ways: { content: altered('tree', 'systems', systems => systems.with(0, 61)) },
    says: [/^tree/, /counts of a node are \{.systems.:61,.*, expected \{.systems.:60,.planets.:0,/],
  },
  'wrong counts of a leaf': {
    records: RICH,
    ways: { content: altered('tree', 'planets', planets => planets.with(-1, 7)) },
    says: [
      /^tree/,
      /counts of a node are \{.systems.:8,.planets.:8,.*, expected \{.systems.:8,.planets.:11,/,
    ],
  },
  'wrong counts of all nodes, which agree': {
    records: RICH,
    ways: { content: altered('tree', 'planets', planets => planets.map(of => 2 * of)) },
    says: [/^tree/, /planets is 8, expected 4 \(leaf node of 4 systems\)/],
  },
  'wrong bounds of all nodes, which agree': {
    records: MANY,
    ways: { content: altered('tree', 'max', max => max.map(of => of + 1), 1) },
    says: [/^tree/, /bounds\.max is \[3,2,1\], expected \[3,1,1\] \(leaf node of 4 systems\)/],
  },
  'a first id inside a leaf that is another': {
    records: ONE_POINT,
    ways: {
      content(kind, content) {
        if (kind !== 'tree') return content;
        const chunks = content['chunks'] as Packable[];
        const [, ids] = chunks[4] as [number, string[]];
        return { ...content, chunks: chunks.with(4, [0, ids.map(id => (id === '' ? '' : `${id}!`))]) };
      },
    },
    says: [/^tree/, /the first id of chunks\/\S+ is "S\d+!", expected "S\d+"/],
  },
  'a summary field in the details': {
    records: RICH,
    options: { summary: ['note'] },
    ways: { index: index => ({ ...index, options: { ...index.options, summary: ['note', 'planets'] } }) },
    says: [/^chunks/, /has the field "planets" in its details, it belongs in the chunk \(row 0\)/],
  },
  'a field in the chunk that is not a summary field': {
    records: RICH,
    options: { summary: ['note'] },
    ways: { index: index => ({ ...index, options: { ...index.options, summary: [] } }) },
    says: [/^chunks/, /has the field "note", which is not a summary field \(row 0\)/],
  },
  ...Object.fromEntries(
    (['entries', 'pageNodes', 'levels'] as const).map((field, i) => [
      `wrong ${field} of a page`,
      {
        records: PAGES,
        options: { chunkLimit: 1 },
        ways: {
          content(kind, content) {
            if (kind !== 'tree') return content;
            const branches = content['branches'] as [Uint8Array, ...Packable[]];
            const more = unpackNumbers(branches[2 + i], branches[0].length / 20).map(own => own + 1);
            return { ...content, branches: branches.with(2 + i, packNumbers(more)) };
          },
        },
        says: [/^tree/, new RegExp(`${field} is \\d+, expected \\d+ \\(branch node of \\d+ systems\\)`)],
      } satisfies Fault,
    ]),
  ),
  'a node that is not divided': {
    records: MANY,
    options: { chunkLimit: 16 },
    ways: { index: index => ({ ...index, options: { ...index.options, chunkLimit: 8 } }) },
    says: [/^tree/, /a chunk has 16 rows, expected at most 8/],
  },
  'a node that is divided for nothing': {
    isValid: true,
    records: MANY,
    options: { chunkLimit: 8 },
    ways: { index: index => ({ ...index, options: { ...index.options, chunkLimit: 16 } }) },
    says: [/^tree/, /a node of 16 systems is divided, expected a leaf/],
  },
  'a node over one node': {
    records: line(2),
    options: { chunkLimit: 1 },
    ways: {
      cell(systems, context) {
        const below = innerTree(
          writeLeaves(
            systems.map(of => openLeaf([of])),
            context,
          ),
          [],
          context,
        );
        return { kind: 'tree', tree: innerTree(writeLeaves([], context), [below], context) };
      },
    },
    says: [/^tree/, /a column holds 1, expected an integer from 2/],
  },
  'nodes out of order': {
    isValid: true,
    records: line(2),
    options: { chunkLimit: 1 },
    ways: {
      cell(systems, context) {
        const leaves = systems.map(of => openLeaf([of])).reverse();
        return { kind: 'tree', tree: innerTree(writeLeaves(leaves, context), [], context) };
      },
    },
    says: [/^tree/, /nodes are not in Morton order/],
  },
  'two nodes in one octant': {
    isValid: true,
    records: line(3),
    options: { chunkLimit: 1 },
    ways: {
      cell(systems, context) {
        const leaves = systems.map(of => openLeaf([of]));
        return { kind: 'tree', tree: innerTree(writeLeaves(leaves, context), [], context) };
      },
    },
    says: [/^tree/, /two nodes lie in the same octant/],
  },
  'a node in two octants': {
    isValid: true,
    records: line(4),
    options: { chunkLimit: 2 },
    ways: {
      cell(systems, context) {
        const leaves = [systems.slice(0, 1), systems.slice(1, 3), systems.slice(3)].map(openLeaf);
        return { kind: 'tree', tree: innerTree(writeLeaves(leaves, context), [], context) };
      },
    },
    says: [/^tree/, /a node lies in two octants/],
  },
  'siblings that do not share chunks': {
    isValid: true,
    records: CORNERS,
    options: { chunkLimit: 7 },
    ways: { constants: { grouping: 0 } },
    says: [/^tree/, /the page differs from the one rebuilt from its systems/],
  },
  'pages cut elsewhere': {
    isValid: true,
    records: PAGES,
    options: { chunkLimit: 1 },
    ways: { constants: { leastPage: 64, pageEntries: 64 } },
    says: [/^tree/, /the page differs from the one rebuilt from its systems/],
  },
  'a preview of other rows': {
    records: PREVIEWED,
    options: { chunkLimit: 64, preview: { size: 9, field: null, order: 'lowest' } },
    ways: {
      content: altered('previews', 'x', numbers =>
        numbers.length === 9 ? numbers.map(of => of + 1) : numbers,
      ),
    },
    says: [/^tree/, /preview is "previews\/[0-9a-f]{40}\.mpk", expected .* \(inner node of 512 systems\)/],
  },
  'a preview that is not there': {
    isValid: true,
    records: PREVIEWED,
    options: { chunkLimit: 64, preview: { size: 9, field: null, order: 'lowest' } },
    ways: {
      content(kind, content) {
        const empty = new Uint8Array(0);
        const noRefs = [0, packNumbers([]), empty];
        if (kind === 'facets' && 'nodes' in content)
          return { ...content, previews: noRefs, valueSamples: noRefs };
        if (kind !== 'tree') return content;
        const [rows] = content['previews'] as [Packable];
        const inner = (content['kind'] as Uint8Array).filter(of => of !== 0).length;
        const none = packNumbers(unpackNumbers(rows, inner).fill(0));
        return { ...content, previews: [none, empty, packNumbers([])] };
      },
    },
    says: [/^tree/, /preview is null, expected "previews\/\S+ \(inner node of 512 systems\)/],
  },
  'an overview of other rows': {
    records: MANY,
    ways: { content: altered('previews', 'x', numbers => numbers.reverse()) },
    says: [/^index\.json/, /overview is \["[0-9a-f]{40}",60\], expected/],
  },
  'other counts in the index': {
    records: RICH,
    ways: { index: index => ({ ...index, counts: { ...index.counts, planets: 61 } }) },
    says: [/^index\.json/, /planets is 61, expected 60/],
  },
  'other bounds in the index': {
    records: FEW,
    ways: { index: index => ({ ...index, bounds: { min: [0, 1, 1], max: [4, 1, 1] } }) },
    says: [/^index\.json/, /bounds is \[\[0,1,1\],\[4,1,1\]\], expected \[\[0,1,1\],\[3,1,1\]\]/],
  },
  'another root cell': {
    records: FEW,
    ways: { index: index => ({ ...index, exponent: 3 }) },
    says: [/^index\.json/, /exponent is 3, expected 2/],
  },
  'an index with spaces': {
    isValid: true,
    records: FEW,
    ways: { indexText: text => text.replace('"options":', '"options": ') },
    says: [/^index\.json/, /not canonical JSON/],
  },
  '_meta values twice': {
    isValid: true,
    records: FEW,
    ways: {
      content: (kind, content) => (kind === 'meta' ? { rows: 2, values: packColumn(['a', 'a']) } : content),
    },
    says: [/^meta/, /not the canonical encoding of its values/],
  },
  '_meta values that are none': {
    records: FEW,
    ways: { content: (kind, content) => (kind === 'meta' ? { rows: 1 } : content) },
    says: [/^meta/, /./],
  },
};

type Faulted = Pick<Fault, 'records' | 'options'>;

const write = ({ records, options }: Faulted, ways?: Ways) =>
  writeSet(records, { ...OPTIONS, ...options }, ways, ['a']);

const verify = async (files: ReadonlyMap<string, Uint8Array>, canonical: boolean) =>
  (await verifySet(memorySource(files), { canonical })).problems;

/** The index.json of each set without faults that was verified. */
const intact = new Set<string>();

/** Verifies the set that a fault is made in, unless that of another fault is the same. */
async function expectIntact(fault: Faulted): Promise<void> {
  const files = await write(fault);
  const index = new TextDecoder().decode(files.get('index.json'));
  if (intact.has(index)) return;
  expect(await verify(files, true)).toEqual([]);
  intact.add(index);
}

describe('what a writer gets wrong, in files of right names', () => {
  test.each(Object.entries(FAULTS))('%s', async (_what, fault) => {
    const { ways, isValid = false, says } = fault;
    await expectIntact(fault);
    const files = await write(fault, ways);
    const [file, problem] = says;
    const expected = { file: expect.stringMatching(file), problem: expect.stringMatching(problem) };
    expect(await verify(files, true)).toContainEqual(expected);
    const problems = await verify(files, false);
    if (isValid) expect(problems).toEqual([]);
    else expect(problems).not.toEqual([]);
  });

  test.each([true, false])('one id in two leaves (canonical: %s)', async canonical => {
    const problems = await verify(await write({ records: [...MANY, { ...MANY[3]!, x: 58.5 }] }), canonical);
    expect(problems).toContainEqual({
      file: 'index.json',
      problem: '2 systems have the id "S00003"',
    });
  });
});
