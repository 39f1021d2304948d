/** Converts subtrees and leaves to JSON for other tasks: bounds, counts and samples, without records. */
import type { JsonObject } from '#format/json.ts';
import type { Leaves } from './leaf-files.ts';
import type { Sample } from './previews.ts';
import type { Subtree } from './subtree.ts';

/** Rank (null for none), hash, id, name, region, x, y, z, derived, summary fields if there are any. */
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
  summary?: JsonObject,
];

type WithSamples<T> = Omit<T, 'samples'> & { readonly samples: readonly SampleJson[] };

/** Result of a unit of a task `cells`. */
export interface UnitJson {
  readonly leaves?: WithSamples<Leaves>;
  readonly tree?: WithSamples<Subtree>;
}

export function unitJson({ leaves, tree }: { leaves?: Leaves; tree?: Subtree }): UnitJson {
  return {
    ...(leaves && { leaves: { ...leaves, samples: leaves.samples.map(sampleJson) } }),
    ...(tree && { tree: { ...tree, samples: tree.samples.map(sampleJson) } }),
  };
}

export function leavesOf({ leaves }: UnitJson): Leaves | undefined {
  return leaves && { ...leaves, samples: leaves.samples.map(sampleOf) };
}

export function treeOf({ tree }: UnitJson): Subtree | undefined {
  // JSON leaves out undefined members, such as the preview of a small node.
  return tree && { ...tree, samples: tree.samples.map(sampleOf) };
}

function sampleJson({ rank, hash, id, system, summary }: Sample): SampleJson {
  const { name, region, x, y, z, derived } = system;
  const json: SampleJson = [Number.isFinite(rank) ? rank : null, hash, id, name, region, x, y, z, derived];
  if (Object.keys(summary).length > 0) json.push(summary);
  return json;
}

function sampleOf([rank, hash, id, name, region, x, y, z, derived, summary]: SampleJson): Sample {
  return {
    ...{ rank: rank ?? Number.POSITIVE_INFINITY, hash, id, summary: summary ?? {} },
    system: { id, name, region, x, y, z, derived, fields: {} },
  };
}
