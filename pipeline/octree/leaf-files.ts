/** Writes the files of leaves: chunks of systems, shared by neighbouring sibling leaves, and their details. */

import { weightOf } from '#format/columns/values.ts';
import { cutRun } from '#format/cut-run.ts';
import type { FacetPageContent, FacetRef } from '#format/facets/facet-page.ts';
import { facetsOfGroups, mergeFacets, type NodeFacets, nodeFacets } from '#format/facets/node-facet.ts';
import { numberedFields } from '#format/facets/numbered-values.ts';
import type { Bounds } from '#format/geometry/cell.ts';
import type { ChunkFile, RowsFile } from '#format/octree/tree-node.ts';
import type { Counts } from '#format/system.ts';
import { hashText } from '#format/utf8.ts';
import { NO_FACETS, writeFacetColumns } from './facet-files.ts';
import { addToSamples, mergeSamples, type Sample } from './previews.ts';
import type { EncodedRows } from './row-encoder.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import { withinLimit } from './value-limit.ts';

/** A leaf that is not written yet: it may share a chunk with its siblings. */
export interface OpenLeaf {
  readonly kind: 'leaf';
  readonly bounds: Bounds;
  readonly counts: Counts;
  /** In order of id. */
  readonly systems: readonly CountedSystem[];
}

/** A leaf with more coincident systems than the chunk limit, whose files are written. */
export interface WrittenLeaf {
  readonly kind: 'written leaf';
  readonly bounds: Bounds;
  readonly counts: Counts;
  readonly chunks: readonly WrittenChunk[];
  readonly facets: NodeFacets;
  readonly samples: readonly Sample[];
}

/** A chunk and the facet file of its rows. */
export interface WrittenChunk {
  readonly file: ChunkFile;
  readonly facets: FacetRef;
  /** The facets of each of its leaves, or of its part of a leaf. */
  readonly leaves: readonly NodeFacets[];
}

/** Leaves that are children of one node, with the chunks of their rows. */
export interface Leaves {
  readonly leaves: readonly { bounds: Bounds; counts: Counts }[];
  readonly chunks: readonly ChunkFile[];
  /** Facets of the leaves and of the chunks. */
  readonly facets: FacetPageContent;
  readonly samples: readonly Sample[];
}

/** Weight of the details of a record without any. */
const EMPTY_WEIGHT = weightOf({});

export const NO_LEAVES: Leaves = { leaves: [], chunks: [], facets: NO_FACETS, samples: [] };

/** Writes leaves, given in Morton order: as many per chunk as its limit allows. */
export function writeLeaves(leaves: readonly (OpenLeaf | WrittenLeaf)[], context: SetContext): Leaves {
  const files = new LeafFiles(context);
  for (const leaf of leaves) files.add(leaf);
  return files.finish();
}

/** Writes leaves one by one, with the systems of at most one chunk in memory. */
export class LeafFiles {
  readonly #context: SetContext;
  readonly #leaves: { bounds: Bounds; counts: Counts }[] = [];
  readonly #facets: NodeFacets[] = [];
  readonly #chunks: WrittenChunk[] = [];
  #samples: readonly Sample[] = [];
  readonly #allFacets = () => mergeFacets(this.#facets);
  /** Systems of the leaves of the current chunk. */
  #group: (readonly CountedSystem[])[] = [];
  #rows = 0;

  constructor(context: SetContext) {
    this.#context = context;
  }

