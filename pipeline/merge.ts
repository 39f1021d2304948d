/** The task `merge`: the roots of what was built become `index.json`. */
import { hash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  indexText,
  type JsonValue,
  MAX_INDEX_BYTES,
  packColumn,
  type SetIndex,
  withGeneration,
  worldCube,
} from '../client/format/index.ts';
import type { SetContext } from './chunks.ts';
import { UsageError } from './errors.ts';
import { jsonText } from './json-text.ts';
import { type Cell, closeCell } from './octree.ts';
import { writePage } from './subtree.ts';

/**
 * Writes the root page, the sources' `_meta` values, and the index that names them.
 * @param cell undefined for an empty set
 * @returns the index as written, and its bytes
 */
export async function mergeRoots(
  cell: Cell | undefined,
  metas: readonly JsonValue[],
  context: SetContext,
  directory: string,
): Promise<{ index: SetIndex; bytes: number }> {
  const { writer, options } = context;
  const top = cell && closeCell(cell, context);
  const tree = top && writePage(top, writer);
  const meta = metas.length > 0 ? writer.put('meta', packMetas(metas)) : undefined;
  await writer.drain();
  const text = indexText({
    format: FORMAT_NAME,
    version: FORMAT_VERSION,
    counts: top?.counts ?? { systems: 0, planets: 0, moons: 0, stations: 0 },
    bounds: top?.bounds ?? null,
    exponent: top ? worldCube(top.bounds).exponent - 1 : null,
    tree: tree ? { hash: tree.hash, length: tree.length } : null,
    meta: meta ? { hash: meta.hash, length: meta.length } : null,
    options,
  });
  const whole = withGeneration(text, hash('sha256', text));
  const bytes = Buffer.byteLength(whole);
  if (bytes > MAX_INDEX_BYTES) {
    throw new UsageError(`index.json would have over ${MAX_INDEX_BYTES} bytes: name fewer summary fields`);
  }
  writeFileSync(join(directory, 'index.json'), whole);
  return { index: JSON.parse(whole) as SetIndex, bytes };
}

/** Equal values once, in an order that does not depend on that of the inputs. */
function packMetas(metas: readonly JsonValue[]) {
  const byText = new Map(metas.map(meta => [jsonText(meta), meta]));
  const sorted = [...byText.keys()].sort().map(text => byText.get(text)!);
  return { rows: sorted.length, values: packColumn(sorted) };
}
