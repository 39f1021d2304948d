/** Units travel between tasks as files: samples come back as they were, whatever their values. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonObject, nodeFacets, valueKey } from '#format/index.ts';
import { memoryStore } from '#pipeline/index.ts';
import { NO_FACETS } from '#pipeline/octree/facet-files.ts';
import { NO_LEAVES } from '#pipeline/octree/leaf-files.ts';
import type { Sample } from '#pipeline/octree/previews.ts';
import { leavesOf, packUnits, readUnits, storedUnit } from '#pipeline/octree/unit-file.ts';
import { facetValue } from '#test/support/arbitrary.ts';

const coordinate = fc.oneof(fc.constant(-0), fc.double({ noNaN: true, noDefaultInfinity: true }));
const text = fc.string({ unit: 'grapheme' });
const values = fc.uniqueArray(facetValue, { maxLength: 4, selector: valueKey });

const sampleOf = (fields: number): fc.Arbitrary<Sample> =>
  fc
    .record({
      rank: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), coordinate),
      hash: fc.nat({ max: 2 ** 32 - 1 }),
      id: text,
      name: text,
      region: text,
      x: coordinate,
      y: coordinate,
      z: coordinate,
      derived: fc.nat({ max: 7 }),
      summary: fc.oneof(
        fc.constant({}),
        fc.record({ magnitude: coordinate, class: text }) as fc.Arbitrary<JsonObject>,
      ),
      facets: fc.array(values, { minLength: fields, maxLength: fields }),
    })
    .map(({ rank, hash, id, summary, facets, ...system }) => ({
      ...{ rank, hash, id, summary, facets },
      system: { id, ...system, fields: {} },
    }));

/** Samples with the same number of facets. */
const someSamples = fc.nat({ max: 3 }).chain(fields => fc.array(sampleOf(fields), { maxLength: 12 }));

test('samples and facets of nodes come back', async () => {
  await fc.assert(
    fc.asyncProperty(someSamples, async samples => {
      const nodes = samples.map(({ facets }) => nodeFacets([facets], facets.length));
      const leaves = { ...NO_LEAVES, samples, facets: { ...NO_FACETS, nodes } };
      const unit = storedUnit({ leaves });
      const store = memoryStore();
      await store.put('units', packUnits([unit, unit]));
      const units = await readUnits(store, 'units');
      expect(units.map(leavesOf)).toEqual([leaves, leaves]);
    }),
  );
});
