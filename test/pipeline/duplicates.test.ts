import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { ID_ORIGINS } from '../../client/format/normalise.ts';
import { DuplicateFinder, type DuplicatePolicy, type IdSighting } from '../../pipeline/duplicates.ts';
import { InputError } from '../../pipeline/errors.ts';
import { temporaryFolder } from '../support/sets.ts';

const folder = temporaryFolder();
afterAll(folder.remove);
let files = 0;

function losersOf(sightings: readonly IdSighting[], policy: DuplicatePolicy) {
  const finder = new DuplicateFinder(join(folder.path, `ids-${files++}`), policy, ['a.json', 'b.json']);
  try {
    for (const sighting of sightings) finder.add(sighting);
    return finder.losers();
  } finally {
    finder.close();
  }
}

const sightings: fc.Arbitrary<IdSighting[]> = fc
  .array(
    fc.tuple(fc.constantFrom('a', 'a\0', 'b', '', '🌟', '\uffff'), fc.constantFrom(...ID_ORIGINS), fc.nat(3)),
    { maxLength: 30 },
  )
  .map(list =>
    list.map(([id, origin, bucket], sequence) => ({
      id,
      origin,
      bucket,
      sequence,
      input: 0,
      line: sequence + 1,
      offset: sequence * 10,
    })),
  );

describe('systems of one id', () => {
  test('lose all but one: an own id before a derived one, then the first or the last', () => {
    fc.assert(
      fc.property(sightings, fc.constantFrom('first' as const, 'last' as const), (of, policy) => {
        const { sequences, byBucket } = losersOf(of, policy);
        for (const group of Map.groupBy(of, ({ id }) => id).values()) {
          const winners = group.filter(({ sequence }) => !sequences.has(sequence));
          expect(winners).toHaveLength(1);
          const own = group.filter(({ origin }) => origin === 'own');
          const best = own.length > 0 ? own : group;
          const collapse = group.every(({ origin }) => origin === 'content');
          expect(winners[0]).toEqual(policy === 'first' || collapse ? best[0] : best.at(-1));
        }
        const lost = of.filter(({ sequence }) => sequences.has(sequence));
        expect(sequences.size).toBe(lost.length);
        expect([...byBucket].sort()).toEqual(
          [...Map.groupBy(lost, ({ bucket }) => bucket)].map(([bucket, all]) => [bucket, all.length]).sort(),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('are an error by default, unless all were made of equal contents', () => {
    const one = (id: string, origin: IdSighting['origin'], sequence: number): IdSighting => ({
      id,
      origin,
      sequence,
      bucket: 0,
      input: sequence,
      line: 7,
      offset: 70,
    });
    const lost = (...of: IdSighting[]) => {
      const { sequences } = losersOf(of, 'error');
      return of.map(({ sequence }) => sequence).filter(sequence => sequences.has(sequence));
    };
    expect(lost(one('a', 'content', 0), one('a', 'content', 1))).toEqual([1]);
    expect(lost(one('a', 'own', 0), one('b', 'own', 1))).toEqual([]);
    expect(lost(one('a', 'key', 0), one('a', 'own', 1))).toEqual([0]);
    expect(lost(one('a', 'key', 0), one('a', 'key', 1), one('a', 'own', 2))).toEqual([0, 1]);
    for (const origin of ['own', 'key'] as const) {
      const find = () => losersOf([one('a', origin, 0), one('a', origin, 1)], 'error');
      expect(find).toThrow(InputError);
      expect(find).toThrow(/b\.json, line 7, byte 70.*"a".*a\.json, line 7, byte 70.*first\|last/);
    }
  });
});
