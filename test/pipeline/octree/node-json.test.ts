/** Nodes travel between tasks as JSON: samples come back as they were, whatever their values. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type JsonObject, valueKey } from '#format/index.ts';
import { NO_LEAVES } from '#pipeline/octree/leaf-files.ts';
import { leavesOf, type UnitJson, unitJson } from '#pipeline/octree/node-json.ts';
import type { Sample } from '#pipeline/octree/previews.ts';
import { runJson } from '#pipeline/spill/run-json.ts';
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

test('samples come back from JSON', () => {
  fc.assert(
    fc.property(someSamples, samples => {
      const json = runJson(unitJson({ leaves: { ...NO_LEAVES, samples } }));
      expect(leavesOf(JSON.parse(json.toString()) as UnitJson)).toEqual({ ...NO_LEAVES, samples });
    }),
  );
});
