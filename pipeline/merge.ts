/** The task `merge`: the roots of what was built become `index.json`. */
import { hash } from 'node:crypto';
import { foldTable } from '../client/format/fold-data.ts';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  indexText,
  type JsonValue,
  MAX_INDEX_BYTES,
  overviewRows,
  packColumn,
  packFold,
  type SetIndex,
  type TableRoots,
  withGeneration,
  worldCube,
} from '../client/format/index.ts';
import { jsonText } from '../client/format/json-text.ts';
import type { SetContext } from './context.ts';
import { UsageError } from './errors.ts';
import { type Cell, closeCell } from './octree.ts';
import { writePreview } from './samples.ts';
import { writePage } from './subtree.ts';

/**
 * Hands the root page, the overview and the sources' `_meta` values on, and gives the text of the index that names
 * them.
 * @param cell undefined for an empty set
 * @param tables roots of the sorted tables
 * @throws UsageError where the index would be too long
 */
export function mergeRoots(
  cell: Cell | undefined,
  metas: readonly JsonValue[],
  tables: TableRoots,
  context: SetContext,
): { index: SetIndex; text: string } {
  const { options, writer } = context;
  const top = cell && closeCell(cell, context);
  const tree = top && writePage(top, writer);
  const counts = top?.counts ?? { systems: 0, planets: 0, moons: 0, stations: 0 };
  const overview = top && writePreview(top.samples, overviewRows(counts.systems, options.preview), writer);
  const meta = metas.length > 0 ? writer.put('meta', packMetas(metas)) : undefined;
  const fold = writer.put('fold', packFold(foldTable()));
  const unnamed = indexText({
    format: FORMAT_NAME,
    version: FORMAT_VERSION,
    counts,
    bounds: top?.bounds ?? null,
    exponent: top ? worldCube(top.bounds).exponent - 1 : null,
    tree: tree ? { hash: tree.hash, length: tree.length } : null,
    overview: overview ? { hash: overview.ref.hash, length: overview.ref.length, rows: overview.rows } : null,
    tables,
    fold: { hash: fold.hash, length: fold.length },
    meta: meta ? { hash: meta.hash, length: meta.length } : null,
    options,
  });
  const text = withGeneration(unnamed, hash('sha256', unnamed));
  if (Buffer.byteLength(text) > MAX_INDEX_BYTES) {
    throw new UsageError(`index.json would have over ${MAX_INDEX_BYTES} bytes: name fewer summary fields`);
  }
  return { index: JSON.parse(text) as SetIndex, text };
}

/** The content of a meta file: equal values once, in an order that does not depend on that of the inputs. */
export function packMetas(metas: readonly JsonValue[]) {
  const byText = new Map(metas.map(meta => [jsonText(meta), meta]));
  const sorted = [...byText.keys()].sort().map(text => byText.get(text)!);
  return { rows: sorted.length, values: packColumn(sorted) };
}
