/** Chooses the pages of a preload file, and the root pages whose contents stand in `index.json`. FORMAT.md, 23. */
import { hash } from 'node:crypto';
import { LISTINGS, SHARDS } from '#format/btree/listing-schemas.ts';
import { type TableSchema, unpackTablePage } from '#format/btree/page.ts';
import { TABLE_SCHEMAS, type TableName } from '#format/btree/table-schemas.ts';
import { unpackFacetPage } from '#format/facets/facet-page.ts';
import type { FileRef } from '#format/file-ref.ts';
import {
  indexText,
  MAX_INDEX_BYTES,
  MAX_INLINE_BYTES,
  type RootRef,
  type SetIndex,
  type TableRoots,
  withGeneration,
} from '#format/index-json.ts';
import { unpackTreePage } from '#format/octree/tree-page.ts';
import { type PageContents, packPreload } from '#format/preload.ts';
import { unpack } from '#format/unpack.ts';
import type { WorkingSet } from '#pipeline/store/set-writer.ts';

/** Returns the content of a file of the set. */
export type ReadContent = (ref: FileRef) => Promise<Uint8Array>;

/** A page that may stand in a preload file. */
export interface UpperPage {
  readonly ref: FileRef;
  /** Returns the pages below it that may stand there too; undefined if this is a leaf page, which may not. */
  below(content: Uint8Array): UpperPage[] | undefined;
}

/** Members of an index that lead to upper pages. */
export type UpperRefs = Pick<SetIndex, 'tree' | 'facets' | 'fold' | 'tables'>;

/** The root pages of all trees of a set and the fold file, in the order in which a preload file takes them. */
export function upperRoots({ tree, facets, fold, tables }: UpperRefs): UpperPage[] {
  const roots = tree ? [treePage({ kind: 'tree', ...tree })] : [];
  if (facets?.root) roots.push(facetPage({ kind: 'facets', ...facets.root }));
  // Without systems there are no names to fold.
  if (tree) roots.push({ ref: { kind: 'fold', ...fold }, below: () => [] });
  for (const name of Object.keys(TABLE_SCHEMAS) as TableName[]) {
    const root = tables[name];
    const schema: TableSchema<unknown> = TABLE_SCHEMAS[name];
    if (!root) continue;
    const ref = { kind: schema.kind, ...root };
    roots.push(name === 'listings' ? directoryPage(ref) : tablePage(ref, schema));
  }
  return roots;
}

function treePage(ref: FileRef): UpperPage {
  return {
    ref,
    below: content =>
      unpackTreePage(unpack(content)).nodes.flatMap(node =>
        node.kind === 'branch' ? [treePage(node.ref)] : [],
      ),
  };
}

function facetPage(ref: FileRef): UpperPage {
  return {
    ref,
    below: content =>
      unpackFacetPage(unpack(content)).branches.flatMap(branch => (branch ? [facetPage(branch)] : [])),
  };
}

function tablePage(ref: FileRef, schema: TableSchema<unknown>): UpperPage {
  return {
    ref,
    below(content) {
      const page = unpackTablePage(unpack(content), schema);
      if ('rows' in page) return undefined;
      return page.level > 1 ? page.entries.map(entry => tablePage(entry.ref, schema)) : [];
    },
  };
}

/** A page of the table `listings`, with its leaf pages: the tables of large values are below them. */
function directoryPage(ref: FileRef): UpperPage {
  return {
    ref,
    below(content) {
      const page = unpackTablePage(unpack(content), LISTINGS);
      if (!('rows' in page)) return page.entries.map(entry => directoryPage(entry.ref));
      return page.rows.flatMap(({ shard }) =>
        shard ? [tablePage({ kind: SHARDS.kind, ...shard }, SHARDS)] : [],
      );
    },
  };
}

/**
 * Chooses the pages of a preload file: level by level from the roots down, in each level tree by tree, the whole level
 * of a tree if it fits.
 * @param budget maximum bytes of all pages
 */
export async function preloadPages(
  roots: readonly UpperPage[],
  budget: number,
  read: ReadContent,
): Promise<PageContents> {
  const pages = new Map<string, Uint8Array>();
  let left = budget;
  let levels = roots.map(root => [root]);
  while (levels.length > 0) {
    const next: UpperPage[][] = [];
    for (const level of levels) {
      const missing = new Map(level.map(({ ref }) => [ref.hash, ref.length]));
      for (const hash of pages.keys()) missing.delete(hash);
      const bytes = [...missing.values()].reduce((sum, length) => sum + length, 0);
      if (bytes > left) continue;
      const below: UpperPage[] = [];
      for (const page of level) {
        const content = pages.get(page.ref.hash) ?? (await read(page.ref));
        const own = page.below(content);
        if (!own) continue;
        if (!pages.has(page.ref.hash)) left -= content.length;
        pages.set(page.ref.hash, content);
        below.push(...own);
      }
      if (below.length > 0) next.push(below);
    }
    levels = next;
  }
  return pages;
}

/** Writes the preload file; null if it would have no pages. */
export async function writePreload(
  roots: UpperRefs,
  budget: number,
  writer: WorkingSet,
): Promise<RootRef | null> {
  const pages = await preloadPages(upperRoots(roots), budget, ref => writer.get(ref));
  if (pages.size === 0) return null;
  const { hash, length } = writer.put('preload', packPreload(pages));
  return { hash, length };
}

/** Returns `index.json` with the contents of small root pages, as many as it has room for. FORMAT.md, 23. */
export async function withContents(
  index: Omit<SetIndex, 'generation' | 'contents'>,
  read: ReadContent,
): Promise<string> {
  const contents: Record<string, string> = {};
  const text = () => {
    const unnamed = indexText({ ...index, contents });
    return withGeneration(unnamed, hash('sha256', unnamed));
  };
  for (const ref of inlineRoots(index.tables)) {
    contents[ref.hash] = Buffer.from(await read(ref)).toString('base64');
    if (Buffer.byteLength(text()) > MAX_INDEX_BYTES) delete contents[ref.hash];
  }
  return text();
}

/** All tables: the first ones are those whose look-ups gain most if `index.json` has their root pages. */
const INLINE_ORDER: readonly TableName[] = [
  ...(['names', 'folded', 'ids', 'grams', 'words', 'listings', 'members', 'ordered'] as const),
  ...(['facets', 'facetGrams', 'rare', 'common', 'values', 'results'] as const),
];

/** The root pages that are small enough to stand in `index.json`, in the order in which they are put there. */
function inlineRoots(tables: TableRoots): FileRef[] {
  return INLINE_ORDER.flatMap(name => {
    const root = tables[name];
    return root && root.length <= MAX_INLINE_BYTES ? [{ kind: TABLE_SCHEMAS[name].kind, ...root }] : [];
  });
}
