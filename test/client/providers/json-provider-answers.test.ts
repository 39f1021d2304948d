import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { jsonProvider } from '#client/node/index.ts';
import { foldTable, makeFold } from '#format/index.ts';
import { noCatalogues } from '#test/pipeline/source/source-tools.ts';
import {
  type Catalogue,
  FACETS,
  faceted,
  fileCatalogue,
  galaxy,
  lines,
  nasty,
  realCatalogue,
} from '#test/support/catalogues.ts';
import { examine } from './provider-conformance.ts';
import { examineAborts, examineFilters, examineRefusals } from './provider-refusals.ts';

const fold = makeFold(foldTable());
const bundled = new URL('../../../data/nearby-stars.json', import.meta.url);

describe('JSON in memory answers as SQL does', () => {
  const examined = ({ text, systems }: Catalogue, seed: number, questions = 50) =>
    examine(systems, fold, () => jsonProvider(text, { fold }), { questions, seed });

  test('systems with all that texts stumble over', () => examined(nasty(), 1, 100));
  test('systems with all that values of facets stumble over', () => {
    const { text, systems } = faceted();
    const facets = FACETS;
    return examine(systems, fold, () => jsonProvider(text, { fold, facets }), {
      questions: 100,
      seed: 9,
      facets,
    });
  });
  test('the bundled stars', () => examined(fileCatalogue(readFileSync(bundled)), 2));
  test('a generated galaxy', () => examined(galaxy(2000), 3, 20));
  test('nothing', () => examined(lines([]), 4));
  test('one system', () => examined(lines([{ id: 'i', x: 1, y: 2, z: 3 }]), 5));

  describe.skipIf(noCatalogues)('real catalogues', () => {
    test.each([
      ...['oec/systems.ndjson.gz', 'oec/data.json.gz', 'haven/loadtest-10k.ndjson.gz', 'haven/data.json'],
      ...[
        'haven/TESTING.json',
        'haven/test_import.json',
        'haven/haven_data_export.json',
        'haven/clean_data.json',
      ],
    ])('%s', name => examined(realCatalogue(name), 6, 15));
  });

  test('refuses invalid queries, and ends when it is aborted', async () => {
    const provider = jsonProvider(nasty().text, { fold });
    await examineRefusals(provider);
    await examineFilters(provider);
    await examineAborts(provider);
    expect(provider.close()).toBe(undefined);
  });
});
