/** The part of an octree that a tracker holds: tree pages, pieces, and what was learned of files. */
import { readChunk, readPage } from '#client/fetch/decode.ts';
import type { Files } from '#client/fetch/files.ts';
import { parallel } from '#client/fetch/parallel.ts';
import type { FacetFilter } from '#client/octree/facet-filter.ts';
import { readRows, readTreePage } from '#client/octree/filtered-reads.ts';
import { openFilter, overviewFacets } from '#client/octree/open-filter.ts';
import type { FilterOptions, QueryOptions } from '#client/query/types.ts';
import type { SetIndex } from '#format/index-json.ts';
import type { BranchNode, PreviewFile, TreeNode } from '#format/octree/tree-node.ts';
import { type KnownTree, type Level, type ShowableFile, showableFile, type Want } from './known-tree.ts';
import { estimatedBytes, FilePiece } from './piece.ts';

export interface TreeOptions extends FilterOptions {
  /** Whether pieces have their facet values. */
  readonly facets: boolean;
  /** Whether samples are wanted, so that the overview is read at once. */
  readonly hasSamples: boolean;
}

/** Maximum number of files whose sizes are kept. */
const MAX_SIZES = 20_000;

export class HeldTree implements KnownTree {
  readonly root: TreeNode;
  readonly overview: ShowableFile | undefined;
  readonly isFiltered: boolean;
  readonly #files: Files;
  readonly #filter: FacetFilter | undefined;
  /** Declared facets, if pieces have their values. */
  readonly #fields: readonly string[] | undefined;
  readonly #pages = new Map<string, TreeNode>();
  readonly #pieces = new Map<string, FilePiece>();
  /** Sizes of contents that were read once: an estimate that is too low would have them read again and again. */
  readonly #sizes = new Map<string, { readonly rows: number; readonly bytes: number }>();
  #levels: ReadonlyMap<TreeNode, Level> = new Map();

  private constructor(
    files: Files,
    root: TreeNode,
    filter: FacetFilter | undefined,
    index: SetIndex,
    { where, facets, hasSamples }: TreeOptions,
  ) {
    this.#files = files;
    this.root = root;
    this.#filter = filter;
    this.isFiltered = where !== undefined;
    this.#fields = facets ? declaredFacets(index) : undefined;
    const overview = overviewOf(index);
    const isAll = overview?.rows === root.counts.systems;
    if (!overview || !(isAll || hasSamples)) return;
    this.overview = showableFile(isAll ? 'exact' : 'sample', overview);
    filter?.addFile(overview, overviewFacets(index));
  }

  /**
   * Reads the root of the octree and, at the same time, the overview if samples are wanted.
   * @returns undefined for an empty set
   * @throws ArgumentError for an invalid filter, MissingIndexError for a filter of a set without facets; errors of files
   */
  static async open(
    files: Files,
    index: SetIndex,
    options: TreeOptions,
    query: QueryOptions,
  ): Promise<HeldTree | undefined> {
    const { tree, bounds, counts } = index;
    if (!tree || !bounds) return undefined;
    const { where, fold } = options;
    const hasFilter = where !== undefined || (options.facets && declaredFacets(index).length > 0);
    const overview = overviewOf(index);
    const [{ root, filter }] = await parallel(query, [
      async query =>
        hasFilter
          ? openFilter(files, index, { ...query, where: where ?? {}, fold }, undefined)
          : {
              root: await readPage(files, { ref: { kind: 'tree', ...tree }, bounds, counts }, query),
              filter: undefined,
            },
      // It is read again from the cache, or from this very read.
      async query => {
        if (overview && options.hasSamples) await readChunk(files, overview.ref, overview.rows, query);
      },
    ]);
    return new HeldTree(files, root!, filter, index, options);
  }

  mayMatch(node: TreeNode): boolean {
    return !this.isFiltered || this.#filter!.mayMatch(node);
  }

  page({ ref }: BranchNode): TreeNode | undefined {
    return this.#pages.get(ref.hash);
  }

  piece(key: string): FilePiece | undefined {
    return this.#pieces.get(key);
  }

  sizeOf({ key, file: { rows } }: ShowableFile): { readonly rows: number; readonly bytes: number } {
    return this.#sizes.get(key) ?? { rows, bytes: estimatedBytes(rows) };
  }

  levelOf(node: TreeNode): Level {
    return this.#levels.get(node) ?? 0;
  }

  /** Memory of the pieces, in bytes. */
  get bytes(): number {
    return [...this.#pieces.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Reads a file that is wanted.
   * @param isAhead if the rows are not wanted yet: they only go into the cache
   */
  async read(want: Want, isAhead: boolean, options: QueryOptions): Promise<void> {
    if (want.kind === 'page') {
      const top = await readTreePage(this.#files, want.branch, options, this.#filter);
      this.#pages.set(want.branch.ref.hash, top);
      return;
    }
    const { key, content } = want;
    const { file, kind } = content;
    const rows = await readRows(this.#files, file, options, this.#filter);
    if (isAhead) return;
    const matches = this.isFiltered ? rows.matches : undefined;
    const facets = this.#fields && rows.facets;
    const piece = new FilePiece({ key, kind, chunk: rows.chunk, matches, facets, fields: this.#fields });
    this.#pieces.set(key, piece);
    if (this.#sizes.size >= MAX_SIZES) this.#sizes.clear();
    this.#sizes.set(key, { rows: piece.length, bytes: piece.bytes });
  }

  /** Whether a file that is wanted is in the cache. */
  hasCached(want: Want): boolean {
    return this.#files.has(want.kind === 'page' ? want.branch.ref : want.content.file.ref);
  }

  /** Drops pages and pieces that no selection uses, and keeps the levels of the last one. */
  keep(pages: ReadonlySet<string>, pieces: ReadonlySet<string>, levels: ReadonlyMap<TreeNode, Level>): void {
    for (const key of this.#pages.keys()) if (!pages.has(key)) this.#pages.delete(key);
    for (const key of this.#pieces.keys()) if (!pieces.has(key)) this.#pieces.delete(key);
    this.#levels = levels;
  }
}

function overviewOf({ overview }: SetIndex): PreviewFile | undefined {
  if (!overview) return undefined;
  const { rows, ...ref } = overview;
  return { ref: { kind: 'previews', ...ref }, rows };
}

function declaredFacets({ options }: SetIndex): string[] {
  // A set of an earlier builder has no such option.
  const facets = options.facets as SetIndex['options']['facets'] | undefined;
  return (facets ?? []).map(({ field }) => field);
}
