/** The facet values that a node of the octree lists, and how nodes merge upward. FORMAT.md, section 20. */
import type { FacetRow } from './facet-extractor.ts';
import { compareValues, dateOf, type FacetValue } from './facet-value.ts';
import { type NumberedValues, numberedFields, valuesOfGroups } from './numbered-values.ts';

/** A node with more different values of a field does not list them. */
const MAX_NODE_VALUES = 256;

/** The values of one field in the systems of a node. */
export interface NodeFacet {
  /** True if they are too many to be listed: then the node can have any value. */
  readonly any: boolean;
  /** The values in the order of `compareValues`; none if `any`. */
  readonly values: readonly FacetValue[];
  /** Lowest and highest number, if there is one. */
  readonly numbers?: FacetRange | undefined;
  /** Earliest and latest date (`dateOf`), if there is one. */
  readonly dates?: FacetRange | undefined;
}

/** Lowest and highest number, or earliest and latest date in milliseconds (`dateOf`). */
export type FacetRange = readonly [low: number, high: number];

/** The facets of a node, in the order of the fields; undefined for a field without values. */
export type NodeFacets = readonly (NodeFacet | undefined)[];

/** The facets of a node with the given systems, for `fields` fields. */
export function nodeFacets(rows: readonly FacetRow[], fields: number): NodeFacets {
  return facetsOfGroups(numberedFields(rows, fields), [rows.length])[0]!;
}

/**
 * The facets of nodes whose systems come one after another.
 * @param columns the values of each field in all systems
 * @param groups number of systems of each node
 */
export function facetsOfGroups(columns: readonly NumberedValues[], groups: readonly number[]): NodeFacets[] {
  const fields = columns.map(column => valuesOfGroups(column, groups).map(facetOf));
  return groups.map((_, group) => fields.map(facets => facets[group]));
}

function facetOf(values: FacetValue[]): NodeFacet | undefined {
  if (values.length === 0) return undefined;
  const numbers: number[] = [];
  const dates: number[] = [];
  for (const value of values) {
    if (typeof value === 'number') numbers.push(value);
    const date = typeof value === 'string' ? dateOf(value) : undefined;
    if (date !== undefined) dates.push(date);
  }
  return { ...listed(values), ...ranges(rangeOf(numbers), rangeOf(dates)) };
}

/** The facets of a node above others. */
export function mergeFacets(nodes: readonly NodeFacets[]): NodeFacets {
  return (nodes[0] ?? []).map((_, field) => {
    const below = nodes.flatMap(node => node[field] ?? []);
    if (below.length < 2) return below[0];
    const isAny = below.some(({ any }) => any);
    return {
      ...(isAny ? ANY : listed([...new Set(below.flatMap(({ values }) => values))])),
      ...ranges(
        rangeOf(below.flatMap(({ numbers }) => numbers ?? [])),
        rangeOf(below.flatMap(({ dates }) => dates ?? [])),
      ),
    };
  });
}

const ANY: Pick<NodeFacet, 'any' | 'values'> = { any: true, values: [] };

function listed(values: FacetValue[]): Pick<NodeFacet, 'any' | 'values'> {
  return values.length > MAX_NODE_VALUES ? ANY : { any: false, values: values.sort(compareValues) };
}

function rangeOf(numbers: readonly number[]): FacetRange | undefined {
  if (numbers.length === 0) return undefined;
  let [low, high] = [numbers[0]!, numbers[0]!];
  for (const number of numbers) {
    if (number < low) low = number;
    if (number > high) high = number;
  }
  return [low, high];
}

/** Members that are there: JSON does not keep undefined ones. */
function ranges(
  numbers: FacetRange | undefined,
  dates: FacetRange | undefined,
): Pick<NodeFacet, 'numbers' | 'dates'> {
  return { ...(numbers && { numbers }), ...(dates && { dates }) };
}
