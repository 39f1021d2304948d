/**
 * Facet pages: for each node of a tree page the facet values of the systems below it, and the facet files of the
 * page's chunks and previews. FORMAT.md, section 20.
 */

import { packNumbers, unpackIntegers, unpackNumbers } from '#format/columns/numbers.ts';
import { packColumn, weightOf } from '#format/columns/values.ts';
import { type FileKind, type FileRef, packHashes, unpackHashes } from '#format/file-ref.ts';
import { reserve, SLOT, take } from '#format/memory-cost.ts';
import type { TreePageContent } from '#format/octree/tree-node.ts';
import type { Packable, PackedMap } from '#format/pack.ts';
import { countField } from '#format/unpack.ts';
import { bitAt, bitBytes, packBits, unpackBits } from './bits.ts';
import { unpackFields, unpackValues } from './facet-file.ts';
import type { FacetValue } from './facet-value.ts';
import type { FacetRange, NodeFacet, NodeFacets } from './node-facet.ts';
import { numberedValues, rowBits } from './numbered-values.ts';

/** Maximum weight of the values of a field that a page lists. */
const MAX_DICTIONARY_WEIGHT = 32_768;
/** Approximate memory of a reference without its hash, and of a number of a range. */
const FILE_COST = 100;
const RANGE_COST = 80;

/** A facet file or page; undefined where none of the systems has a value. */
export type FacetRef = FileRef | undefined;

/** References of a facet page, to files of the kind `facets` except for value samples. */
export interface FacetRefs {
  /** For each chunk of the tree page, in its order. */
  readonly chunks: readonly FacetRef[];
  /** For each node of the tree page that has a preview. */
  readonly previews: readonly FacetRef[];
  /** The value sample of each of these nodes, of the kind `previews`. */
  readonly valueSamples: readonly FacetRef[];
  /** For each branch of the tree page: the facet page of the page that it refers to. */
  readonly branches: readonly FacetRef[];
}

/** Content of a facet page. */
export interface FacetPageContent extends FacetRefs {
  /** In the order of the tree page. */
  readonly nodes: readonly NodeFacets[];
}

/** The values of one field in the nodes of a page. */
export interface FacetPageColumn {
  /** The values that the page lists, in the order of `compareValues`. */
  readonly values: readonly FacetValue[];
  /** Whether the systems of a node may have any value: the page does not list them. */
  any(node: number): boolean;
  /** Whether a system of a node has the value of an index; false if `any`. */
  has(value: number, node: number): boolean;
  /** Lowest and highest number in the systems of a node; undefined if there is none. */
  numbers(node: number): FacetRange | undefined;
  /** Earliest and latest date in the systems of a node (`dateOf`); undefined if there is none. */
  dates(node: number): FacetRange | undefined;
}

/** A decoded facet page. */
export interface FacetPage extends FacetRefs {
  /** Number of nodes of the tree page. */
  readonly nodes: number;
  /** By field; a field that no system has a value of is missing. */
  readonly fields: ReadonlyMap<string, FacetPageColumn>;
}

/**
 * Returns the content of a facet page, for `pack`; undefined if no node has a value.
 * @param fields names of the fields, ascending
 */
export function packFacetPage(
  fields: readonly string[],
  { nodes, chunks, previews, valueSamples, branches }: FacetPageContent,
): PackedMap | undefined {
  const names: string[] = [];
  const columns: Packable[] = [];
  fields.forEach((name, field) => {
    const own = nodes.map(node => node[field]);
    if (own.every(facet => facet === undefined)) return;
    names.push(name);
    columns.push(packNodes(own));
  });
  if (names.length === 0) return undefined;
  return {
    nodes: nodes.length,
    fields: names,
    columns,
    chunks: packRefs(chunks),
    previews: packRefs(previews),
    valueSamples: packRefs(valueSamples),
    branches: packRefs(branches),
  };
}

function packNodes(nodes: readonly (NodeFacet | undefined)[]): Packable {
  const numbered = numberedValues(
    nodes.map(node => [node?.values ?? []]),
    0,
  );
  const weight = numbered.values.reduce<number>((sum, value) => sum + weightOf(value), 0);
  const isListed = weight <= MAX_DICTIONARY_WEIGHT;
  const any = packBits(nodes, node => node !== undefined && (node.any || !isListed));
  const values = isListed ? numbered.values : [];
  const bits = isListed ? rowBits(numbered) : new Uint8Array(0);
  const numbers = packRanges(nodes.map(node => node?.numbers));
  const dates = packRanges(nodes.map(node => node?.dates));
  const column = [any, values.length, packColumn(values), bits, numbers, dates];
  return isListed ? column : [...column, packBits(nodes, node => node?.any === true)];
}

