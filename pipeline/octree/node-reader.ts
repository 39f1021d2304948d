/** Reads nodes of the octree: their pages, systems, samples and facets. */
import { type FacetRow, facetExtractor } from '#format/facets/facet-extractor.ts';
import { type FacetFile, unpackFacetFile } from '#format/facets/facet-file.ts';
import { type FacetRef, facetPageCounts, unpackFacetPage } from '#format/facets/facet-page.ts';
import { unpackManyValues } from '#format/facets/many-values.ts';
import { mergeFacets, type NodeFacets, nodeFacets } from '#format/facets/node-facet.ts';
import type { FileRef } from '#format/file-ref.ts';
import type { Position } from '#format/geometry/bounds.ts';
import { boundsHold } from '#format/geometry/cell.ts';
import { type Chunk, unpackChunk } from '#format/octree/chunk.ts';
import { joinRecord } from '#format/octree/record-fields.ts';
import { compareSamples, rankOf } from '#format/octree/sample.ts';
import { unpackRanks } from '#format/octree/sample-ranks.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { unpackValueSample } from '#format/octree/value-sample.ts';
import { systemRow } from '#format/system-row.ts';
import { hashText } from '#format/utf8.ts';
import { facetsOf } from './leaf-files.ts';
import { type LoadReader, loadChunk } from './load-chunk.ts';
import { addToSamples, NO_FIELDS, type Sample, type SampleFiles } from './previews.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import {
  pageFacets,
  type StoredBranch,
  type StoredChunk,
  type StoredLeaf,
  type StoredNode,
  storedTree,
} from './stored-node.ts';

/** Reads files of a set. */
export interface NodeFiles {
  /** Reads a file and decodes its outer map. @throws NotFoundError, CorruptError, NetworkError */
  read<T>(ref: FileRef, decode: (file: Record<string, unknown>) => T): Promise<T>;
  /** Says which files are in the set: equal ones need not be written. */
  note(files: readonly FileRef[]): void;
  /** Throws the error for a file, or `index.json`, that leads to invalid content. */
  refuse(file: string, problem: string): never;
}

/** A system that may be in a sample. Its facets are in another file, which is read only if they are needed. */
export interface SampleCandidate extends Omit<Sample, 'facets'> {
  facets(): Promise<FacetRow> | FacetRow;
}

/** Id and position of a system. */
export interface SystemPlace extends Position {
  readonly id: string;
}

/** Loaded chunks that are kept: those of sibling leaves are used one after another. */
const HELD_CHUNKS = 16;
const NO_COLUMNS: FacetFile['columns'] = new Map();

export class NodeReader {
  readonly #files: NodeFiles;
  readonly #context: Pick<SetContext, 'options' | 'summary' | 'facetNames'>;
  readonly #facetsOf: ReturnType<typeof facetExtractor>;
  readonly #chunks = new Map<string, Promise<readonly CountedSystem[]>>();
  readonly #facets = new WeakMap<StoredNode, NodeFacets>();

  constructor(files: NodeFiles, context: Pick<SetContext, 'options' | 'summary' | 'facetNames'>) {
    this.#files = files;
    this.#context = context;
    this.#facetsOf = facetExtractor(context.options.facets);
  }

