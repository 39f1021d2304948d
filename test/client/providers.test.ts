import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeFold } from '../../client/format/fold.ts';
import { foldTable } from '../../client/format/fold-data.ts';
import { jsonProvider } from '../../client/providers/json.ts';
import { noCatalogues } from '../pipeline/source-tools.ts';
import { type Catalogue, fileCatalogue, galaxy, lines, nasty, realCatalogue } from '../support/catalogues.ts';
import { Examiner, examineAborts, examineRefusals } from './provider-conformance.ts';

const fold = makeFold(foldTable());
const bundled = new URL('../../data/nearby-stars.json', import.meta.url);

async function examineJson({ text, systems }: Catalogue, seed: number): Promise<void> {
  const examiner = new Examiner(systems, fold);
  try {
    const provider = jsonProvider(text, { fold });
    expect(provider.rejected).toEqual([]);
    await examiner.examine(provider, { questions: 50, seed });
  } finally {
    examiner.close();
  }
}

describe('JSON in memory answers as SQL does', () => {
  test('systems with all that texts stumble over', () => examineJson(nasty(), 1));
  test('the bundled stars', () => examineJson(fileCatalogue(readFileSync(bundled)), 2));
  test('a generated galaxy', () => examineJson(galaxy(5000), 3));
  test('nothing', () => examineJson(lines([]), 4));
  test('one system', () => examineJson(lines([{ id: 'i', x: 1, y: 2, z: 3 }]), 5));

  describe.skipIf(noCatalogues)('real catalogues', () => {
    test.each([
      'oec/systems.ndjson.gz',
      'haven/loadtest-10k.ndjson.gz',
      'oec/data.json.gz',
      'haven/data.json',
      'haven/TESTING.json',
      'haven/test_import.json',
      'haven/haven_data_export.json',
      'haven/clean_data.json',
    ])('%s', name => examineJson(realCatalogue(name), 6));
  });

  test('refuses what makes no sense, and ends when it is told to', async () => {
    const provider = jsonProvider(nasty().text, { fold });
    await examineRefusals(provider);
    await examineAborts(provider);
    provider.close();
  });
});