  /** Adds the next leaf in Morton order. Returns whether the systems of all leaves before it are in files. */
  add(leaf: OpenLeaf | WrittenLeaf): boolean {
    const { bounds, counts } = leaf;
    const { options, constants } = this.#context;
    this.#leaves.push({ bounds, counts });
    if (this.#rows + counts.systems > options.chunkLimit * constants.grouping) this.#close();
    if (leaf.kind === 'written leaf') {
      this.#facets.push(leaf.facets);
      for (const chunk of leaf.chunks) this.#chunks.push(chunk);
      this.#samples = mergeSamples([this.#samples, leaf.samples], this.#allFacets, this.#context);
      return true;
    }
    this.#rows += counts.systems;
    return this.#group.push(leaf.systems) === 1;
  }

  finish(): Leaves {
    this.#close();
    return {
      leaves: this.#leaves,
      chunks: this.#chunks.map(({ file }) => file),
      facets: { ...NO_FACETS, nodes: this.#facets, chunks: this.#chunks.map(({ facets }) => facets) },
      samples: this.#samples,
    };
  }

  /** Writes the chunk. Its systems are not in memory any more afterwards. */
  #close(): void {
    const group = this.#group;
    if (group.length === 0) return;
    const systems = group.length === 1 ? group[0]! : group.flat();
    const chunks = writeGroup(group, systems, this.#context);
    for (const chunk of chunks) this.#chunks.push(chunk);
    const facets = chunks.flatMap(({ leaves }) => leaves);
    this.#facets.push(...(group.length === 1 ? [mergeFacets(facets)] : facets));
    this.#samples = addToSamples(this.#samples, systems, this.#allFacets, this.#context);
    this.#group = [];
    this.#rows = 0;
  }
}

/** The chunks of a group of leaves: one, or several for a single leaf with many coincident systems. */
function writeGroup(
  leaves: readonly (readonly CountedSystem[])[],
  systems: readonly CountedSystem[],
  context: SetContext,
): WrittenChunk[] {
  const { length } = systems;
  const { chunkLimit } = context.options;
  if (length <= chunkLimit) return [writeChunk(leaves, '', context)];
  const starts = cutRun(new Uint8Array(length).fill(1), chunkLimit, row => hashText(systems[row]!.id));
  return starts.map((start, i) => {
    const part = systems.slice(start, starts[i + 1]);
    return writeChunk([part], i === 0 ? '' : part[0]!.id, context);
  });
}

/** The facets of a node with the given systems. */
export function facetsOf(
  systems: readonly CountedSystem[],
  { facetNames }: Pick<SetContext, 'facetNames'>,
): NodeFacets {
  return nodeFacets(
    systems.map(({ facets }) => facets),
    facetNames.length,
  );
}

/**
 * Writes a chunk with its details and its facet file.
 * @param firstId first id, if the chunk continues a leaf of another chunk; otherwise empty
 */
export function writeChunk(
  leaves: readonly (readonly CountedSystem[])[],
  firstId: string,
  context: SetContext,
): WrittenChunk {
  const systems = leaves.length === 1 ? leaves[0]! : leaves.flat();
  const rows = context.encode(systems, context.summary);
  const details = writeDetails(leaves, rows, firstId, context);
  const chunk = withinLimit(
    () => rows.chunk(),
    () => `the summary fields of ${named(systems)}`,
    'leave fields out of the summary, or give a lower chunk limit',
  );
  const ref = context.writer.put('chunks', chunk);
  const facets = systems.map(system => system.facets);
  const columns = numberedFields(facets, context.facetNames.length);
  return {
    file: { ref, rows: systems.length, firstId, details },
    facets: writeFacetColumns(columns, context),
    leaves: facetsOfGroups(
      columns,
      leaves.map(({ length }) => length),
    ),
  };
}

/** Cuts the details of a chunk at the borders of its leaves, and inside a leaf that is too heavy for one file. */
function writeDetails(
  leaves: readonly (readonly CountedSystem[])[],
  rows: EncodedRows,
  firstId: string,
  context: SetContext,
): RowsFile[] {
  const { weights } = rows;
  if (weights.every(weight => weight === EMPTY_WEIGHT)) return [];
  const { detailWeight } = context.options;
  const files: { start: number; firstId: string }[] = [];
  let weight = 0;
  let start = 0;
  for (const systems of leaves) {
    const end = start + systems.length;
    let total = 0;
    for (let row = start; row < end; row++) total += weights[row]!;
    if (files.length === 0 || weight + total > detailWeight) {
      const cuts = cutRun(weights.subarray(start, end), detailWeight, row => hashText(systems[row]!.id));
      for (const cut of cuts) {
        const first = start === 0 ? firstId : '';
        files.push({ start: start + cut, firstId: cut === 0 ? first : systems[cut]!.id });
      }
      // A leaf that was cut is heavier than a file: the next one begins another.
      weight = total;
    } else {
      weight += total;
    }
    start = end;
  }
  return files.map((file, i) => {
    const end = files[i + 1]?.start ?? weights.length;
    const content = withinLimit(
      () => rows.details(file.start, end),
      () => `the records of ${named(leaves.flat().slice(file.start, end))}`,
      'give a lower detail weight',
    );
    return {
      ref: context.writer.put('details', content),
      rows: end - file.start,
      firstId: file.firstId,
    };
  });
}

/** Some systems, for messages. */
function named(systems: readonly CountedSystem[]): string {
  const [first, last] = [systems[0]!, systems.at(-1)!];
  return `${systems.length} systems ("${first.id}" to "${last.id}")`;
}
