/** Rebuilds sibling leaves from their files, with the systems of one chunk in memory, and compares them. */
import { cutRun } from '#format/cut-run.ts';
import { type FacetExtractor, facetExtractor } from '#format/facets/facet-extractor.ts';
import { mergeFacets, type NodeFacets } from '#format/facets/node-facet.ts';
import { pathOf } from '#format/file-ref.ts';
import { boundsOf } from '#format/geometry/bounds.ts';
import { type Bounds, unionBounds } from '#format/geometry/cell.ts';
import type { ChunkFile, LeafNode, RowSpan, RowsFile } from '#format/octree/tree-node.ts';
import type { Counts } from '#format/system.ts';
import { compareText, hashText } from '#format/utf8.ts';
import { countsOf, isLeaf } from '#pipeline/octree/build-cell.ts';
import {
  facetsOf,
  LeafFiles,
  type Leaves,
  type WrittenChunk,
  writeChunk,
} from '#pipeline/octree/leaf-files.ts';
import { loadChunk } from '#pipeline/octree/load-chunk.ts';
import { addToSamples, mergeSamples, type Sample } from '#pipeline/octree/previews.ts';
import type { CountedSystem, SetContext } from '#pipeline/octree/set-context.ts';
import { addCounts } from '#pipeline/octree/subtree.ts';
import type { CheckedReader } from './checked-reader.ts';
import { detached } from './detached.ts';
import type { FacetCheck, PageFacets } from './facet-check.ts';

/** The tree page that is checked: its path, and its facet page, unless that is lost. */
export interface CheckedPage {
  readonly file: string;
  readonly facets: PageFacets | undefined;
}

/** Contents of a node that follow from its systems. */
export interface NodeContent {
  readonly bounds: Bounds;
  readonly counts: Counts;
  readonly facets: NodeFacets;
}

export interface RebuiltLeaves {
  readonly nodes: readonly NodeContent[];
  /** In a canonical set their files. */
  readonly files: Leaves | undefined;
}

/** Compares a leaf of a page with the content that its systems give it, and receives the systems. */
export interface LeafEvents {
  compare(leaf: LeafNode, made: NodeContent, page: CheckedPage): void;
  add(systems: readonly CountedSystem[]): Promise<void>;
}

/** A loaded chunk; `systems` is undefined if a file of it is invalid. */
interface OpenChunk {
  readonly chunk: ChunkFile;
  readonly systems: readonly CountedSystem[] | undefined;
}

export class LeafChecker {
  readonly #reader: CheckedReader;
  readonly #context: SetContext;
  readonly #facets: FacetCheck;
  readonly #facetsOf: FacetExtractor;
  readonly #events: LeafEvents;

  constructor(reader: CheckedReader, context: SetContext, facets: FacetCheck, events: LeafEvents) {
    this.#reader = reader;
    this.#context = context;
    this.#facets = facets;
    this.#facetsOf = facetExtractor(context.options.facets);
    this.#events = events;
  }

  /** Sibling leaves, which share chunks; undefined if a file of them is invalid. */
  async check(leaves: readonly LeafNode[], page: CheckedPage): Promise<RebuiltLeaves | undefined> {
    const files = this.#reader.canonical ? new LeafFiles(this.#context) : undefined;
    const nodes: NodeContent[] = [];
    let open: OpenChunk | undefined;
    for (const leaf of leaves) {
      const made = new RebuiltLeaf(leaf, this.#context, this.#reader.canonical);
      for (const span of leaf.spans) {
        if (open?.chunk !== span.chunk) open = await this.#open(span.chunk, page);
        if (open.systems) await this.#part(made, span, open.systems.slice(span.start, span.end), page.file);
        else made.isLost = true;
      }
      if (made.isLost) continue;
      const node = made.content();
      nodes.push(node);
      this.#events.compare(leaf, node, page);
      this.#checkRows(leaf, made, page.file);
      if (files) made.write(files);
    }
    if (nodes.length < leaves.length) return undefined;
    const written = files?.finish();
    // Samples go up the tree: they are copied, so that they keep no file in memory.
    return { nodes, files: written && { ...written, samples: written.samples.map(detached) } };
  }

  async #open(chunk: ChunkFile, { facets }: CheckedPage): Promise<OpenChunk> {
    const { summary } = this.#context;
    const systems = await loadChunk(chunk, this.#reader, summary, this.#facetsOf);
    await this.#facets.chunk(chunk, systems, facets);
    return { chunk, systems };
  }

  /** The systems of a leaf in one chunk. */
  async #part(
    made: RebuiltLeaf,
    span: RowSpan,
    systems: readonly CountedSystem[],
    file: string,
  ): Promise<void> {
    this.#checkFirstIds(span, systems, made.rows, file);
    made.add(systems);
    await this.#events.add(systems);
  }

