import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  FORMAT_NAME,
  FORMAT_VERSION,
  indexText,
  type SetIndex,
  withGeneration,
  withoutGeneration,
} from '../../client/format/index-json.ts';
import { coordinate, text } from '../support/arbitrary.ts';

const ref = fc.option(fc.record({ hash: fc.constant('ab'.repeat(20)), length: fc.nat() }));
const point = fc.tuple(
  coordinate.map(at => at + 0),
  coordinate.map(at => at + 0),
  coordinate.map(at => at + 0),
);
const name = fc.oneof(text, fc.constantFrom('"meta":', '$&', '$`', '"generation":"'));
const index: fc.Arbitrary<Omit<SetIndex, 'generation'>> = fc.record({
  format: fc.constant(FORMAT_NAME),
  version: fc.constant(FORMAT_VERSION),
  counts: fc.record({ systems: fc.maxSafeInteger(), planets: fc.nat(), moons: fc.nat(), stations: fc.nat() }),
  bounds: fc.option(fc.record({ min: point, max: point })),
  exponent: fc.option(fc.integer({ min: -1074, max: 500 })),
  tree: ref,
  overview: fc.option(
    fc.record({
      hash: fc.constant('cd'.repeat(20)),
      length: fc.nat(),
      rows: fc.integer({ min: 1, max: 4096 }),
    }),
  ),
  tables: fc.record({
    names: ref,
    folded: ref,
    ids: ref,
    regions: ref,
    members: ref,
    words: ref,
    values: ref,
    parts: ref,
  }),
  fold: fc.record({ hash: fc.constant('ef'.repeat(20)), length: fc.nat() }),
  meta: ref,
  options: fc.record({
    chunkLimit: fc.nat(),
    detailWeight: fc.nat(),
    summary: fc.array(name, { maxLength: 4 }),
    preview: fc.record({
      size: fc.integer({ min: 1, max: 4096 }),
      field: fc.option(name),
      order: fc.constantFrom('lowest', 'highest'),
    }),
    search: fc.record({
      mode: fc.constantFrom('infix', 'words', 'none'),
      fields: fc.array(name, { maxLength: 4 }),
    }),
  }),
});

test('an index with its generation is JSON of the same members, sorted, and the generation comes out again', () => {
  fc.assert(
    fc.property(index, of => {
      const plain = indexText(of);
      const generation = createHash('sha256').update(plain).digest('hex');
      const whole = withGeneration(plain, generation);
      expect(JSON.parse(whole)).toEqual({ ...of, generation });
      expect(withoutGeneration(whole, generation)).toBe(plain);
      expect(Object.keys(JSON.parse(whole))).toEqual(Object.keys(JSON.parse(whole)).sort());
      // Members in another order make the same text.
      const turned = Object.fromEntries(Object.entries(of).toReversed()) as typeof of;
      expect(indexText(turned)).toBe(plain);
      expect(whole).not.toMatch(/[\n\t]/);
    }),
    { numRuns: 300 },
  );
});
