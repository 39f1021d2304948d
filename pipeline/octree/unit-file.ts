/**
 * Files with the subtrees and leaves of units, for other tasks: bounds, counts, facets and samples, without records. They
 * have an index in JSON, then the numbers of all samples as float64, which take a tenth of the time of their JSON.
 */

import type { FacetPageContent, FacetRefs } from '#format/facets/facet-page.ts';
import type { FacetValue } from '#format/facets/facet-value.ts';
import type { NodeFacet, NodeFacets } from '#format/facets/node-facet.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { JsonObject } from '#format/json.ts';
import { fileHead, readHeaded } from '#pipeline/spill/headed-file.ts';
import { changedFile } from '#pipeline/store/run-file.ts';
import type { Store } from '#pipeline/store/store.ts';
import type { Leaves } from './leaf-files.ts';
import { NO_FIELDS, type Sample } from './previews.ts';
import type { Subtree } from './subtree.ts';

/** Samples as columns: an array for each member that is not a number. */
interface SamplesJson {
  /** Number of facets. */
  readonly fields: number;
  readonly id: readonly string[];
  readonly name: readonly string[];
  readonly region: readonly string[];
  /** Summary fields; missing if no sample has any. */
  readonly summary?: readonly JsonObject[];
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

interface UnitJson {
  readonly leaves?: AsJson<Leaves>;
  readonly tree?: AsJson<Subtree>;
  /** Facet values of its nodes and samples, which have their indices. */
  readonly values: readonly FacetValue[];
}

/** Result of a unit of a task `cells`. */
export interface StoredUnit extends UnitJson {
  /** Of its samples. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

export function storedUnit({ leaves, tree }: { leaves?: Leaves; tree?: Subtree }): StoredUnit {
  const writer = new ValueWriter();
  return {
    ...(leaves && { leaves: toJson(leaves, writer) }),
    ...(tree && { tree: toJson(tree, writer) }),
    numbers: sampleNumbers((leaves ?? tree!).samples, writer),
    values: writer.values,
  };
}

/** The file of some units. */
export function packUnits(units: readonly StoredUnit[]): Uint8Array {
  const index = units.map(({ numbers, ...json }): IndexedUnit => ({ ...json, numbers: numbers.length }));
  const contents = units.map(({ numbers }) => Buffer.from(numbers.buffer));
  return Buffer.concat([fileHead(index), ...contents]);
}

/** A unit in the index of its file, with the number of its numbers. */
type IndexedUnit = UnitJson & { readonly numbers: number };

/** The units of a file. @throws StoreError if it is missing or malformed */
export async function readUnits(run: Store, path: string): Promise<StoredUnit[]> {
  const { index, content } = await readHeaded<IndexedUnit[]>(run, path);
  const count = index.reduce((sum, unit) => sum + unit.numbers, 0);
  if (content.length !== count * Float64Array.BYTES_PER_ELEMENT)
    throw changedFile(run, path, 'has another length');
  const all = new Float64Array(new Uint8Array(content).buffer);
  let end = 0;
  return index.map(unit => {
    const start = end;
    end += unit.numbers;
    return { ...unit, numbers: all.subarray(start, end) };
  });
}

export function leavesOf(unit: StoredUnit): Leaves | undefined {
  return unit.leaves && ofJson(unit.leaves, unit);
}

export function treeOf(unit: StoredUnit): Subtree | undefined {
  // JSON leaves out undefined members, such as the preview of a small node.
  return unit.tree && ofJson(unit.tree, unit);
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
  return { ...part, facets, samples: samplesJson(part.samples) };
}

function ofJson<T extends Leaves | Subtree>(json: AsJson<T>, unit: StoredUnit): T {
  const { nodes, chunks, previews, valueSamples, branches } = json.facets;
  const facets: FacetPageContent = {
    nodes: nodes.map(node => nodeOf(node, unit.values)),
    chunks: chunks.map(ref => ref ?? undefined),
    previews: previews.map(ref => ref ?? undefined),
    valueSamples: valueSamples.map(ref => ref ?? undefined),
    branches: branches.map(ref => ref ?? undefined),
  };
  return { ...json, facets, samples: samplesOf(json.samples, unit) } as unknown as T;
}

function nodeOf(json: NodeFacetsJson, values: readonly FacetValue[]): NodeFacets {
  return json.map(facet =>
    facet ? { ...facet, values: facet.values.map(index => values[index]!) } : undefined,
  );
}

function samplesJson(samples: readonly Sample[]): SamplesJson {
  const summary = samples.map(sample => sample.summary);
  return {
    fields: samples[0]?.facets.length ?? 0,
    id: samples.map(({ id }) => id),
    name: samples.map(({ system }) => system.name),
    region: samples.map(({ system }) => system.region),
    ...(summary.some(fields => Object.keys(fields).length > 0) && { summary }),
  };
}

/** Numbers of a sample beside those of its values. */
const SAMPLE_NUMBERS = 6;

/** The numbers of samples: for each its own, then for each field the number of its values and their indices. */
function sampleNumbers(samples: readonly Sample[], writer: ValueWriter): Float64Array<ArrayBuffer> {
  let count = SAMPLE_NUMBERS * samples.length;
  for (const { facets } of samples) for (const values of facets) count += 1 + values.length;
  const numbers = new Float64Array(count);
  let at = 0;
  for (const { rank, hash, system, facets } of samples) {
    numbers[at++] = rank;
    numbers[at++] = hash;
    numbers[at++] = system.x;
    numbers[at++] = system.y;
    numbers[at++] = system.z;
    numbers[at++] = system.derived;
    for (const values of facets) {
      numbers[at++] = values.length;
      for (const value of values) numbers[at++] = writer.indexOf(value);
    }
  }
  return numbers;
}

function samplesOf(
  { fields, id, name, region, summary }: SamplesJson,
  { numbers, values }: StoredUnit,
): Sample[] {
  // Most fields of a system have one value.
  const single = values.map(value => [value]);
  let at = 0;
  return id.map((own, i) => {
    const sample = {
      rank: numbers[at++]!,
      hash: numbers[at++]!,
      id: own,
      system: {
        id: own,
        name: name[i]!,
        region: region[i]!,
        x: numbers[at++]!,
        y: numbers[at++]!,
        z: numbers[at++]!,
        derived: numbers[at++]!,
        fields: NO_FIELDS,
      },
      summary: summary?.[i] ?? NO_FIELDS,
      facets: new Array<readonly FacetValue[]>(fields),
    };
    for (let field = 0; field < fields; field++) {
      const count = numbers[at++]!;
      const found = count === 1 ? single[numbers[at]!]! : new Array<FacetValue>(count);
      for (let k = 0; k < count; k++) found[k] = values[numbers[at++]!]!;
      sample.facets[field] = found;
    }
    return sample;
  });
}
