/** Reads nodes of the octree: their pages, systems, samples and facets. */
import { unpackStrings } from '#format/columns/strings.ts';
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
import { rankOf } from '#format/octree/sample.ts';
import { unpackRanks } from '#format/octree/sample-ranks.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { unpackValueSample } from '#format/octree/value-sample.ts';
import { systemRow } from '#format/system-row.ts';
import { hashText } from '#format/utf8.ts';
import { type LoadReader, loadChunk } from './load-chunk.ts';
import { NO_FIELDS, type Sample, type SampleFiles, sampleOf } from './previews.ts';
import type { CountedSystem, SetContext } from './set-context.ts';
import {
  bySpan,
  pageFacets,
  type StoredBranch,
  type StoredChunk,
  type StoredLeaf,
  type StoredNode,
  type StoredSpan,
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
   * Yields the systems of a node that have some ids, at the positions where they were found: those of a part of a leaf
   * together.
   * @throws the error of `refuse` if one is not there
   */
  async *find(
    node: StoredNode,
    keys: readonly SystemPlace[],
  ): AsyncGenerator<CountedSystem[], void, undefined> {
    if (keys.length === 0) return;
    if (node.kind === 'branch') return yield* this.find(await this.open(node), keys);
    if (node.kind === 'leaf') {
      for (const [i, own] of bySpan(node.spans, keys).entries()) {
        if (own.length === 0) continue;
        const systems = new Map((await this.systemsIn(node.spans[i]!)).map(system => [system.id, system]));
        yield own.map(({ id }) => systems.get(id) ?? this.missing([id]));
      }
      return;
    }
    const rest = new Set(keys);
    for (const child of node.children) {
      const own = [...rest].filter(({ x, y, z }) => boundsHold(child.bounds, x, y, z));
      for (const key of own) rest.delete(key);
      yield* this.find(child, own);
    }
    if (rest.size > 0) this.missing([...rest].map(({ id }) => id));
  }

  /** Throws the error for systems that should be in the octree. */
  missing(ids: readonly string[]): never {
    const some = ids.slice(0, 3).map(id => `"${id}"`);
    return this.#files.refuse('index.json', `its octree lacks ${some.join(', ')}`);
  }

  /** The systems of a leaf, in order of id. */
  async systems({ spans }: StoredLeaf): Promise<CountedSystem[]> {
    const systems: CountedSystem[] = [];
    for (const span of spans) for (const system of await this.systemsIn(span)) systems.push(system);
    return systems;
  }

  /** The systems of a part of a leaf, in order of id. */
  async systemsIn({ chunk, start, end }: StoredSpan): Promise<CountedSystem[]> {
    return (await this.#systemsOf(chunk)).slice(start, end);
  }

  /** Their ids. */
  async idsIn({ chunk, start, end }: StoredSpan): Promise<string[]> {
    const { ref, rows } = chunk.file;
    return this.#files.read(ref, file => unpackStrings(file['id'], rows).slice(start, end));
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

  /** Yields the systems of a leaf, those of each chunk at once, in order of id. */
  async *samples({ spans }: StoredLeaf): AsyncGenerator<SampleCandidate[], void, undefined> {
    const { options, summary } = this.#context;
    const { field } = options.preview;
    // The rank may be in the details.
    const isInDetails = field !== null && !summary.has(field) && !['x', 'y', 'z'].includes(field);
    const rank = (columns: Chunk, row: number) =>
      field === null ? 0 : rankOf(joinRecord(columns, row, {})[field], options.preview);
    for (const span of spans) {
      const { chunk, start, end } = span;
      if (isInDetails) {
        const systems = await this.systemsIn(span);
        yield systems.map(system => candidateOf(sampleOf(system, this.#context)));
      } else {
        const rows = await this.#files.read(chunk.file.ref, file =>
          this.#candidates(unpackChunk(file), chunk.facets, rank),
        );
        yield rows.slice(start, end);
      }
    }
  }

  #candidates(
    chunk: Chunk,
    facets: FacetRef,
    rankAt: (chunk: Chunk, row: number) => number,
  ): SampleCandidate[] {
    const facetsAt = this.#facetsAt(facets, chunk.rows);
    return Array.from({ length: chunk.rows }, (_, row) => ({
      ...sampleAt(chunk, row, rankAt(chunk, row)),
      facets: facetsAt(row),
    }));
  }

  /** Returns functions that read the facets of a row. Few candidates are kept: they do not keep their chunk in memory. */
  #facetsAt(ref: FacetRef, count: number): (row: number) => () => Promise<FacetRow> {
    // Read once for all rows.
    let rows: Promise<FacetRow[]> | undefined;
    return row => async () => {
      rows ??= this.#facetRows(ref, count);
      return (await rows)[row]!;
    };
  }

  /** The facets of all rows of a chunk. */
  async chunkFacets({ facets }: StoredChunk): Promise<NodeFacets> {
    const columns = facets ? (await this.#files.read(facets, unpackFacetFile)).columns : NO_COLUMNS;
    const { facetNames } = this.#context;
    return nodeFacets([facetNames.map(name => columns.get(name)?.values ?? [])], facetNames.length);
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
    const below: NodeFacets[] = [];
    for (const { chunk, start, end } of node.spans) {
      const rows = (await this.#facetRows(chunk.facets, chunk.file.rows)).slice(start, end);
      below.push(nodeFacets(rows, this.#context.facetNames.length));
    }
    return mergeFacets(below);
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