function packRanges(ranges: readonly (FacetRange | undefined)[]): Packable {
  const own = ranges.filter(range => range !== undefined);
  return [
    packBits(ranges, range => range !== undefined),
    packNumbers(own.map(([low]) => low)),
    packNumbers(own.map(([, high]) => high)),
  ];
}

function packRefs(refs: readonly FacetRef[]): Packable {
  const own = refs.filter(ref => ref !== undefined);
  return [
    refs.length,
    packNumbers(refs.map(ref => ref?.length ?? 0)),
    packHashes(own.map(({ hash }) => hash)),
  ];
}

/** Numbers of the nodes, the chunks, the nodes with a preview and the branches of a tree page. */
export type FacetPageCounts = Readonly<
  Record<'nodes' | 'chunks' | 'previews' | 'valueSamples' | 'branches', number>
>;

/**
 * Decodes a facet page.
 * @param expected the numbers of its tree page, if that is known
 * @throws Error if it is not valid, or disagrees with the tree page
 */
export function unpackFacetPage(file: Record<string, unknown>, expected?: FacetPageCounts): FacetPage {
  const nodes = countField(file, 'nodes');
  const page = {
    nodes,
    fields: unpackFields(file, packed => unpackNodes(packed, nodes)),
    chunks: unpackRefs(file['chunks']),
    previews: unpackRefs(file['previews']),
    valueSamples: unpackRefs(file['valueSamples'], 'previews'),
    branches: unpackRefs(file['branches']),
  };
  if (expected) checkFacetPage(page, expected);
  return page;
}

/**
 * Checks the numbers of a facet page.
 * @param expected the numbers of its tree page
 * @throws Error if they differ
 */
export function checkFacetPage(page: FacetPage, expected: FacetPageCounts): void {
  for (const [items, count] of Object.entries(expected)) {
    const own = page[items as keyof FacetPageCounts];
    const found = typeof own === 'number' ? own : own.length;
    if (found !== count)
      throw new Error(`a facet page has ${found} ${items}, expected ${count} as in its tree page`);
  }
}

/** Returns the numbers of a tree page that its facet page must have. */
export function facetPageCounts({ nodes, chunks }: TreePageContent): FacetPageCounts {
  const previews = nodes.filter(node => node.kind !== 'leaf' && node.preview !== undefined).length;
  return {
    ...{ nodes: nodes.length, chunks: chunks.length, previews, valueSamples: previews },
    branches: nodes.filter(node => node.kind === 'branch').length,
  };
}

function unpackNodes(
  [anyPacked, count, packed, bitsPacked, numbers, dates]: readonly unknown[],
  nodes: number,
): FacetPageColumn {
  const values = unpackValues(packed, count);
  const any = unpackBits(anyPacked, nodes);
  const bits = unpackBits(bitsPacked, nodes, values.length);
  take(any.length + bits.length);
  const [ownAny, ownBits] = [any.slice(), bits.slice()];
  const size = bitBytes(nodes);
  return {
    values,
    any: node => bitAt(ownAny, node),
    has: (value, node) => bitAt(ownBits, value * size * 8 + node),
    numbers: unpackRanges(numbers, nodes),
    dates: unpackRanges(dates, nodes),
  };
}

function unpackRanges(packed: unknown, nodes: number): (node: number) => FacetRange | undefined {
  const [hasPacked, lowPacked, highPacked] = Array.isArray(packed) ? (packed as unknown[]) : [];
  const has = unpackBits(hasPacked, nodes);
  reserve(SLOT * nodes);
  const own: number[] = [];
  for (let node = 0; node < nodes; node++) if (bitAt(has, node)) own.push(node);
  const low = unpackNumbers(lowPacked, own.length);
  const high = unpackNumbers(highPacked, own.length);
  take(RANGE_COST * own.length);
  const ranges = new Map(own.map((node, i) => [node, [low[i]!, high[i]!] as const]));
  for (const [from, to] of ranges.values())
    if (from > to) throw new Error(`a node has the invalid range from ${from} to ${to}`);
  return node => ranges.get(node);
}

function unpackRefs(packed: unknown, kind: FileKind = 'facets'): FacetRef[] {
  const [count, lengthsPacked, hashesPacked] = Array.isArray(packed) ? (packed as unknown[]) : [];
  const lengths = unpackIntegers(lengthsPacked, count as number);
  const own = lengths.filter(length => length > 0).length;
  const hashes = unpackHashes(hashesPacked, own);
  take(SLOT * lengths.length + FILE_COST * own);
  let next = 0;
  return Array.from(lengths, length => (length === 0 ? undefined : { kind, hash: hashes[next++]!, length }));
}
