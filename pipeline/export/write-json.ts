/** Writes a set as JSON: keyed, like Haven's data.json, or as lines. */

import type { Tileset } from '#client/index.ts';
import { jsonText } from '#format/json-text.ts';
import { freeKept } from '#pipeline/spill/reused-memory.ts';
import { allSystems, checkExport, EXPORT_OPTIONS, type ExportOptions } from './all-systems.ts';
import { lineOf, memberOf } from './exported-record.ts';
import { findKeys } from './member-keys.ts';

/** Yields the systems of a set as lines of NDJSON, each with its line feed. */
export async function* exportLines(
  tileset: Tileset,
  options: ExportOptions = {},
): AsyncGenerator<string, void, undefined> {
  checkExport(tileset, options, EXPORT_OPTIONS);
  for await (const system of allSystems(tileset, options)) yield `${lineOf(system)}\n`;
}

/**
 * Yields the systems of a set as `{"_meta": …, "<key>": system, …}`, one member per line.
 * @param scratch folder for temporary files
 */
export async function* keyedText(
  tileset: Tileset,
  options: ExportOptions,
  scratch: string,
): AsyncGenerator<string, void, undefined> {
  const keyOf = await findKeys(tileset, scratch, options.signal).finally(freeKept);
  const [meta] = await tileset.meta({ signal: options.signal });
  yield '{';
  let separator = '\n';
  if (meta !== undefined) {
    yield `${separator}"_meta":${jsonText(meta)}`;
    separator = ',\n';
  }
  let systems = 0;
  for await (const system of allSystems(tileset, options)) {
    yield `${separator}${memberOf(system, keyOf(system, systems++))}`;
    separator = ',\n';
  }
  yield '\n}\n';
}
