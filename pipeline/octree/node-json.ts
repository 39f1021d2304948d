/** Converts subtrees and leaves to JSON for other tasks: bounds, counts, facets and samples, without records. */

import type { FacetPageContent, FacetRefs } from '#format/facets/facet-page.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { NodeFacet, NodeFacets } from '#format/facets/node-facet.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { JsonObject } from '#format/json.ts';
import type { Leaves } from './leaf-files.ts';
import type { Sample } from './previews.ts';
import type { Subtree } from './subtree.ts';

/** Rank (null for none), hash, id, name, region, x, y, z, derived, facet values, summary fields if there are any. */
type SampleJson = [
  rank: number | null,
  hash: number,
  id: string,
  name: string,
  region: string,
  x: number,
  y: number,
  z: number,
  derived: number,
  facets: RowJson,
  summary?: JsonObject,
];

/** For each field the number of its values, and their indices. */
type RowJson = readonly number[];

/** Null for a field without values. */
type NodeFacetsJson = readonly (
  | (Omit<NodeFacet, 'values'> & { readonly values: readonly number[] })
  | null
)[];

/** A facet page; null for a file that is missing. */
type FacetsJson = { readonly nodes: readonly NodeFacetsJson[] } & Readonly<
  Record<keyof FacetRefs, readonly (FileRef | null)[]>
>;

type AsJson<T> = Omit<T, 'samples' | 'facets'> & {
  readonly samples: readonly SampleJson[];
  readonly facets: FacetsJson;
};

/** Result of a unit of a task `cells`. */
export interface UnitJson {
  readonly leaves?: AsJson<Leaves>;
  readonly tree?: AsJson<Subtree>;
  /** Facet values of its nodes and samples, which have their indices. */
  readonly values: readonly FacetValue[];
}

export function unitJson({ leaves, tree }: { leaves?: Leaves; tree?: Subtree }): UnitJson {
  const writer = new ValueWriter();
  return {
    ...(leaves && { leaves: toJson(leaves, writer) }),
    ...(tree && { tree: toJson(tree, writer) }),
    values: writer.values,
  };
}

export function leavesOf({ leaves, values }: UnitJson): Leaves | undefined {
  return leaves && ofJson(leaves, values);
}

export function treeOf({ tree, values }: UnitJson): Subtree | undefined {
  // JSON leaves out undefined members, such as the preview of a small node.
  return tree && ofJson(tree, values);
}

/** Collects values, each once. */
class ValueWriter {
  readonly values: FacetValue[] = [];
  readonly #indices = new Map<FacetValue, number>();

  indicesOf(values: readonly FacetValue[]): number[] {
    return values.map(value => {
      const known = this.#indices.get(value);
      if (known !== undefined) return known;
      this.#indices.set(value, this.values.length);
      return this.values.push(value) - 1;
    });
  }
}

function toJson<T extends Leaves | Subtree>(part: T, writer: ValueWriter): AsJson<T> {
  const nodes = part.facets.nodes.map(node =>
    node.map(facet => (facet ? { ...facet, values: writer.indicesOf(facet.values) } : null)),
  );
  const samples = part.samples.map(sample => sampleJson(sample, writer));
  const { chunks, previews, valueSamples, branches } = part.facets;
  const facets: FacetsJson = {
    nodes,
    chunks: chunks.map(ref => ref ?? null),
    previews: previews.map(ref => ref ?? null),
    valueSamples: valueSamples.map(ref => ref ?? null),
    branches: branches.map(ref => ref ?? null),
  };
  return { ...part, facets, samples };
}

function ofJson<T extends Leaves | Subtree>(json: AsJson<T>, values: readonly FacetValue[]): T {
  const valuesOf = (indices: readonly number[]) => indices.map(index => values[index]!);
  const { nodes, chunks, previews, valueSamples, branches } = json.facets;
  const facets: FacetPageContent = {
    nodes: nodes.map(node => nodeOf(node, valuesOf)),
    chunks: chunks.map(ref => ref ?? undefined),
    previews: previews.map(ref => ref ?? undefined),
    valueSamples: valueSamples.map(ref => ref ?? undefined),
    branches: branches.map(ref => ref ?? undefined),
  };
  return { ...json, facets, samples: json.samples.map(sample => sampleOf(sample, valuesOf)) } as unknown as T;
}

function nodeOf(json: NodeFacetsJson, valuesOf: (indices: readonly number[]) => FacetValue[]): NodeFacets {
  return json.map(facet => (facet ? { ...facet, values: valuesOf(facet.values) } : undefined));
}

function sampleJson({ rank, hash, id, system, summary, facets }: Sample, writer: ValueWriter): SampleJson {
  const { name, region, x, y, z, derived } = system;
  const row = facets.flatMap(values => [values.length, ...writer.indicesOf(values)]);
  const json: SampleJson = [
    ...([Number.isFinite(rank) ? rank : null, hash, id, name, region, x, y, z, derived] as const),
    row,
  ];
  if (Object.keys(summary).length > 0) json.push(summary);
  return json;
}

function sampleOf(
  [rank, hash, id, name, region, x, y, z, derived, row, summary]: SampleJson,
  valuesOf: (indices: readonly number[]) => FacetValue[],
): Sample {
  const facets: FacetValue[][] = [];
  for (let at = 0; at < row.length; at += 1 + row[at]!)
    facets.push(valuesOf(row.slice(at + 1, at + 1 + row[at]!)));
  return {
    ...{ rank: rank ?? Number.POSITIVE_INFINITY, hash, id, summary: summary ?? {}, facets },
    system: { id, name, region, x, y, z, derived, fields: {} },
  };
}
