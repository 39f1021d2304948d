/** Exports of real catalogues hold their records, and build the same sets. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/node/index.ts';
import { parseJson } from '#format/record/parse-json.ts';
import { CATALOGUES, noCatalogues } from '#test/pipeline/source/source-tools.ts';
import { writeInputs } from '#test/support/chunk-sets.ts';
import { inFolder } from '#test/support/temporary.ts';
import { exportAndBuild, readText, recordsIn, sortedTexts } from './exported-files.ts';

describe.skipIf(noCatalogues)('real catalogues', () => {
  const sources = [
    ...['oec/data.json.gz', 'oec/shape-array.json', 'oec/shape-data.json', 'oec/shape-wrapped.json'],
    ...['oec/shape-regions.json', 'haven/data.json', 'haven/TESTING.json', 'haven/test_import.json'],
    ...['haven/haven_data_export.json', 'haven/pending.ndjson', 'haven/loadtest-10k.ndjson.gz'],
  ];

  /** All systems of a real file, in its order, read by another reader than the pipeline's; with their region's key. */
  function systemsIn(file: string): JsonObject[] {
    const content = readText(file);
    if (/\.ndjson|part-0/.test(file))
      return content
        .trim()
        .split('\n')
        .map(line => parseJson(line) as JsonObject);
    const document = parseJson(content) as JsonObject | JsonObject[];
    const inner = Array.isArray(document) ? document : (document['systems'] ?? document['data'] ?? document);
    const all = Object.entries(inner as object).filter(([name]) => !name.startsWith('_'));
    return all
      .flatMap(([name, value]) =>
        Array.isArray(value)
          ? value.map((row: JsonObject) => ({ region: name, ...row }))
          : [value as JsonObject],
      )
      .filter(({ type }) => type !== 'region');
  }

  /** The first 1,500 lines of a file. */
  function partOf(source: string, folder: string): string {
    const lines = readText(join(CATALOGUES, source)).split('\n', 1500);
    return writeInputs(folder, 'part', [lines.join('\n')])[0]!;
  }

  test.each(sources)('%s', async source => {
    await inFolder(async folder => {
      const file = source.includes('10k') ? partOf(source, folder) : join(CATALOGUES, source);
      const came = systemsIn(file);
      const ids = new Set<JsonValue>();
      const first = came.filter(({ id = '' }) => id === '' || (!ids.has(id) && ids.add(id)));
      const endings = source.includes('10k') ? (['ndjson.gz'] as const) : (['ndjson.gz', 'json'] as const);
      const { generation, ways } = await exportAndBuild(folder, [file], { onDuplicate: 'first' }, endings);
      for (const { file: exported, rebuilt, summary, ending } of ways) {
        // A value that only a key gave cannot be left out of lines.
        const needsIds = source === 'haven/test_import.json' && ending !== 'json';
        const expected = needsIds ? first.map(of => ({ ...of, id: `SYS_${of['name']}` })) : first;
        expect(sortedTexts(recordsIn(exported))).toEqual(sortedTexts(expected));
        expect(rebuilt).toMatchObject({ systems: first.length, rejected: 0, duplicates: 0 });
        const isSame = summary.metasLeftOut === 0 && !needsIds && source !== 'oec/shape-regions.json';
        expect(rebuilt.generation === generation).toBe(isSame);
      }
    });
  });
});
