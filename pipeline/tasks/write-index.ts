/** Writes the files that `index.json` names beside the octree and the tables, and makes its text. FORMAT.md, 18.1. */
import { packColumn } from '#format/columns/values.ts';
import type { FacetRef } from '#format/facets/facet-page.ts';
import type { FileRef } from '#format/file-ref.ts';
import { type Bounds, worldCube } from '#format/geometry/cell.ts';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  type RootRef,
  type SetIndex,
  type SetOptions,
  type TableRoots,
} from '#format/index-json.ts';
import type { JsonValue } from '#format/json.ts';
import { jsonText } from '#format/json-text.ts';
import { overviewRows } from '#format/octree/sample.ts';
import type { Counts } from '#format/system.ts';
import { compareText } from '#format/utf8.ts';
import { type SampleFiles, writePreview } from '#pipeline/octree/previews.ts';
import type { SetContext } from '#pipeline/octree/set-context.ts';
import { type Subtree, writePage } from '#pipeline/octree/subtree.ts';
import { withinLimit } from '#pipeline/octree/value-limit.ts';
import type { FileSink, WorkingSet } from '#pipeline/store/set-writer.ts';
import { writtenFoldFile } from '#pipeline/tables/written-fold.ts';
import { checkIndexBytes } from './build-options.ts';
import { withContents, writePreload } from './upper-pages.ts';

/** The octree as `index.json` describes it. */
export interface IndexedTree {
  readonly ref: FileRef;
  /** Its root facet page. */
  readonly facets: FacetRef;
  readonly counts: Counts;
  readonly bounds: Bounds;
  readonly overview: SampleFiles;
}

/** The parts of a set that its index leads to. */
export interface IndexParts {
  /** Undefined for an empty set. */
  readonly tree: IndexedTree | undefined;
  readonly tables: TableRoots;
  readonly meta: RootRef | null;
  readonly options: SetOptions;
}

/** Writes the root page and the overview. */
export function writeRoot(top: Subtree, context: SetContext): IndexedTree {
  const { counts, bounds } = top;
  const { ref, facets } = writePage(top, context);
  const rows = overviewRows(counts.systems, context.options.preview);
  const overview = writePreview(top.samples, rows, top.facets.nodes[0]!, context)!;
  return { ref, facets, counts, bounds, overview };
}

/** Writes the `_meta` values of catalogues. */
export function writeMeta(metas: readonly JsonValue[], writer: FileSink): RootRef | null {
  if (metas.length === 0) return null;
  const content = withinLimit(
    () => packMetas(metas),
    () => `the _meta of the inputs (${metas.length})`,
    'shorten the longest, or remove them',
  );
  return rootOf(writer.put('meta', content));
}

/** The content of a meta file: without repeated values, in an order independent of the order of inputs. */
export function packMetas(metas: readonly JsonValue[]) {
  const byText = new Map(metas.map(meta => [jsonText(meta), meta]));
  const sorted = [...byText.keys()].sort(compareText).map(text => byText.get(text)!);
  return { rows: sorted.length, values: packColumn(sorted) };
}

/**
 * Writes the fold and the preload file; returns the content of `index.json`.
 * @throws UsageError if the index is too long
 */
export async function writeIndex(
  { tree, tables, meta, options }: IndexParts,
  set: WorkingSet,
): Promise<string> {
  const roots = {
    tree: rootOf(tree?.ref),
    facets: {
      root: rootOf(tree?.facets),
      overview: rootOf(tree?.overview.facets),
      valueSample: rootOf(tree?.overview.valueSample),
    },
    fold: rootOf(set.put('fold', writtenFoldFile()))!,
    tables,
  };
  const overview = tree?.overview.preview;
  const index: Omit<SetIndex, 'generation' | 'contents'> = {
    format: FORMAT_NAME,
    version: FORMAT_VERSION,
    counts: tree?.counts ?? { systems: 0, planets: 0, moons: 0, stations: 0 },
    bounds: tree?.bounds ?? null,
    exponent: tree ? worldCube(tree.bounds).exponent - 1 : null,
    overview: overview ? { ...rootOf(overview.ref)!, rows: overview.rows } : null,
    ...roots,
    meta,
    preload: await writePreload(roots, options.preload, set),
    options,
  };
  const text = await withContents(index, ref => set.get(ref));
  checkIndexBytes(text);
  return text;
}

/** A file of the set as `index.json` refers to it. */
function rootOf(ref: FileRef | undefined): RootRef | null {
  return ref ? { hash: ref.hash, length: ref.length } : null;
}
