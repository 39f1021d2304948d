/** Exports of a set in each form, read by another reader than the pipeline's, and the sets that are built of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { type JsonObject, type JsonValue, openTileset } from '#client/node/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { type BuildOptions, build, exportSet } from '#pipeline/index.ts';
import { PLAIN, recordText } from '#test/support/chunk-sets.ts';

export const ENDINGS = ['ndjson', 'json', 'ndjson.gz', 'json.gz'] as const;

export function readText(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** The records of an exported file by another reader than the pipeline's. */
export function recordsIn(file: string): JsonObject[] {
  const content = readText(file);
  if (/\.ndjson/.test(file))
    return content
      .split('\n')
      .slice(0, -1)
      .map(line => parseJson(line) as JsonObject);
  const { _meta, ...systems } = parseJson(content) as Record<string, JsonObject>;
  // A reader that knows objects only must find every system, so no key may be there twice.
  expect(Object.keys(systems)).toHaveLength(content.split('\n').length - 3 - (_meta === undefined ? 0 : 1));
  return Object.values(systems);
}

export const sortedTexts = (records: readonly JsonValue[]) => records.map(recordText).sort();

/** Builds a set, exports it to a file of each ending, and builds a set of each file. */
export async function exportAndBuild(
  folder: string,
  inputs: readonly string[],
  options: BuildOptions,
  endings: readonly (typeof ENDINGS)[number][],
) {
  const set = join(folder, 'set');
  const { generation } = await build(inputs, set, { ...PLAIN, ...options });
  const tileset = await openTileset(set);
  const ways = [];
  for (const ending of endings) {
    const file = join(folder, `export.${ending}`);
    const summary = await exportSet(tileset, file);
    const again = join(folder, `again-${ending}`);
    const rebuilt = await build([file], again, PLAIN);
    ways.push({ ending, file, summary, rebuilt, again });
  }
  return { set, generation, tileset, ways };
}
