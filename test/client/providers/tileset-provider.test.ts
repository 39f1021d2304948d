import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject, SystemRow } from '#client/index.ts';
import { openTileset, type TilesetOptions } from '#client/node/index.ts';
import { galaxySystems } from '#data/galaxy.ts';
import { DEFAULT_FACETS, foldTable, makeFold } from '#format/index.ts';
import { type BuildOptions, build } from '#pipeline/index.ts';
import { noCatalogues } from '#test/pipeline/source/source-tools.ts';
import {
  type Catalogue,
  FACETS,
  faceted,
  fileCatalogue,
  heavyRecords,
  lines,
  nasty,
  realCatalogue,
} from '#test/support/catalogues.ts';
import { recordText, writeInputs } from '#test/support/chunk-sets.ts';
import { LISTINGS } from '#test/support/listing-oracle.ts';
import { inFolder } from '#test/support/temporary.ts';
import { type Examination, examine } from './provider-conformance.ts';
import { examineAborts, examineFilters, examineRefusals } from './provider-refusals.ts';

const fold = makeFold(foldTable());
const bundled = new URL('../../../data/nearby-stars.json', import.meta.url);
/** Questions of each kind. */
const QUESTIONS = Number(process.env['HAVEN_TEST_QUESTIONS'] ?? 30);
/** On real catalogues: few, unless a number is asked for. */
const REAL_QUESTIONS = process.env['HAVEN_TEST_QUESTIONS'] ? QUESTIONS : 6;
/** Systems of the galaxy. */
const SYSTEMS = Number(process.env['HAVEN_TEST_GALAXY'] ?? 3000);

const WORDS = { mode: 'words', fields: ['attributes', 'materials', 'name'] } as const;
const FIELDS = ['attributes', 'materials', 'name', 'planets.name'];
const SUMMARY = ['fauna', 'materials', 'planets'];

/** Builds a set of a catalogue, examines it, and removes it. */
async function examined(
  { text, systems }: Catalogue,
  examination: Partial<Examination>,
  options: BuildOptions = {},
  how: TilesetOptions = {},
): Promise<void> {
  await inFolder(async folder => {
    const directory = join(folder, 'set');
    // Named facets are declared whether a system has a value or not, as in the other providers.
    const { facets = DEFAULT_FACETS } = examination;
    await build(writeInputs(folder, 'catalogue', [text]), directory, {
      ...{ facets, gzipLevel: 1, flush: false },
      ...options,
      listings: LISTINGS,
    });
    const asked = { questions: QUESTIONS, seed: 1, ...examination };
    await examine(systems, fold, () => openTileset(directory, how), asked);
  });
}

function slim(count: number): Catalogue {
  return lines([...galaxySystems({ count, slim: true })] as unknown as JsonObject[]);
}

describe('a chunk set answers as SQL does', () => {
  test('systems with all that texts stumble over', () => examined(nasty(), { questions: 4 * QUESTIONS }));
  test('systems with all that values of facets stumble over', () =>
    examined(faceted(), { questions: 4 * QUESTIONS, seed: 9, facets: FACETS }));
  test('the same in small chunks, without a cache', () =>
    examined(
      faceted(),
      { questions: QUESTIONS, seed: 10, facets: FACETS },
      { chunkLimit: 3 },
      { cacheBytes: 0 },
    ));
  test('of small chunks, without a cache', () =>
    examined(nasty(), { seed: 2, questions: QUESTIONS / 2 }, { chunkLimit: 2 }, { cacheBytes: 0 }));
  test('with summaries', () => examined(nasty(), { seed: 3 }, { summary: SUMMARY }));
  test('by words', () =>
    examined(
      nasty(),
      { seed: 4, mode: 'words', questions: 4 * QUESTIONS, fields: WORDS.fields },
      { search: WORDS },
    ));
  test('with searched fields beside the facets', () =>
    examined(nasty(), { seed: 11, fields: FIELDS }, { search: { fields: FIELDS } }));
  test('with searched fields instead of facets', () => {
    const facets = [{ field: 'sentinel', paths: ['sentinel'] }];
    return examined(nasty(), { seed: 12, fields: FIELDS, facets }, { search: { fields: FIELDS } });
  });
  test('the bundled stars', () => examined(fileCatalogue(readFileSync(bundled)), { seed: 5 }));
  test('nothing', () => examined(lines([]), { seed: 6 }));
  test('one system', () => examined(lines([{ id: 'i', x: 1, y: 2, z: 3 }]), { seed: 7 }));
  test('large regions, and tables of many pages', () => examined(lines(heavyRecords(1000)), { seed: 8 }));
  test(`a galaxy of ${SYSTEMS}`, () => examined(slim(SYSTEMS), { seed: 9 }), 1_800_000);

  describe.skipIf(noCatalogues)('real catalogues', () => {
    test.each([
      ...['oec/systems.ndjson.gz', 'haven/loadtest-10k.ndjson.gz', 'haven/data.json'],
      ...[
        'haven/TESTING.json',
        'haven/test_import.json',
        'haven/haven_data_export.json',
        'haven/clean_data.json',
      ],
    ])('%s', name => examined(realCatalogue(name), { seed: 10, questions: REAL_QUESTIONS }));
  });

  test('with the summary fields of its record in every row', () =>
    inFolder(async folder => {
      const { text, systems } = nasty();
      const directory = join(folder, 'set');
      await build(writeInputs(folder, 'catalogue', [text]), directory, {
        summary: ['attributes', 'materials'],
      });
      const set = await openTileset(directory);
      const expected = new Map(
        systems.map(({ id, record }) => [
          id,
          recordText(Object.fromEntries(Object.entries(record).filter(([key]) => /^(att|mat)/.test(key)))),
        ]),
      );
      const regions = await set.regions().toArray();
      const answers: Record<string, readonly SystemRow[]> = {
        sphere: await set.sphere({ center: [0, 0, 0], radius: Infinity }).toArray(),
        page: (await set.page({ perPage: 1000 })).systems,
        inRegion: (await Promise.all(regions.map(of => set.inRegion(of.region).toArray()))).flat(),
        systemsByName: await set.systemsByName('SOL', { ignoreCase: true }),
        systemById: [(await set.systemById(systems[0]!.id))!],
      };
      for (const [question, rows] of Object.entries(answers)) {
        expect(rows.length, question).toBeGreaterThan(0);
        for (const { id, fields } of rows)
          expect(recordText(fields ?? {}), `${question}: ${id}`).toBe(expected.get(id));
      }
    }));

  test('refuses invalid queries, and ends when it is aborted', () =>
    inFolder(async folder => {
      const directory = join(folder, 'set');
      await build(writeInputs(folder, 'catalogue', [nasty().text]), directory);
      const set = await openTileset(directory);
      await examineRefusals(set);
      await examineFilters(set);
      await examineAborts(set);
      const empty = join(folder, 'empty');
      await build(writeInputs(folder, 'nothing', ['[]']), empty);
      await examineAborts(await openTileset(empty));
    }));
});
