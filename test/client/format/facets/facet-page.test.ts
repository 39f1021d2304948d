import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { facetsOfGroups } from '#format/facets/node-facet.ts';
import { numberedFields } from '#format/facets/numbered-values.ts';
import {
  compareValues,
  dateOf,
  type FacetPageContent,
  type FacetValue,
  mergeFacets,
  nodeFacets,
  type Packable,
  pack,
  packFacetPage,
  unpack,
  unpackFacetPage,
} from '#format/index.ts';
import { weighed } from '#format/memory-cost.ts';
import { facetValue } from '#test/support/arbitrary.ts';

const ref = (length: number) => ({
  kind: 'facets' as const,
  hash: length.toString(16).padStart(40, '0'),
  length,
});
const refs = fc.array(fc.option(fc.integer({ min: 1, max: 1e6 }).map(ref), { nil: undefined }), {
  maxLength: 5,
});
/** Values of the systems of some nodes in two fields. */
const nodes = fc.array(fc.array(fc.tuple(set(3), set(2)), { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 20,
});

const NO_FILES = { chunks: [], previews: [], valueSamples: [], branches: [] };

function set(most: number) {
  return fc.array(facetValue, { maxLength: most });
}

function read(content: Packable, { nodes, chunks, previews, valueSamples, branches }: FacetPageContent) {
  return unpackFacetPage(unpack(pack(content)), {
    ...{ nodes: nodes.length, chunks: chunks.length },
    ...{ previews: previews.length, valueSamples: valueSamples.length, branches: branches.length },
  });
}

describe('a facet page', () => {
  test('gives values, ranges and references back', () => {
    fc.assert(
      fc.property(nodes, refs, refs, refs, refs, (systems, chunks, previews, branches, samples) => {
        const valueSamples = samples.map(ref => ref && { ...ref, kind: 'previews' as const });
        const own = { chunks, previews, valueSamples, branches };
        const content = { nodes: systems.map(rows => nodeFacets(rows, 2)), ...own };
        const packed = packFacetPage(['a', 'b'], content);
        expect(packed === undefined).toBe(systems.flat(3).length === 0);
        if (!packed) return;
        const page = read(packed, content);
        expect(page).toMatchObject({ nodes: systems.length, ...own });
        ['a', 'b'].forEach((field, i) => {
          const column = page.fields.get(field);
          systems.forEach((rows, node) => {
            const values = new Set(rows.flatMap(row => row[i]!));
            const found = column?.values.filter((_, index) => column.has(index, node)) ?? [];
            expect(found).toEqual([...values].sort(compareValues));
            const numbers = [...values].filter(value => typeof value === 'number');
            const dates = [...values].map(value => dateOf(String(value))).filter(date => date !== undefined);
            expect(column?.any(node) ?? false).toBe(false);
            expect(column?.numbers(node)).toEqual(rangeOf(numbers));
            expect(column?.dates(node)).toEqual(rangeOf(dates));
          });
        });
      }),
      { numRuns: 300 },
    );
  });

  const few = (values: FacetValue[]) => nodeFacets([[values]], 1);
  const many = Array.from({ length: 257 }, (_, i) => i);

  test('does not list more than 256 values of a node', () => {
    expect(few(many)).toEqual([{ any: true, values: [], numbers: [0, 256] }]);
    const content = { nodes: [few(many), few([7]), few([])], ...NO_FILES };
    const column = read(packFacetPage(['a'], content)!, content).fields.get('a')!;
    expect([0, 1, 2].map(column.any)).toEqual([true, false, false]);
    expect(column.values).toEqual([7]);
    expect(column.numbers(0)).toEqual([0, 256]);
  });

  test('does not list values that weigh more than 32,768 together', () => {
    const long = (i: number) => `${i}`.padEnd(1_023, 'x');
    const own = Array.from({ length: 32 }, (_, i) => few([long(i)]));
    const pageOf = (last: FacetValue[]) => {
      const content = { nodes: [...own, few(last)], ...NO_FILES };
      return read(packFacetPage(['a'], content)!, content).fields.get('a')!;
    };
    expect(pageOf([]).values).toHaveLength(32);
    expect(pageOf([]).any(0)).toBe(false);
    expect(pageOf([1]).values).toEqual([]);
    expect([0, 31, 32].map(pageOf([1]).any)).toEqual([true, true, true]);
    expect(pageOf([1]).numbers(32)).toEqual([1, 1]);
  });

  test('of another number of nodes, or with a reversed range, is refused', () => {
    const content = { nodes: [few([1])], ...NO_FILES };
    const packed = packFacetPage(['a'], content)! as { columns: Packable[][] };
    expect(() => read(packed, { ...content, nodes: [] })).toThrow('1 nodes, expected 0 as in its tree page');
    packed.columns[0]![4] = [Uint8Array.of(1), [0, 2, new Uint8Array(0)], [0, 1, new Uint8Array(0)]];
    expect(() => read(packed, content)).toThrow('a node has the invalid range from 2 to 1');
  });

  test('takes no more memory than allowed, however few bytes it has', () => {
    const empty = new Uint8Array(0);
    const none: Packable = [empty, [0, 0, empty], [0, 0, empty]];
    const file = pack({
      nodes: 0,
      fields: ['a'],
      columns: [[empty, 2 ** 24, [3, [0, 0, empty]], empty, none, none]],
      chunks: [],
      previews: [],
      valueSamples: [],
      branches: [],
    });
    const expected = { nodes: 0, chunks: 0, previews: 0, valueSamples: 0, branches: 0 };
    expect(() => weighed(2 ** 20, () => unpackFacetPage(unpack(file), expected))).toThrow('maxFileBytes');
  });
});

describe('facets of nodes', () => {
  test('merge upward to those of all their systems, in any grouping', () => {
    fc.assert(
      fc.property(nodes, systems => {
        const below = systems.map(rows => nodeFacets(rows, 2));
        const all = nodeFacets(systems.flat(), 2);
        expect(mergeFacets(below)).toEqual(all);
        expect(mergeFacets([mergeFacets(below.slice(0, 1)), mergeFacets(below)])).toEqual(all);
      }),
    );
  });

  test('are those of its systems alone, also of nodes whose systems come one after another', () => {
    fc.assert(
      fc.property(nodes, systems => {
        const groups = systems.map(rows => rows.length);
        const own = systems.map(rows => nodeFacets(rows, 2));
        expect(facetsOfGroups(numberedFields(systems.flat(), 2), groups)).toEqual(own);
      }),
    );
  });

  test('are any value as soon as they are more than 256', () => {
    const half = (from: number) => nodeFacets([[Array.from({ length: 129 }, (_, i) => from + i)]], 1);
    expect(mergeFacets([half(0), half(127)])).toMatchObject([{ any: false, numbers: [0, 255] }]);
    expect(mergeFacets([half(0), half(128)])).toEqual([{ any: true, values: [], numbers: [0, 256] }]);
    expect(mergeFacets([half(0), mergeFacets([half(0), half(128)])])).toMatchObject([
      { any: true, values: [] },
    ]);
  });
});

function rangeOf(numbers: readonly number[]): [number, number] | undefined {
  return numbers.length === 0 ? undefined : [Math.min(...numbers), Math.max(...numbers)];
}
