/** Walks over all files of a set, from its index down. Used to check, count, copy, compare and keep files. */

import type { Files } from '#client/fetch/files.ts';
import type { Usage } from '#client/query/usage.ts';
import { type ListingEntry, SHARDS } from '#format/btree/listing-schemas.ts';
import { type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import { TABLE_SCHEMAS, type TableName } from '#format/btree/table-schemas.ts';
import { type FacetRef, facetPageCounts, unpackFacetPage } from '#format/facets/facet-page.ts';
import { type FileRef, pathOf } from '#format/file-ref.ts';
import { type Bounds, cellOf } from '#format/geometry/cell.ts';
import type { SetIndex } from '#format/index-json.ts';
import { type TreeNode, treeOfPage } from '#format/octree/tree-node.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { unpack } from '#format/unpack.ts';

/** A file of a set; for tree pages and table pages also what the walk has read. */
export type ReachableFile =
  | {
      readonly role:
        | ('overview' | 'preview' | 'value sample' | 'chunk' | 'details' | 'facets' | 'facet page')
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
export function pageReader(files: Files, signal?: AbortSignal, usage?: Usage): PageReader {
  return (ref, decode) =>
    files.read(ref, content => ({ value: decode(unpack(content)), cost: content.length }), { signal, usage });
}

/** The files of a page, and the pages below it. */
export interface Below {
  /** The page itself first; files that lead to no others. A file can be there more than once. */
  readonly files: readonly ReachableFile[];
  readonly pages: readonly SetPage[];
}

/** A page that is not read yet. Pages with equal keys lead to the same files. */
export interface SetPage {
  readonly key: string;
  /** The tree that it belongs to. */
  readonly tree: 'octree' | TableName | 'shards';
  /** Pages below have a lower rank: the exponent of the cell in the octree, the level in a table; Infinity if unknown. */
  readonly rank: number;
  /** Reads the page; a tree page with its facet page. @throws errors of `read` */
  open(read: PageReader): Promise<Below>;
}

/**
 * Yields every file that an index leads to, each once, a page before the files below it; without `index.json`. Reads
 * only tree pages, facet pages, inner pages of tables and the directory of listings, each once.
 * @throws errors of `read`
 */
export async function* reachable(
  index: SetIndex,
  read: PageReader,
): AsyncGenerator<ReachableFile, void, undefined> {
  const seen = new Set<string>();
  /** True the first time; files of equal content are one file. */
  const isNew = (key: string) => seen.size < seen.add(key).size;
  const walk = async function* ({ files, pages }: Below): AsyncGenerator<ReachableFile, void, undefined> {
    for (const file of files) if (isNew(pathOf(file.ref))) yield file;
    for (const page of pages) if (isNew(page.key)) yield* walk(await page.open(read));
  };
  yield* walk(rootsOf(index));
}

/** The files and pages that an index names. */
export function rootsOf({ bounds, meta, fold, overview, preload, tree, facets, tables }: SetIndex): Below {
  const files: ReachableFile[] = [];
  const pages: SetPage[] = [];
  if (meta) files.push({ role: 'meta', ref: { kind: 'meta', ...meta } });
  if (fold) files.push({ role: 'fold', ref: { kind: 'fold', ...fold } });
  if (overview) files.push({ role: 'overview', ref: { kind: 'previews', ...overview } });
  if (preload) files.push({ role: 'preload', ref: { kind: 'preload', ...preload } });
  if (facets?.overview) files.push({ role: 'facets', ref: { kind: 'facets', ...facets.overview } });
  if (facets?.valueSample)
    files.push({ role: 'value sample', ref: { kind: 'previews', ...facets.valueSample } });
  const facetRoot: FacetRef = facets?.root ? { kind: 'facets', ...facets.root } : undefined;
  if (tree) pages.push(treePage({ kind: 'tree', ...tree }, facetRoot, bounds!));
  for (const table of Object.keys(TABLE_SCHEMAS) as TableName[]) {
    const schema = TABLE_SCHEMAS[table];
    const root = tables?.[table];
    if (root) pages.push(tablePage(table, schema, { kind: schema.kind, ...root }));
  }
  return { files, pages };
}

/** @param facets its facet page */
function treePage(ref: FileRef, facets: FacetRef, bounds: Bounds): SetPage {
  return {
    key: `${pathOf(ref)} ${facets?.hash}`,
    tree: 'octree',
    rank: cellOf(bounds).exponent,
    async open(read) {
      const page = await read(ref, file => {
        const content = unpackTreePage(file);
        return { content, node: treeOfPage(content) };
      });
      const files: ReachableFile[] = [{ role: 'tree', ref, node: page?.node }];
      const pages: SetPage[] = [];
      if (!page) return { files, pages };
      const { content } = page;
      if (facets) files.push({ role: 'facet page', ref: facets });
      const facetPage =
        facets && (await read(facets, file => unpackFacetPage(file, facetPageCounts(content))));
      for (const file of [...(facetPage?.chunks ?? []), ...(facetPage?.previews ?? [])])
        if (file) files.push({ role: 'facets', ref: file });
      for (const file of facetPage?.valueSamples ?? [])
        if (file) files.push({ role: 'value sample', ref: file });
      for (const chunk of content.chunks) {
        files.push({ role: 'chunk', ref: chunk.ref });
        for (const details of chunk.details) files.push({ role: 'details', ref: details.ref });
      }
      let branch = 0;
      for (const node of content.nodes) {
        if (node.kind !== 'leaf' && node.preview) files.push({ role: 'preview', ref: node.preview.ref });
        if (node.kind === 'branch')
          pages.push(treePage(node.ref, facetPage?.branches[branch++], node.bounds));
      }
      return { files, pages };
    },
  };
}

function tablePage(
  table: TableName | 'shards',
  schema: TableSchema<unknown>,
  ref: FileRef,
  rank = Number.POSITIVE_INFINITY,
): SetPage {
  return {
    key: `${table} ${pathOf(ref)}`,
    tree: table,
    rank,
    async open(read) {
      const page = await read(ref, file => unpackTablePage(file, schema));
      const pages: SetPage[] = [];
      const level = page && 'entries' in page ? page.level : 0;
      const rows = page ? ('rows' in page ? page.rows : page.entries).length : 0;
      const files: ReachableFile[] = [{ role: 'table', ref, table, level, rows }];
      if (!page) return { files, pages };
      if ('rows' in page) {
        // The tables of large values.
        if (table === 'listings')
          for (const { shard } of page.rows as readonly ListingEntry[])
            if (shard) pages.push(tablePage('shards', SHARDS, { kind: SHARDS.kind, ...shard }));
        return { files, pages };
      }
      for (const { ref: below, rows } of page.entries) {
        // Leaf pages lead to nothing, except in the directory of listings.
        if (level > 1 || table === 'listings') pages.push(tablePage(table, schema, below, level - 1));
        else files.push({ role: 'table', ref: below, table, level: 0, rows });
      }
      return { files, pages };
    },
  };
}
