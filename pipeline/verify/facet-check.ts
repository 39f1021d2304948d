/** Checks facet files and facet pages against the values of the systems. */
import { LruCache } from '#client/fetch/lru-cache.ts';
import type { FacetRow } from '#format/facets/facet-extractor.ts';
import { type FacetFile, unpackFacetFile } from '#format/facets/facet-file.ts';
import {
  checkFacetPage,
  type FacetPage,
  type FacetRef,
  facetPageCounts,
  unpackFacetPage,
} from '#format/facets/facet-page.ts';
import type { FacetRange, NodeFacet, NodeFacets } from '#format/facets/node-facet.ts';
import { pathOf } from '#format/file-ref.ts';
import type { ChunkFile, TreeNode, TreePageContent } from '#format/octree/tree-node.ts';
import { writeFacetFile } from '#pipeline/octree/facet-files.ts';
import type { SampleFiles } from '#pipeline/octree/previews.ts';
import type { CountedSystem } from '#pipeline/octree/set-context.ts';
import { nameContent } from '#pipeline/store/set-writer.ts';
import type { CheckedReader } from './checked-reader.ts';

/** A facet file or page as another file states it; `lost` if that file is invalid. */
export type StatedFacets = FacetRef | 'lost';

/** Content of files that are kept because others may share them. */
const CACHE_BYTES = 4 * 1024 * 1024;

export class FacetCheck {
  readonly #reader: CheckedReader;
  /** Names of the declared facets. */
  readonly #names: readonly string[];
  readonly #files = new LruCache(CACHE_BYTES);

  constructor(reader: CheckedReader, names: readonly string[]) {
    this.#reader = reader;
    this.#names = names;
  }

  /**
   * Reads the facet page of a tree page; undefined if it is lost.
   * @param file path of the tree page
   */
  async page(
    ref: StatedFacets,
    file: string,
    tree: TreePageContent,
    top: TreeNode,
  ): Promise<PageFacets | undefined> {
    if (ref === 'lost') return undefined;
    const counts = facetPageCounts(tree);
    const none = (count: number) => new Array<FacetRef>(count).fill(undefined);
    const page: FacetPage | undefined = ref
      ? await this.#decode(ref, unpackFacetPage)
      : {
          ...{ nodes: counts.nodes, fields: new Map() },
          ...{ chunks: none(counts.chunks), previews: none(counts.previews) },
          valueSamples: none(counts.previews),
          branches: none(counts.branches),
        };
    if (!page) return undefined;
    const own = ref ? pathOf(ref) : file;
    try {
      checkFacetPage(page, counts);
    } catch (error) {
      this.#reader.note(own, (error as Error).message);
      return undefined;
    }
    this.checkNames(own, page.fields);
    return new PageFacets({ file: own, page, tree, top }, this.#names, this.#reader);
  }

  /**
   * Checks the facet file of a chunk.
   * @param systems undefined if a file of the chunk is invalid
   * @param page undefined if it is lost
   */
  async chunk(
    chunk: ChunkFile,
    systems: readonly CountedSystem[] | undefined,
    page: PageFacets | undefined,
  ): Promise<void> {
    if (!page) return;
    const ref = page.chunk(chunk);
    const rows = systems?.map(({ facets }) => facets);
    if (rows) await this.#rows(ref, pathOf(chunk.ref), rows);
    else if (ref) await this.#decode(ref, unpackFacetFile);
  }

  /** Compares the values of a facet file with those of its rows. */
  async #rows(ref: FacetRef, owner: string, rows: readonly FacetRow[]): Promise<void> {
    const made = writeFacetFile(rows, { facetNames: this.#names, writer: nameContent });
    if (ref && ref.hash === made?.hash) {
      // Decoded, because a sample may have the same file.
      await this.#decode(ref, unpackFacetFile);
      return;
    }
    const file = ref && (await this.read(ref, rows.length));
    if (ref && !file) return;
    for (const [row, values] of rows.entries()) {
      const found = JSON.stringify(this.valuesOf(file, row));
      const expected = JSON.stringify(values);
      if (found === expected) continue;
      this.#reader.note(
        ref ? pathOf(ref) : owner,
        `the facet values of row ${row} are ${found}, expected ${expected}`,
      );
      return;
    }
  }

  /** A facet file; undefined if it is invalid. */
  async read(ref: NonNullable<FacetRef>, rows: number): Promise<FacetFile | undefined> {
    const file = await this.#decode(ref, unpackFacetFile);
    if (!file) return undefined;
    this.checkNames(pathOf(ref), file.columns);
    if (file.rows === rows) return file;
    this.#reader.note(pathOf(ref), `has facets of ${file.rows} rows, expected ${rows}`);
    return undefined;
  }

  /** A decoded file, which several chunks, samples or tree pages may share. */
  async #decode<T>(
    ref: NonNullable<FacetRef>,
    decode: (file: Record<string, unknown>) => T,
  ): Promise<T | undefined> {
    const known = this.#files.get(ref.hash);
    if (known) return known.value as T;
    const file = await this.#reader.decode(ref, decode);
    this.#files.set(ref.hash, file, ref.length);
    return file;
  }