  #checkRows(leaf: LeafNode, made: RebuiltLeaf, file: string): void {
    const { chunkLimit } = this.#context.options;
    if (!made.isSorted) this.#reader.note(file, 'the ids of a leaf are not in ascending order');
    if (!isLeaf(made.rows, leaf.bounds, this.#context.options))
      this.#reader.note(file, `a leaf has ${made.rows} systems, the maximum is ${chunkLimit}`);
    if (leaf.spans.length > 1 && leaf.spans.some(({ chunk, start, end }) => end - start < chunk.rows))
      this.#reader.note(file, 'a leaf of several chunks shares one of them');
    else if (!made.isCutCanonically())
      this.#reader.note(file, 'the systems of a leaf are not divided into chunks as in a canonical set');
  }

  /**
   * Files that begin inside a leaf say with which id; a leaf of several spans is alone in its chunks.
   * @param rows rows of the leaf in earlier chunks
   */
  #checkFirstIds(
    { chunk, start, end }: RowSpan,
    systems: readonly CountedSystem[],
    rows: number,
    file: string,
  ): void {
    const expect = ({ ref, firstId }: RowsFile, row: number) => {
      const expected = rows + row === 0 ? '' : systems[row]!.id;
      if (firstId === expected) return;
      this.#reader.note(file, `the first id of ${pathOf(ref)} is "${firstId}", expected "${expected}"`);
    };
    if (start === 0) expect(chunk, 0);
    let first = 0;
    for (const details of chunk.details) {
      if (first >= start && first < end) expect(details, first - start);
      first += details.rows;
    }
  }
}

/** A leaf that is rebuilt from its systems, chunk by chunk. */
class RebuiltLeaf {
  readonly #leaf: LeafNode;
  readonly #context: SetContext;
  readonly #canonical: boolean;
  #content: NodeContent | undefined;
  /** Systems of a leaf in one chunk. */
  #systems: readonly CountedSystem[] = [];
  /** Of a canonical leaf of several chunks. */
  readonly #chunks: WrittenChunk[] = [];
  readonly #starts: number[] = [];
  readonly #hashes: number[] = [];
  #samples: readonly Sample[] = [];
  #lastId: string | undefined;
  rows = 0;
  isSorted = true;
  /** Whether a file of it is invalid. */
  isLost = false;

  constructor(leaf: LeafNode, context: SetContext, canonical: boolean) {
    this.#leaf = leaf;
    this.#context = context;
    this.#canonical = canonical;
  }

  add(systems: readonly CountedSystem[]): void {
    for (const { id } of systems) {
      if (this.#lastId !== undefined && compareText(this.#lastId, id) >= 0) this.isSorted = false;
      this.#lastId = id;
    }
    const context = this.#context;
    const part = {
      bounds: boundsOf(systems),
      counts: countsOf(systems),
      facets: facetsOf(systems, context),
    };
    this.#content = this.#content ? joinContents([this.#content, part]) : part;
    if (this.#canonical && this.#leaf.spans.length > 1) this.#writePart(systems, part);
    else if (this.#canonical) this.#systems = systems;
    this.rows += systems.length;
  }

  /** As `writeCoincidentLeaf` does. */
  #writePart(systems: readonly CountedSystem[], { facets }: NodeContent): void {
    const context = this.#context;
    this.#starts.push(this.rows);
    this.#chunks.push(writeChunk([systems], this.rows === 0 ? '' : systems[0]!.id, context));
    for (const { id } of systems) this.#hashes.push(hashText(id));
    const samples = addToSamples([], systems, () => facets, context).map(detached);
    this.#samples = mergeSamples([this.#samples, samples], () => this.content().facets, context);
  }

  content(): NodeContent {
    return this.#content!;
  }

  /** Whether a canonical leaf of several chunks is cut where its ids say. */
  isCutCanonically(): boolean {
    const hashes = this.#hashes;
    const { chunkLimit } = this.#context.options;
    const starts = cutRun(new Uint8Array(hashes.length).fill(1), chunkLimit, row => hashes[row]!);
    return starts.join() === this.#starts.join();
  }

  write(files: LeafFiles): void {
    const { bounds, counts, facets } = this.content();
    files.add(
      this.#leaf.spans.length > 1
        ? {
            kind: 'written leaf',
            bounds,
            counts,
            facets,
            chunks: this.#chunks,
            samples: this.#samples,
          }
        : { kind: 'leaf', bounds, counts, systems: this.#systems },
    );
  }
}

/** The node of all systems of some nodes. */
export function joinContents(nodes: readonly NodeContent[]): NodeContent {
  return {
    bounds: nodes.map(({ bounds }) => bounds).reduce(unionBounds),
    counts: nodes.map(({ counts }) => counts).reduce(addCounts),
    facets: mergeFacets(nodes.map(({ facets }) => facets)),
  };
}