  /** The top node of a page. */
  async open({ ref, facetPage }: Pick<StoredBranch, 'ref' | 'facetPage'>): Promise<StoredNode> {
    const content = await this.#files.read(ref, unpackTreePage);
    const { facetNames } = this.#context;
    const page = facetPage && (await this.#facetPage(facetPage, facetPageCounts(content)));
    const { chunks = [], previews = [], valueSamples = [] } = page?.page ?? {};
    this.#files.note([
      ...content.chunks.flatMap(chunk => [chunk, ...chunk.details].map(file => file.ref)),
      ...content.nodes.flatMap(node => (node.kind === 'leaf' || !node.preview ? [] : [node.preview.ref])),
      ...[...chunks, ...previews, ...valueSamples].filter(file => file !== undefined),
    ]);
    return storedTree(content, pageFacets(content, page?.page, page?.many ?? new Map(), facetNames));
  }

  #facetPage(ref: FileRef, counts: ReturnType<typeof facetPageCounts>) {
    return this.#files.read(ref, file => ({
      page: unpackFacetPage(file, counts),
      many: unpackManyValues(file, counts.nodes),
    }));
  }

  /**
   * The systems of a node that have some ids, at the positions where they were found.
   * @throws the error of `refuse` if one is not there
   */
  async find(node: StoredNode, keys: readonly SystemPlace[]): Promise<CountedSystem[]> {
    if (keys.length === 0) return [];
    if (node.kind === 'branch') return this.find(await this.open(node), keys);
    if (node.kind === 'leaf') {
      const systems = new Map((await this.systems(node)).map(system => [system.id, system]));
      return keys.map(({ id }) => systems.get(id) ?? this.missing([id]));
    }
    const found: CountedSystem[] = [];
    const rest = new Set(keys);
    for (const child of node.children) {
      const own = [...rest].filter(({ x, y, z }) => boundsHold(child.bounds, x, y, z));
      for (const key of own) rest.delete(key);
      for (const system of await this.find(child, own)) found.push(system);
    }
    return rest.size > 0 ? this.missing([...rest].map(({ id }) => id)) : found;
  }

  /** Throws the error for systems that should be in the octree. */
  missing(ids: readonly string[]): never {
    const some = ids.slice(0, 3).map(id => `"${id}"`);
    return this.#files.refuse('index.json', `its octree lacks ${some.join(', ')}`);
  }

  /** The systems of a leaf, in order of id. */
  async systems({ spans }: StoredLeaf): Promise<CountedSystem[]> {
    const systems: CountedSystem[] = [];
    for (const { chunk, start, end } of spans)
      for (const system of (await this.#systemsOf(chunk)).slice(start, end)) systems.push(system);
    return systems;
  }

  #systemsOf(chunk: StoredChunk): Promise<readonly CountedSystem[]> {
    const { hash } = chunk.file.ref;
    const held = this.#chunks.get(hash) ?? this.#load(chunk);
    this.#chunks.delete(hash);
    this.#chunks.set(hash, held);
    if (this.#chunks.size > HELD_CHUNKS) this.#chunks.delete(this.#chunks.keys().next().value!);
    return held;
  }

  async #load({ file }: StoredChunk): Promise<readonly CountedSystem[]> {
    const files = this.#files;
    const reader: LoadReader = {
      decode: (ref, decode) => files.read(ref, decode),
      note: (file, problem) => files.refuse(file, problem),
    };
    return (await loadChunk(file, reader, this.#context.summary, this.#facetsOf))!;
  }

  /** The rows of a preview or of the overview, in order. */
  async preview({ preview: { ref, rows }, facets }: SampleFiles): Promise<SampleCandidate[]> {
    const { options } = this.#context;
    return this.#files.read(ref, file => {
      const ranks = unpackRanks(file, rows, options.preview);
      return this.#candidates(unpackChunk(file), facets, (_, row) => ranks[row]!);
    });
  }

  /** The rows of a value sample, in order. */
  async valueSample({ valueSample }: SampleFiles): Promise<Sample[]> {
    if (!valueSample) return [];
    const { options } = this.#context;
    return this.#files.read(valueSample, file => {
      const { chunk, facets } = unpackValueSample(file);
      const ranks = unpackRanks(file, chunk.rows, options.preview);
      const values = this.#rowsOf(facets.columns, chunk.rows);
      return Array.from({ length: chunk.rows }, (_, row) => ({
        ...sampleAt(chunk, row, ranks[row]!),
        facets: values[row]!,
      }));
    });
  }

  /** The systems of a leaf in the order of samples: all that a sample can have, or more. */
  async samples(leaf: StoredLeaf): Promise<SampleCandidate[]> {
    const { options, summary } = this.#context;
    const { field } = options.preview;
    // The rank may be in the details.
    if (field !== null && !summary.has(field) && !['x', 'y', 'z'].includes(field)) {
      const context = { ...this.#context, overviewHash: Number.POSITIVE_INFINITY };
      const systems = await this.systems(leaf);
      return addToSamples([], systems, () => facetsOf(systems, context), context).map(candidateOf);
    }
    const samples: SampleCandidate[] = [];
    for (const { chunk, start, end } of leaf.spans) {
      const rank = (columns: Chunk, row: number) =>
        field === null ? 0 : rankOf(joinRecord(columns, row, {})[field], options.preview);
      const rows = await this.#files.read(chunk.file.ref, file =>
        this.#candidates(unpackChunk(file), chunk.facets, rank),
      );
      for (const row of rows.slice(start, end)) samples.push(row);
    }
    return samples.sort(compareSamples);
  }

  #candidates(
    chunk: Chunk,
    facets: FacetRef,
    rankAt: (chunk: Chunk, row: number) => number,
  ): SampleCandidate[] {
    // Read once for all rows.
    let rows: Promise<FacetRow[]> | undefined;
    return Array.from({ length: chunk.rows }, (_, row) => ({
      ...sampleAt(chunk, row, rankAt(chunk, row)),
      facets: async () => {
        rows ??= this.#facetRows(facets, chunk.rows);
        return (await rows)[row]!;
      },
    }));
  }

  async #facetRows(ref: FacetRef, rows: number): Promise<FacetRow[]> {
    return this.#rowsOf(ref ? (await this.#files.read(ref, unpackFacetFile)).columns : NO_COLUMNS, rows);
  }

  #rowsOf(columns: FacetFile['columns'], rows: number): FacetRow[] {
    const fields = this.#context.facetNames.map(name => columns.get(name));
    return Array.from({ length: rows }, (_, row) =>
      fields.map(column => column?.valuesOf(row).map(value => column.values[value]!) ?? []),
    );
  }

  /** A node of a page with all nodes below it on the page, and with the facets that the page does not list. */
  async listed(node: StoredNode): Promise<StoredNode> {
    const facets = await this.facets(node);
    if (node.kind !== 'inner') return facets === node.facets ? node : { ...node, facets };
    const children: StoredNode[] = [];
    for (const child of node.children) children.push(await this.listed(child));
    return { ...node, facets, children };
  }

  /** The facets of a node. What its page does not list is read from the files below. */
  async facets(node: StoredNode): Promise<NodeFacets> {
    if (!node.facets.some(facet => facet?.isUnlisted)) return node.facets;
    const known = this.#facets.get(node);
    if (known) return known;
    const facets = await this.#facetsBelow(node);
    this.#facets.set(node, facets);
    return facets;
  }

  async #facetsBelow(node: StoredNode): Promise<NodeFacets> {
    if (node.kind === 'branch') return this.facets(await this.open(node));
    if (node.kind === 'inner') {
      const below: NodeFacets[] = [];
      for (const child of node.children) below.push(await this.facets(child));
      return mergeFacets(below);
    }
    const rows: FacetRow[] = [];
    for (const { chunk, start, end } of node.spans)
      for (const row of (await this.#facetRows(chunk.facets, chunk.file.rows)).slice(start, end))
        rows.push(row);
    return nodeFacets(rows, this.#context.facetNames.length);
  }
}

/** A row of a file as a system of a sample, without its facets. */
function sampleAt(chunk: Chunk, row: number, rank: number): Omit<Sample, 'facets'> {
  const { fields, ...system } = systemRow(chunk, row);
  return {
    ...{ rank, hash: hashText(system.id), id: system.id, summary: fields ?? {} },
    system: { ...system, derived: chunk.derived?.[row] ?? 0, fields: NO_FIELDS },
  };
}

/** A sample as a candidate for others. */
export function candidateOf(sample: Sample): SampleCandidate {
  const { facets } = sample;
  return { ...sample, facets: () => facets };
}
