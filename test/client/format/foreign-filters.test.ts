import { describe, expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { foldTable, makeFold } from '#format/index.ts';
import { builtSets } from '#test/foreign/built-sets.ts';
import { python, pythonReader } from '#test/foreign/python.ts';
import { FACETS, faceted } from '#test/support/catalogues.ts';
import { catalogueOracle } from '#test/support/oracle.ts';
import { Questions } from '#test/support/random-queries.ts';

const { buildText } = builtSets();
const reader = pythonReader();

describe.skipIf(!python)('the reader in Python', () => {
  test('filters spheres as SQL does, and the overview as the client', async () => {
    const { text, systems } = faceted(400);
    const set = await buildText(text, { facets: FACETS, chunkLimit: 10, preview: { size: 4 } });
    const fold = makeFold(foldTable());
    const oracle = catalogueOracle(systems, fold, [], FACETS);
    try {
      const questions = new Questions(systems, oracle, fold, 3);
      const asked = Array.from({ length: 150 }, () => {
        // JSON has no infinity; a sphere without a radius has no end.
        // Nor does the reader in Python clip them by planes.
        const { radius = Infinity, minRadius = 0, planes: _, ...sphere } = questions.sphere();
        return { ...sphere, minRadius, ...(radius < Infinity && { radius }), ...questions.filter() };
      });
      const answers = (await reader.ask(['answer', set], asked)) as { id: string; distance: number }[][];
      asked.forEach((query, i) => {
        const right = oracle.sphere(query).map(({ n, distance }) => ({ id: systems[n]!.id, distance }));
        const found = answers[i]!.map(({ id, distance }) => ({ id, distance }));
        expect(found, JSON.stringify(query)).toEqual(right);
      });
      const tileset = await openTileset(set);
      const filters = Array.from({ length: 100 }, () => questions.filter());
      const samples = (await reader.ask(
        ['answer', set],
        filters.map(filter => ({ overview: true, ...filter })),
      )) as { id: string }[][];
      for (const [i, filter] of filters.entries()) {
        const right = await tileset.overview(filter);
        expect(
          samples[i]!.map(({ id }) => id),
          JSON.stringify(filter),
        ).toEqual(right.map(({ id }) => id));
      }
    } finally {
      oracle.close();
    }
  });
});
