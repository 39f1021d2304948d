/**
 * Builds leaves with very many coincident systems, which cannot be divided, in order of id, with the records of one
 * chunk in memory.
 */

import { cutRun } from '#format/cut-run.ts';
import { mergeFacets } from '#format/facets/node-facet.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import { hashText } from '#format/utf8.ts';
import { countsOf } from './build-cell.ts';
import { facetsOf, type WrittenLeaf, writeChunk } from './leaf-files.ts';
import { addToSamples } from './previews.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import { addCounts } from './subtree.ts';

/** The systems of a leaf in order of id; they can be read twice. */
export interface LeafSystems {
  ids(): AsyncIterable<readonly string[]>;
  systems(): AsyncIterable<readonly CountedSystem[]>;
}

/**
 * Writes the leaf chunk by chunk, and yields the systems of each chunk after it is written.
 * @param bounds the point
 */
export async function* writeCoincidentLeaf(
  leaf: LeafSystems,
  bounds: Bounds,
  context: SetContext,
): AsyncGenerator<readonly CountedSystem[], WrittenLeaf, undefined> {
  const chunks: WrittenLeaf['chunks'][number][] = [];
  let counts = { systems: 0, planets: 0, moons: 0, stations: 0 };
  let facets = facetsOf([], context);
  let samples: WrittenLeaf['samples'] = [];
  for await (const part of partsOf(leaf, context.options.chunkLimit)) {
    const chunk = writeChunk([part], chunks.length === 0 ? '' : part[0]!.id, context);
    chunks.push(chunk);
    counts = addCounts(counts, countsOf(part));
    const all = mergeFacets([facets, ...chunk.leaves]);
    samples = addToSamples(samples, part, () => all, context);
    facets = all;
    yield part;
  }
  return { kind: 'written leaf', bounds, counts, chunks, facets, samples };
}

/** The systems in order of id, cut into chunks. */
async function* partsOf(leaf: LeafSystems, limit: number): AsyncGenerator<CountedSystem[]> {
  // Only one number per system is in memory: the cuts depend on all ids.
  const hashes: number[] = [];
  for await (const ids of leaf.ids()) for (const id of ids) hashes.push(hashText(id));
  const [, ...ends] = cutRun(new Uint8Array(hashes.length).fill(1), limit, row => hashes[row]!);
  let part: CountedSystem[] = [];
  let rows = 0;
  let next = 0;
  for await (const systems of leaf.systems()) {
    for (const system of systems) {
      part.push(system);
      if (++rows !== ends[next]) continue;
      yield part;
      part = [];
      next++;
    }
  }
  yield part;
}
