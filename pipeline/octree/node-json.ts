/** Converts subtrees and leaves to JSON for other tasks: bounds, counts, facets and samples, without records. */

import type { FacetPageContent, FacetRefs } from '#format/facets/facet-page.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { NodeFacet, NodeFacets } from '#format/facets/node-facet.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { JsonObject } from '#format/json.ts';
import type { Leaves } from './leaf-files.ts';
import { NO_FIELDS, type Sample } from './previews.ts';
import type { Subtree } from './subtree.ts';

/** Samples as columns: one array for each member. */
interface SamplesJson {
  /** Null for none. */
  readonly rank: readonly (number | null)[];
  readonly hash: readonly number[];
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly z: readonly number[];
  readonly derived: readonly number[];
  /** Summary fields; missing if no sample has any. */
  readonly summary?: readonly JsonObject[];
  /** Number of values of each field of each sample. */
  readonly counts: readonly number[];
  /** Indices of these values. */
  readonly values: readonly number[];
}

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
  readonly samples: SamplesJson;
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

  indexOf(value: FacetValue): number {
    let index = this.#indices.get(value);
    if (index === undefined) {
      index = this.values.push(value) - 1;
      this.#indices.set(value, index);
    }
    return index;
  }
}

function toJson<T extends Leaves | Subtree>(part: T, writer: ValueWriter): AsJson<T> {
  const nodes = part.facets.nodes.map(node =>
    node.map(facet =>
      facet ? { ...facet, values: facet.values.map(value => writer.indexOf(value)) } : null,
    ),
  );
  const { chunks, previews, valueSamples, branches } = part.facets;
  const facets: FacetsJson = {
    nodes,
    chunks: chunks.map(ref => ref ?? null),
    previews: previews.map(ref => ref ?? null),
    valueSamples: valueSamples.map(ref => ref ?? null),
    branches: branches.map(ref => ref ?? null),
  };
  return { ...part, facets, samples: samplesJson(part.samples, writer) };
}

function ofJson<T extends Leaves | Subtree>(json: AsJson<T>, values: readonly FacetValue[]): T {
  const { nodes, chunks, previews, valueSamples, branches } = json.facets;
  const facets: FacetPageContent = {
    nodes: nodes.map(node => nodeOf(node, values)),
    chunks: chunks.map(ref => ref ?? undefined),
    previews: previews.map(ref => ref ?? undefined),
    valueSamples: valueSamples.map(ref => ref ?? undefined),
    branches: branches.map(ref => ref ?? undefined),
  };
  return { ...json, facets, samples: samplesOfJson(json.samples, values) } as unknown as T;
}

function nodeOf(json: NodeFacetsJson, values: readonly FacetValue[]): NodeFacets {
  return json.map(facet =>
    facet ? { ...facet, values: facet.values.map(index => values[index]!) } : undefined,
  );
}

function samplesJson(samples: readonly Sample[], writer: ValueWriter): SamplesJson {
  /** The values of each field of each sample. */
  const own = samples.flatMap(({ facets }) => facets);
  const counts = own.map(({ length }) => length);
  const values = new Array<number>(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (let i = 0; i < own.length; i++)
    for (let k = 0; k < counts[i]!; k++) values[at++] = writer.indexOf(own[i]![k]!);
  const summary = samples.map(sample => sample.summary);
  return {
    rank: samples.map(({ rank }) => (Number.isFinite(rank) ? rank : null)),
    hash: samples.map(({ hash }) => hash),
    id: samples.map(({ id }) => id),
    name: samples.map(({ system }) => system.name),
    region: samples.map(({ system }) => system.region),
    x: samples.map(({ system }) => system.x),
    y: samples.map(({ system }) => system.y),
    z: samples.map(({ system }) => system.z),
    derived: samples.map(({ system }) => system.derived),
    ...(summary.some(fields => Object.keys(fields).length > 0) && { summary }),
    counts,
    values,
  };
}

function samplesOfJson(json: SamplesJson, values: readonly FacetValue[]): Sample[] {
  const fields = json.counts.length / json.id.length;
  // Most fields of a system have one value.
  const single = values.map(value => [value]);
  let at = 0;
  return json.id.map((id, i) => {
    const facets = new Array<readonly FacetValue[]>(fields);
    for (let field = 0; field < fields; field++) {
      const count = json.counts[i * fields + field]!;
      const own = count === 1 ? single[json.values[at]!]! : new Array<FacetValue>(count);
      for (let k = 0; k < count; k++) own[k] = values[json.values[at++]!]!;
      facets[field] = own;
    }
    return {
      rank: json.rank[i] ?? Number.POSITIVE_INFINITY,
      hash: json.hash[i]!,
      id,
      system: {
        id,
        name: json.name[i]!,
        region: json.region[i]!,
        x: json.x[i]!,
        y: json.y[i]!,
        z: json.z[i]!,
        derived: json.derived[i]!,
        fields: NO_FIELDS,
      },
      summary: json.summary?.[i] ?? NO_FIELDS,
      facets,
    };
  });
}
