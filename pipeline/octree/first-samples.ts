/** Finds the first systems of subtrees in the order of samples, from as few files as possible. */
import { compareSamples } from '#format/octree/sample.ts';
import type { NodeReader, SampleCandidate } from './node-reader.ts';
import type { StoredLeaf, StoredNode } from './stored-node.ts';

/** A part of the systems. */
interface SamplePart {
  /** Its first systems, in order; empty if none is known without reading. */
  readonly known: readonly SampleCandidate[];
  /** Reads the parts that it consists of; undefined if no others can be among the first. */
  readonly below: (() => Promise<SamplePart[]>) | undefined;
}

/** The sample of a node: of a leaf its first `rows` systems, of a node with a preview its rows, at first. */
async function samplePart(node: StoredNode, reader: NodeReader, rows: number): Promise<SamplePart> {
  if (node.kind === 'leaf') return { known: await firstOfLeaf(node, reader, rows), below: undefined };
  const below = async () => {
    const top = node.kind === 'branch' ? await reader.open(node) : node;
    return sampleParts(top.kind === 'inner' ? top.children : [top], reader, rows);
  };
  if (!node.sample) return { known: [], below };
  return { known: await reader.preview(node.sample), below };
}

async function sampleParts(
  nodes: readonly StoredNode[],
  reader: NodeReader,
  rows: number,
): Promise<SamplePart[]> {
  const parts: SamplePart[] = [];
  for (const node of nodes) parts.push(await samplePart(node, reader, rows));
  return parts;
}

/** The first systems of a leaf, in order, with those of one chunk more in memory. */
async function firstOfLeaf(leaf: StoredLeaf, reader: NodeReader, rows: number): Promise<SampleCandidate[]> {
  let first: SampleCandidate[] = [];
  for await (const samples of reader.samples(leaf)) {
    const last = first[rows - 1];
    const own = last ? samples.filter(sample => compareSamples(sample, last) < 0) : samples;
    if (own.length > 0) first = [...first, ...own].sort(compareSamples).slice(0, rows);
  }
  return first;
}

/**
 * Returns the first `rows` systems of some nodes, or all if they have fewer. A node is read as long as a system that is
 * not known yet may be among them.
 */
export async function firstSamples(
  nodes: readonly StoredNode[],
  reader: NodeReader,
  rows: number,
): Promise<SampleCandidate[]> {
  for (let own = await sampleParts(nodes, reader, rows); ; ) {
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
