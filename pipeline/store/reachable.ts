/** Walks over all files of a set, from its index down. Used to check, count, copy, compare and keep files. */

import type { Files } from '#client/fetch/files.ts';
import { type ListingEntry, SHARDS } from '#format/btree/listing-schemas.ts';
import { type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import { TABLE_SCHEMAS, type TableName } from '#format/btree/table-schemas.ts';
import {
  type FacetPage,
  type FacetPageCounts,
  type FacetRef,
  facetPageCounts,
  unpackFacetPage,
} from '#format/facets/facet-page.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import type { SetIndex } from '#format/index-json.ts';
import { type TreeNode, treeOfPage } from '#format/octree/tree-node.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { unpack } from '#format/unpack.ts';

/** A file of a set; for tree pages and table pages also what the walk has read. */
export type ReachableFile =
  | {
      readonly role:
        | ('overview' | 'preview' | 'chunk' | 'details' | 'facets' | 'facet page')
        | ('fold' | 'meta' | 'preload');
      readonly ref: FileRef;
    }
  /** `node` is the top of the page, or undefined if the page could not be read. */
  | { readonly role: 'tree'; readonly ref: FileRef; readonly node: TreeNode | undefined }
  | {
      readonly role: 'table';
      readonly ref: FileRef;
      /** `shards` for the tables of large listed values. */
      readonly table: TableName | 'shards';
      /** 0 for a leaf page. */
      readonly level: number;
      /** Rows of a leaf page, entries of an inner page. */
      readonly rows: number;
    };

/**
 * Reads a file and decodes its outer map; undefined if the file is invalid and the walk must continue without the
 * files below it.
 */
export type PageReader = <T>(
  ref: FileRef,
  decode: (file: Record<string, unknown>) => T,
) => Promise<T | undefined>;

/** Reads pages through the client: an invalid page ends the walk with the client's error. */
export function pageReader(files: Files, signal?: AbortSignal): PageReader {
  return (ref, decode) =>
    files.read(ref, content => ({ value: decode(unpack(content)), cost: content.length }), { signal });
}

/**
 * Yields every file that an index leads to, each once, a page before the files below it; without `index.json`. Reads
 * only tree pages, facet pages, inner pages of tables and the directory of listings, each once.
 * @throws errors of `read`
 */
export function reachable(index: SetIndex, read: PageReader): Walked {
  return new Walk(read).index(index);
}

/** Files in the order of the walk. */
type Walked = AsyncGenerator<ReachableFile, void, undefined>;

class Walk {
  readonly #read: PageReader;
  readonly #seen = new Set<string>();

  constructor(read: PageReader) {
    this.#read = read;
  }

  async *index({ meta, fold, overview, preload, tree, facets, tables }: SetIndex): Walked {
    if (meta) yield* this.#file('meta', { kind: 'meta', ...meta });
    if (fold) yield* this.#file('fold', { kind: 'fold', ...fold });
    if (overview) yield* this.#file('overview', { kind: 'previews', ...overview });
    if (preload) yield* this.#file('preload', { kind: 'preload', ...preload });
    if (facets?.overview) yield* this.#file('facets', { kind: 'facets', ...facets.overview });
    const facetRoot: FacetRef = facets?.root ? { kind: 'facets', ...facets.root } : undefined;
    if (tree) yield* this.#treePage({ kind: 'tree', ...tree }, facetRoot);
    for (const table of Object.keys(TABLE_SCHEMAS) as TableName[]) {
      const layout = TABLE_SCHEMAS[table];
      const root = tables?.[table];
      if (root) yield* this.#tablePage(table, layout, { kind: layout.kind, ...root }, { level: 0, rows: 0 });
    }
  }

  /** True the first time; files of equal content are one file. */
  #isNew(ref: FileRef): boolean {
    const path = pathOf(ref);
    if (this.#seen.has(path)) return false;
    this.#seen.add(path);
    return true;
  }

  *#file(
    role: Exclude<ReachableFile['role'], 'tree' | 'table'>,
    ref: FileRef,
  ): Generator<ReachableFile, void, undefined> {
    if (this.#isNew(ref)) yield { role, ref };
  }

  /** @param facets its facet page */
  async *#treePage(ref: FileRef, facets: FacetRef): Walked {
    if (!this.#isNew(ref)) return;
    const page = await this.#read(ref, file => {
      const content = unpackTreePage(file);
      return { content, node: treeOfPage(content) };
    });
    yield { role: 'tree', ref, node: page?.node };
    if (!page) return;
    const facetPage = facets && (yield* this.#facetPage(facets, facetPageCounts(page.content)));
    for (const chunk of page.content.chunks) {
      yield* this.#file('chunk', chunk.ref);
      for (const details of chunk.details) yield* this.#file('details', details.ref);
    }
    let branch = 0;
    for (const node of page.content.nodes) {
      if (node.kind !== 'leaf' && node.preview) yield* this.#file('preview', node.preview.ref);
      if (node.kind === 'branch') yield* this.#treePage(node.ref, facetPage?.branches[branch++]);
    }
  }

  /** A facet page, and the facet files that it refers to. */
  async *#facetPage(
    ref: FileRef,
    counts: FacetPageCounts,
  ): AsyncGenerator<ReachableFile, FacetPage | undefined, undefined> {
    // Tree pages with different nodes can have equal facet pages.
    if (this.#isNew(ref)) yield { role: 'facet page', ref };
    const page = await this.#read(ref, file => unpackFacetPage(file, counts));
    for (const file of [...(page?.chunks ?? []), ...(page?.previews ?? [])])
      if (file) yield* this.#file('facets', file);
    return page;
  }

  /** @param expected level and rows according to the parent page; leaf pages are not read */
  async *#tablePage(
    table: TableName | 'shards',
    schema: TableSchema<unknown>,
    ref: FileRef,
    expected: { readonly level: number; readonly rows: number },
    isLeaf = false,
  ): Walked {
    if (!this.#isNew(ref)) return;
    const page = isLeaf ? undefined : await this.#read(ref, file => unpackTablePage(file, schema));
    if (!page) {
      yield { role: 'table', ref, table, ...expected };
    } else if ('rows' in page) {
      yield { role: 'table', ref, table, level: 0, rows: page.rows.length };
      if (table === 'listings') yield* this.#shards(page.rows as readonly ListingEntry[]);
    } else {
      const { level, entries } = page;
      yield { role: 'table', ref, table, level, rows: entries.length };
      for (const { ref: below, rows } of entries) {
        const isLeaf = level === 1 && table !== 'listings';
        yield* this.#tablePage(table, schema, below, { level: level - 1, rows }, isLeaf);
      }
    }
  }

  /** The tables of large values. */
  async *#shards(rows: readonly ListingEntry[]): Walked {
    for (const { shard } of rows) {
      if (!shard) continue;
      const ref: FileRef = { kind: SHARDS.kind, ...shard };
      yield* this.#tablePage('shards', SHARDS, ref, { level: 0, rows: 0 });
    }
  }
}