  /** The values of a row of a facet file, which is undefined if no row has a value. */
  valuesOf(file: FacetFile | undefined, row: number): FacetRow {
    return this.#names.map(name => {
      const column = file?.columns.get(name);
      return column ? column.valuesOf(row).map(value => column.values[value]!) : [];
    });
  }

  /** Checks that the facets of a file are declared. */
  checkNames(file: string, columns: ReadonlyMap<string, unknown>): void {
    for (const name of columns.keys())
      if (!this.#names.includes(name))
        this.#reader.note(file, `has the facet "${name}", which is not declared`);
  }
}

/** A facet page that was read. */
interface ReadFacetPage {
  /** Its path, or that of the tree page if no node of this has a value. */
  readonly file: string;
  readonly page: FacetPage;
  readonly tree: TreePageContent;
  readonly top: TreeNode;
}

/** The facet page of a tree page. */
export class PageFacets {
  readonly #file: string;
  readonly #page: FacetPage;
  readonly #names: readonly string[];
  readonly #reader: CheckedReader;
  readonly #nodes = new Map<TreeNode, number>();
  readonly #chunks: ReadonlyMap<ChunkFile, FacetRef>;
  readonly #previews = new Map<TreeNode, Pick<SampleFiles, 'facets' | 'valueSample'>>();
  readonly #branches = new Map<TreeNode, FacetRef>();

  constructor({ file, page, tree, top }: ReadFacetPage, names: readonly string[], reader: CheckedReader) {
    this.#file = file;
    this.#page = page;
    this.#names = names;
    this.#reader = reader;
    this.#chunks = new Map(tree.chunks.map((chunk, i) => [chunk, page.chunks[i]]));
    this.#place(top);
  }

  /** Finds the places of nodes, which are in the order of the page. */
  #place(node: TreeNode): void {
    this.#nodes.set(node, this.#nodes.size);
    if (node.kind === 'leaf') return;
    if (node.preview) {
      const place = this.#previews.size;
      const { previews, valueSamples } = this.#page;
      this.#previews.set(node, { facets: previews[place], valueSample: valueSamples[place] });
    }
    if (node.kind === 'branch') this.#branches.set(node, this.#page.branches[this.#branches.size]);
    else for (const child of node.children) this.#place(child);
  }

  chunk(chunk: ChunkFile): FacetRef {
    return this.#chunks.get(chunk);
  }

  preview(node: TreeNode): FacetRef {
    return this.#previews.get(node)?.facets;
  }

  valueSample(node: TreeNode): FacetRef {
    return this.#previews.get(node)?.valueSample;
  }

  branch(node: TreeNode): FacetRef {
    return this.#branches.get(node);
  }

  /** Compares a node with its facets as rebuilt. */
  compare(node: TreeNode, made: NodeFacets): void {
    this.#names.forEach((name, field) => {
      const own = this.#facetOf(node, name);
      const right = made[field];
      // A writer may leave out values where a page has many.
      const expected = textOf(right && own?.any ? { ...right, any: true, values: [] } : right);
      const found = textOf(own);
      if (found === expected) return;
      const { kind, counts } = node;
      this.#reader.note(
        this.#file,
        `the facet "${name}" is ${found}, expected ${expected} (${kind} node of ${counts.systems} systems)`,
      );
    });
  }

  #facetOf(node: TreeNode, name: string): NodeFacet | undefined {
    const column = this.#page.fields.get(name);
    if (!column) return undefined;
    const place = this.#nodes.get(node)!;
    const values = column.values.filter((_, value) => column.has(value, place));
    const any = column.any(place);
    const [numbers, dates] = [column.numbers(place), column.dates(place)];
    return any || values.length > 0 || numbers || dates ? { any, values, numbers, dates } : undefined;
  }
}

function textOf(facet: NodeFacet | undefined): string {
  if (!facet) return 'none';
  const { any, values, numbers, dates } = facet;
  const range = (name: string, own: FacetRange | undefined) => (own ? [`${name} ${own.join(' to ')}`] : []);
  return [
    ...(any ? ['any'] : []),
    ...values.map(value => JSON.stringify(value)),
    ...range('numbers', numbers),
    ...range('dates', dates),
  ].join(', ');
}
