/** Finds the first systems of subtrees in the order of samples, from as few files as possible. */
import { compareSamples } from '#format/octree/sample.ts';
import type { NodeReader, SampleCandidate } from './node-reader.ts';
import type { StoredNode } from './stored-node.ts';

/** A part of the systems. */
export interface SamplePart {
  /** Its first systems, in order; empty if none is known without reading. */
  readonly known: readonly SampleCandidate[];
  /** Reads the parts that it consists of; undefined if all its systems are known. */
  readonly below: (() => Promise<SamplePart[]>) | undefined;
}

/** The samples of nodes: of a leaf all systems, of a node with a preview the rows of the preview, at first. */
export async function samplePart(node: StoredNode, reader: NodeReader): Promise<SamplePart> {
  if (node.kind === 'leaf') return { known: await reader.samples(node), below: undefined };
  const below = async () => {
    const top = node.kind === 'branch' ? await reader.open(node) : node;
    return top.kind === 'inner' ? sampleParts(top.children, reader) : [await samplePart(top, reader)];
  };
  if (!node.sample) return { known: [], below };
  return { known: await reader.preview(node.sample), below };
}

export async function sampleParts(nodes: readonly StoredNode[], reader: NodeReader): Promise<SamplePart[]> {
  const parts: SamplePart[] = [];
  for (const node of nodes) parts.push(await samplePart(node, reader));
  return parts;
}

/**
 * Returns the first `rows` systems of some parts, or all if they have fewer. A part is read as long as a system that it
 * does not know yet may be among them.
 */
export async function firstSamples(parts: readonly SamplePart[], rows: number): Promise<SampleCandidate[]> {
  for (let own = parts; ; ) {
    const known = own.flatMap(part => part.known).sort(compareSamples);
    const last = known[rows - 1];
    const isOpen = ({ known, below }: SamplePart) => {
      const end = known.at(-1);
      return below !== undefined && !(last && end && compareSamples(end, last) >= 0);
    };
    if (!own.some(isOpen)) return known.slice(0, rows);
    const next: SamplePart[] = [];
    for (const part of own) next.push(...(isOpen(part) ? await part.below!() : [part]));
    own = next;
  }
}
